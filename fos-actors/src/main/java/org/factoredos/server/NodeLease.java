package org.factoredos.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.factoredos.grid.Grid;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.server.LeaseProtocol.LeaseGranted;
import org.factoredos.server.LeaseProtocol.LeaseRefused;
import org.factoredos.server.LeaseProtocol.RequestLease;
import org.jspecify.annotations.Nullable;

/**
 * The node lease: for how long a node may believe what it was told, as granted by a majority of the nodes.
 *
 * <p>One such server runs on each node. Twice a second it asks every member, itself included, and what a majority grants
 * counts from the moment of asking; so a lease ends at its holder no later than at those who granted it, whatever the
 * messages took. Nobody grants to an incarnation that it sees condemned. A node is removed only after all that remain have
 * seen it condemned; therefore one lease after a removal the removed node believes nothing any more, and does so without
 * being told.
 *
 * <p>Whoever knows that it is condemned, or leaves, grants nothing either: others of that kind may not know that they are.
 *
 * <p>The majority is of those that may be members, so of those too that this node has seen joining: a node that is cut off
 * would else count itself among the few that were up when it last heard of anyone, while the others are many more by now.
 * Nobody becomes a member before every member has seen it joining, so none is overlooked. One that joins grants nothing
 * until it knows that it is a member.
 *
 * <p>Nor does it hear of those that seceded before it came ({@link Roll}), and with other newcomers it would be a majority. So
 * it believes nothing until each member that it meets has answered once, and whoever refuses says who has seceded.
 */
public final class NodeLease implements Server, Membership.Watcher {
    /** Long enough to be renewed four times. */
    public static final long LENGTH_NANOS = 2_000_000_000L;

    /**
     * How long after a removal nobody believes any more what the removed node does; a failover waits for it.
     *
     * <p>A lease, and a twentieth of it for three things that make one last longer: its holder's clock may be slow, or have
     * slept a moment without its being noticed ({@code Lease}); and that a node sees another condemned is known to the
     * cluster, which may then remove it, some messages within that node before it is known to its lease server, which may
     * then grant for the last time.
     */
    public static final long OVER_NANOS = LENGTH_NANOS + LENGTH_NANOS / 20;

    static final long RENEWAL_NANOS = 500_000_000L;

    /** The answer of one member in one round. */
    record AwaitingGrant(long round, Incarnation member) implements Continuation {}

    record NextRound() implements Continuation {}

    /** Told of the node's lease, whenever it becomes longer. */
    public interface Holder {
        /** Both on the node's monotonic clock; what is told first was asked first. */
        void granted(long askedNanos, long untilNanos);
    }

    /** One asking of all members. An older round's grants count for that round alone. */
    private record Round(long number, long begunNanos, Set<Incarnation> granted) {}

    private final Incarnation self;
    private final Holder holder;
    private @Nullable Membership membership;
    private final List<Round> rounds = new ArrayList<>();
    private long lastRound;
    private long newestGrant;
    /** Who has answered, until everybody that is a member has. */
    private final Set<Incarnation> heard = new TreeSet<>();

    private boolean introduced;
    /** Who has seceded, by who said so last. One that is no member any more takes nothing back. */
    private final Map<Incarnation, SortedSet<Incarnation>> secessions = new TreeMap<>();

    public NodeLease(Incarnation self, Holder holder) {
        this.self = self;
        this.holder = holder;
    }

    @Override
    public List<Effect> on(Membership changed, long nanos) {
        boolean first = membership == null;
        membership = changed;
        secessions.values().forEach(seceded -> seceded.removeIf(changed::reborn));
        return first ? ask(nanos) : List.of();
    }

    @Override
    public List<Effect> on(Envelope in, long nanos) {
        if (!(in.payload() instanceof RequestLease request) || !in.fromSystem() || membership == null) {
            return List.of(); // Who knows of nobody does not know who has seceded either.
        }
        return List.of(Call.of(in, request)
                .reply(
                        believes(self) && believes(request.holder())
                                ? new LeaseGranted()
                                : new LeaseRefused(List.copyOf(membership.seceded()))));
    }

    @Override
    public List<Effect> on(Continuation continuation, Response response, long nanos) {
        return switch (continuation) {
            case NextRound next -> ask(nanos);
            case AwaitingGrant awaiting -> onAnswer(awaiting, response, nanos);
            default -> throw new IllegalStateException("not parked by a lease server: " + continuation);
        };
    }

    private List<Effect> onAnswer(AwaitingGrant awaiting, Response response, long nanos) {
        boolean before = introduced;
        Incarnation member = awaiting.member();
        switch (response) {
            case Response.Answered(LeaseGranted granted) -> {
                heard.add(member);
                secessions.remove(member);
                onGrant(awaiting.round(), member);
            }
            case Response.Answered(LeaseRefused(var seceded)) -> {
                heard.add(member);
                secessions.put(member, new TreeSet<>(seceded));
            }
            default -> {} // Lost: the next round asks again.
        }
        return !before && membership != null && introduced(membership) ? round(nanos) : List.of();
    }

    private List<Effect> ask(long nanos) {
        List<Effect> effects = new ArrayList<>(round(nanos));
        effects.add(new Effect.Timer(new NextRound(), RENEWAL_NANOS));
        return effects;
    }

    private List<Effect> round(long nanos) {
        rounds.removeIf(round -> nanos - round.begunNanos() >= LENGTH_NANOS);
        Round round = new Round(++lastRound, nanos, new TreeSet<>());
        rounds.add(round);
        List<Effect> effects = new ArrayList<>();
        for (Incarnation member : electorate()) {
            if (!member.equals(self)) {
                effects.add(new Effect.Call(
                        Reserved.LEASE.address(member, grid()),
                        new RequestLease(self),
                        new AwaitingGrant(round.number(), member),
                        LENGTH_NANOS));
            }
        }
        if (believes(self)) {
            onGrant(round.number(), self);
        }
        return effects;
    }

    private void onGrant(long number, Incarnation member) {
        for (Round round : rounds) {
            if (round.number() == number) {
                round.granted().add(member);
                if (number > newestGrant && byMajority(round)) {
                    newestGrant = number;
                    holder.granted(round.begunNanos(), round.begunNanos() + LENGTH_NANOS);
                }
            }
        }
    }

    /**
     * Of those that may be members now: one that has left does not count, on either side. What a condemned one grants is
     * nothing: it may not know that this node is condemned too.
     */
    private boolean byMajority(Round round) {
        Set<Incarnation> electorate = electorate();
        long granted = electorate.stream()
                .filter(round.granted()::contains)
                .filter(member -> membership != null && !membership.down().contains(member))
                .count();
        return round.granted().contains(self) && 2 * granted > electorate.size();
    }

    private boolean believes(Incarnation holder) {
        return membership != null
                && introduced(membership)
                && membership.seceded().isEmpty()
                && secessions.values().stream().allMatch(Set::isEmpty)
                && membership.up().contains(holder)
                && !membership.down().contains(holder);
    }

    private boolean introduced(Membership members) {
        introduced |= members.up().stream()
                .allMatch(member -> member.equals(self) || members.down().contains(member) || heard.contains(member));
        return introduced;
    }

    private Set<Incarnation> electorate() {
        if (membership == null) {
            return Set.of();
        }
        SortedSet<Incarnation> all = new TreeSet<>(membership.up());
        all.addAll(membership.joining());
        return all;
    }

    private Grid grid() {
        if (membership == null) {
            throw new IllegalStateException("no member to ask is known before the membership");
        }
        return membership.grid();
    }
}
