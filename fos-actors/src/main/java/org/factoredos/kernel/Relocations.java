package org.factoredos.kernel;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * A shim's search for clients that are not where its own client's messages went (§3.1.1, redirection): one question a
 * client, however many wait for it.
 *
 * <p>What the node itself knows is tried first, then the name server is asked. While a client is between two places, or
 * nobody can say, it is the name server that waits and asks its members again: there is no timer here (§3.1). As {@link
 * Lookups} says of its questions, the server always answers, and what has waited too long is refused when something
 * arrives.
 */
final class Relocations {
    /** Longer than the name server searches. */
    private static final long PATIENCE_NANOS = 20_000_000_000L;

    private final Client shim;
    private final Interconnect interconnect;
    /** Beside the mailbox, which strangers may fill: whatever is held here has been promised a result. */
    private final Queue<Pairs.Pair> stuck = new ConcurrentLinkedQueue<>();

    private final Map<ClientId, Search> searches = new LinkedHashMap<>();
    private volatile @Nullable Address server;

    private record Search(ClientId client, long call, int misses, long overdueNanos, List<Pairs.Pair> waiting) {}

    /** In-tile: the server has not got the question. */
    private record NotAsked() implements Payload {}

    Relocations(Client shim, Interconnect interconnect) {
        this.shim = shim;
        this.interconnect = interconnect;
    }

    /** Any thread: who is asked. */
    void askOf(Address nearest) {
        server = nearest;
    }

    /** Any thread; the shim is to be woken behind it. */
    void add(Pairs.Pair pair) {
        stuck.add(pair);
    }

    boolean noneStuck() {
        return stuck.isEmpty();
    }

    boolean isEmpty() {
        return searches.isEmpty();
    }

    void turn() {
        for (Pairs.Pair pair = stuck.poll(); pair != null; pair = stuck.poll()) {
            onStuck(pair);
        }
    }

    private void onStuck(Pairs.Pair pair) {
        if (pair.misses() > 1 && interconnect.nanos() - pair.untilNanos() >= 0) {
            pair.fail(SendResult.UNREACHABLE); // It is said to be where it is not, again and again.
            return;
        }
        Place last = interconnect.lastPlace(pair.to());
        if (last != null && (pair.misses() == 0 || last.isLaterThan(pair.place()))) {
            pair.release(last);
            return;
        }
        Search known = searches.get(pair.to());
        if (known == null) {
            ask(pair.to(), pair.misses(), interconnect.nanos() + PATIENCE_NANOS, new ArrayList<>(List.of(pair)));
        } else {
            known.waiting().add(pair);
        }
    }

    private void ask(ClientId client, int misses, long overdueNanos, List<Pairs.Pair> waiting) {
        Address asked = server;
        long call = asked == null ? 0 : shim.responses().reserve();
        if (asked == null || call == 0) {
            waiting.forEach(pair -> pair.fail(SendResult.QUEUE_FULL));
            return;
        }
        searches.put(client, new Search(client, call, misses, overdueNanos, waiting));
        shim.request(asked, new Migration.LocateClient(client, misses), call, 0, null, result -> {
            if (result != SendResult.ACCEPTED) {
                shim.answerOwnCall(call, new NotAsked());
            }
        });
    }

    void answered(Envelope answer) {
        for (Search search : searches.values()) {
            if (search.call() == answer.call()) {
                searches.remove(search.client());
                onAnswer(search, answer.payload());
                return;
            }
        }
    }

    private void onAnswer(Search search, Payload answer) {
        switch (answer) {
            case Migration.ClientLocated(Place place) -> {
                interconnect.places().learn(search.client(), place);
                search.waiting().forEach(pair -> pair.release(place));
            }
            case Migration.ClientIsNowhere nowhere -> fail(search, SendResult.NO_SUCH_MAILBOX);
            case NotAsked not -> fail(search, SendResult.QUEUE_FULL);
            default -> fail(search, SendResult.UNREACHABLE);
        }
    }

    private static void fail(Search search, SendResult result) {
        search.waiting().forEach(pair -> pair.fail(result));
    }

    /** The server is a new one, which knows nothing of what was asked of the one before. */
    void askAllAgain() {
        for (Search search : List.copyOf(searches.values())) {
            if (shim.responses().cancel(search.call())) {
                searches.remove(search.client());
                ask(search.client(), search.misses(), search.overdueNanos(), search.waiting());
            } // Else its answer is in: where a client was seen is a hint, whoever says it.
        }
    }

    /** Refuses what the server has kept waiting for longer than any search takes; asked whenever something else has come. */
    void refuseOverdue(long now) {
        for (Search search : List.copyOf(searches.values())) {
            if (now - search.overdueNanos() >= 0 && shim.responses().cancel(search.call())) {
                searches.remove(search.client());
                fail(search, SendResult.UNREACHABLE);
            }
        }
    }
}
