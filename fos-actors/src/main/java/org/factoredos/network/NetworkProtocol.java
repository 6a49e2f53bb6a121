package org.factoredos.network;

import java.util.List;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Payload;
import org.jspecify.annotations.Nullable;

/**
 * What the network fleet may be asked, and what it answers (§3.3). The driver of a card is asked the same by the servers of
 * its node.
 *
 * <p>Whoever has sockets at a server has a <em>line</em> to it: two streams, as a network card has two rings. Commands go one
 * way, each once and in order: they are numbered, and what is submitted again is not done again. Events come the other way as
 * answers to {@link AwaitNews}, each once and in order too: they are kept until the next question says that they have been
 * seen. So a lost, late or repeated message duplicates no byte and loses no connection; a line takes two calls, however many
 * sockets it has; and nobody but who asks is sent anything, which takes no right.
 *
 * <p>Nothing queues without bound. A connection delivers no more bytes than were {@link Allow allowed}, a listener no more
 * connections; of what a socket was told to send, at most {@link #WINDOW_BYTES} may be on the way.
 */
public interface NetworkProtocol {
    /** The most bytes in one command or event: a segment of a stream. */
    int SEGMENT_BYTES = 64 * 1024;

    /** How many bytes of one connection may be under way to the peer; enough to keep a fast one busy. */
    int WINDOW_BYTES = 256 * 1024;

    /** What a connection delivers before it is allowed more: the request of a client that speaks first. */
    int FIRST_BYTES = 16 * 1024;

    /** How many datagrams of one socket may be under way. */
    int WINDOW_DATAGRAMS = 32;

    int LARGEST_DATAGRAM_BYTES = 65_507;

    /** The most data in one message: well below what a frame between nodes holds. */
    int PAGE_BYTES = 256 * 1024;

    /** The most commands or events in one message. */
    int PAGE_COUNT = 256;

    int MOST_PORT = 65_535;

    sealed interface Request<R extends Reply> extends Payload.Request<R> {}

    sealed interface Reply extends Payload {}

    // Lines

    /** Asks for the line that the asking client has; or for one {@code anew}, which closes all that it had. */
    record OpenLine(boolean anew) implements Request<OpenReply> {}

    /** Commands {@code first}, {@code first + 1} and so on; those of them that were done are not done again. */
    record Submit(long line, long first, List<Command> commands) implements Request<SubmitReply> {
        public Submit {
            commands = List.copyOf(commands);
        }

        @Override
        public int bytes() {
            return 64 + commands.stream().mapToInt(Payload::bytes).sum();
        }
    }

    /** Answered when there are events behind {@code seen}, which may be forgotten; and without any after a second or so. */
    record AwaitNews(long line, long seen) implements Request<NewsReply> {}

    sealed interface OpenReply extends Reply {}

    sealed interface SubmitReply extends Reply {}

    sealed interface NewsReply extends Reply {}

    /**
     * The line, and whose it is.
     *
     * @param server where the line is
     * @param life another one each time when the server, or card, begins anew, with nothing that it had
     * @param done the number of the last command that was done on it
     * @param place the host's address that its node is reached at
     * @param lasting the server of that node which is there whatever the load: where a listener lasts
     */
    record LineOpened(Address server, long life, long line, long done, String place, Address lasting)
            implements OpenReply {}

    record Submitted() implements SubmitReply {}

    /** {@code first}: the number of the first event. */
    record News(long first, List<Event> events) implements NewsReply {
        public News {
            events = List.copyOf(events);
        }

        @Override
        public int bytes() {
            return 64 + events.stream().mapToInt(Payload::bytes).sum();
        }
    }

    // Commands. Whoever opens a socket chooses its number, above 0.

    sealed interface Command extends Payload {
        long socket();
    }

    /** At a server: opens the port at every node's address; {@code port} 0: any free one. At a card: at its own. */
    record Listen(long socket, int port) implements Command {}

    /**
     * At a card: of the connections that come to {@code port}, which another server of the node has opened as {@code of} on its
     * {@code line}, this one takes a share, as far as it allows them; until the port is closed there.
     */
    record Share(long socket, int port, long line, long of) implements Command {}

    record Connect(long socket, String host, int port) implements Command {}

    record OpenDatagrams(long socket, int port) implements Command {}

    /**
     * At a server: its client has heard that the connection has come. Until then nothing is told of it, for a client hears that
     * from the home of its listener, and what happens to the connection from another server, or in another order.
     */
    record Adopt(long socket) implements Command {}

    /** How many bytes, connections or datagrams may have been delivered in all. */
    record Allow(long socket, long upTo) implements Command {}

    record Send(long socket, Bytes data) implements Command {
        @Override
        public int bytes() {
            return 32 + data.length();
        }
    }

    record SendDatagram(long socket, String host, int port, Bytes data) implements Command {
        @Override
        public int bytes() {
            return 64 + data.length();
        }
    }

    /** Nothing follows what was sent: the peer reads the end, and may go on sending. */
    record EndOutput(long socket) implements Command {}

    /** What was sent is delivered, if the peer takes it in time; nothing more is told of the socket. */
    record Close(long socket) implements Command {}

    /**
     * At a server: closes a port. Its client has taken so many of the connections that have come for it, in all; whatever else
     * has come, told to the client or not, nobody will adopt, and it is closed wherever it is. At a card: takes no share any
     * more; that it has {@link Ended} is told behind all that has come.
     */
    record StopListening(long socket, long taken) implements Command {}

    // Events

    sealed interface Event extends Payload {
        long socket();
    }

    /** The socket can be used. Addresses are a host's and a port, such as {@code 10.0.0.1:80}; a peer's may be empty. */
    record Opened(long socket, String local, String peer) implements Event {}

    /** From a card: a connection to a port of it; {@code connection} is its number, below 0. */
    record Arrived(long socket, long connection, String local, String peer) implements Event {}

    /** From a server: a connection to a port, that {@code server} has in that life of it. */
    record Accepted(long socket, Address server, long life, long connection, String local, String peer)
            implements Event {}

    record Received(long socket, Bytes data) implements Event {
        @Override
        public int bytes() {
            return 32 + data.length();
        }
    }

    record ReceivedDatagram(long socket, String host, int port, Bytes data) implements Event {
        @Override
        public int bytes() {
            return 64 + data.length();
        }
    }

    /** The peer has said that it sends nothing more. */
    record PeerEnded(long socket) implements Event {}

    /** So many bytes, or datagrams, have left in all. */
    record Sent(long socket, long upTo) implements Event {}

    /** There is no such socket any more; {@code error} null where both ends have ended in order. */
    record Ended(long socket, @Nullable NetworkError error, String where) implements Event {}

    // Listings

    /** How far the asked server may go; the members ask each other for what is their own node's, or their own alone. */
    enum Reach {
        GRID,
        NODE,
        SERVER
    }

    record ListSockets(Reach reach) implements Request<ListReply> {}

    sealed interface ListReply extends Reply {}

    /** What a socket does. In {@code CLOSE_WAIT} only the peer has ended its stream, in {@code FIN_WAIT} only this end. */
    enum State {
        LISTEN,
        CONNECTING,
        ESTABLISHED,
        CLOSE_WAIT,
        FIN_WAIT,
        DATAGRAMS
    }

    record SocketStatus(
            NodeId node, State state, String local, String peer, long received, long sent, ClientId owner) {}

    /** {@code omitted}: how many more there are; {@code silent}: nodes that did not answer. */
    record SocketsListed(List<SocketStatus> sockets, long omitted, List<NodeId> silent) implements ListReply {
        public SocketsListed {
            sockets = List.copyOf(sockets);
            silent = List.copyOf(silent);
        }

        @Override
        public int bytes() {
            return 64 + 128 * sockets.size() + 8 * silent.size();
        }
    }

    // Between the members of the fleet

    /** A listener of one server, whose port all others are to open: for {@code owner}, and its arrivals go to that server. */
    record ListenerAt(long number, Address owner, int port) {}

    /** All listeners that the asking server has, in that life of it; a {@code version} that is not newer changes nothing. */
    record AnnounceListeners(Address home, long life, long version, String place, List<ListenerAt> listeners)
            implements Request<AnnounceReply> {
        public AnnounceListeners {
            listeners = List.copyOf(listeners);
        }

        @Override
        public int bytes() {
            return 64 + 64 * listeners.size();
        }
    }

    sealed interface AnnounceReply extends Reply {}

    /** What came of each: the port, or why it could not be opened; null and 0 where that is not known yet. */
    record PortAt(long number, int port, @Nullable NetworkError error) {}

    record ListenersNoted(List<PortAt> ports) implements AnnounceReply {
        public ListenersNoted {
            ports = List.copyOf(ports);
        }

        @Override
        public int bytes() {
            return 64 + 32 * ports.size();
        }
    }

    /**
     * Said once a second to the first server of a node by each further one: it is there, and takes a share of what comes at the
     * ports of the node; or, {@code leaving}, no more.
     */
    record JoinDoors(Address server, boolean leaving) implements Request<JoinReply> {}

    sealed interface JoinReply extends Reply {}

    /** A port that the first server has open as {@code card}, for that listener of {@code home} in that life of it. */
    record SharedDoor(Address home, long homeLife, ListenerAt listener, long card) {}

    /** All that are open; {@code line}: the first server's, at the card. */
    record DoorsShared(long line, List<SharedDoor> doors) implements JoinReply {
        public DoorsShared {
            doors = List.copyOf(doors);
        }

        @Override
        public int bytes() {
            return 64 + 96 * doors.size();
        }
    }

    record Arrival(long connection, String local, String peer) {}

    /** Connections that came for a listener of the asked server, in order: a card's numbers for them only sink. */
    record HandOver(Address server, long life, long homeLife, long listener, List<Arrival> arrivals)
            implements Request<HandOverReply> {
        public HandOver {
            arrivals = List.copyOf(arrivals);
        }

        @Override
        public int bytes() {
            return 64 + 96 * arrivals.size();
        }
    }

    sealed interface HandOverReply extends Reply {}

    /** Those down to this number are the listener's; the rest is to be offered again. */
    record HandedOver(long downTo) implements HandOverReply {}

    /** Nobody will take these connections. */
    record DropConnections(long life, List<Long> connections) implements Request<DropReply> {
        public DropConnections {
            connections = List.copyOf(connections);
        }

        @Override
        public int bytes() {
            return 64 + 16 * connections.size();
        }
    }

    sealed interface DropReply extends Reply {}

    record ConnectionsDropped() implements DropReply {}

    /** A definite failure: nothing changed. */
    record Refused(NetworkError error)
            implements OpenReply,
                    SubmitReply,
                    NewsReply,
                    ListReply,
                    AnnounceReply,
                    JoinReply,
                    HandOverReply,
                    DropReply {}
}
