package org.factoredos.file;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.factoredos.driver.BlockProtocol;
import org.factoredos.driver.BlockProtocol.ChunkId;
import org.factoredos.file.FileProtocol.FileId;
import org.factoredos.file.FileProtocol.Kind;
import org.factoredos.file.FileProtocol.Status;
import org.factoredos.file.VolumeEvent.ChunksMapped;
import org.factoredos.file.VolumeEvent.EntryMade;
import org.factoredos.file.VolumeEvent.EntryMoved;
import org.factoredos.file.VolumeEvent.EntryRemoved;
import org.factoredos.file.VolumeEvent.FileResized;
import org.factoredos.file.VolumeEvent.Mapped;
import org.factoredos.file.VolumeEvent.Version;
import org.factoredos.grid.NodeId;
import org.jspecify.annotations.Nullable;

/** The directories and files of one volume, and which version of each chunk counts. It changes by events alone. */
final class VolumeTree {
    static final long ROOT = 1;
    /** Numbers below are the root's and the mount points'. */
    private static final long FIRST = 16;

    /** A file or a directory. */
    static final class Node {
        final long number;
        final Kind kind;
        long parent;
        long sizeBytes;
        long modifiedMillis;
        boolean synced;
        final TreeMap<String, Long> entries = new TreeMap<>();
        final TreeMap<Long, Version> chunks = new TreeMap<>();

        Node(long number, Kind kind, long parent, long modifiedMillis) {
            this.number = number;
            this.kind = kind;
            this.parent = parent;
            this.modifiedMillis = modifiedMillis;
        }

        boolean directory() {
            return kind == Kind.DIRECTORY;
        }
    }

    /** A node as a snapshot keeps it. */
    record KeptNode(
            long number,
            Kind kind,
            long parent,
            String name,
            long sizeBytes,
            long modifiedMillis,
            boolean synced,
            List<Mapped> chunks) {}

    /** The tree as a snapshot keeps it; a directory stands before what it holds. */
    record KeptTree(String volume, long lastNumber, List<KeptNode> nodes) {}

    /** Where a path leads. {@code node} is null where its last name is free; {@code error} says why it leads nowhere. */
    record Walk(
            @Nullable Node parent,
            String name,
            @Nullable Node node,
            @Nullable FileError error) {}

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
    private final TreeMap<Long, Node> nodes = new TreeMap<>();
    private long lastNumber = FIRST - 1;

    /** @param unmapped told what no map names any more */
    VolumeTree(String volume, Consumer<Unmapped> unmapped) {
        this.volume = volume;
        this.unmapped = unmapped;
        makeRoot();
    }

    private void makeRoot() {
        Node root = new Node(ROOT, Kind.DIRECTORY, ROOT, 0);
        nodes.put(ROOT, root);
        if (volume.equals(Place.ROOT)) {
            long number = ROOT;
            for (String name : Place.MOUNT_POINTS) {
                root.entries.put(name, ++number);
                nodes.put(number, new Node(number, Kind.DIRECTORY, ROOT, 0));
            }
        }
    }

    /** Whether something else hangs there, or the volume itself does. */
    static boolean fixed(Node node) {
        return node.number < FIRST;
    }

    long nextNumber() {
        return lastNumber + 1;
    }

    @Nullable
    Node node(long number) {
        return nodes.get(number);
    }

    Walk walk(List<String> parts) {
        Node at = present(ROOT);
        Node parent = null;
        String name = "";
        for (int i = 0; i < parts.size(); i++) {
            if (!at.directory()) {
                return new Walk(null, name, null, FileError.ENOTDIR);
            }
            parent = at;
            name = parts.get(i);
            Long number = at.entries.get(name);
            if (number == null) {
                boolean last = i == parts.size() - 1;
                return new Walk(last ? parent : null, name, null, last ? null : FileError.ENOENT);
            }
            at = present(number);
        }
        return new Walk(parent, name, at, null);
    }

    /** Whether {@code inner} is {@code outer} or lies below it. */
    boolean within(Node inner, Node outer) {
        Node at = inner;
        while (at.number != outer.number && at.number != ROOT) {
            at = present(at.parent);
        }
        return at.number == outer.number;
    }

    String volume() {
        return volume;
    }

    /** Adds the first {@code most} chunks behind {@code last}, by the numbers of their files. */
    void chunksBehind(@Nullable Chunk last, int most, List<Chunk> to) {
        long file = last == null ? ROOT : last.file().number();
        long index = last == null ? -1 : last.index();
        int added = 0;
        for (Node node : nodes.tailMap(file, true).values()) {
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

    Status status(Node node) {
        return new Status(new FileId(volume, node.number), node.kind, node.sizeBytes, node.modifiedMillis);
    }

    ChunkId chunk(long file, long index, Version version) {
        return new ChunkId(volume, file, index, version.epoch(), version.counter());
    }

    void apply(VolumeEvent event) {
        switch (event) {
            case EntryMade(var v, var parent, var name, var number, var kind, var millis) -> {
                nodes.put(number, new Node(number, kind, parent, millis));
                lastNumber = Math.max(lastNumber, number);
                touched(parent, millis).entries.put(name, number);
            }
            case EntryMoved(var v, var fromParent, var from, var toParent, var to, var millis) -> {
                Long number = touched(fromParent, millis).entries.remove(from);
                Long replaced = number == null
                        ? null
                        : touched(toParent, millis).entries.put(to, number);
                if (number != null) {
                    present(number).parent = toParent;
                }
                remove(replaced, millis);
            }
            case EntryRemoved(var v, var parent, var name, var millis) ->
                remove(touched(parent, millis).entries.remove(name), millis);
            case ChunksMapped(var v, var file, var sizeBytes, var millis, var chunks) -> {
                Node node = touched(file, millis);
                node.sizeBytes = sizeBytes;
                for (Mapped mapped : chunks) {
                    unmap(node, mapped.index(), node.chunks.put(mapped.index(), mapped.version()), millis);
                }
            }
            case VolumeEvent.FileSynced(var v, var file) -> present(file).synced = true;
            case VolumeEvent.ChunkMoved(var v, var file, var index, var version, var millis) -> {
                Node node = present(file);
                unmap(node, index, node.chunks.put(index, version), millis);
            }
            case FileResized(var v, var file, var sizeBytes, var millis) ->
                resize(touched(file, millis), sizeBytes, millis);
            case VolumeEvent.WriterBegun begun -> {}
            case VolumeEvent.VersionsDropped dropped -> {}
        }
    }

    private void resize(Node node, long sizeBytes, long millis) {
        node.sizeBytes = sizeBytes;
        long last = sizeBytes / BlockProtocol.CHUNK_BYTES;
        int rest = (int) (sizeBytes % BlockProtocol.CHUNK_BYTES);
        Map<Long, Version> beyond = node.chunks.tailMap(rest == 0 ? last : last + 1, true);
        beyond.forEach((index, version) -> unmap(node, index, version, millis));
        beyond.clear();
        Version cut = node.chunks.get(last);
        if (cut != null && cut.length() > rest) {
            // What lies behind does not count any more, also when the file grows again.
            node.chunks.put(last, new Version(cut.epoch(), cut.counter(), rest, cut.replicas()));
        }
    }

    private void remove(@Nullable Long number, long millis) {
        Node node = number == null ? null : nodes.remove(number);
        if (node != null) {
            node.chunks.forEach((index, version) -> unmap(node, index, version, millis));
        }
    }

    private void unmap(Node node, long index, @Nullable Version version, long millis) {
        if (version != null) {
            unmapped.accept(new Unmapped(chunk(node.number, index, version), version.replicas(), millis));
        }
    }

    private Node touched(long number, long millis) {
        Node node = present(number);
        node.modifiedMillis = millis;
        return node;
    }

    private Node present(long number) {
        Node node = nodes.get(number);
        if (node == null) {
            throw new IllegalStateException("volume " + volume + " has no node " + number);
        }
        return node;
    }

    KeptTree keep() {
        List<KeptNode> kept = new ArrayList<>();
        ArrayDeque<Node> directories = new ArrayDeque<>();
        keep(present(ROOT), "", kept, directories);
        while (!directories.isEmpty()) { // Trees may be deeper than a stack.
            directories.remove().entries.forEach((name, number) -> keep(present(number), name, kept, directories));
        }
        return new KeptTree(volume, lastNumber, List.copyOf(kept));
    }

    private void keep(Node node, String name, List<KeptNode> kept, ArrayDeque<Node> directories) {
        List<Mapped> chunks = new ArrayList<>();
        node.chunks.forEach((index, version) -> chunks.add(new Mapped(index, version)));
        kept.add(new KeptNode(
                node.number,
                node.kind,
                node.parent,
                name,
                node.sizeBytes,
                node.modifiedMillis,
                node.synced,
                List.copyOf(chunks)));
        if (node.directory()) {
            directories.add(node);
        }
    }

    void restore(KeptTree kept) {
        nodes.clear();
        makeRoot();
        lastNumber = kept.lastNumber();
        for (KeptNode one : kept.nodes()) {
            Node node = new Node(one.number(), one.kind(), one.parent(), one.modifiedMillis());
            Node before = nodes.put(one.number(), node);
            if (before != null) {
                node.entries.putAll(before.entries); // The root's mount points.
            }
            node.sizeBytes = one.sizeBytes();
            node.synced = one.synced();
            one.chunks().forEach(mapped -> node.chunks.put(mapped.index(), mapped.version()));
            if (node.number != ROOT) {
                present(node.parent).entries.put(one.name(), node.number);
            }
        }
    }
}
