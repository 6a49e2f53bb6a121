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
 * nobody can say, it is asked again; a message waits no longer than its pair's patience.
 */
final class Relocations {
    /** The name server asks every member. */
    private static final long ANSWER_NANOS = 3_000_000_000L;

    private static final long SHORTEST_REST_NANOS = 1_000_000L;
    private static final int MOST_DOUBLINGS = 8;

    private final Client shim;
    private final Interconnect interconnect;
    /** Beside the mailbox, which strangers may fill: whatever is held here has been promised a result. */
    private final Queue<Pairs.Pair> stuck = new ConcurrentLinkedQueue<>();

    private final Map<ClientId, Search> searches = new LinkedHashMap<>();
    private volatile @Nullable Address server;

    /** {@code call}: 0 while nobody is asked. {@code dueNanos}: when to ask, or to expect no answer any more. */
    private static final class Search {
        final ClientId client;
        final List<Pairs.Pair> waiting = new ArrayList<>();
        long call;
        long dueNanos;
        int rounds;

        Search(ClientId client) {
            this.client = client;
        }
    }

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
        if (known != null) {
            known.waiting.add(pair);
            return;
        }
        Search search = new Search(pair.to());
        search.waiting.add(pair);
        searches.put(pair.to(), search);
        if (pair.misses() > 1 || interconnect.places().isLeaving(pair.to())) {
            rest(
                    search,
                    pair.misses()); // It moves about as fast as it is found; or it has not yet come to where it goes.
        } else {
            ask(search);
        }
    }

    private void ask(Search search) {
        Address asked = server;
        long call = asked == null ? 0 : shim.responses().reserve();
        if (asked == null || call == 0) {
            rest(search, MOST_DOUBLINGS);
            return;
        }
        search.call = call;
        search.dueNanos = interconnect.nanos() + ANSWER_NANOS;
        shim.request(asked, new Migration.LocateClient(search.client), call, 0, null, result -> {
            if (result != SendResult.ACCEPTED) {
                shim.answerOwnCall(call, new Migration.LocateFailed());
            }
        });
    }

    private void rest(Search search, int doublings) {
        search.call = 0;
        search.dueNanos = interconnect.nanos() + (SHORTEST_REST_NANOS << Math.min(doublings, MOST_DOUBLINGS));
    }

    void answered(Envelope answer) {
        for (Search search : searches.values()) {
            if (search.call == answer.call()) {
                onAnswer(search, answer.payload());
                return;
            }
        }
    }

    private void onAnswer(Search search, Payload answer) {
        switch (answer) {
            case Migration.ClientLocated(Place place) -> {
                interconnect.places().learn(search.client, place);
                end(search).forEach(pair -> pair.release(place));
            }
            case Migration.ClientIsNowhere nowhere ->
                end(search).forEach(pair -> pair.fail(SendResult.NO_SUCH_MAILBOX));
            default -> onNothing(search);
        }
    }

    private List<Pairs.Pair> end(Search search) {
        searches.remove(search.client);
        return search.waiting;
    }

    private void onNothing(Search search) {
        long now = interconnect.nanos();
        List<Pairs.Pair> late = search.waiting.stream()
                .filter(pair -> now - pair.untilNanos() >= 0)
                .toList();
        search.waiting.removeAll(late);
        if (search.waiting.isEmpty()) {
            searches.remove(search.client);
        } else {
            rest(search, ++search.rounds);
        }
        late.forEach(pair -> pair.fail(SendResult.UNREACHABLE));
    }

    void onDeadlines(long now) {
        for (Search search : List.copyOf(searches.values())) {
            if (now - search.dueNanos < 0) {
                continue;
            }
            if (search.call != 0) {
                if (shim.responses().cancel(search.call)) {
                    onNothing(search);
                }
                continue;
            }
            Place last = interconnect.lastPlace(search.client);
            Pairs.Pair first = search.waiting.getFirst();
            if (last != null && last.isLaterThan(first.place())) {
                end(search).forEach(pair -> pair.release(last)); // It has come back here, or said where it went.
            } else if (interconnect.places().isLeaving(search.client) || server == null) {
                onNothing(search);
            } else {
                ask(search);
            }
        }
    }

    boolean isEmpty() {
        return searches.isEmpty();
    }

    /** {@link Long#MAX_VALUE} for never. */
    long nextDeadlineNanos() {
        long next = Long.MAX_VALUE;
        for (Search search : searches.values()) {
            next = Math.min(next, search.dueNanos);
        }
        return next;
    }
}
