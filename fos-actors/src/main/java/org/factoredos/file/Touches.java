package org.factoredos.file;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.factoredos.file.FileProtocol.AppendFile;
import org.factoredos.file.FileProtocol.FileId;
import org.factoredos.file.FileProtocol.OpenFile;
import org.factoredos.file.FileProtocol.RenamePath;
import org.factoredos.file.FileProtocol.Request;
import org.factoredos.file.FileProtocol.SetAttributes;
import org.factoredos.file.FileProtocol.TruncateFile;
import org.factoredos.file.FileProtocol.UnlinkFile;
import org.factoredos.file.FileProtocol.WriteFile;
import org.factoredos.kernel.Payload;
import org.factoredos.server.Access;

/**
 * What a request changes of that which fronts may hold: where a file's bytes are, and who may read them. A file's key
 * stands for its bytes, its attributes and its own names; that of a volume's root for all of its directories, as their modes and
 * places say who reaches a file.
 */
final class Touches {
    private static final Asker ANYBODY = new Asker("operator", "");

    private final Spots spots;
    private final Namespace namespace;

    Touches(Spots spots, Namespace namespace) {
        this.spots = spots;
        this.namespace = namespace;
    }

    static String key(FileId file) {
        return file.volume() + ':' + file.number();
    }

    /** Whose key it is; for that of a volume's directories its root. */
    static FileId file(String key) {
        int colon = key.lastIndexOf(':');
        return new FileId(key.substring(0, colon), Long.parseLong(key.substring(colon + 1)));
    }

    static String keyOfDirectories(String volume) {
        return key(new FileId(volume, VolumeTree.ROOT));
    }

    Access of(Payload request) {
        return switch (request) {
            case ReadToHold(var read) ->
                Access.Look.of(key(read.file()), keyOfDirectories(read.file().volume()));
            case InVolume led
            when spots.tree(led.volume()) != null -> changing(new Asker(ANYBODY.domain(), led.volume()), led.request());
            case Request<?> other -> changing(ANYBODY, other);
            default -> new Access.Free();
        };
    }

    private Access changing(Asker asker, Request<?> request) {
        List<FileId> files = new ArrayList<>();
        switch (request) {
            case WriteFile write -> files.add(write.file());
            case AppendFile append -> files.add(append.file());
            case TruncateFile truncate -> files.add(truncate.file());
            case OpenFile open -> {
                FileId emptied = namespace.emptiedBy(asker, open);
                if (emptied != null) {
                    files.add(emptied);
                }
            }
            case UnlinkFile unlink -> at(asker, unlink.path(), false, files);
            case SetAttributes set -> at(asker, set.path(), set.follow(), files);
            case RenamePath rename -> {
                at(asker, rename.from(), false, files);
                at(asker, rename.to(), false, files);
            }
            default -> {}
        }
        TreeSet<String> keys = new TreeSet<>();
        files.forEach(file -> keys.add(key(file)));
        return keys.isEmpty() ? new Access.Free() : new Access.Change(keys);
    }

    private void at(Asker asker, String path, boolean follow, List<FileId> files) {
        Spot spot = spots.at(asker, path, follow);
        TreeNode node = spot.end().node();
        if (node != null) {
            files.add(new FileId(spot.volume(), node.directory() ? VolumeTree.ROOT : node.number));
        }
    }
}
