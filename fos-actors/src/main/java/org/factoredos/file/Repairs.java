package org.factoredos.file;

import java.util.ArrayList;
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
import org.factoredos.driver.BlockProtocol.VerifyChunks;
import org.factoredos.file.RepairBatch.Copy;
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
 * synced; one that is away is taken to hold them until it has had its time to come back. A chunk with too few copies is
 * written anew, as a version of its own, and synced before the map names it: what was synced once stays so. Since no version
 * is ever written twice, neither a copy that comes late nor a node that comes back with old ones can do harm; the
 * {@link Sweeper} clears them away.
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

    /** Time to look for damage. */
    record BeginScrub(long round) implements Continuation {}

    /** The disks have rested behind that chunk. */
    record NextBatch(long round, Chunk last) implements Continuation {}

    /** What one disk holds of a batch. */
    record AwaitingLook(long batch, NodeId node, List<ChunkId> chunks) implements Continuation {}

    record AwaitingBytes(long batch, ChunkId chunk, List<NodeId> others) implements Continuation {}

    record AwaitingPut(long batch, ChunkId chunk, NodeId node) implements Continuation {}

    record AwaitingSync(long batch, NodeId node) implements Continuation {}

    private final SliceState state;
    private final Disks disks;
    private final Sweeper sweeper;
    private final Scrub scrub;
    private final int replicas;
    private final long delayNanos;
    /** Nodes whose disks hold chunks and that are no members, by when that was noticed, in milliseconds. */
    private final Map<NodeId, Long> awaySince = new TreeMap<>();
    /** How long yet those may take that this round has left chunks to. */
    private long expectedMillis;

    private final Set<NodeId> avoided = new TreeSet<>();
    private SortedSet<Incarnation> live = new TreeSet<>();
    private long round;
    private long lastBatch;
    private @Nullable RepairBatch batch;
    private boolean incomplete;
    /** There are not enough disks that take anything. */
    private boolean full;

    private boolean repaired;
    private long restNanos;

    /** @param delayNanos how long a lost node may take to come back before its chunks are copied */
    Repairs(SliceState state, Disks disks, Sweeper sweeper, Scrub scrub, int replicas, long delayNanos) {
        this.state = state;
        this.disks = disks;
        this.sweeper = sweeper;
        this.scrub = scrub;
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
        live.forEach(member -> awaySince.putIfAbsent(member.node(), millis));
        now.forEach(member -> awaySince.remove(member.node()));
        live = now;
        repaired = false;
        scrub.stop();
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
        scrub.stop();
        return beginAll(millis);
    }

    private List<Effect> beginAll(long millis) {
        incomplete = false;
        full = false;
        expectedMillis = 0;
        List<Effect> effects = new ArrayList<>();
        begin(null, effects, millis);
        return proceed(effects, millis);
    }

    /** The batch behind {@code last}, or the end of the round. */
    private void begin(@Nullable Chunk last, List<Effect> effects, long millis) {
        List<Chunk> chunks = state.chunksBehind(last, scrub.running() ? Scrub.BATCH : BATCH);
        if (chunks.isEmpty()) {
            batch = null;
            endRound(effects, millis);
            return;
        }
        RepairBatch begun = new RepairBatch(++lastBatch, chunks);
        batch = begun;
        begun.wanted(live)
                .forEach((node, ids) -> call(
                        begun,
                        node,
                        scrub.running() ? new VerifyChunks(ids) : new LookForChunks(ids),
                        new AwaitingLook(begun.number, node, List.copyOf(ids)),
                        effects));
    }

    private void endRound(List<Effect> effects, long millis) {
        if (incomplete) {
            scrub.stop();
            effects.add(new Effect.Timer(new BeginRound(++round), restNanos));
            restNanos = Math.min(2 * restNanos, LONGEST_REST_NANOS);
        } else if (expectedMillis > 0) {
            scrub.stop();
            effects.add(new Effect.Timer(new BeginRound(++round), expectedMillis * 1_000_000));
        } else {
            repaired = true;
            scrub.end(millis);
            if (scrub.intervalNanos > 0) {
                effects.add(new Effect.Timer(new BeginScrub(round), scrub.intervalNanos));
            }
        }
    }

    List<Effect> on(BeginScrub begin, long millis) {
        return begin.round() == round ? scrubNow(millis) : List.of();
    }

    /** Reads every chunk on every disk. Nothing where there is something to repair already, or to look for. */
    List<Effect> scrubNow(long millis) {
        if (!repaired || scrub.running()) {
            return List.of();
        }
        round++;
        scrub.begin();
        return beginAll(millis);
    }

    List<Effect> on(NextBatch next, long millis) {
        if (next.round() != round || !scrub.running()) {
            return List.of();
        }
        List<Effect> effects = new ArrayList<>();
        begin(next.last(), effects, millis);
        return proceed(effects, millis);
    }

    private void call(
            RepairBatch in, NodeId node, Payload.Request<?> request, Continuation continuation, List<Effect> effects) {
        Address driver = disks.driver(node);
        if (driver != null) { // A live member's is known.
            in.awaited++;
            effects.add(new Effect.Call(driver, request, continuation, PATIENCE_NANOS));
        }
    }

    List<Effect> on(AwaitingLook awaiting, Response response, long millis) {
        RepairBatch in = current(awaiting.batch());
        if (in == null) {
            return List.of();
        }
        if (response instanceof Response.Answered(ChunksLookedFor(var missing))) {
            for (ChunkId chunk : awaiting.chunks()) {
                List<NodeId> holders = in.holders.get(chunk);
                if (missing.contains(chunk)) {
                    scrub.found(awaiting.node(), chunk);
                } else if (holders != null && !scrub.isBad(awaiting.node(), chunk)) {
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
        RepairBatch in = current(awaiting.batch());
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
        RepairBatch in = current(awaiting.batch());
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
        RepairBatch in = current(awaiting.batch());
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

    private @Nullable RepairBatch current(long number) {
        RepairBatch current = batch;
        return current != null && current.number == number ? current : null;
    }

    private List<Effect> answered(RepairBatch in, List<Effect> effects, long millis) {
        in.awaited--;
        return proceed(effects, millis);
    }

    /** Where nothing is waited for: finds out what is short and copies it, syncs the copies, maps them, goes on. */
    private List<Effect> proceed(List<Effect> effects, long millis) {
        for (RepairBatch in = batch; in != null && in.awaited == 0; in = batch) {
            switch (in.step) {
                case LOOKING -> copyWhatIsShort(in, effects, millis);
                case COPYING -> sync(in, effects);
                case SYNCING -> {
                    map(in, effects, millis);
                    if (full) {
                        batch = null; // The rest would be put where there is room, over and over, and be in vain.
                        endRound(effects, millis);
                    } else if (scrub.running()) {
                        batch = null;
                        scrub.verified(in.chunks.size());
                        NextBatch next = new NextBatch(round, in.chunks.getLast());
                        effects.add(new Effect.Timer(next, Scrub.REST_NANOS));
                    } else {
                        begin(in.chunks.getLast(), effects, millis);
                    }
                }
            }
        }
        return effects;
    }

    private void copyWhatIsShort(RepairBatch in, List<Effect> effects, long millis) {
        in.step = RepairBatch.Step.COPYING;
        for (Chunk chunk : in.chunks) {
            List<NodeId> holders = in.holders.get(chunk.id());
            boolean mapped =
                    state.now(chunk).filter(now -> now.id().equals(chunk.id())).isPresent();
            if (holders == null || !mapped || holders.size() >= disks.wanted(replicas)) {
                continue;
            }
            repaired = false;
            if (holders.size() + expected(chunk, millis) < disks.wanted(replicas)) {
                Copy copy = new Copy(chunk);
                in.copies.put(chunk.id(), copy);
                get(in, copy, disks.nearest(holders, millis), effects);
            }
        }
    }

    /** How many disks that should have it are away, and may come back with it yet. */
    private int expected(Chunk chunk, long millis) {
        int expected = 0;
        for (NodeId node : chunk.version().replicas()) {
            if (live.stream().noneMatch(member -> member.node().equals(node))) {
                long since = awaySince.computeIfAbsent(node, away -> millis);
                long left = since + delayNanos / 1_000_000 - millis;
                expected += left > 0 ? 1 : 0;
                expectedMillis = Math.max(expectedMillis, left);
            }
        }
        return expected;
    }

    private void get(RepairBatch in, Copy copy, List<NodeId> nodes, List<Effect> effects) {
        if (nodes.isEmpty()) {
            copy.failed = true;
            return;
        }
        List<NodeId> others = List.copyOf(nodes.subList(1, nodes.size()));
        ChunkId chunk = copy.from.id();
        call(in, nodes.getFirst(), new GetChunk(chunk), new AwaitingBytes(in.number, chunk, others), effects);
    }

    private void sync(RepairBatch in, List<Effect> effects) {
        in.step = RepairBatch.Step.SYNCING;
        in.put()
                .forEach((node, chunks) ->
                        call(in, node, new SyncChunks(chunks), new AwaitingSync(in.number, node), effects));
    }

    private void map(RepairBatch in, List<Effect> effects, long millis) {
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
            scrub.repaired(copy.from.id());
        }
    }
}
