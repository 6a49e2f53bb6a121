package org.factoredos.naming;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
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
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;
import org.jspecify.annotations.Nullable;

/**
 * A name front's searches for clients that have moved (§3.1.1): every member's node is asked what it knows.
 *
 * <p>Whoever has the client says so, and who had it says where it went, so of all that is heard the place of most moves is
 * right. A client is nowhere only when every member has answered, and none has it.
 */
final class Searches {
    private static final long MEMBER_PATIENCE_NANOS = 1_000_000_000L;
    private static final int MOST_SEARCHES = 1024;

    /** One member's answer. */
    record AwaitingFound(long search, Incarnation member) implements Continuation {}

    private static final class Search {
        final Envelope in;
        final ClientId client;
        final Set<Incarnation> asked;
        final Set<Incarnation> waitedFor;
        boolean unsure;

        @Nullable
        Place latest;

        Search(Envelope in, ClientId client, Set<Incarnation> asked) {
            this.in = in;
            this.client = client;
            this.asked = asked;
            this.waitedFor = new TreeSet<>(asked);
        }
    }

    private final Map<Long, Search> searches = new LinkedHashMap<>();
    private long lastSearch;

    List<Effect> begin(Envelope in, LocateClient what, @Nullable Membership members) {
        if (members == null || searches.size() >= MOST_SEARCHES) {
            return List.of(reply(in, new LocateFailed()));
        }
        long number = ++lastSearch;
        searches.put(number, new Search(in, what.client(), new TreeSet<>(members.up())));
        List<Effect> effects = new ArrayList<>();
        for (Incarnation member : members.up()) {
            Address shim = Address.ofShim(member, members.grid(), Reserved.LEASE.tile(member.node(), members.grid()));
            effects.add(new Effect.Call(
                    shim, new FindClient(what.client()), new AwaitingFound(number, member), MEMBER_PATIENCE_NANOS));
        }
        return effects;
    }

    /** {@code gone}: which lives of nodes are over. */
    List<Effect> on(AwaitingFound awaiting, Response response, Predicate<Incarnation> gone) {
        Search search = searches.get(awaiting.search());
        if (search == null) {
            return List.of(); // It has been found, and answered.
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
        return end(awaiting.search(), search, conclusion(search, gone));
    }

    private static Payload conclusion(Search search, Predicate<Incarnation> gone) {
        Place latest = search.latest;
        if (latest != null && !gone.test(latest.life())) {
            return new ClientLocated(latest); // It comes to where it was sent.
        }
        // A node that is not known here yet may have what it made.
        Incarnation home = new Incarnation(search.client.node(), search.client.boot());
        boolean heardOfHome = gone.test(home) || search.asked.contains(home);
        return search.unsure || !heardOfHome ? new LocateFailed() : new ClientIsNowhere();
    }

    private List<Effect> end(long number, Search search, Payload answer) {
        searches.remove(number);
        return List.of(reply(search.in, answer));
    }

    private static Effect reply(Envelope in, Payload answer) {
        return new Effect.Reply(in.from(), in.call(), answer, in.trace());
    }
}
