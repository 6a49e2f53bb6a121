package org.factoredos.lib;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.Delegation;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.FixedRights;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Interconnect;
import org.factoredos.kernel.Microkernel;
import org.factoredos.kernel.Wire;
import org.factoredos.network.NetworkError;
import org.factoredos.network.NetworkProtocol.Accepted;
import org.factoredos.network.NetworkProtocol.Adopt;
import org.factoredos.network.NetworkProtocol.Allow;
import org.factoredos.network.NetworkProtocol.AwaitNews;
import org.factoredos.network.NetworkProtocol.Close;
import org.factoredos.network.NetworkProtocol.Command;
import org.factoredos.network.NetworkProtocol.Connect;
import org.factoredos.network.NetworkProtocol.Ended;
import org.factoredos.network.NetworkProtocol.Event;
import org.factoredos.network.NetworkProtocol.LineOpened;
import org.factoredos.network.NetworkProtocol.Listen;
import org.factoredos.network.NetworkProtocol.News;
import org.factoredos.network.NetworkProtocol.OpenLine;
import org.factoredos.network.NetworkProtocol.Opened;
import org.factoredos.network.NetworkProtocol.StopListening;
import org.factoredos.network.NetworkProtocol.Submit;
import org.factoredos.network.NetworkProtocol.SubmitReply;
import org.factoredos.network.NetworkProtocol.Submitted;
import org.factoredos.placement.ProcessSpec.Tracing;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;
import org.factoredos.server.Ring;
import org.factoredos.server.RunLoop;
import org.factoredos.server.Server;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A process's sockets against a network server that says what the test wants; the process is the test's own thread. */
@Tag("O7")
@Timeout(30)
class NetworkSocketsTest {
    private static final Incarnation N1 = new Incarnation(new NodeId(1), 1);
    private static final Grid GRID = Grid.ofOneNode(8, 8);
    private static final Address SERVER = Reserved.NETWORK.address(N1, GRID);

    private final AtomicBoolean stopped = new AtomicBoolean();
    private final Interconnect node =
            new Interconnect(N1.node(), N1.boot(), GRID, FixedRights.ALL, System::nanoTime, Wire.none());
    private final Queue<Command> commands = new ConcurrentLinkedQueue<>();
    private final AtomicInteger questions = new AtomicInteger();
    /** How long a server takes to answer that it has taken commands. */
    private volatile long slowNanos;
    /** How many sockets the server opens no more, as it is about to go. */
    private final AtomicInteger retiring = new AtomicInteger();

    private final Thread process = Thread.currentThread();
    private final Client client = node.microkernels().getLast().open("operator", 64, () -> LockSupport.unpark(process));
    private final Calls calls = new Calls(client);
    private final NetworkSockets network = new NetworkSockets(
            calls, new Caller(calls, new Tracer(Tracing.NONE, OutputStream::nullOutputStream)), () -> {});

    /** Opens every port, to which two connections come at once. */
    private final class Scripted implements Server {
        private final Ring<Event> news = new Ring<>();
        private long done;

        private record Late(Call<SubmitReply> call) implements Continuation {}

        @Override
        public List<Effect> on(Envelope in, long nanos) {
            return switch (in.payload()) {
                case OpenLine open ->
                    List.of(Call.of(in, open).reply(new LineOpened(SERVER, 1, 1, done, "here", SERVER)));
                case Submit submit -> onSubmit(Call.of(in, submit), submit);
                case AwaitNews(long line, long seen) -> {
                    questions.incrementAndGet();
                    news.seen(seen);
                    yield List.of(Call.of(in, (AwaitNews) in.payload()).reply(new News(news.first(), news.all())));
                }
                default -> throw new AssertionError("unexpected " + in.payload());
            };
        }

        private List<Effect> onSubmit(Call<SubmitReply> call, Submit submit) {
            for (Command command : submit.commands()) {
                done++;
                commands.add(command);
                if (command instanceof Listen(long socket, int port)) {
                    news.add(new Opened(socket, "*:" + port, ""));
                } else if (command instanceof Connect(long socket, String host, int port)) {
                    boolean retires = retiring.getAndUpdate(left -> Math.max(0, left - 1)) > 0;
                    news.add(
                            retires
                                    ? new Ended(socket, NetworkError.RETIRING, "")
                                    : new Opened(socket, "here:1", host + ":" + port));
                } else if (command instanceof Allow(long socket, long upTo) && socket > 0) {
                    news.add(new Accepted(socket, SERVER, 1, -1, "here:80", "there:1"));
                    news.add(new Accepted(socket, SERVER, 1, -2, "here:80", "there:2"));
                }
            }
            return slowNanos == 0
                    ? List.of(call.reply(new Submitted()))
                    : List.of(new Effect.Timer(new Late(call), slowNanos));
        }

        @Override
        public List<Effect> on(Continuation continuation, Response response, long nanos) {
            return List.of(((Late) continuation).call().reply(new Submitted()));
        }
    }

    private static final class Names implements Server {
        @Override
        public List<Effect> on(Envelope in, long nanos) {
            Delegation.BindName bind = (Delegation.BindName) in.payload();
            return List.of(Call.of(in, bind).reply(Delegation.NameBound.single(SERVER)));
        }

        @Override
        public List<Effect> on(Continuation continuation, Response response, long nanos) {
            return List.of();
        }
    }

    @BeforeEach
    void start() {
        node.leaseGranted(node.nanos(), Long.MAX_VALUE);
        Address names = Reserved.NAME_FRONT.address(N1, GRID);
        node.microkernels().forEach(microkernel -> microkernel.delegateNamesTo(names));
        List<RunLoop> loops = new ArrayList<>();
        loops.add(serve(Reserved.NAME_FRONT, new Names()));
        loops.add(serve(Reserved.NETWORK, new Scripted()));
        client.createMailbox(1, 1);
        Thread.ofPlatform().daemon().start(() -> {
            while (!stopped.get()) {
                node.microkernels().forEach(Microkernel::turn);
                loops.forEach(loop -> loop.turn(node.nanos()));
                LockSupport.parkNanos(50_000);
            }
        });
    }

    private RunLoop serve(Reserved place, Server core) {
        Client server = node.microkernel(place.tile(N1.node(), GRID)).openBootstrap(place.domain(), 64, () -> {});
        return new RunLoop(server, server.createMailbox(64, 1 << 20), core);
    }

    @AfterEach
    void stop() {
        stopped.set(true);
    }

    private void waitForSomethingElse() {
        calls.await(() -> false, node.nanos() + Duration.ofMillis(200).toNanos());
    }

    @Test
    void aServerThatOpensNoSocketsAnyMoreIsLeftForAnother() throws Exception {
        retiring.set(1);
        network.connect("there", 80).close();

        assertThat(commands).contains(new Connect(1, "there", 80), new Connect(2, "there", 80));
    }

    @Test
    void aListenerThatIsClosedIsNothingThatIsAskedAbout() throws Exception {
        network.listen(80).close();
        network.ready(Duration.ofMillis(100));
        int asked = questions.get();
        network.ready(Duration.ofMillis(100));

        assertThat(questions.get()).isEqualTo(asked).isPositive();
    }

    @Test
    void aServerIsToldWhichConnectionsItsClientHasTakenAsItListensNoMore() throws Exception {
        Network.Listener listener = network.listen(80);
        Network.Connection kept = listener.accept();
        listener.close();
        waitForSomethingElse();

        assertThat(commands).contains(new StopListening(1, 2), new Adopt(-1), new Adopt(-2), new Close(-2));
        assertThat(commands).doesNotContain(new Close(-1));
        kept.close();
    }

    @Test
    void whatIsClosedLeavesThoughItsProcessWaitsForSomethingElse() throws Exception {
        Network.Connection connection = network.listen(80).accept();
        slowNanos = Duration.ofMillis(50).toNanos();
        connection.output().write(1);
        connection.close(); // The server has yet to say that it has taken the byte.
        assertThat(commands).doesNotContain(new Close(-1));
        waitForSomethingElse();

        assertThat(commands).contains(new Close(-1));
    }
}
