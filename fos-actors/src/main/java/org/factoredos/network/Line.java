package org.factoredos.network;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.network.NetworkProtocol.Event;
import org.factoredos.network.NetworkProtocol.News;
import org.factoredos.network.NetworkProtocol.NewsReply;
import org.factoredos.server.Call;
import org.factoredos.server.Effect;
import org.factoredos.server.Ring;
import org.jspecify.annotations.Nullable;

/** What a server keeps of one client: its sockets here, what it has yet to be told, and the question that waits for that. */
final class Line {
    final long number;
    final ClientId owner;
    /** Where it was when it last asked. */
    Address address;

    /** Whether it knows of this line: connections may have come for it first. */
    boolean opened;

    /** Commands up to this number are done. */
    long done;

    /** Whether its tile is being asked for it. */
    boolean looking;

    final Map<Long, Socket> sockets = new LinkedHashMap<>();
    private final Ring<Event> news = new Ring<>();
    private @Nullable Call<NewsReply> waiting;
    private long waitingSinceNanos;
    /** The number of the last event that was in an answer. */
    private long told;

    private long heardNanos;

    Line(long number, Address address) {
        this.number = number;
        this.owner = address.client();
        this.address = address;
    }

    /** One end of something that a client has open, as the server that has it sees it. */
    static final class Socket {
        final Line line;
        /** The client's number for it. */
        final long number;
        /** The card's number for it, or, where it {@code listens}, the number under which that is announced. */
        final long card;

        final Kind kind;
        String local = "";
        String peer = "";
        boolean open;
        long submitted;
        long sent;
        long received;
        boolean peerEnded;
        boolean outputEnded;
        /** What has happened to a connection that its client has not heard of yet; bounded by what the card may read ahead. */
        private @Nullable List<Event> untold;

        enum Kind {
            LISTENER,
            CONNECTION,
            DATAGRAMS
        }

        Socket(Line line, long number, long card, Kind kind) {
            this.line = line;
            this.number = number;
            this.card = card;
            this.kind = kind;
        }

        /** It has come by itself: nothing is told of it before its client adopts it. */
        void came() {
            open = true;
            untold = new ArrayList<>();
        }

        void adopt() {
            List<Event> events = untold;
            untold = null;
            if (events != null) {
                events.forEach(line::tell);
            }
        }

        /** Whether its client knows of it. */
        boolean adopted() {
            return untold == null;
        }

        void tell(Event event) {
            if (untold == null) {
                line.tell(event);
            } else {
                untold.add(event);
            }
        }

        NetworkProtocol.State state() {
            return switch (kind) {
                case LISTENER -> NetworkProtocol.State.LISTEN;
                case DATAGRAMS -> NetworkProtocol.State.DATAGRAMS;
                case CONNECTION -> {
                    if (!open) {
                        yield NetworkProtocol.State.CONNECTING;
                    }
                    if (peerEnded) {
                        yield NetworkProtocol.State.CLOSE_WAIT;
                    }
                    yield outputEnded ? NetworkProtocol.State.FIN_WAIT : NetworkProtocol.State.ESTABLISHED;
                }
            };
        }
    }

    void tell(Event event) {
        news.add(event);
    }

    /** What its client has not said yet that it has seen. */
    <E extends Event> List<E> unseen(Class<E> kind) {
        return news.all().stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    void heard(long nanos) {
        heardNanos = nanos;
    }

    /**
     * Whether its client misses nothing if it is forgotten: it has no socket here, and has been told all there was for so long
     * that it has the answer, or would have asked again.
     */
    boolean isOver(long patienceNanos, long nanos) {
        boolean allTold = told >= news.first() + news.size() - 1;
        return sockets.isEmpty() && (!opened || (allTold && nanos - heardNanos >= patienceNanos));
    }

    /** A later question takes an earlier one's place: the client has given that up, or wants to go on without it. */
    void await(Call<NewsReply> call, long seen, long nanos, List<Effect> effects) {
        if (waiting != null) {
            effects.add(waiting.reply(new News(news.first(), List.of())));
        }
        news.seen(seen);
        waiting = call;
        waitingSinceNanos = nanos;
    }

    /** Answers the question if there is news. */
    void answer(List<Effect> effects) {
        if (waiting != null && !news.isEmpty()) {
            List<Event> page =
                    news.page(NetworkProtocol.PAGE_COUNT, NetworkProtocol.PAGE_BYTES, NetworkProtocol.Event::bytes);
            told = Math.max(told, news.first() + page.size() - 1);
            effects.add(waiting.reply(new News(news.first(), page)));
            waiting = null;
        }
    }

    /** Answers it without any if it has waited for so long. */
    void answerOld(long patienceNanos, long nanos, List<Effect> effects) {
        if (waiting != null && nanos - waitingSinceNanos >= patienceNanos) {
            effects.add(waiting.reply(new News(news.first(), List.of())));
            waiting = null;
        }
    }
}
