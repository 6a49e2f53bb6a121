package org.factoredos.placement;

import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.factoredos.kernel.ClientId;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for a tile, in the order in which they came. One that asks again when its patience has ended takes its old place, if it
 * does so soon.
 */
final class SpawnQueue {
    private static final int MOST_WAITING = 256;
    private static final long GRACE_NANOS = 2_000_000_000L;

    sealed interface Parked extends Continuation {
        record PatienceOver(long ticket, int asked) implements Parked {}

        /** It has not asked again. */
        record GivenUp(long ticket, int asked) implements Parked {}
    }

    private static final class Waiting {
        final ClientId client;
        /** Counts how often it has asked. */
        int asked;

        Spawning.@Nullable Spawn spawn;

        Waiting(ClientId client) {
            this.client = client;
        }
    }

    private final SortedMap<Long, Waiting> waiting = new TreeMap<>();
    private long lastTicket;

    /** Empty where too many wait. */
    Optional<Effect> add(Spawning.Spawn spawn) {
        long ticket = ticketOf(spawn.parent());
        if (ticket == 0) {
            if (waiting.size() == MOST_WAITING) {
                return Optional.empty();
            }
            ticket = ++lastTicket;
            waiting.put(ticket, new Waiting(spawn.parent()));
        }
        Waiting place = at(ticket);
        place.spawn = spawn;
        place.asked++;
        return Optional.of(new Effect.Timer(
                new Parked.PatienceOver(ticket, place.asked), spawn.asked().waitNanos()));
    }

    /** A client's own call is one at a time, so it has one place. */
    private long ticketOf(ClientId client) {
        return waiting.entrySet().stream()
                .filter(each -> each.getValue().client.equals(client) && each.getValue().spawn == null)
                .mapToLong(each -> each.getKey())
                .findFirst()
                .orElse(0);
    }

    private Waiting at(long ticket) {
        Waiting place = waiting.get(ticket);
        if (place == null) {
            throw new IllegalStateException("nobody waits with ticket " + ticket);
        }
        return place;
    }

    /** Whether somebody waits before {@code client}, so that it has to queue. */
    boolean othersBefore(ClientId client) {
        for (Waiting each : waiting.values()) {
            if (each.client.equals(client)) {
                return false;
            }
            if (each.spawn != null) {
                return true;
            }
        }
        return false;
    }

    /** The first that waits; it keeps its place until it is {@link #done}. */
    Optional<Spawning.Spawn> first() {
        for (Waiting each : waiting.values()) {
            Spawning.Spawn spawn = each.spawn;
            if (spawn != null) {
                each.spawn = null;
                return Optional.of(spawn);
            }
        }
        return Optional.empty();
    }

    /** It waits on, in its place. */
    void putBack(Spawning.Spawn spawn) {
        at(ticketOf(spawn.parent())).spawn = spawn;
    }

    void done(ClientId client) {
        waiting.values().removeIf(each -> each.client.equals(client));
    }

    /** The spawn whose patience is over, if that is so. */
    Optional<Spawning.Spawn> over(Parked.PatienceOver over) {
        Waiting place = waiting.get(over.ticket());
        if (place == null || place.asked != over.asked() || place.spawn == null) {
            return Optional.empty();
        }
        Optional<Spawning.Spawn> spawn = Optional.of(place.spawn);
        place.spawn = null;
        return spawn;
    }

    static Effect grace(Parked.PatienceOver over) {
        return new Effect.Timer(new Parked.GivenUp(over.ticket(), over.asked()), GRACE_NANOS);
    }

    void on(Parked.GivenUp over) {
        Waiting place = waiting.get(over.ticket());
        if (place != null && place.asked == over.asked() && place.spawn == null) {
            waiting.remove(over.ticket());
        }
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }
}
