package org.factoredos.sim;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiPredicate;
import org.factoredos.driver.BlockProtocol;
import org.factoredos.file.FileProtocol;
import org.factoredos.file.FileProtocol.FileId;
import org.factoredos.file.ReadLocated;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Payload;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Event;
import org.factoredos.server.Owner;
import org.factoredos.server.OwnerLife;
import org.factoredos.server.OwnerProtocol;
import org.factoredos.server.OwnerProtocol.Answered;
import org.factoredos.server.Response;
import org.factoredos.server.Server;
import org.factoredos.sim.Scenario.Habit;
import org.factoredos.sim.Scenario.Variant;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * G5 and G7 by a thousand {@link Seeds}: what is done to files is linearizable, acknowledged writes survive crashes and
 * synced ones the loss of power, and every call ends.
 */
@Tag("O5")
@Tag("S4")
@Tag("S6")
class FileSimTest {
    @Test
    void everyVolumeIsLinearizableAndEveryCallEnds() {
        Seeds.assertNoneFails(
                "FileSimTest#everyVolumeIsLinearizableAndEveryCallEnds", seed -> new FileScenario(seed, Variant.NONE));
    }

    // Planted faults: variants of the state machines that only tests have.

    @Test
    void commitBeforeTheChunkIsOnDiskIsFound() {
        Seeds.assertFound(
                "FileSimTest#commitBeforeTheChunkIsOnDiskIsFound",
                seed -> new FileScenario(seed, Variant.ofOwners(FileSimTest::committingEarly)));
    }

    @Test
    void replyBeforeItsPersistIsFound() {
        Seeds.assertFound(
                "FileSimTest#replyBeforeItsPersistIsFound",
                seed -> new FileScenario(seed, Variant.ofOwners(Planted::replyingFirst)));
    }

    @Test
    void appendThatARepeatedCallDoesAgainIsFound() {
        Seeds.assertFound(
                "FileSimTest#appendThatARepeatedCallDoesAgainIsFound",
                seed -> new FileScenario(seed, Variant.ofOwners(Planted.withoutDuplicateFilter())));
    }

    @Test
    void readByAStaleChunkMapIsFound() {
        Seeds.assertFound(
                "FileSimTest#readByAStaleChunkMapIsFound",
                seed -> new FileScenario(seed, Variant.ofFronts(FileSimTest::rememberingMaps)));
    }

    @Test
    void droppedContinuationIsFound() {
        Seeds.assertFound("FileSimTest#droppedContinuationIsFound", seed -> {
            AtomicInteger count = new AtomicInteger();
            return new FileScenario(seed, Variant.ofFronts(core -> new Wrapped(core) {
                @Override
                public List<Effect> on(Continuation continuation, Response response, long nanos) {
                    return count.incrementAndGet() % 97 == 0 ? List.of() : super.on(continuation, response, nanos);
                }
            }));
        });
    }

    @Test
    void takeoverWithinThePredecessorsLeaseIsFound() {
        Seeds.assertFound(
                "FileSimTest#takeoverWithinThePredecessorsLeaseIsFound",
                seed -> new FileScenario(seed, Variant.ofOwners(Planted::takingOverEarly)));
    }

    @Test
    void answerWithoutALeaseIsFound() {
        Seeds.assertFound(
                "FileSimTest#answerWithoutALeaseIsFound",
                seed -> new FileScenario(
                        seed, Variant.of(Habit.FRONTS_IGNORE_THE_LEASE, Habit.OWNERS_IGNORE_THE_LEASE)));
    }

    @Test
    void writeThatRecallsNothingIsFound() {
        Seeds.assertFound(
                "FileSimTest#writeThatRecallsNothingIsFound",
                seed -> new FileScenario(seed, Variant.ofOwners(FileSimTest::recallingNothing)));
    }

    @Test
    void frontThatKeepsWhatIsRecalledIsFound() {
        Seeds.assertFound(
                "FileSimTest#frontThatKeepsWhatIsRecalledIsFound",
                seed -> new FileScenario(seed, Variant.ofFronts(FileSimTest::keepingWhatIsRecalled)));
    }

    @Test
    void locksThatASuccessorDoesNotKnowAreFound() {
        Seeds.assertFound(
                "FileSimTest#locksThatASuccessorDoesNotKnowAreFound",
                seed -> new FileScenario(seed, Variant.ofOwners(FileSimTest::forgettingLocks)));
    }

    @Test
    void syncThatReachesNoDiskIsFound() {
        Seeds.assertFound(
                "FileSimTest#syncThatReachesNoDiskIsFound",
                seed -> new FileScenario(seed, Variant.ofOwners(FileSimTest::neverSyncingDisks)));
    }

    @Test
    void syncedBytesReplacedByUnsyncedOnesAreFound() {
        Seeds.assertFound(
                "FileSimTest#syncedBytesReplacedByUnsyncedOnesAreFound",
                seed -> new FileScenario(seed, Variant.ofOwners(FileSimTest::forgettingWhatWasSynced)));
    }

    @Test
    void chunkOnOneDiskWhereTwoAreLiveIsFound() {
        Seeds.assertFound(
                "FileSimTest#chunkOnOneDiskWhereTwoAreLiveIsFound",
                seed -> new FileScenario(seed, Variant.ofOwners(FileSimTest::puttingOnOneDisk)));
    }

    @Test
    void diskThatIsBelievedToHoldWhatItHeldIsFound() {
        Seeds.assertFound(
                "FileSimTest#diskThatIsBelievedToHoldWhatItHeldIsFound",
                seed -> new FileScenario(seed, Variant.ofOwners(FileSimTest::neverLooking)));
    }

    /** What is parked in place of a continuation that has been restarted already. */
    private record Ignored() implements Continuation {}

    /** Takes every put of a chunk for done as it is sent. */
    private static Owner committingEarly(Owner core) {
        return answeringItself(core, BlockProtocol.PutChunk.class, new BlockProtocol.ChunkPut(), true);
    }

    /** Takes every disk for synced without asking it. */
    private static Owner neverSyncingDisks(Owner core) {
        return answeringItself(core, BlockProtocol.SyncChunks.class, new BlockProtocol.ChunksSynced(), false);
    }

    /** Takes every chunk for present on the disks that should have it. */
    private static Owner neverLooking(Owner core) {
        return answeringItself(
                core, BlockProtocol.LookForChunks.class, new BlockProtocol.ChunksLookedFor(List.of()), false);
    }

    /** Syncs for fsync, never what a write puts in the place of synced bytes. */
    private static Owner forgettingWhatWasSynced(Owner core) {
        return answeringItself(
                core,
                (request, waiting) -> request instanceof BlockProtocol.SyncChunks
                        && waiting.getClass().getName().contains("Writes"),
                new BlockProtocol.ChunksSynced(),
                false);
    }

    private static Owner recallingNothing(Owner core) {
        return answeringItself(
                core,
                (request, waiting) -> request instanceof OwnerProtocol.Recall,
                new OwnerProtocol.Recalled(),
                false);
    }

    private static Owner forgettingLocks(Owner core) {
        return new Wrapped(core) {
            @Override
            public void apply(Event event) {
                boolean locks =
                        event instanceof OwnerLife.Decided(var client, var call, var settled, var reply, var events)
                                && reply instanceof FileProtocol.Locked;
                if (!locks) {
                    super.apply(event);
                }
            }
        };
    }

    private static Server keepingWhatIsRecalled(Server core) {
        return new Wrapped(core) {
            @Override
            public List<Effect> on(Envelope in, long nanos) {
                return in.payload() instanceof OwnerProtocol.Recall
                        ? List.of(new Effect.Reply(in.from(), in.call(), new OwnerProtocol.Recalled(), null))
                        : super.on(in, nanos);
            }
        };
    }

    /** Takes every second put of a version for done. */
    private static Owner puttingOnOneDisk(Owner core) {
        Set<BlockProtocol.ChunkId> put = new HashSet<>();
        return answeringItself(
                core,
                (request, waiting) ->
                        request instanceof BlockProtocol.PutChunk(var chunk, var data, var sum) && !put.add(chunk),
                new BlockProtocol.ChunkPut(),
                false);
    }

    private static Owner answeringItself(
            Owner core, Class<? extends BlockProtocol.Request<?>> kind, BlockProtocol.Reply answer, boolean sends) {
        return answeringItself(core, (request, waiting) -> kind.isInstance(request), answer, sends);
    }

    private static Owner answeringItself(
            Owner core, BiPredicate<Payload, Continuation> kind, Payload answer, boolean sends) {
        return new Wrapped(core) {
            @Override
            public List<Effect> on(Envelope in, long nanos) {
                return hasty(super.on(in, nanos), nanos);
            }

            @Override
            public List<Effect> on(Continuation continuation, Response response, long nanos) {
                return continuation instanceof Ignored
                        ? List.of()
                        : hasty(super.on(continuation, response, nanos), nanos);
            }

            private List<Effect> hasty(List<Effect> effects, long nanos) {
                List<Effect> all = new ArrayList<>();
                List<Effect> after = new ArrayList<>();
                for (Effect effect : effects) {
                    if (effect instanceof Effect.Call(var to, var request, var waiting, var patience)
                            && kind.test(request, waiting)) {
                        if (sends) {
                            all.add(new Effect.Call(to, request, new Ignored(), patience));
                        }
                        after.addAll(hasty(super.on(waiting, new Response.Answered(answer), nanos), nanos));
                    } else {
                        all.add(effect);
                    }
                }
                all.addAll(after);
                return all;
            }
        };
    }

    /** Reads each file by the first map that it was told, a few times before it believes another. */
    private static Server rememberingMaps(Server core) {
        Map<FileId, ReadLocated> known = new LinkedHashMap<>();
        AtomicInteger reads = new AtomicInteger();
        return new Wrapped(core) {
            @Override
            public List<Effect> on(Continuation continuation, Response response, long nanos) {
                if (response instanceof Response.Answered(Answered(var epoch, var held, ReadLocated located))
                        && !located.pieces().isEmpty()) {
                    BlockProtocol.ChunkId chunk = located.pieces().getFirst().chunk();
                    FileId file = new FileId(chunk.volume(), chunk.file());
                    if (reads.incrementAndGet() % 5 == 0) {
                        known.clear();
                    }
                    ReadLocated stale = known.putIfAbsent(file, located);
                    return super.on(
                            continuation,
                            new Response.Answered(new Answered(epoch, held, stale == null ? located : stale)),
                            nanos);
                }
                return super.on(continuation, response, nanos);
            }
        };
    }
}
