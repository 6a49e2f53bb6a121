package org.factoredos.file;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.factoredos.driver.BlockProtocol.ChunkId;
import org.factoredos.file.FileProtocol.FileId;
import org.factoredos.file.VolumeTree.Unmapped;
import org.factoredos.server.Event;
import org.factoredos.server.Snapshot;
import org.jspecify.annotations.Nullable;

/** All that the owner of one slice holds durably: its volumes, and the versions that no map names. */
final class SliceState {
    /** The same as a snapshot. */
    record KeptSlice(long writer, List<VolumeTree.KeptTree> trees, List<Unmapped> unmapped) implements Snapshot {}

    private final Map<String, VolumeTree> trees = new TreeMap<>();
    private final SequencedMap<ChunkId, Unmapped> unmapped = new LinkedHashMap<>();
    private long writer;
    private long counter;

    SliceState(int slice) {
        for (String volume : Place.VOLUMES) {
            if (Place.slice(volume) == slice) {
                trees.put(volume, new VolumeTree(volume, garbage -> unmapped.put(garbage.chunk(), garbage)));
            }
        }
    }

    /** The volume of that name; null where it is another slice's. */
    @Nullable
    VolumeTree tree(String volume) {
        return trees.get(volume);
    }

    VolumeTree.@Nullable Node node(FileId file) {
        VolumeTree tree = trees.get(file.volume());
        return tree == null ? null : tree.node(file.number());
    }

    /** Versions that no map names, the first to become so first. */
    SequencedMap<ChunkId, Unmapped> unmapped() {
        return unmapped;
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
                writer++;
                counter = 0;
            }
            case VolumeEvent.VersionsDropped(var versions) -> versions.forEach(unmapped::remove);
            case VolumeEvent.EntryMade made -> owned(made.volume()).apply(made);
            case VolumeEvent.EntryMoved moved -> owned(moved.volume()).apply(moved);
            case VolumeEvent.EntryRemoved removed -> owned(removed.volume()).apply(removed);
            case VolumeEvent.ChunksMapped mapped -> owned(mapped.volume()).apply(mapped);
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
                writer, trees.values().stream().map(VolumeTree::keep).toList(), List.copyOf(unmapped.values()));
    }

    void restore(KeptSlice kept) {
        writer = kept.writer();
        counter = 0;
        kept.trees().forEach(tree -> owned(tree.volume()).restore(tree));
        unmapped.clear();
        kept.unmapped().forEach(garbage -> unmapped.put(garbage.chunk(), garbage));
    }
}
