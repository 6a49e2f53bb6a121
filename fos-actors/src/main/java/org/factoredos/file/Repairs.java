package org.factoredos.file;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.factoredos.driver.BlockProtocol.ChunkId;
import org.factoredos.driver.BlockProtocol.ChunkPut;
import org.factoredos.driver.BlockProtocol.ChunkRead;
import org.factoredos.driver.BlockProtocol.ChunksLookedFor;
import org.factoredos.driver.BlockProtocol.ChunksSynced;
import org.factoredos.driver.BlockProtocol.GetChunk;
import org.factoredos.driver.BlockProtocol.LookForChunks;
import org.factoredos.driver.BlockProtocol.PutChunk;
import org.factoredos.driver.BlockProtocol.SyncChunks;
import org.factoredos.file.VolumeEvent.ChunkMoved;
import org.factoredos.file.VolumeEvent.Version;
import org.factoredos.file.VolumeTree.Chunk;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Response;
import org.jspecify.annotations.Nullable;

/**
 * Sees to it that every chunk lies on as many disks as it should.
 *
 * <p>As an owner begins, and whenever a member comes or goes, it goes through all chunks, a round, in batches. The disks
 * that the map names are asked what they hold, for a node that has lost its power may come back without what was never
 * synced. A chunk with too few copies is written anew, as a version of its own, and synced before the map names it: what
 * was synced once stays so. Since no version is ever written twice, neither a copy that comes late nor a node that comes
 * back with old ones can do harm; the {@link Sweeper} clears them away.
 */
final class Repairs {
    private static final long PATIENCE_NANOS = 10_000_000_000L;
    /** At most 8 MiB are on their way. */
    private static final int BATCH = 128;

    private static final long NEXT_ROUND_NANOS = 2_000_000_000L;
    /** A chunk whose disks are all away, or have lost it, is looked for again and again, but seldom. */
    private static final long LONGEST_REST_NANOS = 60_000_000_000L;

    /** Time to begin that round. */
    record BeginRound(long round) implements Continuation {}

    /** What one disk holds of a batch. */
    record AwaitingLook(long batch, NodeId node, List<ChunkId> chunks) implements Continuation {}

    record AwaitingBytes(long batch, ChunkId chunk, List<NodeId> others) implements Continuation {}

    record AwaitingPut(long batch, ChunkId chunk, NodeId node) implements Continuation {}

    record AwaitingSync(long batch, NodeId node) implements Continuation {}

    private enum Step {
        LOOKING,
        COPYING,
        SYNCING
    }

    /** Some chunks that follow each other. */
    private static final class Batch {
        final long number;
        final List<Chunk> chunks;
        final Map<ChunkId, List<NodeId>> holders = new LinkedHashMap<>();
        final Map<ChunkId, Copy> copies = new LinkedHashMap<>();
        Step step = Step.LOOKING;
        int awaited;

        Batch(long number, List<Chunk> chunks) {
            this.number = number;
            this.chunks = chunks;
        }
    }

    /** A chunk on its way to other disks. */
    private static final class Copy {
        final Chunk from;
        List<Incarnation> targets = List.of();

        @Nullable
        Chunk to;

        boolean failed;

        Copy(Chunk from) {
            this.from = from;
        }
    }

    private final SliceState state;
    private final Disks disks;
    private final Sweeper sweeper;
    private final int replicas;
    private final long delayNanos;
    private final Set<NodeId> avoided = new TreeSet<>();
    private SortedSet<Incarnation> live = new TreeSet<>();
    private long round;
    private long lastBatch;
    private @Nullable Batch batch;
    private boolean incomplete;
    /** There are not enough disks that take anything. */
    private boolean full;

    private boolean repaired;
    private long restNanos;

    /** @param delayNanos how long a lost node may take to come back before its chunks are copied */
    Repairs(SliceState state, Disks disks, Sweeper sweeper, int replicas, long delayNanos) {
        this.state = state;
        this.disks = disks;
        this.sweeper = sweeper;
        this.replicas = replicas;
        this.delayNanos = delayNanos;
    }

    /** Whether the last round has found every chunk on as many disks as the members allow, and nobody came or went since. */
    boolean repaired() {
        return repaired;
    }

    /** The members may have changed. */
    List<Effect> onMembers(long millis) {
        SortedSet<Incarnation> now = disks.live();
        if (now.equals(live)) {
            return List.of();
        }
        boolean came = !live.containsAll(now);
        live = now;
        repaired = false;
        abandonBatch(millis); // What it waits for tells of the members of before.
        avoided.clear();
        restNanos = NEXT_ROUND_NANOS;
        round++;
        return came ? beginRound(millis) : List.of(new Effect.Timer(new BeginRound(round), delayNanos));
    }

    List<Effect> on(BeginRound begin, long millis) {
        return begin.round() == round ? beginRound(millis) : List.of();
    }

    private List<Effect> beginRound(long millis) {
        incomplete = false;
        full = false;
        List<Effect> effects = new ArrayList<>();
        begin(null, effects);
        return proceed(effects, millis);
    }

    /** The batch behind {@code last}, or the end of the round. */
    private void begin(@Nullable Chunk last, List<Effect> effects) {
        List<Chunk> chunks = state.chunksBehind(last, BATCH);
        if (chunks.isEmpty()) {
            batch = null;
            endRound(effects);
            return;
        }
        Batch begun = new Batch(++lastBatch, chunks);
        batch = begun;
        Map<NodeId, List<ChunkId>> wanted = new TreeMap<>();
        for (Chunk chunk : chunks) {
            begun.holders.put(chunk.id(), new ArrayList<>());
            live.stream()
                    .map(Incarnation::node)
                    .filter(chunk.version().replicas()::contains)
                    .forEach(node ->
                            wanted.computeIfAbsent(node, n -> new ArrayList<>()).add(chunk.id()));
        }
        wanted.forEach((node, ids) -> call(
                begun, node, new LookForChunks(ids), new AwaitingLook(begun.number, node, List.copyOf(ids)), effects));
    }

    private void endRound(List<Effect> effects) {
        if (!incomplete) {
            repaired = true;
            return;
        }
        effects.add(new Effect.Timer(new BeginRound(++round), restNanos));
        restNanos = Math.min(2 * restNanos, LONGEST_REST_NANOS);
    }

    private void call(
            Batch in, NodeId node, Payload.Request<?> request, Continuation continuation, List<Effect> effects) {
        Address driver = disks.driver(node);
        if (driver != null) { // A live member's is known.
            in.awaited++;
            effects.add(new Effect.Call(driver, request, continuation, PATIENCE_NANOS));
        }
    }

    List<Effect> on(AwaitingLook awaiting, Response response, long millis) {
        Batch in = current(awaiting.batch());
        if (in == null) {
            return List.of();
        }
        if (response instanceof Response.Answered(ChunksLookedFor(var missing))) {
            for (ChunkId chunk : awaiting.chunks()) {
                List<NodeId> holders = in.holders.get(chunk);
                if (holders != null && !missing.contains(chunk)) {
                    holders.add(awaiting.node());
                }
            }
        } else {
            // Whether it holds them is not known: they are left alone until it is.
            incomplete = true;
            awaiting.chunks().forEach(in.holders::remove);
        }
        return answered(in, new ArrayList<>(), millis);
    }

    List<Effect> on(AwaitingBytes awaiting, Response response, long millis) {
        Batch in = current(awaiting.batch());
        Copy copy = in == null ? null : in.copies.get(awaiting.chunk());
        if (in == null || copy == null) {
            return List.of();
        }
        List<Effect> effects = new ArrayList<>();
        int length = copy.from.version().length();
        if (response instanceof Response.Answered(ChunkRead(var data, var checksum))
                && data.crc32c() == checksum
                && data.length() >= length) {
            copy.targets = targets(millis);
            List<NodeId> nodes = copy.targets.stream().map(Incarnation::node).toList();
            Chunk to = new Chunk(
                    copy.from.file(),
                    copy.from.index(),
                    new Version(state.writer(), state.nextCounter(), length, nodes));
            copy.to = to;
            PutChunk put = new PutChunk(
                    to.id(), data.slice(0, length), data.slice(0, length).crc32c());
            nodes.forEach(node -> call(in, node, put, new AwaitingPut(in.number, awaiting.chunk(), node), effects));
        } else {
            get(in, copy, awaiting.others(), effects);
        }
        return answered(in, effects, millis);
    }

    private List<Incarnation> targets(long millis) {
        List<Incarnation> targets = disks.targets(replicas, avoided, millis);
        if (targets.size() < disks.wanted(replicas)) {
            avoided.clear(); // Perhaps they are well again.
            return disks.targets(replicas, avoided, millis);
        }
        return targets;
    }

    List<Effect> on(AwaitingPut awaiting, Response response, long millis) {
        Batch in = current(awaiting.batch());
        Copy copy = in == null ? null : in.copies.get(awaiting.chunk());
        if (in == null || copy == null) {
            return List.of();
        }
        if (!(response instanceof Response.Answered(ChunkPut put))) {
            copy.failed = true;
            avoided.add(awaiting.node());
            full |= disks.targets(replicas, avoided, millis).size() < disks.wanted(replicas);
        }
        return answered(in, new ArrayList<>(), millis);
    }

    List<Effect> on(AwaitingSync awaiting, Response response, long millis) {
        Batch in = current(awaiting.batch());
        if (in == null) {
            return List.of();
        }
        if (!(response instanceof Response.Answered(ChunksSynced synced))) {
            in.copies
                    .values()
                    .forEach(copy -> copy.failed |= copy.targets.stream()
                            .anyMatch(target -> target.node().equals(awaiting.node())));
        }
        return answered(in, new ArrayList<>(), millis);
    }

    private void abandonBatch(long millis) {
        if (batch != null) {
            batch.copies.values().forEach(copy -> orphan(copy, millis));
        }
        batch = null;
    }

    private void orphan(Copy copy, long millis) {
        if (copy.to != null) {
            sweeper.orphan(copy.to.id(), copy.to.version().replicas(), millis);
        }
    }

    private @Nullable Batch current(long number) {
        Batch current = batch;
        return current != null && current.number == number ? current : null;
    }

    private List<Effect> answered(Batch in, List<Effect> effects, long millis) {
        in.awaited--;
        return proceed(effects, millis);
    }

    /** Where nothing is waited for: finds out what is short and copies it, syncs the copies, maps them, goes on. */
    private List<Effect> proceed(List<Effect> effects, long millis) {
        for (Batch in = batch; in != null && in.awaited == 0; in = batch) {
            switch (in.step) {
                case LOOKING -> copyWhatIsShort(in, effects, millis);
                case COPYING -> sync(in, effects);
                case SYNCING -> {
                    map(in, effects, millis);
                    if (full) {
                        batch = null; // The rest would be put where there is room, over and over, and be in vain.
                        endRound(effects);
                    } else {
                        begin(in.chunks.getLast(), effects);
                    }
                }
            }
        }
        return effects;
    }

    private void copyWhatIsShort(Batch in, List<Effect> effects, long millis) {
        in.step = Step.COPYING;
        for (Chunk chunk : in.chunks) {
            List<NodeId> holders = in.holders.get(chunk.id());
            boolean mapped =
                    state.now(chunk).filter(now -> now.id().equals(chunk.id())).isPresent();
            if (holders != null && mapped && holders.size() < disks.wanted(replicas)) {
                Copy copy = new Copy(chunk);
                in.copies.put(chunk.id(), copy);
                get(in, copy, disks.nearest(holders, millis), effects);
            }
        }
    }

    private void get(Batch in, Copy copy, List<NodeId> nodes, List<Effect> effects) {
        if (nodes.isEmpty()) {
            copy.failed = true;
            return;
        }
        List<NodeId> others = List.copyOf(nodes.subList(1, nodes.size()));
        ChunkId chunk = copy.from.id();
        call(in, nodes.getFirst(), new GetChunk(chunk), new AwaitingBytes(in.number, chunk, others), effects);
    }

    private void sync(Batch in, List<Effect> effects) {
        in.step = Step.SYNCING;
        Map<NodeId, List<ChunkId>> byNode = new TreeMap<>();
        for (Copy copy : in.copies.values()) {
            Chunk to = copy.to;
            if (to != null && !copy.failed) {
                to.version()
                        .replicas()
                        .forEach(node -> byNode.computeIfAbsent(node, n -> new ArrayList<>())
                                .add(to.id()));
            }
        }
        byNode.forEach(
                (node, chunks) -> call(in, node, new SyncChunks(chunks), new AwaitingSync(in.number, node), effects));
    }

    private void map(Batch in, List<Effect> effects, long millis) {
        for (Copy copy : in.copies.values()) {
            Chunk to = copy.to;
            Chunk now = state.now(copy.from).orElse(null);
            boolean overtaken = now == null || !now.id().equals(copy.from.id());
            incomplete |= copy.failed && !overtaken;
            if (to == null) {
                continue;
            }
            Version version = to.version();
            if (copy.failed || now == null || overtaken) {
                orphan(copy, millis);
                continue;
            }
            // It may have been cut meanwhile.
            Version mapped = new Version(
                    version.epoch(), version.counter(), now.version().length(), version.replicas());
            ChunkMoved moved = new ChunkMoved(to.file().volume(), to.file().number(), to.index(), mapped, millis);
            state.apply(moved);
            effects.add(new Effect.Persist(moved));
        }
    }
}
