package org.factoredos.socket;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.factoredos.kernel.Payload;
import org.factoredos.network.NetworkProtocol;
import org.factoredos.network.NetworkProtocol.Event;
import org.factoredos.network.NetworkProtocol.News;
import org.factoredos.server.Ring;
import org.jspecify.annotations.Nullable;

/** What the card keeps of one network server: its sockets, and what has happened at them. */
final class CardLine {
    final long number;
    final Map<Long, CardSocket> sockets = new HashMap<>();
    private final Ring<Event> news = new Ring<>();
    private long done;
    private long lastConnection;
    private @Nullable Consumer<Payload> waiting;
    private long waitingSinceNanos;
    private int ticks;

    CardLine(long number) {
        this.number = number;
    }

    long done() {
        return done;
    }

    /** The number of a connection that comes in; they only sink, so that the latest is the lowest. */
    long nextConnection() {
        return --lastConnection;
    }

    /** Of numbered commands those that were not done; null where some are missing. */
    @Nullable
    List<NetworkProtocol.Command> begin(NetworkProtocol.Submit submit) {
        if (submit.first() > done + 1) {
            return null;
        }
        List<NetworkProtocol.Command> commands = submit.commands();
        int old = (int) Math.min(commands.size(), done + 1 - submit.first());
        done = Math.max(done, submit.first() + commands.size() - 1);
        return commands.subList(old, commands.size());
    }

    /** Whether its server has taken all that was told, and asks for more. */
    boolean attends() {
        return waiting != null;
    }

    void heard() {
        ticks = 0;
    }

    /** How often the clock has ticked since anything was heard of its server. */
    int silentTicks() {
        return waiting != null ? 0 : ticks;
    }

    void tick() {
        ticks++;
    }

    void tell(Event event) {
        news.add(event);
    }

    /** A later question takes an earlier one's place. */
    void await(long seen, Consumer<Payload> asked, long nanos) {
        if (waiting != null) {
            waiting.accept(new News(news.first(), List.of()));
        }
        news.seen(seen);
        waiting = asked;
        waitingSinceNanos = nanos;
        answer();
    }

    void answer() {
        if (waiting != null && !news.isEmpty()) {
            waiting.accept(new News(
                    news.first(), news.page(NetworkProtocol.PAGE_COUNT, NetworkProtocol.PAGE_BYTES, Event::bytes)));
            waiting = null;
        }
    }

    void answerOld(long patienceNanos, long nanos) {
        if (waiting != null && nanos - waitingSinceNanos >= patienceNanos) {
            waiting.accept(new News(news.first(), List.of()));
            waiting = null;
        }
    }
}
