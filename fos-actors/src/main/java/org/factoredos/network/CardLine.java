package org.factoredos.network;

import java.util.List;
import org.factoredos.kernel.Address;
import org.factoredos.network.NetworkProtocol.AwaitNews;
import org.factoredos.network.NetworkProtocol.Command;
import org.factoredos.network.NetworkProtocol.Event;
import org.factoredos.network.NetworkProtocol.LineOpened;
import org.factoredos.network.NetworkProtocol.News;
import org.factoredos.network.NetworkProtocol.OpenLine;
import org.factoredos.network.NetworkProtocol.Refused;
import org.factoredos.network.NetworkProtocol.Submit;
import org.factoredos.network.NetworkProtocol.Submitted;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Response;
import org.factoredos.server.Ring;

/**
 * A server's own line to its node's card. One call carries commands and one waits for events; each is made again, the same,
 * until it is answered, for the card does nothing twice.
 */
final class CardLine {
    private static final long PATIENCE_NANOS = 2_000_000_000L;

    record Opening() implements Continuation {}

    /** {@code upTo}: the number of the last command. */
    record Submitting(long line, long upTo) implements Continuation {}

    record Awaiting(long line) implements Continuation {}

    private final Address card;
    private Ring<Command> commands = new Ring<>();
    private long life;
    private String place = "";
    private long line;
    private long seen;
    private boolean opening;
    private boolean submitting;
    private boolean awaiting;
    /** What has just failed is tried again when the clock ticks. */
    private boolean resting;

    CardLine(Address card) {
        this.card = card;
    }

    /** Which life of the card, for this server; 0 while there is none. */
    long life() {
        return life;
    }

    long line() {
        return line;
    }

    String place() {
        return place;
    }

    void tell(Command command) {
        commands.add(command);
    }

    void tick() {
        resting = false;
    }

    /** Makes what calls are to be made now. */
    void flush(List<Effect> effects) {
        if (resting) {
            return;
        }
        if (life == 0) {
            if (!opening) {
                opening = true;
                effects.add(new Effect.Call(card, new OpenLine(true), new Opening(), PATIENCE_NANOS));
            }
            return;
        }
        if (!submitting && !commands.isEmpty()) {
            List<Command> page = commands.page(NetworkProtocol.PAGE_COUNT, NetworkProtocol.PAGE_BYTES, Command::bytes);
            submitting = true;
            effects.add(new Effect.Call(
                    card,
                    new Submit(line, commands.first(), page),
                    new Submitting(line, commands.first() + page.size() - 1),
                    PATIENCE_NANOS));
        }
        if (!awaiting) {
            awaiting = true;
            effects.add(new Effect.Call(card, new AwaitNews(line, seen), new Awaiting(line), PATIENCE_NANOS));
        }
    }

    /** Whether there is a new life of the card. */
    boolean on(Opening continuation, Response response) {
        opening = false;
        if (response instanceof Response.Answered(LineOpened opened)) {
            life = opened.life();
            line = opened.line();
            place = opened.place();
            return true;
        }
        resting = true;
        return false;
    }

    /** Whether the card has forgotten the line, and all that this server had there. */
    boolean on(Submitting submitted, Response response) {
        if (submitted.line() != line) {
            return false;
        }
        submitting = false;
        switch (response) {
            case Response.Answered(Submitted done) -> commands.seen(submitted.upTo());
            case Response.Answered(Refused(NetworkError error))
            when error == NetworkError.NO_SUCH_LINE -> {
                return true;
            }
            default -> resting = true;
        }
        return false;
    }

    /** What is new; empty too where nothing could be heard. */
    List<Event> on(Awaiting awaited, Response response) {
        if (awaited.line() != line) {
            return List.of();
        }
        awaiting = false;
        if (!(response instanceof Response.Answered(News(long first, List<Event> events)))) {
            resting = true;
            return List.of();
        }
        int old = (int) Math.min(events.size(), Math.max(0, seen - first + 1));
        seen = Math.max(seen, first + events.size() - 1);
        return events.subList(old, events.size());
    }

    static boolean forgotten(Response response) {
        return response instanceof Response.Answered(Refused(NetworkError error)) && error == NetworkError.NO_SUCH_LINE;
    }

    /** The card knows nothing of this server any more. */
    void lose() {
        life = 0;
        line = 0;
        seen = 0;
        submitting = false;
        awaiting = false;
        commands = new Ring<>();
    }
}
