package org.factoredos.network;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Incarnation;
import org.factoredos.network.NetworkProtocol.Accepted;
import org.factoredos.network.NetworkProtocol.AnnounceListeners;
import org.factoredos.network.NetworkProtocol.Arrival;
import org.factoredos.network.NetworkProtocol.ConnectionsDropped;
import org.factoredos.network.NetworkProtocol.DropConnections;
import org.factoredos.network.NetworkProtocol.HandOver;
import org.factoredos.network.NetworkProtocol.HandedOver;
import org.factoredos.network.NetworkProtocol.ListenerAt;
import org.factoredos.network.NetworkProtocol.ListenersNoted;
import org.factoredos.network.NetworkProtocol.Opened;
import org.factoredos.network.NetworkProtocol.PortAt;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Membership;
import org.factoredos.server.Response;
import org.jspecify.annotations.Nullable;

/**
 * The listeners whose home this server is: every member's server opens their ports, and hands over here what comes.
 *
 * <p>The whole list is announced when it has changed, to a member that is new, and once a second, under a number that grows
 * with each change. So whatever was lost, and whoever began anew, has it right within a second.
 */
final class Listeners {
    static final int MOST = 256;
    /** Connections that were taken and wait for their listener's client. */
    private static final int BACKLOG = 256;

    /** More than a grid has servers: of these, those are forgotten that have handed over nothing for longest. */
    private static final int MOST_SERVERS = 4096;

    private static final long PATIENCE_NANOS = 2_000_000_000L;
    private static final long PERIOD_NANOS = 1_000_000_000L;

    record Announcing(Incarnation member, long version) implements Continuation {}

    record Dropping(Address server, long life, int count) implements Continuation {}

    /** A server in one life of it. */
    private record ServerLife(Address server, long life) {}

    static final class Listener {
        final Line.Socket socket;
        private final Set<Incarnation> waitedFor = new TreeSet<>();
        private final SequencedMap<ServerLife, Long> taken = new LinkedHashMap<>();
        private final ArrayDeque<Accepted> queue = new ArrayDeque<>();
        private int port;
        private long allowed;
        private long delivered;

        private Listener(Line.Socket socket, int port) {
            this.socket = socket;
            this.port = port;
        }
    }

    private final Address self;
    private final Incarnation node;
    private final CardLine card;
    private final SortedMap<Long, Listener> listeners = new TreeMap<>();
    private final Map<Incarnation, Long> heard = new LinkedHashMap<>();
    private final Set<Incarnation> asked = new TreeSet<>();
    /** Those of the asked who did not answer: their turn comes again when the clock ticks. */
    private final Set<Incarnation> silent = new TreeSet<>();

    private final Map<ServerLife, List<Long>> drops = new LinkedHashMap<>();
    /** Servers that are being told. */
    private final Set<Address> dropping = new LinkedHashSet<>();

    private final Set<Address> silentDropping = new LinkedHashSet<>();
    private @Nullable Membership membership;
    private long version = 1;
    private long announcedNanos;

    Listeners(Address self, Incarnation node, CardLine card) {
        this.self = self;
        this.node = node;
        this.card = card;
    }

    int size() {
        return listeners.size();
    }

    void open(Line.Socket socket, int port) {
        Listener listener = new Listener(socket, port);
        listeners.put(socket.card, listener);
        listener.waitedFor.addAll(members());
        version++;
    }

    private List<Incarnation> members() {
        Membership known = membership;
        return known == null
                ? List.of()
                : known.up().stream()
                        .filter(member -> !known.down().contains(member))
                        .toList();
    }

    /** Nobody listens there any more: its ports are closed, and what has come for it is dropped. */
    void close(long number) {
        Listener listener = listeners.remove(number);
        if (listener == null) {
            return;
        }
        version++;
        listener.queue.forEach(this::drop);
    }

    /** Of what was delivered its client has taken so much; what it was told behind that nobody knows but this home. */
    void leave(long number, long taken) {
        Listener listener = listeners.get(number);
        if (listener != null) {
            List<Accepted> untaken = listener.socket.line.unseen(Accepted.class).stream()
                    .filter(accepted -> accepted.socket() == listener.socket.number)
                    .toList();
            long seen = listener.delivered - untaken.size();
            untaken.stream().skip(Math.max(0, taken - seen)).forEach(this::drop);
        }
    }

    private void drop(Accepted left) {
        drops.computeIfAbsent(new ServerLife(left.server(), left.life()), server -> new ArrayList<>())
                .add(left.connection());
    }

    void allow(long number, long upTo) {
        Listener listener = listeners.get(number);
        if (listener != null) {
            listener.allowed = Math.max(listener.allowed, upTo);
            deliver(listener);
        }
    }

    private static void deliver(Listener listener) {
        while (listener.delivered < listener.allowed && !listener.queue.isEmpty()) {
            listener.delivered++;
            listener.socket.line.tell(listener.queue.remove());
        }
    }

    /** Takes what there is room for; the rest stays with who offers it. */
    NetworkProtocol.HandOverReply take(HandOver offer) {
        Listener listener = listeners.get(offer.listener());
        if (listener == null || offer.homeLife() != card.life()) {
            return new NetworkProtocol.Refused(NetworkError.NO_SUCH_LINE);
        }
        ServerLife from = new ServerLife(offer.server(), offer.life());
        long taken = listener.taken.getOrDefault(from, 0L);
        for (Arrival arrival : offer.arrivals()) {
            if (arrival.connection() < taken && listener.queue.size() < BACKLOG) {
                taken = arrival.connection(); // One that is not below was offered before.
                listener.queue.add(new Accepted(
                        listener.socket.number,
                        offer.server(),
                        offer.life(),
                        arrival.connection(),
                        arrival.local(),
                        arrival.peer()));
            }
        }
        listener.taken.remove(from);
        listener.taken.putLast(from, taken);
        if (listener.taken.size() > MOST_SERVERS) {
            listener.taken.pollFirstEntry();
        }
        deliver(listener);
        return new HandedOver(taken);
    }

    void on(Membership known) {
        membership = known;
        heard.keySet().removeIf(known::over);
        asked.removeIf(known::over);
        silent.removeIf(known::over);
        drops.keySet().removeIf(server -> isOver(server.server(), known));
        listeners.values().forEach(listener -> {
            listener.taken.keySet().removeIf(server -> isOver(server.server(), known));
            listener.waitedFor.removeIf(member -> !known.up().contains(member));
            opened(listener);
        });
    }

    static boolean isOver(Address server, Membership known) {
        return known.over(
                new Incarnation(server.client().node(), server.client().boot()));
    }

    /** What is to be said now. */
    void flush(long nanos, List<Effect> effects) {
        boolean again = nanos - announcedNanos >= PERIOD_NANOS;
        Membership known = membership;
        if (known == null || card.life() == 0) {
            return;
        }
        for (Incarnation member : members()) {
            boolean news = heard.getOrDefault(member, 0L) != version;
            if ((news || (again && !listeners.isEmpty())) && asked.add(member)) {
                effects.add(new Effect.Call(
                        NetworkServer.address(member, known.grid()),
                        new AnnounceListeners(self, card.life(), version, card.place(), listFor(member)),
                        new Announcing(member, version),
                        PATIENCE_NANOS));
            }
        }
        if (again) {
            announcedNanos = nanos;
        }
        for (Map.Entry<ServerLife, List<Long>> left : drops.entrySet()) {
            ServerLife server = left.getKey();
            if (dropping.add(server.server())) {
                effects.add(new Effect.Call(
                        server.server(),
                        new DropConnections(server.life(), left.getValue()),
                        new Dropping(
                                server.server(), server.life(), left.getValue().size()),
                        PATIENCE_NANOS));
            }
        }
    }

    /** Only this node's own server is asked for a free port; the others are told which it is. */
    private List<ListenerAt> listFor(Incarnation member) {
        List<ListenerAt> list = new ArrayList<>();
        listeners.forEach((number, listener) -> {
            if (listener.port != 0 || member.equals(node)) {
                list.add(new ListenerAt(number, listener.socket.line.address, listener.port));
            }
        });
        return list;
    }

    /** Returns the listeners that cannot be, with the reason. */
    List<Failed> on(Announcing announced, Response response) {
        Incarnation member = announced.member();
        List<Failed> failed = new ArrayList<>();
        if (!(response instanceof Response.Answered(ListenersNoted(List<PortAt> ports)))) {
            silent.add(member);
            // It is told again. A listener does not wait for a member that is silent.
            listeners.values().forEach(listener -> {
                listener.waitedFor.remove(member);
                opened(listener);
            });
            return failed;
        }
        asked.remove(member);
        boolean settled = true;
        for (PortAt at : ports) {
            Listener listener = listeners.get(at.number());
            if (listener != null) {
                settled &= at.port() != 0 || at.error() != null;
                noted(listener, member, at).ifPresent(failed::add);
            }
        }
        if (settled) {
            heard.put(member, announced.version());
        }
        return failed;
    }

    record Failed(Line.Socket socket, NetworkError error, Incarnation at) {}

    private Optional<Failed> noted(Listener listener, Incarnation member, PortAt at) {
        NetworkError error = at.error();
        if (error != null && !listener.socket.open) {
            return Optional.of(new Failed(listener.socket, error, member));
        }
        if (error == null && at.port() != 0) {
            if (listener.port == 0) {
                listener.port = at.port();
                version++;
            }
            listener.waitedFor.remove(member);
            opened(listener);
        }
        return Optional.empty();
    }

    private static void opened(Listener listener) {
        Line.Socket socket = listener.socket;
        if (!socket.open && listener.port != 0 && listener.waitedFor.isEmpty()) {
            socket.open = true;
            socket.local = "*:" + listener.port;
            socket.line.tell(new Opened(socket.number, socket.local, ""));
        }
    }

    void on(Dropping dropped, Response response) {
        boolean done = response instanceof Response.Answered(ConnectionsDropped all)
                || response instanceof Response.Answered(NetworkProtocol.Refused refused)
                || NetworkServer.isGone(response); // And its connections with it.
        if (!done) {
            silentDropping.add(dropped.server());
        } else {
            dropping.remove(dropped.server());
            drops.computeIfPresent(new ServerLife(dropped.server(), dropped.life()), (server, left) -> {
                left.subList(0, dropped.count()).clear();
                return left.isEmpty() ? null : left;
            });
        }
    }

    void tick() {
        asked.removeAll(silent);
        silent.clear();
        dropping.removeAll(silentDropping);
        silentDropping.clear();
    }

    /** A new life of the card, and so of this home: doors are opened anew. */
    void begunAnew() {
        version++;
        heard.clear();
        listeners.values().forEach(listener -> listener.taken.clear());
    }
}
