package org.factoredos.file;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.factoredos.driver.BlockProtocol;
import org.factoredos.file.FileProtocol.Changed;
import org.factoredos.file.FileProtocol.DirectoryListed;
import org.factoredos.file.FileProtocol.Entry;
import org.factoredos.file.FileProtocol.FileId;
import org.factoredos.file.FileProtocol.FileOpened;
import org.factoredos.file.FileProtocol.Kind;
import org.factoredos.file.FileProtocol.OpenMode;
import org.factoredos.file.FileProtocol.ReadFile;
import org.factoredos.file.FileProtocol.Refused;
import org.factoredos.file.FileProtocol.StatAnswered;
import org.factoredos.file.VolumeEvent.EntryMade;
import org.factoredos.file.VolumeEvent.EntryMoved;
import org.factoredos.file.VolumeEvent.EntryRemoved;
import org.factoredos.file.VolumeEvent.Version;
import org.factoredos.file.VolumeTree.Node;
import org.factoredos.file.VolumeTree.Walk;
import org.factoredos.kernel.Payload;
import org.factoredos.server.Call;
import org.factoredos.server.Effect;
import org.jspecify.annotations.Nullable;

/** Decides what needs no disk: names, directories, and where a read finds its bytes. Changes nothing itself. */
final class Namespace {
    private static final int MOST_ENTRIES = 1024;

    /** What is to happen, if anything, and the answer. */
    record Decision(@Nullable VolumeEvent event, Payload reply) {
        static Decision refuse(FileError error) {
            return new Decision(null, new Refused(error));
        }

        /** Lets it happen in {@code state}, and answers. */
        List<Effect> carryOut(SliceState state, Call<Payload> call) {
            if (event == null) {
                return List.of(call.reply(reply));
            }
            state.apply(event);
            return List.of(new Effect.Persist(event), call.reply(reply));
        }
    }

    private final SliceState state;

    Namespace(SliceState state) {
        this.state = state;
    }

    /** A path's end, and the volume that it lies in. */
    private record Spot(@Nullable VolumeTree tree, Place place, Walk walk) {}

    private Spot spot(String path) {
        FileError problem = Place.problem(path);
        Place place = problem == null ? Place.of(path) : new Place(Place.ROOT, List.of());
        VolumeTree tree = state.tree(place.volume());
        if (problem == null && tree != null) {
            return new Spot(tree, place, tree.walk(place.parts()));
        }
        return new Spot(null, place, new Walk(null, "", null, problem == null ? FileError.EAGAIN : problem));
    }

    /** The file that an open would empty; null where it empties none. */
    @Nullable
    FileId emptiedBy(FileProtocol.OpenFile open) {
        Spot spot = spot(open.path());
        Node node = spot.walk().node();
        if (open.mode() != OpenMode.CREATE_OR_TRUNCATE || node == null || node.directory()) {
            return null;
        }
        return new FileId(spot.place().volume(), node.number);
    }

    Decision open(FileProtocol.OpenFile open, long millis) {
        Spot spot = spot(open.path());
        Walk walk = spot.walk();
        VolumeTree tree = spot.tree();
        if (walk.error() != null || tree == null) {
            return refuse(walk);
        }
        Node node = walk.node();
        if (node != null) {
            if (open.mode() == OpenMode.CREATE_NEW) {
                return Decision.refuse(FileError.EEXIST);
            }
            return node.directory()
                    ? Decision.refuse(FileError.EISDIR)
                    : new Decision(null, new FileOpened(tree.status(node)));
        }
        if (open.mode() == OpenMode.EXISTING) {
            return Decision.refuse(FileError.ENOENT);
        }
        EntryMade made = made(spot, tree, Kind.FILE, millis);
        FileId file = new FileId(made.volume(), made.number());
        return new Decision(made, new FileOpened(new FileProtocol.Status(file, Kind.FILE, 0, millis)));
    }

    Decision makeDirectory(String path, long millis) {
        Spot spot = spot(path);
        VolumeTree tree = spot.tree();
        if (spot.walk().error() != null || tree == null) {
            return refuse(spot.walk());
        }
        return spot.walk().node() != null
                ? Decision.refuse(FileError.EEXIST)
                : new Decision(made(spot, tree, Kind.DIRECTORY, millis), new Changed());
    }

    private static EntryMade made(Spot spot, VolumeTree tree, Kind kind, long millis) {
        Node parent = spot.walk().parent();
        long in = parent == null ? VolumeTree.ROOT : parent.number;
        return new EntryMade(spot.place().volume(), in, spot.walk().name(), tree.nextNumber(), kind, millis);
    }

    Decision stat(String path) {
        Spot spot = spot(path);
        Node node = spot.walk().node();
        if (node == null || spot.tree() == null) {
            return refuse(spot.walk());
        }
        return new Decision(null, new StatAnswered(spot.tree().status(node)));
    }

    Decision stat(FileId file) {
        VolumeTree tree = state.tree(file.volume());
        Node node = state.node(file);
        return tree == null || node == null
                ? Decision.refuse(FileError.ESTALE)
                : new Decision(null, new StatAnswered(tree.status(node)));
    }

    Decision list(FileProtocol.ListDirectory list) {
        Spot spot = spot(list.path());
        Node node = spot.walk().node();
        VolumeTree tree = spot.tree();
        if (node == null || tree == null) {
            return refuse(spot.walk());
        }
        if (!node.directory()) {
            return Decision.refuse(FileError.ENOTDIR);
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
            Node child = tree.node(entry.getValue());
            if (child != null) {
                entries.add(new Entry(entry.getKey(), tree.status(child)));
            }
        }
        return new Decision(null, new DirectoryListed(entries, more));
    }

    Decision rename(FileProtocol.RenamePath rename, long millis) {
        Spot from = spot(rename.from());
        Spot to = spot(rename.to());
        if (whole(from) || whole(to)) {
            return Decision.refuse(FileError.EBUSY);
        }
        if (!from.place().volume().equals(to.place().volume())) {
            return Decision.refuse(FileError.EXDEV);
        }
        Node node = from.walk().node();
        Node source = from.walk().parent();
        VolumeTree tree = from.tree();
        if (node == null || source == null || tree == null) {
            return refuse(from.walk());
        }
        Node target = to.walk().parent();
        if (target == null) {
            return refuse(to.walk());
        }
        Node there = to.walk().node();
        FileError error = clash(tree, node, target, there);
        if (error != null) {
            return Decision.refuse(error);
        }
        if (there != null && there.number == node.number) {
            return new Decision(null, new Changed());
        }
        return new Decision(
                new EntryMoved(
                        from.place().volume(),
                        source.number,
                        from.walk().name(),
                        target.number,
                        to.walk().name(),
                        millis),
                new Changed());
    }

    /** Whether it is a volume and not something in one. */
    private static boolean whole(Spot spot) {
        return spot.place().root() && spot.walk().error() == null;
    }

    private static @Nullable FileError clash(VolumeTree tree, Node node, Node target, @Nullable Node there) {
        if (VolumeTree.fixed(node) || (there != null && VolumeTree.fixed(there))) {
            return FileError.EBUSY;
        }
        if (node.directory() && tree.within(target, node)) {
            return FileError.EINVAL; // A directory cannot become part of itself.
        }
        if (there == null || there.number == node.number) {
            return null;
        }
        if (node.directory() != there.directory()) {
            return there.directory() ? FileError.EISDIR : FileError.ENOTDIR;
        }
        return there.entries.isEmpty() ? null : FileError.ENOTEMPTY;
    }

    Decision unlink(String path, long millis) {
        Spot spot = spot(path);
        Node node = spot.walk().node();
        if (node == null) {
            return refuse(spot.walk());
        }
        return node.directory() ? Decision.refuse(FileError.EISDIR) : removal(spot, millis);
    }

    Decision removeDirectory(String path, long millis) {
        Spot spot = spot(path);
        Node node = spot.walk().node();
        if (node == null) {
            return refuse(spot.walk());
        }
        if (!node.directory()) {
            return Decision.refuse(FileError.ENOTDIR);
        }
        if (VolumeTree.fixed(node)) {
            return Decision.refuse(FileError.EBUSY);
        }
        return node.entries.isEmpty() ? removal(spot, millis) : Decision.refuse(FileError.ENOTEMPTY);
    }

    private static Decision removal(Spot spot, long millis) {
        Node parent = spot.walk().parent();
        long in = parent == null ? VolumeTree.ROOT : parent.number;
        return new Decision(
                new EntryRemoved(spot.place().volume(), in, spot.walk().name(), millis), new Changed());
    }

    /** Where a read finds its bytes. */
    Decision locate(ReadFile read) {
        VolumeTree tree = state.tree(read.file().volume());
        Node node = state.node(read.file());
        if (tree == null || node == null) {
            return Decision.refuse(FileError.ESTALE);
        }
        if (node.directory()) {
            return Decision.refuse(FileError.EISDIR);
        }
        if (read.offset() < 0 || read.length() < 0 || read.length() > FileProtocol.LARGEST_TRANSFER_BYTES) {
            return Decision.refuse(FileError.EINVAL);
        }
        int length = (int) Math.clamp(node.sizeBytes - read.offset(), 0L, (long) read.length());
        List<ReadLocated.Piece> pieces = new ArrayList<>();
        long end = read.offset() + length;
        for (long at = read.offset(); at < end; ) {
            long index = at / BlockProtocol.CHUNK_BYTES;
            long begin = index * BlockProtocol.CHUNK_BYTES;
            long next = Math.min(end, begin + BlockProtocol.CHUNK_BYTES);
            Version version = node.chunks.get(index);
            int from = (int) (at - begin);
            if (version != null && from < version.length()) {
                int count = Math.min((int) (next - begin), version.length()) - from;
                pieces.add(new ReadLocated.Piece(
                        (int) (at - read.offset()),
                        from,
                        count,
                        tree.chunk(node.number, index, version),
                        version.replicas()));
            }
            at = next;
        }
        return new Decision(null, new ReadLocated(length, pieces));
    }

    private static Decision refuse(Walk walk) {
        FileError error = walk.error();
        return Decision.refuse(error == null ? FileError.ENOENT : error);
    }
}
