package org.factoredos.file;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.TreeMap;
import org.factoredos.driver.BlockProtocol.ChunkId;
import org.factoredos.file.FileProtocol.FileId;
import org.factoredos.file.VolumeEvent.Lock;
import org.factoredos.file.VolumeEvent.Version;
import org.factoredos.file.VolumeTree.Chunk;
import org.factoredos.file.VolumeTree.Unmapped;
import org.factoredos.server.Event;
import org.factoredos.server.Snapshot;
import org.jspecify.annotations.Nullable;

/** All that the owner of one slice holds durably: its volumes, and the versions that no map names. */
final class SliceState {
    /** The same as a snapshot. */
    record KeptSlice(long writer, List<KeptTree> trees, List<Unmapped> unmapped, List<Lock> locks) implements Snapshot {
        KeptSlice(long writer, List<KeptTree> trees, List<Unmapped> unmapped, @Nullable List<Lock> locks) {
            this.writer = writer;
            this.trees = trees;
            this.unmapped = unmapped;
            this.locks = locks == null ? List.of() : locks; // Of before there were any.
        }
    }

    private final TreeMap<String, VolumeTree> trees = new TreeMap<>();
    private final SequencedMap<ChunkId, Unmapped> unmapped = new LinkedHashMap<>();
    private final SequencedSet<Lock> locks = new LinkedHashSet<>();
    private long writer;
    private long counter;

    SliceState(int slice) {
        for (String volume : Place.VOLUMES) {
            if (Place.slice(volume) == slice) {
                begin(volume, VolumeTree.OPERATOR, 0);
            }
        }
    }

    private VolumeTree begin(String volume, String owner, long millis) {
        VolumeTree tree = new VolumeTree(volume, owner, millis, garbage -> unmapped.put(garbage.chunk(), garbage));
        trees.put(volume, tree);
        return tree;
    }

    Collection<VolumeTree> trees() {
        return trees.values();
    }

    /** The volume of that name; null where it is another slice's. */
    @Nullable
    VolumeTree tree(String volume) {
        return trees.get(volume);
    }

    /** The first {@code most} chunks behind {@code last} in a fixed order; of all where it is null. */
    List<Chunk> chunksBehind(@Nullable Chunk last, int most) {
        List<Chunk> chunks = new ArrayList<>();
        for (VolumeTree tree : (last == null ? trees : trees.tailMap(last.file().volume(), true)).values()) {
            boolean within = last != null && tree.volume().equals(last.file().volume());
            tree.chunksBehind(within ? last : null, most - chunks.size(), chunks);
        }
        return chunks;
    }

    /** The same chunk as the map names it now; empty where it names none. */
    Optional<Chunk> now(Chunk chunk) {
        TreeNode node = node(chunk.file());
        Version version = node == null ? null : node.chunks.get(chunk.index());
        return version == null ? Optional.empty() : Optional.of(new Chunk(chunk.file(), chunk.index(), version));
    }

    @Nullable
    TreeNode node(FileId file) {
        VolumeTree tree = trees.get(file.volume());
        return tree == null ? null : tree.node(file.number());
    }

    /** Versions that no map names, the first to become so first. */
    SequencedMap<ChunkId, Unmapped> unmapped() {
        return unmapped;
    }

    /** The first to be taken first. */
    SequencedSet<Lock> locks() {
        return Collections.unmodifiableSequencedSet(locks);
    }

    long writer() {
        return writer;
    }

    /** Tells this writer's versions apart; it starts anew with each writer. */
    long nextCounter() {
        return ++counter;
    }

    void apply(Event event) {
        switch ((VolumeEvent) event) {
            case VolumeEvent.WriterBegun begun -> {
                writer = Math.max(writer + 1, begun.writer());
                counter = 0;
            }
            case VolumeEvent.VersionsDropped(var node, var versions) ->
                versions.forEach(chunk -> unmapped.computeIfPresent(chunk, (id, garbage) -> garbage.without(node)));
            case VolumeEvent.LockTaken(var lock) -> locks.add(lock);
            case VolumeEvent.LocksReleased(var released) -> released.forEach(locks::remove);
            case VolumeEvent.VolumeBegun(var volume, var owner, var millis) -> begin(volume, owner, millis);
            case VolumeEvent.EntryMade made -> owned(made.volume()).apply(made);
            case VolumeEvent.EntryLinked linked -> owned(linked.volume()).apply(linked);
            case VolumeEvent.AttributesSet set -> owned(set.volume()).apply(set);
            case VolumeEvent.QuotaSet set -> owned(set.volume()).apply(set);
            case VolumeEvent.EntryMoved moved -> owned(moved.volume()).apply(moved);
            case VolumeEvent.EntryRemoved removed -> owned(removed.volume()).apply(removed);
            case VolumeEvent.ChunksMapped mapped -> owned(mapped.volume()).apply(mapped);
            case VolumeEvent.FileSynced synced -> owned(synced.volume()).apply(synced);
            case VolumeEvent.ChunkMoved moved -> owned(moved.volume()).apply(moved);
            case VolumeEvent.FileResized resized -> owned(resized.volume()).apply(resized);
        }
    }

    private VolumeTree owned(String volume) {
        VolumeTree tree = trees.get(volume);
        if (tree == null) {
            throw new IllegalStateException("volume " + volume + " is another slice's");
        }
        return tree;
    }

    KeptSlice keep() {
        return new KeptSlice(
                writer,
                trees.values().stream().map(VolumeTree::keep).toList(),
                List.copyOf(unmapped.values()),
                List.copyOf(locks));
    }

    void restore(KeptSlice kept) {
        writer = kept.writer();
        counter = 0;
        kept.trees()
                .forEach(tree -> begin(tree.volume(), VolumeTree.OPERATOR, 0).restore(tree));
        unmapped.clear();
        locks.clear();
        locks.addAll(kept.locks());
        kept.unmapped().forEach(garbage -> unmapped.put(garbage.chunk(), garbage));
    }
}
