package org.factoredos.naming;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Migration.ClientIsNowhere;
import org.factoredos.kernel.Migration.ClientIsOver;
import org.factoredos.kernel.Migration.ClientLocated;
import org.factoredos.kernel.Migration.ClientSeen;
import org.factoredos.kernel.Migration.ClientUnknown;
import org.factoredos.kernel.Migration.FindClient;
import org.factoredos.kernel.Migration.LocateClient;
import org.factoredos.kernel.Migration.LocateFailed;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.Place;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Membership;
import org.factoredos.server.NodeLease;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;
import org.jspecify.annotations.Nullable;

/**
 * A name front's searches for clients that have moved (§3.1.1): every member's node is asked what it knows.
 *
 * <p>Whoever has the client says so, and who had it says where it went, so of all that is heard the place of most moves is
 * right. A client is nowhere only when every member has answered, none has it, and nobody else can have had it ({@link
 * #mayBeElsewhere}). While it is between two places, or a member is silent that may have it, they are asked again: the
 * microkernels that ask have no timer (§3.1), a front has.
 */
final class Searches {
    private static final long MEMBER_PATIENCE_NANOS = 1_000_000_000L;
    private static final int MOST_SEARCHES = 1024;
    /** Longer than a failover: the client's node may have to be given up before anyone says where it is. */
    private static final long PATIENCE_NANOS = 15_000_000_000L;

    private static final long SHORTEST_REST_NANOS = 1_000_000L;
    private static final int MOST_DOUBLINGS = 8;

    /** One member's answer. */
    record AwaitingFound(long search, int round, Incarnation member) implements Continuation {}

    /** The members are asked anew. */
    record SearchOn(long search) implements Continuation {}

    private static final class Search {
        final Envelope in;
        final ClientId client;
        final long untilNanos;
        final Set<Incarnation> asked = new TreeSet<>();
        final Set<Incarnation> waitedFor = new TreeSet<>();
        /** When each life was first named in this search. */
        final Map<Incarnation, Long> namedNanos = new TreeMap<>();

        int rounds;
        boolean unsure;

        @Nullable
        Place latest;

        Search(Envelope in, ClientId client, long untilNanos) {
            this.in = in;
            this.client = client;
            this.untilNanos = untilNanos;
        }
    }

    private final BooleanSupplier leased;
    private final Map<Long, Search> searches = new LinkedHashMap<>();
    private long lastSearch;

    /** {@code leased}: whether what this node knows of the members may still be believed. */
    Searches(BooleanSupplier leased) {
        this.leased = leased;
    }

    List<Effect> begin(Envelope in, LocateClient what, @Nullable Membership members, long nanos) {
        if (searches.size() >= MOST_SEARCHES) {
            return List.of(reply(in, new LocateFailed()));
        }
        long number = ++lastSearch;
        Search search = new Search(in, what.client(), nanos + PATIENCE_NANOS);
        searches.put(number, search);
        return members == null || what.misses() > 1
                ? List.of(rest(number, what.misses())) // It moves about as fast as it is found.
                : ask(number, search, members, nanos);
    }

    List<Effect> on(SearchOn next, @Nullable Membership members, long nanos) {
        Search search = searches.get(next.search());
        if (search == null) {
            return List.of();
        }
        return members == null
                ? List.of(rest(next.search(), MOST_DOUBLINGS))
                : ask(next.search(), search, members, nanos);
    }

    private static Effect rest(long number, int doublings) {
        return new Effect.Timer(new SearchOn(number), SHORTEST_REST_NANOS << Math.clamp(doublings, 0, MOST_DOUBLINGS));
    }

    /**
     * Whether a client may be with somebody who is not asked: who is a member by news that have yet to come here; or was one
     * until lately, runs on, and hands it to a member that has not heard of the removal.
     */
    private static boolean mayBeElsewhere(Membership members, long nanos) {
        return !members.joining().isEmpty()
                || members.removedNanos().entrySet().stream()
                        .anyMatch(removed -> nanos - removed.getValue() < Membership.STRANGER_NANOS
                                && !members.reborn(removed.getKey()));
    }

    private static List<Effect> ask(long number, Search search, Membership members, long nanos) {
        search.asked.clear();
        search.asked.addAll(members.up());
        search.waitedFor.clear();
        search.waitedFor.addAll(members.up());
        search.rounds++;
        search.unsure = mayBeElsewhere(members, nanos);
        search.latest = null;
        List<Effect> effects = new ArrayList<>();
        for (Incarnation member : members.up()) {
            Address shim = Address.ofShim(member, members.grid(), Reserved.LEASE.tile(member.node(), members.grid()));
            effects.add(new Effect.Call(
                    shim,
                    new FindClient(search.client),
                    new AwaitingFound(number, search.rounds, member),
                    MEMBER_PATIENCE_NANOS));
        }
        return effects;
    }

    /** @param watchingSinceNanos when the front was first told of a membership */
    List<Effect> on(
            AwaitingFound awaiting,
            Response response,
            @Nullable Membership members,
            long watchingSinceNanos,
            long nanos) {
        Search search = searches.get(awaiting.search());
        if (search == null || search.rounds != awaiting.round()) {
            return List.of(); // It has been found, and answered; or is asked for anew.
        }
        search.waitedFor.remove(awaiting.member());
        switch (response) {
            case Response.Answered(ClientSeen(Place place)) -> {
                if (place.life().equals(awaiting.member())) {
                    return end(awaiting.search(), search, new ClientLocated(place));
                }
                Place latest = search.latest;
                search.latest = latest == null || place.moves() > latest.moves() ? place : latest;
            }
            case Response.Answered(ClientUnknown unknown) -> {}
            case Response.Answered(ClientIsOver ended) -> {
                return end(awaiting.search(), search, new ClientIsNowhere());
            }
            default -> search.unsure = true; // It is between two places, or a member is silent that may have it.
        }
        if (!search.waitedFor.isEmpty()) {
            return List.of();
        }
        Payload conclusion =
                members == null ? new LocateFailed() : conclusion(search, members, watchingSinceNanos, nanos);
        return conclusion instanceof LocateFailed && nanos - search.untilNanos < 0
                ? List.of(rest(awaiting.search(), search.rounds))
                : end(awaiting.search(), search, conclusion);
    }

    private Payload conclusion(Search search, Membership members, long watchingSinceNanos, long nanos) {
        Predicate<Incarnation> gone =
                life -> !members.joining().contains(life) && members.gone(life, nanos, watchingSinceNanos);
        // That nothing is known of a life shows that it is gone only if it was named a lease ago: a member hears of
        // every
        // newcomer, and whether this node was still one when the life was named only a later lease proves.
        Predicate<Incarnation> certain = life -> gone.test(life)
                && (members.gone(life, nanos)
                        || nanos - search.namedNanos.computeIfAbsent(life, first -> nanos) >= NodeLease.OVER_NANOS);
        Place latest = search.latest;
        if (latest != null && !gone.test(latest.life())) {
            return new ClientLocated(latest); // It comes to where it was sent.
        }
        // A node that is not known here yet may have what it made.
        Incarnation home = new Incarnation(search.client.node(), search.client.boot());
        boolean over =
                (search.asked.contains(home) || certain.test(home)) && (latest == null || certain.test(latest.life()));
        return search.unsure || !over || !leased.getAsBoolean() ? new LocateFailed() : new ClientIsNowhere();
    }

    private List<Effect> end(long number, Search search, Payload answer) {
        searches.remove(number);
        return List.of(reply(search.in, answer));
    }

    private static Effect reply(Envelope in, Payload answer) {
        return new Effect.Reply(in.from(), in.call(), answer, in.trace());
    }
}
