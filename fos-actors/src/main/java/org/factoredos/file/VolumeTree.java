package org.factoredos.file;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.factoredos.driver.BlockProtocol;
import org.factoredos.driver.BlockProtocol.ChunkId;
import org.factoredos.file.FileProtocol.FileId;
import org.factoredos.file.FileProtocol.Kind;
import org.factoredos.file.FileProtocol.NewAttributes;
import org.factoredos.file.VolumeEvent.AttributesSet;
import org.factoredos.file.VolumeEvent.ChunkMoved;
import org.factoredos.file.VolumeEvent.ChunksMapped;
import org.factoredos.file.VolumeEvent.EntryLinked;
import org.factoredos.file.VolumeEvent.EntryMade;
import org.factoredos.file.VolumeEvent.EntryMoved;
import org.factoredos.file.VolumeEvent.EntryRemoved;
import org.factoredos.file.VolumeEvent.FileResized;
import org.factoredos.file.VolumeEvent.FileSynced;
import org.factoredos.file.VolumeEvent.LockTaken;
import org.factoredos.file.VolumeEvent.LocksReleased;
import org.factoredos.file.VolumeEvent.Mapped;
import org.factoredos.file.VolumeEvent.QuotaSet;
import org.factoredos.file.VolumeEvent.Version;
import org.factoredos.file.VolumeEvent.VersionsDropped;
import org.factoredos.file.VolumeEvent.VolumeBegun;
import org.factoredos.file.VolumeEvent.WriterBegun;
import org.factoredos.grid.NodeId;
import org.jspecify.annotations.Nullable;

/** The directories and files of one volume, and which version of each chunk counts. It changes by events alone. */
final class VolumeTree {
    static final long ROOT = 1;
    static final String OPERATOR = "operator";
    /** Numbers below are the root's and the mount points'. */
    private static final long FIRST = 16;

    /** A version that no map names since {@code sinceMillis}, and the disks that it may still be on. */
    record Unmapped(ChunkId chunk, List<NodeId> replicas, long sinceMillis) {
        /** Null where it is on no disk then. */
        @Nullable
        Unmapped without(NodeId node) {
            List<NodeId> left =
                    replicas.stream().filter(replica -> !replica.equals(node)).toList();
            return left.isEmpty() ? null : new Unmapped(chunk, left, sinceMillis);
        }
    }

    /** A chunk of a file, and the version of it that counts. */
    record Chunk(FileId file, long index, Version version) {
        ChunkId id() {
            return new ChunkId(file.volume(), file.number(), index, version.epoch(), version.counter());
        }
    }

    private final String volume;
    private final Consumer<Unmapped> unmapped;
    private final TreeMap<Long, TreeNode> nodes = new TreeMap<>();
    private final TreeSet<Long> mounts = new TreeSet<>();
    private final Shares shares = new Shares();
    private long lastNumber = FIRST - 1;

    /**
     * Empty but for its root.
     *
     * @param owner whose the root is
     * @param unmapped told what no map names any more
     */
    VolumeTree(String volume, String owner, long millis, Consumer<Unmapped> unmapped) {
        this.volume = volume;
        this.unmapped = unmapped;
        makeRoot(owner, millis);
    }

    private void makeRoot(String owner, long millis) {
        nodes.put(ROOT, new TreeNode(ROOT, Kind.DIRECTORY, "", owner, mode(volume), millis));
        mount(millis);
    }

    /** Makes the mount points that are not there yet: a snapshot may be older than what hangs there. */
    private void mount(long millis) {
        long number = ROOT;
        for (String name : volume.equals(Place.ROOT) ? Place.MOUNT_POINTS : List.<String>of()) {
            String hung = Place.ROOT + name;
            if (!nodes.containsKey(++number)) {
                TreeNode node = new TreeNode(number, Kind.DIRECTORY, hung, OPERATOR, mode(hung), millis);
                nodes.put(number, node);
                enter(present(ROOT), name, node);
            }
        }
    }

    /** What everybody needs room in is everybody's; of the rest each says. */
    private static int mode(String volume) {
        return volume.equals(Place.COMMON) ? FileMode.OF_COMMON_DIRECTORIES : FileMode.OF_DIRECTORIES;
    }

    /** Whether something else hangs there, or the volume itself does. */
    static boolean fixed(TreeNode node) {
        return node.number < FIRST || node.mount();
    }

    /** Whether a volume hangs at {@code node} or below it: where it hangs stays as it is. */
    boolean mountWithin(TreeNode node) {
        return node.directory() && mounts.stream().anyMatch(mount -> within(present(mount), node));
    }

    int mounts() {
        return mounts.size();
    }

    long nextNumber() {
        return lastNumber + 1;
    }

    @Nullable
    TreeNode node(long number) {
        return nodes.get(number);
    }

    /** Whether {@code inner} is {@code outer} or lies below it. */
    boolean within(TreeNode inner, TreeNode outer) {
        TreeNode at = inner;
        while (at.number != outer.number && at.number != ROOT) {
            at = present(at.parents.getFirst());
        }
        return at.number == outer.number;
    }

    String volume() {
        return volume;
    }

    /** The path of a directory, without the slash of the root's. */
    String path(long directory) {
        String below = "";
        for (TreeNode at = present(directory); at.number != ROOT; ) {
            TreeNode parent = present(at.parents.getFirst());
            long number = at.number;
            String name = parent.entries.entrySet().stream()
                    .filter(entry -> entry.getValue() == number)
                    .map(Map.Entry::getKey)
                    .findFirst()
                    .orElse("");
            below = "/" + name + below;
            at = parent;
        }
        return volume.equals(Place.ROOT) ? below : Place.mount(volume) + below;
    }

    /** Adds the first {@code most} chunks behind {@code last}, by the numbers of their files. */
    void chunksBehind(@Nullable Chunk last, int most, List<Chunk> to) {
        long file = last == null ? ROOT : last.file().number();
        long index = last == null ? -1 : last.index();
        int added = 0;
        for (TreeNode node : nodes.tailMap(file, true).values()) {
            for (Map.Entry<Long, Version> each :
                    node.chunks.tailMap(node.number == file ? index : -1, false).entrySet()) {
                if (added == most) {
                    return;
                }
                to.add(new Chunk(new FileId(volume, node.number), each.getKey(), each.getValue()));
                added++;
            }
        }
    }

    long files() {
        return nodes.size();
    }

    Shares shares() {
        return shares;
    }

    ChunkId chunk(long file, long index, Version version) {
        return new ChunkId(volume, file, index, version.epoch(), version.counter());
    }

    void apply(VolumeEvent event) {
        switch (event) {
            case EntryMade made -> make(made);
            case EntryLinked(var v, var parent, var name, var number, var millis) -> {
                TreeNode node = present(number);
                node.changedMillis = millis;
                enter(modified(parent, millis), name, node);
            }
            case EntryMoved(var v, var fromParent, var from, var toParent, var to, var millis) -> {
                TreeNode node = leave(modified(fromParent, millis), from);
                TreeNode target = modified(toParent, millis);
                TreeNode replaced = leave(target, to);
                if (node != null) {
                    node.changedMillis = millis;
                    enter(target, to, node);
                }
                removeUnnamed(replaced, millis);
            }
            case EntryRemoved(var v, var parent, var name, var millis) ->
                removeUnnamed(leave(modified(parent, millis), name), millis);
            case AttributesSet(var v, var number, var attributes, var millis) ->
                set(present(number), attributes, millis);
            case ChunksMapped(var v, var file, var sizeBytes, var millis, var chunks) -> {
                TreeNode node = modified(file, millis);
                node.sizeBytes = sizeBytes;
                chunks.forEach(mapped -> unmap(node, mapped.index(), map(node, mapped), millis));
            }
            case FileSynced(var v, var file) -> present(file).synced = true;
            case ChunkMoved(var v, var file, var index, var version, var millis) -> {
                TreeNode node = present(file);
                unmap(node, index, map(node, new Mapped(index, version)), millis);
            }
            case FileResized(var v, var file, var sizeBytes, var millis) ->
                resize(modified(file, millis), sizeBytes, millis);
            case QuotaSet(var v, var account, var bytes) -> shares.limit(account, bytes);
            case VolumeBegun begun -> {}
            case WriterBegun begun -> {}
            case VersionsDropped dropped -> {}
            case LockTaken taken -> {}
            case LocksReleased released -> {}
        }
    }

    private void make(EntryMade made) {
        TreeNode node =
                new TreeNode(made.number(), made.kind(), made.target(), made.owner(), made.mode(), made.millis());
        nodes.put(node.number, node);
        lastNumber = Math.max(lastNumber, node.number);
        enter(modified(made.parent(), made.millis()), made.name(), node);
    }

    private void enter(TreeNode directory, String name, TreeNode node) {
        directory.entries.put(name, node.number);
        List<Long> parents = new ArrayList<>(node.parents);
        parents.add(directory.number);
        node.parents = List.copyOf(parents);
        if (node.mount()) {
            mounts.add(node.number);
        }
    }

    private @Nullable TreeNode leave(TreeNode directory, String name) {
        Long number = directory.entries.remove(name);
        if (number == null) {
            return null;
        }
        TreeNode node = present(number);
        List<Long> parents = new ArrayList<>(node.parents);
        parents.remove((Long) directory.number);
        node.parents = List.copyOf(parents);
        return node;
    }

    private void removeUnnamed(@Nullable TreeNode node, long millis) {
        if (node == null || !node.parents.isEmpty()) {
            if (node != null) {
                node.changedMillis = millis;
            }
            return;
        }
        nodes.remove(node.number);
        List.copyOf(node.chunks.keySet()).forEach(index -> unmap(node, index, forget(node, index), millis));
    }

    private void set(TreeNode node, NewAttributes attributes, long millis) {
        if (attributes.mode() != null) {
            node.mode = FileMode.of(attributes.mode());
        }
        if (attributes.owner() != null) {
            shares.add(node.owner, -node.allocatedBytes);
            node.owner = attributes.owner();
            shares.add(node.owner, node.allocatedBytes);
        }
        if (attributes.modifiedMillis() != null) {
            node.modifiedMillis = attributes.modifiedMillis();
        }
        if (attributes.accessedMillis() != null) {
            node.accessedMillis = attributes.accessedMillis();
        }
        node.changedMillis = millis;
    }

    private void resize(TreeNode node, long sizeBytes, long millis) {
        node.sizeBytes = sizeBytes;
        long last = sizeBytes / BlockProtocol.CHUNK_BYTES;
        int rest = (int) (sizeBytes % BlockProtocol.CHUNK_BYTES);
        List.copyOf(node.chunks.tailMap(rest == 0 ? last : last + 1, true).keySet())
                .forEach(index -> unmap(node, index, forget(node, index), millis));
        Version cut = node.chunks.get(last);
        if (cut != null && cut.length() > rest) {
            // What lies behind does not count any more, also when the file grows again.
            map(node, new Mapped(last, new Version(cut.epoch(), cut.counter(), rest, cut.replicas())));
        }
    }

    /** Returns the version that was mapped before. */
    private @Nullable Version map(TreeNode node, Mapped mapped) {
        Version before = node.chunks.put(mapped.index(), mapped.version());
        allocated(node, mapped.version().length() - (before == null ? 0 : before.length()));
        return before;
    }

    private @Nullable Version forget(TreeNode node, long index) {
        Version before = node.chunks.remove(index);
        allocated(node, before == null ? 0 : -before.length());
        return before;
    }

    private void allocated(TreeNode node, long more) {
        node.allocatedBytes += more;
        shares.add(node.owner, more);
    }

    private void unmap(TreeNode node, long index, @Nullable Version version, long millis) {
        if (version != null) {
            unmapped.accept(new Unmapped(chunk(node.number, index, version), version.replicas(), millis));
        }
    }

    private TreeNode modified(long number, long millis) {
        TreeNode node = present(number);
        node.modified(millis);
        return node;
    }

    TreeNode present(long number) {
        TreeNode node = nodes.get(number);
        if (node == null) {
            throw new IllegalStateException("volume " + volume + " has no node " + number);
        }
        return node;
    }

    KeptTree keep() {
        return KeptTree.of(volume, lastNumber, nodes.values(), shares);
    }

    void restore(KeptTree kept) {
        nodes.clear();
        mounts.clear();
        shares.clear();
        lastNumber = kept.lastNumber();
        for (KeptTree.KeptNode one : kept.nodes()) {
            TreeNode node = KeptTree.node(one);
            nodes.put(node.number, node);
            one.chunks().forEach(mapped -> map(node, mapped));
        }
        kept.entries().forEach(entry -> enter(present(entry.directory()), entry.name(), present(entry.number())));
        kept.limits().forEach(shares::limit);
        mount(0);
    }
}
