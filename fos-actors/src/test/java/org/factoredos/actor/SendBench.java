package org.factoredos.actor;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.Behaviors;
import com.typesafe.config.ConfigFactory;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.Delegation;
import org.factoredos.kernel.Destination;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.FixedRights;
import org.factoredos.kernel.Interconnect;
import org.factoredos.kernel.Microkernel;
import org.factoredos.kernel.Name;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.SendResult;
import org.factoredos.kernel.Wire;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Response;
import org.factoredos.server.Server;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A microkernel's send against a bare tell: from a thread to a receiver that counts, in one JVM and one actor system.
 *
 * <p>An operation is one message of 16 bytes, sent and received. Each pair is a sender and a receiver of its own. The
 * sender is ahead by at most one batch, so a bounded mailbox never refuses and an unbounded one does not hoard.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class SendBench {
    private static final int BATCH = 10_000;
    private static final ServerActor.RequestBounds BOUNDS = new ServerActor.RequestBounds(2 * BATCH, 64L << 20);
    private static final String NAMES = "bench:receiver-";

    /** The dispatcher as a node sets it. */
    private static final String DISPATCHER = """
            akka.log-dead-letters-during-shutdown = off
            akka.actor.default-dispatcher {
              throughput = 100
              fork-join-executor { parallelism-min = 2, parallelism-factor = 1.0, parallelism-max = 64 }
            }
            """;

    record Numbered(int number) implements Payload {}

    record Warming() implements Payload {}

    /** One machine room with a node in it. */
    @State(Scope.Benchmark)
    public static class Room {
        private final AtomicInteger pairs = new AtomicInteger();
        private final ActorSystem<Void> system = ActorSystem.create(
                Behaviors.empty(),
                "bench",
                ConfigFactory.parseString(DISPATCHER).withFallback(ConfigFactory.load()));
        private final Interconnect node = new Interconnect(
                new NodeId(1), 1, Grid.ofOneNode(4, 4), FixedRights.ALL, System::nanoTime, Wire.none());

        @Setup
        public void start() {
            Microkernel first = node.microkernels().getFirst();
            Address names = host(first, new FixedNames(node));
            node.microkernels().forEach(tile -> tile.delegateNamesTo(names));
            node.leaseGranted(System.nanoTime(), System.nanoTime() + TimeUnit.DAYS.toNanos(1));
            system.systemActorOf(NodeActor.create(node, program -> null, fleet -> null), "node", Props.empty());
        }

        @TearDown
        public void stop() throws Exception {
            system.terminate();
            system.getWhenTerminated().toCompletableFuture().get(1, TimeUnit.MINUTES);
        }

        Address host(Microkernel tile, Server core) {
            CompletableFuture<Client> opened = new CompletableFuture<>();
            system.systemActorOf(
                    ServerActor.create(new ServerActor.Hosting(
                            waker -> tile.open("bench", 16, waker),
                            BOUNDS,
                            () -> core,
                            (request, done) -> {},
                            () -> true,
                            opened::complete)),
                    "server-" + tile.tile().x() + "-" + tile.tile().y(),
                    Props.empty());
            Client client = opened.orTimeout(1, TimeUnit.MINUTES).join();
            return new Address(client.id(), Client.FIRST_MAILBOX, client.tile());
        }

        /** The tiles of a pair: the sender's, then the receiver's; tile 0 is the name server's. */
        Microkernel tile(int number) {
            return node.microkernels().get(1 + number);
        }
    }

    /** Counts what a receiver got, and lets its sender wait for a batch. */
    private static final class Count {
        private final Thread sender = Thread.currentThread();
        private long received;
        private long wanted = BATCH;
        private volatile boolean complete;

        /** The receiver's turn only. */
        void add() {
            if (++received == wanted) {
                wanted += BATCH;
                complete = true;
                LockSupport.unpark(sender);
            }
        }

        void await() {
            while (!complete) {
                LockSupport.park(this);
            }
            complete = false;
        }
    }

    @State(Scope.Thread)
    public static class Tells {
        private Optional<ActorRef<Numbered>> receiver = Optional.empty();
        private Optional<Count> count = Optional.empty();

        @Setup
        public void start(Room room) {
            Count counts = new Count();
            count = Optional.of(counts);
            receiver = Optional.of(room.system.systemActorOf(
                    Behaviors.receive(Numbered.class)
                            .onMessage(Numbered.class, numbered -> {
                                counts.add();
                                return Behaviors.same();
                            })
                            .build(),
                    "receiver-" + room.pairs.getAndIncrement(),
                    Props.empty()));
        }

        void batch() {
            ActorRef<Numbered> to = receiver.orElseThrow();
            for (int i = 0; i < BATCH; i++) {
                to.tell(new Numbered(i));
            }
            count.orElseThrow().await();
        }
    }

    @State(Scope.Thread)
    public static class Sends {
        private Optional<Client> sender = Optional.empty();
        private Optional<Count> count = Optional.empty();
        private Destination address = new Name(NAMES);
        private Destination name = address;

        @Setup
        public void start(Room room) {
            int pair = room.pairs.getAndIncrement();
            Count counts = new Count();
            count = Optional.of(counts);
            Client client = room.tile(2 * pair).open("bench", 16, () -> {});
            sender = Optional.of(client);
            address = room.host(room.tile(2 * pair + 1), new Counting(counts));
            name = new Name(NAMES + room.tile(2 * pair + 1).tile());
            warm(client);
        }

        /** Until the name is in the tile's cache, and no send by it waits for the shim any more. */
        private void warm(Client client) {
            CompletableFuture<Thread> told;
            do {
                CompletableFuture<Thread> now = new CompletableFuture<>();
                client.send(name, new Warming(), result -> {
                    mustBeAccepted(result);
                    now.complete(Thread.currentThread());
                });
                told = now.orTimeout(1, TimeUnit.MINUTES);
            } while (!told.join().equals(Thread.currentThread()));
        }

        void batch(Destination to) {
            Client from = sender.orElseThrow();
            for (int i = 0; i < BATCH; i++) {
                from.send(to, new Numbered(i), SendBench::mustBeAccepted);
            }
            count.orElseThrow().await();
        }
    }

    private static void mustBeAccepted(SendResult result) {
        if (result != SendResult.ACCEPTED) {
            throw new IllegalStateException("a send ended as " + result);
        }
    }

    private record Counting(Count count) implements Server {
        @Override
        public List<Effect> on(Envelope in, long nanos) {
            if (in.payload() instanceof Numbered) {
                count.add();
            }
            return List.of();
        }

        @Override
        public List<Effect> on(Continuation continuation, Response response, long nanos) {
            return List.of();
        }
    }

    /** A name server for the receivers' names, which end in their tiles. */
    private record FixedNames(Interconnect node) implements Server {
        @Override
        public List<Effect> on(Envelope in, long nanos) {
            if (!(in.payload() instanceof Delegation.BindName bind)) {
                return List.of();
            }
            Delegation.BindReply reply = node.microkernels().stream()
                    .filter(tile -> bind.name().equals(NAMES + tile.tile()))
                    .flatMap(tile -> Optional.ofNullable(tile.tenant()).stream())
                    .<Delegation.BindReply>map(client ->
                            Delegation.NameBound.single(new Address(client.id(), Client.FIRST_MAILBOX, client.tile())))
                    .findFirst()
                    .orElseGet(Delegation.NameUnbound::new);
            return List.of(Call.of(in, bind).reply(reply));
        }

        @Override
        public List<Effect> on(Continuation continuation, Response response, long nanos) {
            return List.of();
        }
    }

    @Benchmark
    @Threads(1)
    @OperationsPerInvocation(BATCH)
    public void onePairTell(Tells tells) {
        tells.batch();
    }

    @Benchmark
    @Threads(1)
    @OperationsPerInvocation(BATCH)
    public void onePairSend(Sends sends) {
        sends.batch(sends.address);
    }

    @Benchmark
    @Threads(1)
    @OperationsPerInvocation(BATCH)
    public void onePairSendByName(Sends sends) {
        sends.batch(sends.name);
    }

    @Benchmark
    @Threads(2)
    @OperationsPerInvocation(BATCH)
    public void twoPairsTell(Tells tells) {
        tells.batch();
    }

    @Benchmark
    @Threads(2)
    @OperationsPerInvocation(BATCH)
    public void twoPairsSend(Sends sends) {
        sends.batch(sends.address);
    }

    @Benchmark
    @Threads(2)
    @OperationsPerInvocation(BATCH)
    public void twoPairsSendByName(Sends sends) {
        sends.batch(sends.name);
    }
}
