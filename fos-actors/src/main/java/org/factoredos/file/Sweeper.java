package org.factoredos.file;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.factoredos.driver.BlockProtocol.ChunkId;
import org.factoredos.driver.BlockProtocol.ChunksDropped;
import org.factoredos.driver.BlockProtocol.DropChunks;
import org.factoredos.file.VolumeTree.Unmapped;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Address;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.JournalSync;
import org.factoredos.server.Response;

/**
 * Drops the versions that no map names any more, once every front that was told of one has long had its bytes.
 *
 * <p>First the journal is synced: after a loss of power it must not fall back to a map that names what is dropped. A front
 * that is slower still finds the version missing and asks the owner again; it never finds other bytes.
 */
final class Sweeper {
    static final long PERIOD_NANOS = 5_000_000_000L;
    /** Many times what a front waits for a disk. */
    static final long GRACE_MILLIS = 30_000;

    private static final long PATIENCE_NANOS = 10_000_000_000L;
    private static final int MOST_AT_ONCE = 1024;
    private static final long HURRY_NANOS = 100_000_000L;

    /** It is time to look what has become old. */
    record Sweep() implements Continuation {}

    /** The journal, and what is to be dropped of each disk then. */
    record AwaitingJournal(Map<NodeId, List<ChunkId>> byNode) implements Continuation {}

    record AwaitingDropped(NodeId node, List<ChunkId> chunks) implements Continuation {}

    private final SliceState state;
    private final Disks disks;
    /** Put by writes that failed. In no snapshot: a new owner does not know them. */
    private final Map<ChunkId, Unmapped> orphans = new LinkedHashMap<>();

    private final Set<Drop> dropping = new LinkedHashSet<>();

    private long sinceMillis;

    /** One version that is being dropped from one disk. */
    private record Drop(NodeId node, ChunkId chunk) {}

    Sweeper(SliceState state, Disks disks) {
        this.state = state;
        this.disks = disks;
    }

    /** A version that may be on its disks and that no map will ever name. */
    void orphan(ChunkId chunk, List<NodeId> replicas, long millis) {
        orphans.put(chunk, new Unmapped(chunk, replicas, millis));
    }

    /** A new owner begins: fronts may still read what its predecessor told them just now. */
    Effect begin(long millis) {
        sinceMillis = millis;
        return new Effect.Timer(new Sweep(), PERIOD_NANOS);
    }

    List<Effect> sweep(long millis) {
        Map<NodeId, List<ChunkId>> byNode = new TreeMap<>();
        int chosen = choose(state.unmapped().values(), millis, 0, byNode);
        chosen = choose(orphans.values(), millis, chosen, byNode);
        List<Effect> effects = new ArrayList<>();
        if (!byNode.isEmpty()) {
            effects.add(new Effect.Device(new JournalSync.SyncJournal(), new AwaitingJournal(byNode), PATIENCE_NANOS));
        }
        // Where there is more than one sweep takes, the next comes as soon as the disks may be through with this one.
        boolean more = chosen >= MOST_AT_ONCE;
        effects.add(new Effect.Timer(new Sweep(), more ? HURRY_NANOS : PERIOD_NANOS));
        return effects;
    }

    List<Effect> on(AwaitingJournal awaiting, Response response) {
        boolean synced = response instanceof Response.Answered(JournalSync.JournalSynced done);
        List<Effect> effects = new ArrayList<>();
        awaiting.byNode().forEach((node, chunks) -> {
            Address driver = disks.driver(node);
            if (synced && driver != null) {
                effects.add(new Effect.Call(
                        driver, new DropChunks(chunks), new AwaitingDropped(node, chunks), PATIENCE_NANOS));
            } else {
                forget(node, chunks); // They are chosen again.
            }
        });
        return effects;
    }

    private void forget(NodeId node, List<ChunkId> chunks) {
        chunks.forEach(chunk -> dropping.remove(new Drop(node, chunk)));
    }

    /** A disk whose node is away keeps what it has until it is back. */
    private int choose(Iterable<Unmapped> from, long millis, int already, Map<NodeId, List<ChunkId>> byNode) {
        int chosen = already;
        for (Unmapped one : from) {
            if (chosen >= MOST_AT_ONCE || millis - Math.max(one.sinceMillis(), sinceMillis) < GRACE_MILLIS) {
                return chosen; // Those behind it are younger still.
            }
            for (NodeId node : one.replicas()) {
                if (disks.driver(node) != null && dropping.add(new Drop(node, one.chunk()))) {
                    chosen++;
                    byNode.computeIfAbsent(node, n -> new ArrayList<>()).add(one.chunk());
                }
            }
        }
        return chosen;
    }

    List<Effect> on(AwaitingDropped awaiting, Response response) {
        forget(awaiting.node(), awaiting.chunks());
        if (!(response instanceof Response.Answered(ChunksDropped dropped))) {
            return List.of();
        }
        List<ChunkId> gone = new ArrayList<>();
        for (ChunkId chunk : awaiting.chunks()) {
            if (orphans.containsKey(chunk)) {
                orphans.computeIfPresent(chunk, (id, orphan) -> orphan.without(awaiting.node()));
            } else {
                gone.add(chunk);
            }
        }
        if (gone.isEmpty()) {
            return List.of();
        }
        VolumeEvent event = new VolumeEvent.VersionsDropped(awaiting.node(), gone);
        state.apply(event);
        return List.of(new Effect.Persist(event));
    }
}
