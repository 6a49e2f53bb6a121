package org.factoredos.socket;

import akka.actor.AbstractActor;
import akka.actor.AbstractActorWithTimers;
import akka.actor.ActorRef;
import akka.actor.Props;
import akka.actor.Terminated;
import akka.io.Tcp;
import akka.io.TcpMessage;
import akka.io.Udp;
import akka.io.UdpMessage;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.factoredos.driver.CardDevice;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Payload;
import org.factoredos.network.NetworkError;
import org.factoredos.network.NetworkProtocol;
import org.factoredos.network.NetworkProtocol.Command;
import org.factoredos.network.NetworkProtocol.Refused;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The card's one actor: it alone knows the sockets of the node, and Akka's TCP and UDP report to it.
 *
 * <p>Akka reads and accepts only when it is asked to, so that what no server has allowed stays with the host, and the peer.
 */
final class CardActor extends AbstractActorWithTimers {
    private static final Duration TICK = Duration.ofMillis(250);
    private static final long NEWS_PATIENCE_NANOS = 1_000_000_000L;
    private static final Duration CONNECT_PATIENCE = Duration.ofSeconds(15);
    /** The host takes up to so many connections that wait to be accepted. */
    private static final int BACKLOG = 1024;

    private static final long SAY_FULL_NANOS = 60_000_000_000L;
    /**
     * Eight seconds: a server asks each second, one that takes another's place at once, and a further one that has crashed never
     * again. Counted in ticks, which stop with everything else where the node is stopped for a while.
     */
    private static final int MOST_SILENT_TICKS = 32;

    private static final Logger LOG = LoggerFactory.getLogger(NetworkCard.class);

    /** By the driver. */
    record Asked(CardDevice asked, Consumer<Payload> done) {}

    /** What came of the opening of {@code socket}; {@code from} is the host's actor for it from then on. */
    private record Told(CardSocket socket, ActorRef from, Object what) {}

    private record Tick() {}

    private final String bind;
    private final String place;
    private final int mostSockets;
    private final Map<ClientId, CardLine> lines = new HashMap<>();
    private final Map<ActorRef, CardSocket> byHost = new HashMap<>();
    private final Map<Integer, TcpPort> ports = new HashMap<>();
    private long lastLine;
    private long saidFullNanos = System.nanoTime() - SAY_FULL_NANOS;

    private CardActor(String bind, String place, int mostSockets) {
        this.bind = bind;
        this.place = place;
        this.mostSockets = mostSockets;
    }

    /** {@code mostSockets}: more than the host has file descriptors for would take them from the rest of the node. */
    static Props props(String bind, String place, int mostSockets) {
        return Props.create(CardActor.class, () -> new CardActor(bind, place, mostSockets));
    }

    @Override
    public void preStart() {
        getTimers().startTimerWithFixedDelay(Tick.class, new Tick(), TICK);
    }

    @Override
    public Receive createReceive() {
        return receiveBuilder()
                .match(Asked.class, this::onAsked)
                .match(Told.class, this::onTold)
                .match(Tick.class, tick -> onTick())
                .match(Tcp.Connected.class, this::onConnected)
                .match(Terminated.class, gone -> onHost(gone.getActor(), gone))
                .matchAny(message -> onHost(getSender(), message))
                .build();
    }

    private void onTick() {
        for (CardLine line : lines.values()) {
            line.tick();
            line.answerOld(NEWS_PATIENCE_NANOS, System.nanoTime());
        }
        lines.values().removeIf(line -> {
            boolean gone = line.silentTicks() > MOST_SILENT_TICKS;
            if (gone) {
                List.copyOf(line.sockets.values()).forEach(CardSocket::abort);
            }
            return gone;
        });
        answerAll();
    }

    // What servers ask

    private void onAsked(Asked asked) {
        ClientId owner = asked.asked().owner();
        CardLine line = lines.get(owner);
        if (line != null) {
            line.heard();
        }
        switch (asked.asked().request()) {
            case NetworkProtocol.OpenLine(boolean anew) -> {
                if (line == null || anew) {
                    line = begin(owner, line);
                }
                asked.done()
                        .accept(new NetworkProtocol.LineOpened(
                                asked.asked().driver(),
                                line.number,
                                line.number,
                                line.done(),
                                place,
                                asked.asked().driver()));
            }
            case NetworkProtocol.Submit submit -> {
                List<Command> commands = line == null || line.number != submit.line() ? null : line.begin(submit);
                if (line == null || commands == null) {
                    asked.done().accept(new Refused(NetworkError.NO_SUCH_LINE));
                    return;
                }
                asked.done().accept(new NetworkProtocol.Submitted());
                for (Command command : commands) {
                    onCommand(line, command);
                }
            }
            case NetworkProtocol.AwaitNews(long number, long seen) -> {
                if (line == null || line.number != number) {
                    asked.done().accept(new Refused(NetworkError.NO_SUCH_LINE));
                } else {
                    line.await(seen, asked.done(), System.nanoTime());
                }
            }
            default -> asked.done().accept(new Refused(NetworkError.FAILED));
        }
        answerAll();
    }

    private CardLine begin(ClientId owner, @Nullable CardLine before) {
        if (before != null) {
            List.copyOf(before.sockets.values()).forEach(CardSocket::abort);
        }
        CardLine line = new CardLine(++lastLine);
        lines.put(owner, line);
        return line;
    }

    private void onCommand(CardLine line, Command command) {
        if (opens(command) && full()) {
            line.tell(new NetworkProtocol.Ended(command.socket(), NetworkError.NO_DESCRIPTORS, ""));
            return;
        }
        switch (command) {
            case NetworkProtocol.Listen(long number, int port) -> {
                TcpPort opened = new TcpPort(this, line, number);
                line.sockets.put(number, opened);
                begin(
                        opened,
                        Tcp.get(getContext().getSystem()).manager(),
                        TcpMessage.bind(getSelf(), new InetSocketAddress(bind, port), BACKLOG, List.of(), true));
            }
            case NetworkProtocol.Share(long number, int port, long ofLine, long of) -> {
                TcpPort there = ports.get(port);
                if (there == null || !there.isOf(ofLine, of)) {
                    line.tell(new NetworkProtocol.Ended(number, NetworkError.FAILED, "")); // Closed meanwhile.
                } else {
                    there.share(line, number);
                }
            }
            case NetworkProtocol.Connect(long number, String host, int port) -> {
                TcpSocket opened = new TcpSocket(this, line, number);
                line.sockets.put(number, opened);
                if (host.isBlank()) {
                    opened.end(NetworkError.BAD_HOST);
                } else {
                    begin(
                            opened,
                            Tcp.get(getContext().getSystem()).manager(),
                            TcpMessage.connect(
                                    InetSocketAddress.createUnresolved(host, port),
                                    null,
                                    List.of(),
                                    CONNECT_PATIENCE,
                                    true));
                }
            }
            case NetworkProtocol.OpenDatagrams(long number, int port) -> {
                UdpSocket opened = new UdpSocket(this, line, number);
                line.sockets.put(number, opened);
                begin(
                        opened,
                        Udp.get(getContext().getSystem()).manager(),
                        UdpMessage.bind(getSelf(), new InetSocketAddress(bind, port)));
            }
            default -> {
                CardSocket socket = line.sockets.get(command.socket());
                if (socket == null) {
                    return; // It has ended, and its server is about to hear.
                }
                if (command instanceof NetworkProtocol.Close) {
                    socket.close();
                } else {
                    socket.on(command);
                }
            }
        }
    }

    private static boolean opens(Command command) {
        return command instanceof NetworkProtocol.Listen
                || command instanceof NetworkProtocol.Connect
                || command instanceof NetworkProtocol.OpenDatagrams;
    }

    /** Says so in the node's log, now and then. */
    private boolean full() {
        int open = lines.values().stream().mapToInt(line -> line.sockets.size()).sum();
        if (open < mostSockets) {
            return false;
        }
        if (System.nanoTime() - saidFullNanos >= SAY_FULL_NANOS) {
            saidFullNanos = System.nanoTime();
            LOG.warn(
                    "{} sockets are open, and the host has file descriptors for no more: others are refused and turned"
                            + " away. 'ulimit -n', or LimitNOFILE, gives a node more.",
                    open);
        }
        return true;
    }

    /** Has it opened; whoever answers is the host's actor for it. */
    private void begin(CardSocket socket, ActorRef manager, Object command) {
        ActorRef errand = getContext().actorOf(Errand.props(getSelf(), socket));
        manager.tell(command, errand);
    }

    /**
     * Waits for one answer, for Akka does not say to what it answers. It lives as long as the socket does: a connection breaks
     * with who has asked for it, until it has been registered.
     */
    private static final class Errand extends AbstractActor {
        private final ActorRef card;
        private final CardSocket socket;

        private Errand(ActorRef card, CardSocket socket) {
            this.card = card;
            this.socket = socket;
        }

        static Props props(ActorRef card, CardSocket socket) {
            return Props.create(Errand.class, () -> new Errand(card, socket));
        }

        @Override
        public Receive createReceive() {
            return receiveBuilder()
                    .match(Terminated.class, ended -> getContext().stop(getSelf()))
                    .matchAny(answer -> {
                        boolean failed = answer instanceof Tcp.CommandFailed || answer instanceof Udp.CommandFailed;
                        card.tell(new Told(socket, getSender(), answer), getSelf());
                        if (failed) {
                            getContext().stop(getSelf());
                        } else {
                            getContext().watch(getSender());
                        }
                    })
                    .build();
        }
    }

    // What the host says

    private void onTold(Told told) {
        told.socket().opened(told.from(), told.what());
        answerAll();
    }

    private void onConnected(Tcp.Connected connected) {
        TcpPort port = ports.get(connected.localAddress().getPort());
        if (port == null) {
            getSender().tell(TcpMessage.abort(), getSelf()); // Closed meanwhile.
        } else if (full()) {
            getSender().tell(TcpMessage.abort(), getSelf());
            port.turnedAway();
        } else {
            port.accepted(getSender(), connected);
        }
        answerAll();
    }

    private void onHost(ActorRef from, Object message) {
        if (message instanceof CardSocket.Passed(CardSocket socket, Object passed)) {
            socket.onHost(passed);
        } else {
            CardSocket socket = byHost.get(from);
            if (socket != null) {
                socket.onHost(message);
            }
        }
        answerAll();
    }

    private void answerAll() {
        lines.values().forEach(CardLine::answer);
    }

    // For sockets

    String place() {
        return place;
    }

    void known(ActorRef host, CardSocket socket) {
        byHost.put(host, socket);
        getContext().watch(host);
    }

    void listens(int port, TcpPort socket) {
        ports.put(port, socket);
    }

    void listensNoMore(int port) {
        ports.remove(port);
    }

    void forget(CardLine line, long number, @Nullable ActorRef host) {
        line.sockets.remove(number);
        if (host != null) {
            byHost.remove(host);
            getContext().unwatch(host);
        }
    }

    void remindOf(CardSocket socket, Duration after) {
        getContext()
                .getSystem()
                .scheduler()
                .scheduleOnce(
                        after,
                        getSelf(),
                        new CardSocket.Passed(socket, new CardSocket.Overdue()),
                        getContext().getDispatcher(),
                        ActorRef.noSender());
    }
}
