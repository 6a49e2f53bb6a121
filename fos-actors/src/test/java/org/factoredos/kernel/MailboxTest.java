package org.factoredos.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Response;
import org.factoredos.server.Server;
import org.factoredos.sim.Mesh;
import org.factoredos.sim.SimNode;
import org.factoredos.sim.SimTile;
import org.factoredos.sim.World;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** §3.1.1: a mailbox has a fixed size; a send to a full one returns so, and the receiver sees nothing of it. */
class MailboxTest {
    private static final int SENDERS = 2_000;
    private static final int EACH = 5;
    private static final NodeId ONE = new NodeId(1);
    private static final NodeId TWO = new NodeId(2);
    private static final Grid TWO_NODES =
            new Grid(2, 1, 4, new TreeMap<>(Map.of(ONE, new Grid.Position(0, 0), TWO, new Grid.Position(1, 0))));

    private record Letter(int sender, int number, int bytes) implements Payload {}

    private static Interconnect oneNode() {
        return new Interconnect(ONE, 1, Grid.ofOneNode(2, 1), FixedRights.ALL, () -> 0, Wire.none());
    }

    /** More clients than tiles: what a tile's microkernel would refuse, but the mailbox does not care where they are. */
    private static Client client(Interconnect interconnect, int tile) {
        Client client = new Client(
                interconnect.newClientId(), "test", interconnect.microkernels().get(tile), 16, 0, () -> {});
        interconnect.attach(client);
        return client;
    }

    private static List<Letter> acceptedOf(List<List<@Nullable SendResult>> results) {
        List<Letter> accepted = new ArrayList<>();
        for (int sender = 0; sender < results.size(); sender++) {
            for (int number = 0; number < EACH; number++) {
                if (results.get(sender).get(number) == SendResult.ACCEPTED) {
                    accepted.add(new Letter(sender, number, 64));
                }
            }
        }
        return accepted;
    }

    private static void assertExactlyTheAccepted(
            List<List<@Nullable SendResult>> results, List<Letter> received, String as) {
        assertThat(results)
                .as(as)
                .allSatisfy(of -> assertThat(of).hasSize(EACH).isSubsetOf(SendResult.ACCEPTED, SendResult.QUEUE_FULL));
        assertThat(received).as(as).containsExactlyInAnyOrderElementsOf(acceptedOf(results));
        Map<Integer, Integer> last = new TreeMap<>();
        for (Letter letter : received) {
            Integer before = last.put(letter.sender(), letter.number());
            assertThat(before == null ? -1 : before).as(as).isLessThan(letter.number());
        }
        assertThat(acceptedOf(results).size()).as(as).isGreaterThanOrEqualTo(64).isLessThanOrEqualTo(SENDERS * EACH);
    }

    @Test
    @Tag("M5")
    @Tag("M7")
    @Tag("M9")
    void twoThousandThreadsAtOnceLoseAndRepeatNothing() throws InterruptedException {
        Interconnect interconnect = oneNode();
        Client receiver = client(interconnect, 0);
        Mailbox mailbox = receiver.createMailbox(64, 1 << 20);
        Address to = receiver.addressOf(mailbox);
        List<List<@Nullable SendResult>> results = IntStream.range(0, SENDERS)
                .<List<@Nullable SendResult>>mapToObj(i -> new ArrayList<>())
                .toList();
        CountDownLatch ready = new CountDownLatch(SENDERS);
        CountDownLatch go = new CountDownLatch(1);
        AtomicBoolean allSent = new AtomicBoolean();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < SENDERS; i++) {
            int sender = i;
            Client from = client(interconnect, 1);
            threads.add(Thread.ofPlatform().stackSize(128 << 10).start(() -> {
                ready.countDown();
                try {
                    go.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                for (int number = 0; number < EACH; number++) {
                    from.send(
                            to,
                            new Letter(sender, number, 64),
                            result -> results.get(sender).add(result));
                }
            }));
        }
        List<Letter> received = new ArrayList<>();
        Thread reader = Thread.ofPlatform().start(() -> {
            while (true) {
                boolean last = allSent.get();
                for (Envelope in = mailbox.take(); in != null; in = mailbox.take()) {
                    received.add((Letter) in.payload());
                }
                if (last) {
                    return;
                }
                Thread.onSpinWait();
            }
        });
        ready.await();
        go.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        allSent.set(true);
        reader.join();

        assertExactlyTheAccepted(results, received, "threads");
        assertThat(mailbox.messages()).isZero();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    @Tag("M5")
    @Tag("M7")
    @Tag("M8")
    @Tag("M9")
    void twoThousandClientsOfAnotherNodeLoseAndRepeatNothing(long seed) {
        World world = new World(seed);
        Mesh mesh = new Mesh(world, Mesh.Faults.HOSTILE);
        SimNode one = new SimNode(world, mesh, new Incarnation(ONE, 1), TWO_NODES);
        SimNode two = new SimNode(world, mesh, new Incarnation(TWO, 1), TWO_NODES);
        Client receiver = client(two.interconnect(), 0);
        Mailbox mailbox = receiver.createMailbox(64, 1 << 20);
        Address to = receiver.addressOf(mailbox);
        List<List<@Nullable SendResult>> results = new ArrayList<>();
        for (int i = 0; i < SENDERS; i++) {
            int sender = i;
            Client from = client(one.interconnect(), 1);
            List<@Nullable SendResult> mine = new ArrayList<>();
            for (int n = 0; n < EACH; n++) {
                mine.add(null);
            }
            results.add(mine);
            for (int n = 0; n < EACH; n++) {
                int number = n;
                one.after(
                        number * World.MICROSECOND,
                        "send",
                        () -> from.send(to, new Letter(sender, number, 64), result -> {
                            assertThat(mine.set(number, result))
                                    .as("told once, seed %d", seed)
                                    .isNull();
                        }));
            }
        }
        List<Letter> received = new ArrayList<>();
        for (int i = 0; i < 60_000; i++) {
            two.after(i * World.MILLISECOND, "take", () -> {
                Envelope in = mailbox.take();
                if (in != null) {
                    received.add((Letter) in.payload());
                }
            });
        }
        world.run(60 * World.SECOND);

        assertExactlyTheAccepted(results, received, "seed " + seed);
    }

    private record Ask(int number) implements Payload.Request<Letter> {}

    private record Asked(int number) implements Continuation {}

    /** Calls a mailbox twice for each message, and notes what comes back to the continuations. */
    private record Asker(Address to, List<Response> responses) implements Server {
        @Override
        public List<Effect> on(Envelope in, long nanos) {
            return IntStream.of(1, 2)
                    .<Effect>mapToObj(
                            number -> new Effect.Call(to, new Ask(number), new Asked(number), 5 * World.SECOND))
                    .toList();
        }

        @Override
        public List<Effect> on(Continuation continuation, Response response, long nanos) {
            responses.add(response);
            return List.of();
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    @Tag("M7")
    @Tag("S6")
    void aServersCallThatAFullMailboxOfAnotherNodeRefusesComesBackToItsContinuation(long seed) {
        World world = new World(seed);
        Mesh mesh = new Mesh(world, Mesh.Faults.HOSTILE);
        SimNode one = new SimNode(world, mesh, new Incarnation(ONE, 1), TWO_NODES);
        SimNode two = new SimNode(world, mesh, new Incarnation(TWO, 1), TWO_NODES);
        Client receiver = client(two.interconnect(), 0);
        Mailbox full = receiver.createMailbox(1, 1 << 20);
        List<Response> responses = new ArrayList<>();
        SimTile tile = one.tiles().iterator().next();
        tile.serve(SimTile.Serving.as("sys:asker"), new Asker(receiver.addressOf(full), responses));
        Address asker = Address.ofBootstrap(one.self(), TWO_NODES, tile.kernel().tile());
        one.after(
                World.MILLISECOND,
                "ask",
                () -> client(one.interconnect(), 1).send(asker, new Letter(0, 0, 64), Sending.UNWATCHED));
        world.run(4 * World.SECOND);

        assertThat(responses).as("seed %d", seed).containsExactly(new Response.SendRefused(SendResult.QUEUE_FULL));
        assertThat(full.messages()).isEqualTo(1);
    }

    @Test
    @Tag("M5")
    @Tag("M7")
    void sizeIsInMessagesAndInBytes() {
        Interconnect interconnect = oneNode();
        Client receiver = client(interconnect, 0);
        Mailbox mailbox = receiver.createMailbox(3, 1000);

        assertThat(deposit(receiver, mailbox, 1001)).isEqualTo(SendResult.TOO_LARGE);
        assertThat(deposit(receiver, mailbox, 900)).isEqualTo(SendResult.ACCEPTED);
        assertThat(deposit(receiver, mailbox, 101)).isEqualTo(SendResult.QUEUE_FULL);
        assertThat(deposit(receiver, mailbox, 50)).isEqualTo(SendResult.ACCEPTED);
        assertThat(deposit(receiver, mailbox, 50)).isEqualTo(SendResult.ACCEPTED);
        assertThat(deposit(receiver, mailbox, 0)).isEqualTo(SendResult.QUEUE_FULL);
        assertThat(mailbox.messages()).isEqualTo(3);

        mailbox.take();
        assertThat(deposit(receiver, mailbox, 900)).isEqualTo(SendResult.ACCEPTED);
    }

    @Test
    @Tag("M3")
    void destroyedMailboxRefusesAndItsNumberIsNotUsedAgain() {
        Interconnect interconnect = oneNode();
        Client receiver = client(interconnect, 0);
        List<Mailbox> many = IntStream.range(0, 5_000)
                .mapToObj(i -> receiver.createMailbox(4, 1000))
                .toList();
        Mailbox mailbox = many.get(17);
        deposit(receiver, mailbox, 10);
        receiver.destroyMailbox(mailbox.number());

        assertThat(receiver.discarded()).isEqualTo(1);
        assertThat(deposit(receiver, mailbox, 10)).isEqualTo(SendResult.NO_SUCH_MAILBOX);
        assertThat(receiver.createMailbox(4, 1000).number())
                .isGreaterThan(many.getLast().number());
        assertThat(deposit(receiver, many.get(18), 10)).isEqualTo(SendResult.ACCEPTED);
    }

    /** Thousands of mailboxes are made and forgotten: what an empty one costs is in docs/benchmarks.md. */
    @Test
    @Tag("M3")
    void anEmptyMailboxCostsLittle() {
        Client receiver = client(oneNode(), 0);
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        receiver.createMailbox(4, 1000);
        int many = 10_000;
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < many; i++) {
            receiver.createMailbox(4, 1000);
        }
        long each = (threads.getCurrentThreadAllocatedBytes() - before) / many;

        assertThat(each).as("bytes that an empty mailbox takes").isLessThan(2048);
    }

    private static SendResult deposit(Client receiver, Mailbox mailbox, int bytes) {
        return receiver.microkernel()
                .interconnect()
                .deliver(new Envelope(
                        receiver.addressOf(mailbox),
                        receiver.responseAddress(),
                        receiver.domain(),
                        Envelope.Kind.MESSAGE,
                        0,
                        0,
                        new Letter(0, 0, bytes),
                        null));
    }
}
