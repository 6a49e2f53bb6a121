package org.factoredos.file;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.factoredos.driver.BlockProtocol;
import org.factoredos.file.FileProtocol.DirectoryListed;
import org.factoredos.file.FileProtocol.Entry;
import org.factoredos.file.FileProtocol.FileId;
import org.factoredos.file.FileProtocol.LinkRead;
import org.factoredos.file.FileProtocol.ListDirectory;
import org.factoredos.file.FileProtocol.ReadFile;
import org.factoredos.file.FileProtocol.ReadLink;
import org.factoredos.file.FileProtocol.Request;
import org.factoredos.file.FileProtocol.Share;
import org.factoredos.file.FileProtocol.StatAnswered;
import org.factoredos.file.FileProtocol.StatLink;
import org.factoredos.file.FileProtocol.StatPath;
import org.factoredos.file.FileProtocol.StatVolume;
import org.factoredos.file.FileProtocol.VolumeStatus;
import org.factoredos.file.FileProtocol.VolumesListed;
import org.factoredos.file.VolumeEvent.Version;

/** Answers what changes nothing and needs no disk: what there is, and where a read finds its bytes. */
final class Queries {
    private static final int MOST_ENTRIES = 1024;

    private final SliceState state;
    private final Spots spots;

    Queries(SliceState state, Spots spots) {
        this.state = state;
        this.spots = spots;
    }

    Decision stat(Asker asker, StatPath stat) {
        return stat(spots.at(asker, stat.path(), true), StatPath::new);
    }

    Decision stat(Asker asker, StatLink stat) {
        return stat(spots.at(asker, stat.path(), false), StatLink::new);
    }

    private static Decision stat(Spot spot, Function<String, Request<?>> anew) {
        TreeNode node = spot.end().node();
        return node == null ? spot.leave(anew) : new Decision(null, new StatAnswered(node.status(spot.volume())));
    }

    Decision stat(Asker asker, FileId file) {
        VolumeTree tree = state.tree(file.volume());
        TreeNode node = state.node(file);
        if (tree == null || node == null) {
            return Decision.refuse(FileError.ESTALE);
        }
        return asker.mayUse(tree, node, 0)
                ? new Decision(null, new StatAnswered(node.status(file.volume())))
                : Decision.refuse(FileError.EACCES);
    }

    Decision readLink(Asker asker, ReadLink read) {
        Spot spot = spots.at(asker, read.path(), false);
        TreeNode node = spot.end().node();
        if (node == null) {
            return spot.leave(ReadLink::new);
        }
        return node.symbolicLink() ? new Decision(null, new LinkRead(node.target)) : Decision.refuse(FileError.EINVAL);
    }

    Decision list(Asker asker, ListDirectory list) {
        Spot spot = spots.at(asker, list.path(), true);
        TreeNode node = spot.end().node();
        VolumeTree tree = spot.tree();
        if (node == null || tree == null) {
            return spot.leave(path -> new ListDirectory(path, list.after(), list.limit()));
        }
        if (!node.directory()) {
            return Decision.refuse(FileError.ENOTDIR);
        }
        if (!asker.may(node, FileMode.READ)) {
            return Decision.refuse(FileError.EACCES);
        }
        if (list.limit() < 1) {
            return Decision.refuse(FileError.EINVAL);
        }
        int limit = Math.min(list.limit(), MOST_ENTRIES);
        List<Entry> entries = new ArrayList<>();
        boolean more = false;
        for (Map.Entry<String, Long> entry :
                node.entries.tailMap(list.after(), false).entrySet()) {
            if (entries.size() == limit) {
                more = true;
                break;
            }
            entries.add(new Entry(entry.getKey(), tree.present(entry.getValue()).status(tree.volume())));
        }
        return new Decision(null, new DirectoryListed(entries, more));
    }

    Decision volumes() {
        return new Decision(
                null,
                new VolumesListed(state.trees().stream().map(Queries::status).toList()));
    }

    Decision volume(Asker asker, StatVolume stat) {
        Spot spot = spots.at(asker, stat.path(), true);
        VolumeTree tree = spot.tree();
        return tree == null || spot.end().node() == null
                ? spot.leave(StatVolume::new)
                : new Decision(null, new VolumesListed(List.of(status(tree))));
    }

    private static VolumeStatus status(VolumeTree tree) {
        String volume = tree.volume();
        List<Share> shares = tree.shares().list();
        return new VolumeStatus(
                Place.mount(volume),
                Place.slice(volume),
                tree.files(),
                tree.shares().used(),
                shares.subList(0, Math.min(shares.size(), MOST_ENTRIES)));
    }

    /** Where a read finds its bytes. */
    Decision locate(Asker asker, ReadFile read) {
        VolumeTree tree = state.tree(read.file().volume());
        TreeNode node = state.node(read.file());
        if (tree == null || node == null) {
            return Decision.refuse(FileError.ESTALE);
        }
        FileError error = node.withoutBytes();
        if (error != null || !asker.mayUse(tree, node, FileMode.READ)) {
            return Decision.refuse(error == null ? FileError.EACCES : error);
        }
        if (read.offset() < 0 || read.length() < 0 || read.length() > FileProtocol.LARGEST_TRANSFER_BYTES) {
            return Decision.refuse(FileError.EINVAL);
        }
        int length = (int) Math.clamp(node.sizeBytes - read.offset(), 0L, (long) read.length());
        return new Decision(null, new ReadLocated(length, pieces(tree, node, read.offset(), length)));
    }

    private static List<ReadLocated.Piece> pieces(VolumeTree tree, TreeNode node, long offset, int length) {
        List<ReadLocated.Piece> pieces = new ArrayList<>();
        long end = offset + length;
        for (long at = offset; at < end; ) {
            long index = at / BlockProtocol.CHUNK_BYTES;
            long begin = index * BlockProtocol.CHUNK_BYTES;
            long next = Math.min(end, begin + BlockProtocol.CHUNK_BYTES);
            Version version = node.chunks.get(index);
            int from = (int) (at - begin);
            if (version != null && from < version.length()) {
                int count = Math.min((int) (next - begin), version.length()) - from;
                pieces.add(new ReadLocated.Piece(
                        (int) (at - offset), from, count, tree.chunk(node.number, index, version), version.replicas()));
            }
            at = next;
        }
        return pieces;
    }
}
