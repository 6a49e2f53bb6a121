package org.factoredos.file;

import org.factoredos.file.FileProtocol.AppendFile;
import org.factoredos.file.FileProtocol.FileId;
import org.factoredos.file.FileProtocol.ListDirectory;
import org.factoredos.file.FileProtocol.ListVolumes;
import org.factoredos.file.FileProtocol.LockFile;
import org.factoredos.file.FileProtocol.MakeDirectory;
import org.factoredos.file.FileProtocol.MakeLink;
import org.factoredos.file.FileProtocol.MakeSymbolicLink;
import org.factoredos.file.FileProtocol.MakeVolume;
import org.factoredos.file.FileProtocol.OpenFile;
import org.factoredos.file.FileProtocol.ReadFile;
import org.factoredos.file.FileProtocol.ReadLink;
import org.factoredos.file.FileProtocol.RemoveDirectory;
import org.factoredos.file.FileProtocol.RenamePath;
import org.factoredos.file.FileProtocol.ReportDisks;
import org.factoredos.file.FileProtocol.ReportScrub;
import org.factoredos.file.FileProtocol.Request;
import org.factoredos.file.FileProtocol.SetAttributes;
import org.factoredos.file.FileProtocol.SetQuota;
import org.factoredos.file.FileProtocol.StatFile;
import org.factoredos.file.FileProtocol.StatLink;
import org.factoredos.file.FileProtocol.StatPath;
import org.factoredos.file.FileProtocol.StatVolume;
import org.factoredos.file.FileProtocol.SyncFile;
import org.factoredos.file.FileProtocol.TruncateFile;
import org.factoredos.file.FileProtocol.UnlinkFile;
import org.factoredos.file.FileProtocol.UnlockFile;
import org.factoredos.file.FileProtocol.WriteFile;
import org.factoredos.server.Reserved;
import org.jspecify.annotations.Nullable;

/**
 * Where a front takes a request, by its text: volumes that somebody has made, and what lies behind links, is for the
 * owners to say ({@link Redirected}).
 */
final class Routes {
    /** To a slice, to the host ({@link #HOST}), into the front's own trees ({@link #SYSTEM}), or nowhere for the reason of {@code error}. */
    record Route(int slice, @Nullable FileError error) {
        static Route nowhere(FileError error) {
            return new Route(0, error);
        }
    }

    static final int HOST = -1;
    /** {@code /proc} and {@code /dev}. */
    static final int SYSTEM = -2;

    private final boolean host;

    /** @param host whether {@code /host} is the host's file tree; else it is an empty directory */
    Routes(boolean host) {
        this.host = host;
    }

    Route of(Request<?> request) {
        return switch (request) {
            case OpenFile open -> path(open.path());
            case ReadFile(var file, var offset, var length) -> file(file);
            case WriteFile(var file, var offset, var data) -> file(file);
            case AppendFile(var file, var data) -> file(file);
            case TruncateFile(var file, var size) -> file(file);
            case StatPath(var path) -> path(path);
            case StatLink(var path) -> path(path);
            case StatFile(var file) -> file(file);
            case ReadLink(var path) -> path(path);
            case ListDirectory list -> path(list.path());
            case MakeDirectory(var path) -> path(path);
            case MakeLink(var existing, var path) -> paths(existing, path);
            case MakeSymbolicLink(var target, var path) -> path(path);
            case SetAttributes set -> path(set.path());
            case RenamePath(var from, var to) -> paths(from, to);
            case UnlinkFile(var path) -> path(path);
            case RemoveDirectory(var path) -> path(path);
            case SyncFile(var file) -> file(file);
            case LockFile lock -> file(lock.file());
            case UnlockFile(var file, var lock) -> file(file);
            case MakeVolume(var path, var slice) -> ofOurs(path);
            case StatVolume(var path) -> ofOurs(path);
            case SetQuota set -> ofOurs(set.path());
            case ListVolumes(var slice) -> slice(slice);
            case ReportScrub(var slice, var begin) -> slice(slice);
            case ReportDisks report -> Route.nowhere(FileError.EINVAL); // No slice knows them.
        };
    }

    private static Route slice(int slice) {
        return slice >= 0 && slice < Reserved.FILE_SLICES ? new Route(slice, null) : Route.nowhere(FileError.EINVAL);
    }

    private Route path(String path) {
        FileError problem = Place.problem(path);
        if (problem != null) {
            return Route.nowhere(problem);
        }
        if (SystemPath.leadsTo(path)) {
            return new Route(SYSTEM, null);
        }
        return new Route(
                host && Place.onHost(path) ? HOST : Place.slice(Place.of(path).volume()), null);
    }

    private Route ofOurs(String path) {
        Route route = path(path);
        return route.slice() < 0 ? Route.nowhere(FileError.ENOTSUP) : route;
    }

    private Route paths(String from, String to) {
        Route source = path(from);
        Route target = path(to);
        if (source.error() != null || target.error() != null) {
            return source.error() != null ? source : target;
        }
        boolean apart = (source.slice() < 0 || target.slice() < 0)
                ? source.slice() != target.slice()
                : !Place.of(from).volume().equals(Place.of(to).volume());
        if (!apart) {
            return source;
        }
        return Route.nowhere(mounted(from) || mounted(to) ? FileError.EBUSY : FileError.EXDEV);
    }

    private static boolean mounted(String path) {
        return path.equals(Place.HOST_PATH)
                || SystemPath.TREES.contains(path)
                || Place.of(path).root();
    }

    private Route file(FileId file) {
        if (host && file.volume().equals(Place.HOST)) {
            return new Route(HOST, null);
        }
        if (SystemPath.leadsTo(file.volume())) {
            return new Route(SYSTEM, null);
        }
        int slice = Place.slice(file.volume());
        return slice < 0 ? Route.nowhere(FileError.ESTALE) : new Route(slice, null);
    }
}
