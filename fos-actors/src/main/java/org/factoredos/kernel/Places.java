package org.factoredos.kernel;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What a node knows of clients that have moved (§3.1.1, redirection): which have come here from another, which have left,
 * and where others were seen.
 *
 * <p>All of it but who is here are hints: a send to a wrong place is turned away, and the place asked for anew. Of clients
 * that this node made it never forgets that they left, as long as they live; of others it may forget.
 */
final class Places {
    private static final int MOST_SEEN = 4096;

    /** By the client's id, for no other node's numbers are its own. */
    private final Map<ClientId, Client> guests = new ConcurrentHashMap<>();
    /**
     * Between two places: packed here, and neither restored nor known to run elsewhere; with how often it will have moved.
     */
    private final Map<ClientId, Integer> leaving = new ConcurrentHashMap<>();

    /** Of clients that left, and nobody else may be there to ask: which never changes. */
    private final Map<ClientId, String> domains = new ConcurrentHashMap<>();

    private final Map<ClientId, Place> departed = new ConcurrentHashMap<>();
    private final Map<ClientId, Place> seen = new ConcurrentHashMap<>();
    private final Map<ClientId, Boolean> over = new ConcurrentHashMap<>();
    private final Incarnation self;

    Places(Incarnation self) {
        this.self = self;
    }

    Incarnation self() {
        return self;
    }

    @Nullable
    Client guest(ClientId id) {
        return guests.isEmpty() ? null : guests.get(id);
    }

    void arrived(Client guest) {
        guests.put(guest.id(), guest);
    }

    void gone(Client guest) {
        guests.remove(guest.id(), guest);
    }

    void leaves(Client client) {
        if (domains.size() >= MOST_SEEN) {
            domains.keySet().removeIf(id -> !isOwn(id)); // Those the nodes that made them know.
        }
        domains.put(client.id(), client.domain());
        leaving.put(client.id(), client.moves() + 1);
    }

    /** In which domain a client acts that left this node; null where it never did, or is over. */
    @Nullable
    String domain(ClientId client) {
        return domains.get(client);
    }

    boolean isLeaving(ClientId client) {
        return leaving.containsKey(client);
    }

    /** It is here again. */
    void stays(ClientId client) {
        domains.remove(client);
        leaving.remove(client);
        departed.remove(client);
        seen.remove(client);
    }

    /** No client of that id will ever run again. */
    void ended(ClientId client) {
        stays(client);
        if (!isOwn(client)) {
            if (over.size() >= MOST_SEEN) {
                over.clear(); // Who asks then waits until patience ends.
            }
            over.put(client, true);
        }
    }

    /** Whether it is certain that nobody will find it: this node would know. */
    boolean isOver(ClientId client) {
        return over.containsKey(client) || (isOwn(client) && !isAway(client));
    }

    /** Asks in the order opposite to that in which {@link #left} writes, for that runs beside this. */
    private boolean isAway(ClientId client) {
        return leaving.containsKey(client) || departed.containsKey(client);
    }

    /** It runs there now. */
    void left(ClientId client, Place to) {
        if (isOwn(client)) {
            departed.merge(client, to, Places::later);
        } else {
            learn(client, to);
        }
        leaving.remove(client, to.moves()); // It may have come back and be leaving anew.
    }

    /** Whether it has been elsewhere since it had moved as often as that. */
    boolean knowLaterThan(ClientId client, int moves) {
        Integer next = leaving.get(client);
        Place last = last(client);
        return (next != null && next > moves) || (last != null && last.moves() > moves);
    }

    void learn(ClientId client, Place place) {
        if (place.life().equals(self)) {
            return; // Who is here is known better than by hearsay.
        }
        if (isOwn(client) && departed.computeIfPresent(client, (id, known) -> later(known, place)) != null) {
            return;
        }
        if (seen.size() >= MOST_SEEN) {
            seen.clear(); // Hints alone: each costs one question more.
        }
        seen.merge(client, place, Places::later);
    }

    /** Null: nothing is known that an address does not say. */
    @Nullable
    Place last(ClientId client) {
        Place place = departed.isEmpty() ? null : departed.get(client);
        return place == null && !seen.isEmpty() ? seen.get(client) : place;
    }

    /** What a message hears that is for a client which is not here. */
    SendResult absent(Envelope envelope, boolean movable) {
        ClientId client = envelope.to().client();
        // A client of this life that never left has ended, and nobody else can have it.
        return movable && envelope.kind() != Envelope.Kind.REPLY && (isAway(client) || !isOwn(client))
                ? SendResult.MOVED
                : SendResult.NO_SUCH_MAILBOX;
    }

    private boolean isOwn(ClientId client) {
        return client.boot() == self.boot() && client.node().equals(self.node());
    }

    private static Place later(Place one, Place other) {
        return other.isLaterThan(one) ? other : one;
    }
}
