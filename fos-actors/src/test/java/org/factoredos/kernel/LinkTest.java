package org.factoredos.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;
import org.factoredos.sim.Mesh;
import org.factoredos.sim.World;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** G1 over a hostile wire: exactly once, in order, and every result true. The seed decides all. */
@Tag("M8")
@Tag("M9")
@Tag("M18")
class LinkTest {
    private static final NodeId A = new NodeId(1);
    private static final NodeId B = new NodeId(2);
    /** Small, so that windows fill, frames split and queues overflow. */
    private static final Link.Settings SMALL =
            new Link.Settings(8, 2_000, 200, 100_000, 500, 20 * World.MILLISECOND, 200 * World.MILLISECOND);

    private record Numbered(int number, int bytes) implements Payload {}

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 200);
    }

    /** One life of a node with one link. */
    private static final class End {
        final World world;
        final Link link;
        final List<Integer> accepted = new ArrayList<>();
        final List<Integer> met = new ArrayList<>();
        int refusePerMille;

        End(World world, Mesh mesh, Incarnation self, Incarnation peer) {
            this.world = world;
            this.link = new Link(self, peer, SMALL, mesh.transport(), this::deliver);
            mesh.attach(self.node(), frame -> {
                link.receive(frame, world.nanos());
                flushSoon();
            });
            tick();
        }

        SendResult deliver(Envelope envelope) {
            int number = ((Numbered) envelope.payload()).number();
            met.add(number);
            if (world.chance(refusePerMille)) {
                return SendResult.QUEUE_FULL;
            }
            accepted.add(number);
            return SendResult.ACCEPTED;
        }

        void flushSoon() {
            world.after(world.between(0, 100 * World.MICROSECOND), "flush", () -> link.flush(world.nanos()));
        }

        private void tick() {
            link.tick(world.nanos());
            world.after(5 * World.MILLISECOND, "tick", this::tick);
        }
    }

    private static final class Run {
        final World world;
        final Mesh mesh;
        final End a;
        final End b;
        final Map<Integer, List<SendResult>> results = new LinkedHashMap<>();

        Run(long seed, Mesh.Faults faults) {
            world = new World(seed);
            mesh = new Mesh(world, faults);
            a = new End(world, mesh, new Incarnation(A, 1), new Incarnation(B, 1));
            b = new End(world, mesh, new Incarnation(B, 1), new Incarnation(A, 1));
        }

        /** From A to B, at moments of the first {@code forNanos}; the other way one for each, so that frames carry both. */
        void send(int messages, long forNanos) {
            for (int i = 0; i < messages; i++) {
                int number = i;
                int bytes = 64 + world.random(300);
                world.after(i * (forNanos / messages), "send", () -> {
                    a.link.offer(
                            envelope(new Numbered(number, bytes)),
                            result -> results.computeIfAbsent(number, n -> new ArrayList<>())
                                    .add(result));
                    a.flushSoon();
                    b.link.offer(envelope(new Numbered(number, 64)), Sending.UNWATCHED);
                    b.flushSoon();
                });
            }
        }

        List<Integer> numbersWith(SendResult result) {
            return results.keySet().stream()
                    .filter(number -> results.getOrDefault(number, List.of()).contains(result))
                    .sorted()
                    .toList();
        }
    }

    private static Envelope envelope(Payload payload) {
        TileId tile = new TileId(B, 0, 0);
        Address to = new Address(new ClientId(B, 1, 9), 1, tile);
        return new Envelope(to, to, "sys:test", Envelope.Kind.MESSAGE, 0, 0, payload, null);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void lostRepeatedAndReorderedFramesBecomeExactlyOnceInOrder(long seed) {
        Run run = new Run(seed, Mesh.Faults.HOSTILE);
        run.b.refusePerMille = 100;
        run.send(150, World.SECOND);
        run.world.after(300 * World.MILLISECOND, "cut", () -> {
            run.mesh.cut(A, B);
            if (run.world.chance(500)) {
                run.mesh.cut(B, A);
            }
        });
        run.world.after(900 * World.MILLISECOND, "heal", run.mesh::healAll);
        run.world.run(60 * World.SECOND);

        assertThat(run.results)
                .as("seed %d", seed)
                .hasSize(150)
                .allSatisfy((number, all) -> assertThat(all).hasSize(1));
        assertThat(run.b.met).as("each met once, seed %d", seed).isSorted().doesNotHaveDuplicates();
        assertThat(run.b.accepted)
                .as("accepted is what was said to be, seed %d", seed)
                .isEqualTo(run.numbersWith(SendResult.ACCEPTED));
        assertThat(run.numbersWith(SendResult.UNREACHABLE)).as("seed %d", seed).isEmpty();
        assertThat(run.a.accepted)
                .as("the other way, seed %d", seed)
                .isEqualTo(IntStream.range(0, 150).boxed().toList());
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void restartOfTheReceiverLeavesOnlyTrueResults(long seed) {
        Run run = new Run(seed, Mesh.Faults.HOSTILE);
        run.send(150, World.SECOND);
        List<End> second = new ArrayList<>();
        run.world.after(run.world.between(100, 900) * World.MILLISECOND, "restart", () -> {
            // The second life of B: frames of and for the first are still in the mesh.
            second.add(new End(run.world, run.mesh, new Incarnation(B, 2), new Incarnation(A, 1)));
            run.world.after(run.world.between(0, 500) * World.MILLISECOND, "removed", run.a.link::end);
        });
        run.world.run(60 * World.SECOND);

        assertThat(run.results)
                .as("seed %d", seed)
                .hasSize(150)
                .allSatisfy((number, all) -> assertThat(all).hasSize(1));
        assertThat(run.b.accepted).as("seed %d", seed).isSorted().doesNotHaveDuplicates();
        assertThat(run.b.accepted)
                .as("what is said to be accepted was, seed %d", seed)
                .containsAll(run.numbersWith(SendResult.ACCEPTED));
        assertThat(run.numbersWith(SendResult.UNREACHABLE)).as("seed %d", seed).isNotEmpty();
        assertThat(second.getFirst().met)
                .as("nothing that was meant for the first life, seed %d", seed)
                .isEmpty();
    }

    @Test
    void fullQueueRefusesBeforeAnythingLeaves() {
        Run run = new Run(1, Mesh.Faults.NONE);
        run.mesh.cut(A, B);
        run.send(400, 1000);
        run.world.run(10 * World.SECOND);
        int refused = run.numbersWith(SendResult.QUEUE_FULL).size();
        assertThat(refused).isBetween(400 - 200 - 8, 200);

        run.mesh.healAll();
        run.world.run(10 * World.SECOND);
        assertThat(run.b.accepted).hasSize(400 - refused).isEqualTo(run.numbersWith(SendResult.ACCEPTED));
    }

    @Test
    void aLoneMessageCostsAFrameEachWay() {
        Alone a = new Alone(A, B);
        Alone b = new Alone(B, A);
        a.offer(1);
        a.link.flush(0);
        a.sendAllTo(b);
        b.sendAllTo(a);

        assertThat(a.results).containsExactly(SendResult.ACCEPTED);
        assertThat(a.sent).isEmpty();
        assertThat(b.sent).isEmpty();
    }

    @Test
    void aSilenceRepeatsOneFrameAndItsAnswerTheRest() {
        Alone a = new Alone(A, B);
        Alone b = new Alone(B, A);
        a.offer(8);
        a.link.flush(0);
        List<Frame> window = List.copyOf(a.sent);
        a.sent.clear(); // Lost.
        assertThat(window).hasSize(4);

        for (int silence = 1; silence <= 3; silence++) {
            a.link.tick(a.link.nextDeadlineNanos());
            assertThat(a.sent).hasSize(silence).containsOnly(window.getFirst());
        }
        a.sendAllTo(b);
        b.sendAllTo(a);
        assertThat(a.sent).extracting(Frame::firstSequence).containsExactly(3L, 5L, 7L);

        a.sendAllTo(b);
        b.sendAllTo(a);
        assertThat(a.results).hasSize(8).containsOnly(SendResult.ACCEPTED);
        assertThat(a.sent).isEmpty();
    }

    @Test
    void anAnswerThatWasOnlyLateRepeatsNothing() {
        Alone a = new Alone(A, B);
        Alone b = new Alone(B, A);
        a.offer(8);
        a.link.flush(0);
        a.sendAllTo(b);
        a.link.tick(a.link.nextDeadlineNanos());
        a.sent.clear();
        b.sendAllTo(a);

        assertThat(a.results).hasSize(8).containsOnly(SendResult.ACCEPTED);
        assertThat(a.sent).isEmpty();
    }

    /** An end whose frames wait until they are sent on by hand. */
    private static final class Alone {
        final List<Frame> sent = new ArrayList<>();
        final List<SendResult> results = new ArrayList<>();
        final Link link;

        Alone(NodeId self, NodeId peer) {
            link = new Link(
                    new Incarnation(self, 1),
                    new Incarnation(peer, 1),
                    SMALL,
                    sent::add,
                    envelope -> SendResult.ACCEPTED);
        }

        /** Of a size that puts two into a frame. */
        void offer(int messages) {
            for (int i = 0; i < messages; i++) {
                link.offer(envelope(new Numbered(i, 240)), results::add);
            }
        }

        void sendAllTo(Alone other) {
            List<Frame> frames = List.copyOf(sent);
            sent.clear();
            frames.forEach(frame -> other.link.receive(frame, 0));
            other.link.flush(0);
        }
    }

    @Test
    void sameSeedIsTheSameRun() {
        List<Long> hashes = LongStream.of(7, 7, 8)
                .mapToObj(seed -> {
                    Run run = new Run(seed, Mesh.Faults.HOSTILE);
                    run.send(150, World.SECOND);
                    run.world.run(10 * World.SECOND);
                    return run.world.hash();
                })
                .toList();
        assertThat(hashes.get(0)).isEqualTo(hashes.get(1)).isNotEqualTo(hashes.get(2));
    }

    @Test
    void behindTheWindowSendsAreRefusedByNumberAndByBytesAndAnswersNever() {
        Link.Settings small = new Link.Settings(1, 1000, 3, 20, 1000, 1, 1);
        Link link = new Link(
                new Incarnation(A, 1), new Incarnation(B, 1), small, frame -> {}, deposited -> SendResult.ACCEPTED);
        List<SendResult> results = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            link.offer(envelope(new Numbered(i, 10)), results::add);
        }
        assertThat(results).as("the third has no room in bytes").containsExactly(SendResult.QUEUE_FULL);

        Envelope asked = envelope(new Numbered(3, 10));
        link.offer(
                new Envelope(
                        asked.to(), asked.from(), asked.domain(), Envelope.Kind.REPLY, 5, 0, asked.payload(), null),
                results::add);

        assertThat(results).hasSize(1);
    }
}
