package org.factoredos.lib;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.factoredos.file.FileError;
import org.factoredos.file.FileProtocol;
import org.factoredos.file.FileProtocol.Access;
import org.factoredos.file.FileProtocol.DirectoryListed;
import org.factoredos.file.FileProtocol.DisksReported;
import org.factoredos.file.FileProtocol.Entry;
import org.factoredos.file.FileProtocol.OpenMode;
import org.factoredos.file.FileProtocol.ScrubReported;
import org.factoredos.file.FileProtocol.Status;
import org.factoredos.file.FileProtocol.VolumeStatus;
import org.factoredos.kernel.Name;
import org.factoredos.server.Reserved;

/** The system calls on files. {@code path} is what the program said, for errors; {@code absolute} what it means. */
final class FileCalls {
    private static final int ENTRIES_PER_LISTING = 1000;

    private final Caller caller;
    private final StandardStreams streams;

    FileCalls(Caller caller, StandardStreams streams) {
        this.caller = caller;
        this.streams = streams;
    }

    private <R extends FileProtocol.Reply> R ask(String path, String absolute, FileProtocol.Request<R> request)
            throws FosException {
        return caller.call(path, PathText.server(absolute), request, Caller.FAILOVER_NANOS);
    }

    OpenFile open(String path, String absolute, OpenMode mode, Access access) throws IOException {
        Name server = PathText.server(absolute);
        return switch (ask(path, absolute, new FileProtocol.OpenFile(absolute, mode, access))) {
            case FileProtocol.FileOpened(Status status) ->
                status.id().equals(FileProtocol.CONSOLE)
                        ? streams.terminal(path, status)
                        : new ServedFile(caller, server, path, status.id());
            case FileProtocol.Refused(FileError error) -> throw ServedFile.refused(path, error);
        };
    }

    /** @param follow whether a symbolic link at the path's end is followed */
    Status stat(String path, String absolute, boolean follow) throws IOException {
        return switch (statReply(path, absolute, follow)) {
            case FileProtocol.StatAnswered(Status status) -> status;
            case FileProtocol.Refused(FileError error) -> throw ServedFile.refused(path, error);
        };
    }

    /** Empty where nothing has that path. */
    Optional<Status> find(String path, String absolute, boolean follow) throws IOException {
        return switch (statReply(path, absolute, follow)) {
            case FileProtocol.StatAnswered answered -> Optional.of(answered.status());
            case FileProtocol.Refused refused -> {
                if (refused.error() == FileError.ENOENT || refused.error() == FileError.ENOTDIR) {
                    yield Optional.empty();
                }
                throw ServedFile.refused(path, refused.error());
            }
        };
    }

    private FileProtocol.StatReply statReply(String path, String absolute, boolean follow) throws IOException {
        return ask(path, absolute, follow ? new FileProtocol.StatPath(absolute) : new FileProtocol.StatLink(absolute));
    }

    List<Entry> list(String path, String absolute) throws IOException {
        List<Entry> entries = new ArrayList<>();
        boolean more = true;
        while (more) {
            DirectoryListed page = list(
                    path, absolute, entries.isEmpty() ? "" : entries.getLast().name());
            entries.addAll(page.entries());
            more = page.more() && !page.entries().isEmpty();
        }
        return entries;
    }

    DirectoryListed list(String path, String absolute, String after) throws IOException {
        return switch (ask(path, absolute, new FileProtocol.ListDirectory(absolute, after, ENTRIES_PER_LISTING))) {
            case DirectoryListed listed -> listed;
            case FileProtocol.Refused(FileError error) -> throw ServedFile.refused(path, error);
        };
    }

    String readLink(String path, String absolute) throws IOException {
        return switch (ask(path, absolute, new FileProtocol.ReadLink(absolute))) {
            case FileProtocol.LinkRead(String target) -> target;
            case FileProtocol.Refused(FileError error) -> throw ServedFile.refused(path, error);
        };
    }

    VolumeStatus volume(String path, String absolute) throws IOException {
        return volumes(path, absolute, new FileProtocol.StatVolume(absolute)).getFirst();
    }

    List<VolumeStatus> volumes() throws IOException {
        List<VolumeStatus> volumes = new ArrayList<>();
        for (int slice = 0; slice < Reserved.FILE_SLICES; slice++) {
            volumes.addAll(volumes("volumes", "/", new FileProtocol.ListVolumes(slice)));
        }
        volumes.sort(Comparator.comparing(VolumeStatus::path));
        return volumes;
    }

    private List<VolumeStatus> volumes(
            String path, String absolute, FileProtocol.Request<FileProtocol.VolumesReply> request) throws IOException {
        return switch (ask(path, absolute, request)) {
            case FileProtocol.VolumesListed(List<VolumeStatus> volumes) -> volumes;
            case FileProtocol.Refused(FileError error) -> throw ServedFile.refused(path, error);
        };
    }

    List<ScrubReported> scrubs(boolean begin) throws IOException {
        List<ScrubReported> scrubs = new ArrayList<>();
        for (int slice = 0; slice < Reserved.FILE_SLICES; slice++) {
            switch (ask("scrub", "/", new FileProtocol.ReportScrub(slice, begin))) {
                case ScrubReported reported -> scrubs.add(reported);
                case FileProtocol.Refused(FileError error) -> throw ServedFile.refused("slice " + slice, error);
            }
        }
        return scrubs;
    }

    DisksReported disks() throws IOException {
        return switch (ask("disks", "/", new FileProtocol.ReportDisks())) {
            case DisksReported reported -> reported;
            case FileProtocol.Refused(FileError error) -> throw ServedFile.refused("disks", error);
        };
    }

    void change(String path, FileProtocol.Request<FileProtocol.ChangeReply> request, String absolute)
            throws IOException {
        if (ask(path, absolute, request) instanceof FileProtocol.Refused(FileError error)) {
            throw ServedFile.refused(path, error);
        }
    }

    /** Fails where nobody could do something with both of the paths at once. */
    void sameServer(String from, String to, String path) throws IOException {
        if (!PathText.server(from).equals(PathText.server(to))) {
            throw ServedFile.refused(path, FileError.EXDEV);
        }
    }
}
