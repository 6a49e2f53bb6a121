package org.factoredos.network;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.factoredos.grid.Grid;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Delegation;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.SendResult;
import org.factoredos.network.Line.Socket;
import org.factoredos.network.NetworkProtocol.AnnounceListeners;
import org.factoredos.network.NetworkProtocol.Arrival;
import org.factoredos.network.NetworkProtocol.AwaitNews;
import org.factoredos.network.NetworkProtocol.Command;
import org.factoredos.network.NetworkProtocol.ConnectionsDropped;
import org.factoredos.network.NetworkProtocol.DoorsShared;
import org.factoredos.network.NetworkProtocol.DropConnections;
import org.factoredos.network.NetworkProtocol.Event;
import org.factoredos.network.NetworkProtocol.HandOver;
import org.factoredos.network.NetworkProtocol.JoinDoors;
import org.factoredos.network.NetworkProtocol.LineOpened;
import org.factoredos.network.NetworkProtocol.ListReply;
import org.factoredos.network.NetworkProtocol.ListSockets;
import org.factoredos.network.NetworkProtocol.OpenLine;
import org.factoredos.network.NetworkProtocol.OpenReply;
import org.factoredos.network.NetworkProtocol.Reach;
import org.factoredos.network.NetworkProtocol.Refused;
import org.factoredos.network.NetworkProtocol.Request;
import org.factoredos.network.NetworkProtocol.SocketStatus;
import org.factoredos.network.NetworkProtocol.SocketsListed;
import org.factoredos.network.NetworkProtocol.Submit;
import org.factoredos.network.NetworkProtocol.Submitted;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.ElasticProtocol;
import org.factoredos.server.Membership;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;
import org.factoredos.server.Server;
import org.jspecify.annotations.Nullable;

/**
 * A server of the network fleet (§3.3): sockets for clients anywhere, over the card of its own node.
 *
 * <p>A socket's state is with the server whose card has it, for as long as that lives; its events are kept there until the
 * client has asked for them, and bounded by what the client has allowed. A listener has a home, the server that its client
 * has asked ({@link Listeners}), and a door at every node ({@link Doors}): a connection stays with the server of the node
 * where it came in, so that the nodes share the work.
 *
 * <p>The server on the tile kept for it opens the doors. Further servers of its node, which come and go with the load (§3.2), join
 * it once a second, and the card spreads what comes in over all of them. One that is to retire drains: it takes nothing new,
 * serves what it has, and is gone once that has ended.
 *
 * <p>All that a client has ends with it: the microkernels of its node are asked whether it is still there.
 */
public final class NetworkServer implements Server, Membership.Watcher {
    private static final long TICK_NANOS = 250_000_000L;
    /** With the answer's way, what a dead client had is closed within two seconds. */
    private static final long LOOK_NANOS = 1_000_000_000L;

    private static final long LOOK_PATIENCE_NANOS = 1_000_000_000L;
    private static final long NEWS_PATIENCE_NANOS = 1_000_000_000L;
    private static final long LISTING_PATIENCE_NANOS = 2_000_000_000L;
    /** Those of one node are asked within that. */
    private static final long PART_PATIENCE_NANOS = 1_000_000_000L;

    private static final long JOIN_NANOS = 1_000_000_000L;
    /** A further server that has not joined for so long is no more. */
    private static final long GONE_NANOS = 10_000_000_000L;
    /** A line of which nothing is heard for so long has its client's last word: that asks again within three seconds. */
    private static final long QUIET_NANOS = 5_000_000_000L;

    static final int MOST_SOCKETS = 8192;
    private static final int MOST_LISTED = 2000;
    /** Many windows: more is of no use to the peer. */
    private static final long MOST_ALLOWED_BYTES = 1 << 20;

    /** The clock: what failed is tried again, what has waited long is answered. */
    record Tick() implements Continuation {}

    record Looking(ClientId client) implements Continuation {}

    record AwaitingPart(long gathering, Address server) implements Continuation {}

    record Joining() implements Continuation {}

    private final Incarnation node;
    private final Address self;
    private final CardLine card;
    private final Listeners listeners;
    private final Doors doors = new Doors(new DoorRoom());
    private final Map<ClientId, Line> lines = new LinkedHashMap<>();
    /** Connections and datagram sockets by the card's number, and listeners by their own. */
    private final Map<Long, Socket> sockets = new LinkedHashMap<>();

    private final Map<Long, Gathering> gatherings = new LinkedHashMap<>();
    private @Nullable Membership membership;
    private long lastNumber;
    private long lastLine;
    private long lastGathering;
    private long lookedNanos;
    /** The further servers of this node, if this is its first: when each has joined last. */
    private final Map<Address, Long> joined = new LinkedHashMap<>();

    private long joinedNanos;
    private boolean joining;
    private boolean retiring;

    /** @param self where it takes requests */
    public NetworkServer(Incarnation node, Address self, Address card) {
        this.node = node;
        this.self = self;
        this.card = new CardLine(card);
        this.listeners = new Listeners(self, node, this.card);
    }

    /** The one on the tile that is kept for it. */
    public NetworkServer(Incarnation node, Grid grid) {
        this(node, address(node, grid), Reserved.NETWORK_CARD.address(node, grid));
    }

    static Address address(Incarnation member, Grid grid) {
        return Reserved.NETWORK.address(member, grid);
    }

    @Override
    public List<Effect> on(Membership known, long nanos) {
        List<Effect> effects = new ArrayList<>();
        if (membership == null) {
            lookedNanos = nanos;
            joinedNanos = nanos - JOIN_NANOS;
            effects.add(new Effect.Timer(new Tick(), TICK_NANOS));
        }
        membership = known;
        listeners.on(known);
        doors.forget(home -> Listeners.isOver(home, known));
        endAll(line -> known.over(new Incarnation(line.owner.node(), line.owner.boot())));
        return finish(effects, nanos);
    }

    @Override
    public List<Effect> on(Envelope in, long nanos) {
        List<Effect> effects = new ArrayList<>();
        if (in.kind() == Envelope.Kind.REQUEST && in.payload() instanceof Request<?> request) {
            onRequest(in, request, nanos, effects);
        } else if (in.payload() instanceof ElasticProtocol.Retire retire && in.fromSystem()) {
            boolean idle = !isFirst() && retire(nanos);
            effects.add(Call.of(in, retire)
                    .reply(idle ? new ElasticProtocol.Retired() : new ElasticProtocol.StillServing()));
        } else if (in.payload() instanceof ElasticProtocol.Peers(List<Address> servers) && in.fromSystem()) {
            retiring &= !servers.contains(self); // It may be called back before it is through.
        }
        return finish(effects, nanos);
    }

    /** Takes nothing new; true once all that it had has ended. */
    private boolean retire(long nanos) {
        retiring = true;
        doors.stop();
        lines.values().removeIf(line -> line.isOver(QUIET_NANOS, nanos));
        return sockets.isEmpty() && lines.isEmpty() && doors.isEmpty() && gatherings.isEmpty();
    }

    /** The one on the tile that is kept for it; until it is told where that is, each takes itself for it, and does nothing. */
    private boolean isFirst() {
        return self.equals(lasting());
    }

    private Address lasting() {
        Membership known = membership;
        return known == null ? self : address(node, known.grid());
    }

    private void onRequest(Envelope in, Request<?> request, long nanos, List<Effect> effects) {
        boolean ofFleet = in.domain().equals(Reserved.NETWORK.domain());
        switch (request) {
            case OpenLine open -> effects.add(onOpen(Call.of(in, open), nanos));
            case Submit submit -> {
                Line line = line(in, submit.line(), nanos);
                boolean done = line != null && onSubmit(line, submit);
                effects.add(Call.of(in, submit).reply(done ? new Submitted() : new Refused(NetworkError.NO_SUCH_LINE)));
            }
            case AwaitNews(long number, long seen) -> {
                Line line = line(in, number, nanos);
                Call<NetworkProtocol.NewsReply> call = Call.of(in, (AwaitNews) request);
                if (line == null) {
                    effects.add(call.reply(new Refused(NetworkError.NO_SUCH_LINE)));
                } else {
                    line.await(call, seen, nanos, effects);
                }
            }
            case ListSockets list -> onList(Call.of(in, list), list.reach(), effects);
            case AnnounceListeners said
            when ofFleet ->
                effects.addAll(
                        card.life() == 0
                                ? List.of(Call.of(in, said).reply(new Refused(NetworkError.BUSY)))
                                : doors.onAnnounce(Call.of(in, said), said, nanos));
            case JoinDoors join when ofFleet -> effects.add(onJoin(Call.of(in, join), join, nanos));
            case HandOver offer when ofFleet -> effects.add(Call.of(in, offer).reply(listeners.take(offer)));
            case DropConnections drop
            when ofFleet -> {
                if (drop.life() == card.life()) {
                    drop.connections().forEach(this::drop);
                }
                effects.add(Call.of(in, drop).reply(new ConnectionsDropped()));
            }
            default -> {} // Only members say such things; the sender's deadline ends the call.
        }
    }

    @Override
    public List<Effect> on(Continuation continuation, Response response, long nanos) {
        List<Effect> effects = new ArrayList<>();
        switch (continuation) {
            case Tick tick -> onTick(nanos, effects);
            case CardLine.Opening opening -> {
                if (card.on(opening, response)) {
                    listeners.begunAnew();
                }
            }
            case CardLine.Submitting submitting -> {
                if (card.on(submitting, response)) {
                    onCardLost();
                }
            }
            case CardLine.Awaiting awaiting -> {
                if (awaiting.line() == card.line() && CardLine.forgotten(response)) {
                    onCardLost();
                } else {
                    card.on(awaiting, response).forEach(event -> onCard(event, effects));
                }
            }
            case Doors.Offering offering -> effects.addAll(doors.on(offering, response));
            case Listeners.Announcing announcing ->
                listeners.on(announcing, response).forEach(failed -> {
                    Socket socket = failed.socket();
                    String where = failed.at().node().toString();
                    socket.line.tell(new NetworkProtocol.Ended(socket.number, failed.error(), where));
                    forget(socket);
                    listeners.close(socket.card);
                });
            case Listeners.Dropping dropping -> listeners.on(dropping, response);
            case Looking(ClientId client) -> onLooked(client, response);
            case AwaitingPart part -> onPart(part, response, effects);
            case Joining heard -> onJoined(response, nanos);
            default -> throw new IllegalStateException("not parked by a network server: " + continuation);
        }
        return finish(effects, nanos);
    }

    /** Before a turn ends: commands go to the card, changed listeners to the members, news to who waits for it. */
    private List<Effect> finish(List<Effect> effects, long nanos) {
        lines.values().forEach(line -> line.answer(effects));
        listeners.flush(nanos, effects);
        card.flush(effects);
        return effects;
    }

    private void onTick(long nanos, List<Effect> effects) {
        card.tick();
        listeners.tick();
        effects.addAll(doors.tick(nanos));
        lines.values().forEach(line -> line.answerOld(NEWS_PATIENCE_NANOS, nanos, effects));
        if (nanos - lookedNanos >= LOOK_NANOS) {
            lookedNanos = nanos;
            lookForClients(effects);
        }
        joined.values().removeIf(heard -> nanos - heard >= GONE_NANOS);
        join(nanos, effects);
        effects.add(new Effect.Timer(new Tick(), TICK_NANOS));
    }

    // The servers of one node

    private void join(long nanos, List<Effect> effects) {
        if (!isFirst() && !joining && card.life() != 0 && nanos - joinedNanos >= JOIN_NANOS) {
            joining = true;
            joinedNanos = nanos;
            effects.add(new Effect.Call(lasting(), new JoinDoors(self, retiring), new Joining(), JOIN_NANOS));
        }
    }

    private Effect onJoin(Call<NetworkProtocol.JoinReply> call, JoinDoors join, long nanos) {
        if (!isFirst() || card.life() == 0 || !join.server().client().node().equals(node.node())) {
            return call.reply(new Refused(NetworkError.BUSY));
        }
        joined.put(join.server(), nanos);
        return call.reply(join.leaving() ? new DoorsShared(card.line(), List.of()) : doors.shared(card.line()));
    }

    /** Without an answer the doors stay as they are: the card closes each as the first server does. */
    private void onJoined(Response response, long nanos) {
        joining = false;
        if (response instanceof Response.Answered(DoorsShared shared) && card.life() != 0) {
            if (retiring) {
                doors.heard(nanos);
            } else {
                doors.onShared(shared, nanos);
            }
        }
    }

    // Lines

    private Effect onOpen(Call<OpenReply> call, long nanos) {
        if (card.life() == 0) {
            return call.reply(new Refused(NetworkError.BUSY));
        }
        Line line = lineOf(call.caller());
        line.heard(nanos);
        line.address = call.caller();
        line.opened = true;
        return call.reply(new LineOpened(self, card.life(), line.number, line.done, card.place(), lasting()));
    }

    private Line lineOf(Address client) {
        return lines.computeIfAbsent(client.client(), one -> new Line(++lastLine, client));
    }

    private @Nullable Line line(Envelope in, long number, long nanos) {
        Line line = lines.get(in.from().client());
        if (line == null || line.number != number || !line.opened) {
            return null;
        }
        line.address = in.from(); // It may have moved to another tile.
        line.heard(nanos);
        return line;
    }

    /** False where commands are missing between what is done and these: nobody who speaks properly leaves some out. */
    private boolean onSubmit(Line line, Submit submit) {
        if (submit.first() > line.done + 1 || submit.first() < 1) {
            return false;
        }
        int old = (int) Math.min(submit.commands().size(), line.done + 1 - submit.first());
        for (Command command : submit.commands().subList(old, submit.commands().size())) {
            line.done++;
            onCommand(line, command);
        }
        return true;
    }

    private void onCommand(Line line, Command command) {
        NetworkError error = switch (command) {
            case NetworkProtocol.Listen listen -> listen(line, listen);
            case NetworkProtocol.Connect connect -> connect(line, connect);
            case NetworkProtocol.OpenDatagrams open -> openDatagrams(line, open);
            case NetworkProtocol.Adopt(long number)
            when !line.sockets.containsKey(number) -> NetworkError.CONNECTION_RESET;
            default -> {
                Socket socket = line.sockets.get(command.socket());
                if (socket != null) { // Otherwise it has ended, and its client is about to hear.
                    onCommand(socket, command);
                }
                yield null;
            }
        };
        if (error != null) {
            line.tell(new NetworkProtocol.Ended(command.socket(), error, ""));
        }
    }

    private @Nullable NetworkError listen(Line line, NetworkProtocol.Listen listen) {
        if (listen.port() < 0 || listen.port() > NetworkProtocol.MOST_PORT) {
            return NetworkError.BAD_PORT;
        }
        NetworkError error = refusal(line, listen.socket());
        if (error == null && listeners.size() >= Listeners.MOST) {
            error = NetworkError.TOO_MANY_SOCKETS;
        }
        if (error == null) {
            Socket socket = add(line, listen.socket(), ++lastNumber, Socket.Kind.LISTENER);
            listeners.open(socket, listen.port());
        }
        return error;
    }

    private @Nullable NetworkError connect(Line line, NetworkProtocol.Connect connect) {
        if (connect.port() < 1 || connect.port() > NetworkProtocol.MOST_PORT) {
            return NetworkError.BAD_PORT;
        }
        NetworkError error = refusal(line, connect.socket());
        if (error == null) {
            Socket socket = add(line, connect.socket(), ++lastNumber, Socket.Kind.CONNECTION);
            socket.peer = connect.host() + ":" + connect.port();
            card.tell(new NetworkProtocol.Connect(socket.card, connect.host(), connect.port()));
        }
        return error;
    }

    private @Nullable NetworkError openDatagrams(Line line, NetworkProtocol.OpenDatagrams open) {
        if (open.port() < 0 || open.port() > NetworkProtocol.MOST_PORT) {
            return NetworkError.BAD_PORT;
        }
        NetworkError error = refusal(line, open.socket());
        if (error == null) {
            Socket socket = add(line, open.socket(), ++lastNumber, Socket.Kind.DATAGRAMS);
            card.tell(new NetworkProtocol.OpenDatagrams(socket.card, open.port()));
        }
        return error;
    }

    private @Nullable NetworkError refusal(Line line, long number) {
        if (retiring) {
            return NetworkError.RETIRING;
        }
        if (number < 1 || line.sockets.containsKey(number)) {
            return NetworkError.SOCKET_IN_USE;
        }
        return sockets.size() >= MOST_SOCKETS ? NetworkError.TOO_MANY_SOCKETS : null;
    }

    private Socket add(Line line, long number, long ofCard, Socket.Kind kind) {
        Socket socket = new Socket(line, number, ofCard, kind);
        line.sockets.put(number, socket);
        sockets.put(ofCard, socket);
        return socket;
    }

    private void onCommand(Socket socket, Command command) {
        boolean stream = socket.kind == Socket.Kind.CONNECTION;
        switch (command) {
            case NetworkProtocol.Adopt adopt -> socket.adopt();
            case NetworkProtocol.Close close -> close(socket);
            case NetworkProtocol.StopListening(long number, long taken)
            when socket.kind == Socket.Kind.LISTENER -> {
                listeners.leave(socket.card, taken);
                close(socket);
            }
            case NetworkProtocol.Allow(long number, long upTo)
            when socket.kind == Socket.Kind.LISTENER -> listeners.allow(socket.card, upTo);
            case NetworkProtocol.Allow(long number, long upTo) ->
                card.tell(new NetworkProtocol.Allow(socket.card, Math.min(upTo, socket.received + MOST_ALLOWED_BYTES)));
            case NetworkProtocol.Send(long number, var data)
            when stream && !socket.outputEnded -> {
                socket.submitted += data.length();
                if (socket.submitted - socket.sent > NetworkProtocol.WINDOW_BYTES) {
                    end(socket, NetworkError.TOO_MUCH);
                } else {
                    card.tell(new NetworkProtocol.Send(socket.card, data));
                }
            }
            case NetworkProtocol.SendDatagram(long number, String host, int port, var data)
            when socket.kind == Socket.Kind.DATAGRAMS -> {
                socket.submitted++;
                if (data.length() > NetworkProtocol.LARGEST_DATAGRAM_BYTES) {
                    end(socket, NetworkError.TOO_LARGE);
                } else if (socket.submitted - socket.sent > NetworkProtocol.WINDOW_DATAGRAMS) {
                    end(socket, NetworkError.TOO_MUCH);
                } else {
                    card.tell(new NetworkProtocol.SendDatagram(socket.card, host, port, data));
                }
            }
            case NetworkProtocol.EndOutput end
            when stream && !socket.outputEnded -> {
                socket.outputEnded = true;
                card.tell(new NetworkProtocol.EndOutput(socket.card));
            }
            default -> {} // Such as more data behind the end of the stream: it is no socket for that.
        }
    }

    /** Tells its client that it is over, and closes it. */
    private void end(Socket socket, NetworkError error) {
        socket.line.tell(new NetworkProtocol.Ended(socket.number, error, ""));
        close(socket);
    }

    private void close(Socket socket) {
        forget(socket);
        if (socket.kind == Socket.Kind.LISTENER) {
            listeners.close(socket.card);
        } else {
            card.tell(new NetworkProtocol.Close(socket.card));
        }
    }

    private void forget(Socket socket) {
        sockets.remove(socket.card);
        socket.line.sockets.remove(socket.number);
    }

    private void drop(long connection) {
        Socket socket = sockets.get(connection);
        if (socket != null && connection < 0) {
            close(socket);
        }
    }

    // What the card says

    private void onCard(Event event, List<Effect> effects) {
        Doors.Door door = doors.byCard(event.socket());
        if (door != null) {
            switch (event) {
                case NetworkProtocol.Opened opened -> effects.addAll(doors.opened(door, portOf(opened.local())));
                case NetworkProtocol.Arrived arrived -> effects.addAll(onArrived(door, arrived));
                case NetworkProtocol.Ended ended ->
                    effects.addAll(doors.failed(door, ended.error() == null ? NetworkError.FAILED : ended.error()));
                default -> {}
            }
            return;
        }
        if (event instanceof NetworkProtocol.Arrived arrived) {
            card.tell(new NetworkProtocol.Close(arrived.connection())); // The port has been closed meanwhile.
            return;
        }
        Socket socket = sockets.get(event.socket());
        if (socket != null) { // Otherwise its client has closed it.
            onCard(socket, event);
        }
    }

    private void onCard(Socket socket, Event event) {
        long number = socket.number;
        Event told = switch (event) {
            case NetworkProtocol.Opened opened -> {
                socket.open = true;
                socket.local = opened.local();
                socket.peer = opened.peer();
                yield new NetworkProtocol.Opened(number, opened.local(), opened.peer());
            }
            case NetworkProtocol.Received received -> {
                socket.received += received.data().length();
                yield new NetworkProtocol.Received(number, received.data());
            }
            case NetworkProtocol.ReceivedDatagram got -> {
                socket.received++;
                yield new NetworkProtocol.ReceivedDatagram(number, got.host(), got.port(), got.data());
            }
            case NetworkProtocol.PeerEnded ended -> {
                socket.peerEnded = true;
                yield new NetworkProtocol.PeerEnded(number);
            }
            case NetworkProtocol.Sent sent -> {
                socket.sent = sent.upTo();
                yield new NetworkProtocol.Sent(number, sent.upTo());
            }
            case NetworkProtocol.Ended ended -> {
                forget(socket);
                yield new NetworkProtocol.Ended(number, ended.error(), ended.where());
            }
            case NetworkProtocol.Arrived arrived -> throw new IllegalStateException("only a port has arrivals");
            case NetworkProtocol.Accepted accepted -> throw new IllegalStateException("no card says who accepts");
        };
        socket.tell(told);
    }

    private List<Effect> onArrived(Doors.Door door, NetworkProtocol.Arrived arrived) {
        if (sockets.size() >= MOST_SOCKETS) {
            card.tell(new NetworkProtocol.Close(arrived.connection()));
            return List.of();
        }
        Line line = lineOf(door.listener.owner());
        Socket socket = add(line, arrived.connection(), arrived.connection(), Socket.Kind.CONNECTION);
        socket.came();
        socket.local = arrived.local();
        socket.peer = arrived.peer();
        return doors.arrived(door, new Arrival(arrived.connection(), arrived.local(), arrived.peer()));
    }

    static int portOf(String address) {
        return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    }

    /** The card has begun anew, and so does all that stands on it; listeners are opened again. */
    private void onCardLost() {
        card.lose();
        doors.lost();
        for (Socket socket : List.copyOf(sockets.values())) {
            if (socket.kind != Socket.Kind.LISTENER) {
                socket.line.tell(new NetworkProtocol.Ended(socket.number, NetworkError.FAILED, ""));
                forget(socket);
            }
        }
    }

    private final class DoorRoom implements Doors.Room {
        @Override
        public long life() {
            return card.life();
        }

        @Override
        public long listen(int port) {
            card.tell(new NetworkProtocol.Listen(++lastNumber, port));
            return lastNumber;
        }

        @Override
        public long share(int port, long line, long of) {
            card.tell(new NetworkProtocol.Share(++lastNumber, port, line, of));
            return lastNumber;
        }

        @Override
        public void stop(long number) {
            card.tell(new NetworkProtocol.StopListening(number, 0));
        }

        @Override
        public void allow(long number, long upTo) {
            card.tell(new NetworkProtocol.Allow(number, upTo));
        }

        @Override
        public void close(long number) {
            card.tell(new NetworkProtocol.Close(number));
        }

        @Override
        public void drop(long connection) {
            Socket socket = sockets.get(connection);
            if (socket == null) {
                card.tell(new NetworkProtocol.Close(connection));
            } else if (!socket.adopted()) {
                NetworkServer.this.close(socket);
            }
        }

        @Override
        public boolean shares(Address home, String place) {
            // What a further server of this node is the home of, the first one opens like its own.
            return !home.client().node().equals(node.node()) && place.equals(card.place());
        }

        @Override
        public HandOver offer(Doors.Door door, List<Arrival> arrivals) {
            return new HandOver(self, card.life(), door.homeLife, door.listener.number(), arrivals);
        }
    }

    // Clients that are gone

    private void lookForClients(List<Effect> effects) {
        Membership known = membership;
        if (known == null) {
            return;
        }
        for (Line line : lines.values()) {
            // A program stays on its node, and any microkernel there knows all clients of it.
            Optional<Incarnation> there = known.up().stream()
                    .filter(member -> member.node().equals(line.address.tile().node()))
                    .findFirst();
            if (there.isPresent() && !line.looking) {
                line.looking = true;
                effects.add(new Effect.Call(
                        Address.ofShim(there.get(), known.grid(), line.address.tile()),
                        new Delegation.ReportDomain(line.owner),
                        new Looking(line.owner),
                        LOOK_PATIENCE_NANOS));
            }
        }
    }

    /** Without an answer nobody knows; it is asked again. */
    private void onLooked(ClientId client, Response response) {
        Line line = lines.get(client);
        if (line != null) {
            line.looking = false;
            if (response instanceof Response.Answered(Delegation.NoSuchClient gone)) {
                endAll(one -> one == line);
            }
        }
    }

    private void endAll(Predicate<Line> which) {
        lines.values().removeIf(line -> {
            boolean over = which.test(line);
            if (over) {
                List.copyOf(line.sockets.values()).forEach(this::close);
            }
            return over;
        });
    }

    // Listings

    private void onList(Call<ListReply> call, Reach reach, List<Effect> effects) {
        Membership known = membership;
        if (known == null || reach == Reach.SERVER || (reach == Reach.NODE && isFirst() && joined.isEmpty())) {
            effects.add(call.reply(listed()));
        } else if (reach == Reach.GRID) {
            List<Address> all = known.up().stream()
                    .map(member -> address(member, known.grid()))
                    .toList();
            gather(call, all, Reach.NODE, LISTING_PATIENCE_NANOS, effects);
        } else if (isFirst()) {
            List<Address> all = new ArrayList<>(List.of(self));
            all.addAll(joined.keySet());
            gather(call, all, Reach.SERVER, PART_PATIENCE_NANOS, effects);
        } else {
            gather(call, List.of(lasting()), Reach.NODE, LISTING_PATIENCE_NANOS, effects);
        }
    }

    private void gather(
            Call<ListReply> call, List<Address> servers, Reach reach, long patienceNanos, List<Effect> effects) {
        gatherings.put(++lastGathering, new Gathering(call, servers));
        for (Address server : servers) {
            effects.add(new Effect.Call(
                    server, new ListSockets(reach), new AwaitingPart(lastGathering, server), patienceNanos));
        }
    }

    private void onPart(AwaitingPart part, Response response, List<Effect> effects) {
        Gathering gathering = gatherings.get(part.gathering());
        if (gathering != null) {
            Optional<SocketsListed> listed =
                    response instanceof Response.Answered(SocketsListed heard) ? Optional.of(heard) : Optional.empty();
            if (joined.containsKey(part.server()) && isGone(response)) {
                joined.remove(part.server()); // Its sockets have ended with it.
                listed = Optional.of(new SocketsListed(List.of(), 0, List.of()));
            }
            gathering.heard(part.server(), listed).ifPresent(answer -> {
                gatherings.remove(part.gathering());
                effects.add(answer);
            });
        }
    }

    static boolean isGone(Response response) {
        return response instanceof Response.SendRefused(SendResult result) && result == SendResult.NO_SUCH_MAILBOX;
    }

    private SocketsListed listed() {
        List<SocketStatus> rows = new ArrayList<>();
        doors.each(door -> {
            if (door.open) {
                String local = card.place() + ":" + door.port;
                ClientId owner = door.listener.owner().client();
                rows.add(new SocketStatus(
                        node.node(), NetworkProtocol.State.LISTEN, local, "", door.handedOver, 0, owner));
            }
        });
        for (Socket socket : sockets.values()) {
            if (socket.kind != Socket.Kind.LISTENER) {
                rows.add(new SocketStatus(
                        node.node(),
                        socket.state(),
                        socket.local,
                        socket.peer,
                        socket.received,
                        socket.sent,
                        socket.line.owner));
            }
        }
        int shown = Math.min(rows.size(), MOST_LISTED);
        return new SocketsListed(rows.subList(0, shown), rows.size() - shown, List.of());
    }
}
