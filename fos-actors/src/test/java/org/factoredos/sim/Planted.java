package org.factoredos.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.Place;
import org.factoredos.naming.DirectoryProtocol.Permitted;
import org.factoredos.naming.DirectoryProtocol.RegisterFound;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Membership;
import org.factoredos.server.NodeLease;
import org.factoredos.server.Owner;
import org.factoredos.server.OwnerProtocol.Forwarded;
import org.factoredos.server.OwnerProtocol.NotServing;
import org.factoredos.server.Response;
import org.factoredos.server.Server;

/** Faults of owners and of lease servers that both fleets' tests plant. */
final class Planted {
    private Planted() {}

    /** Each sending of a request is another request. */
    static UnaryOperator<Owner> withoutDuplicateFilter() {
        AtomicLong fresh = new AtomicLong();
        return core -> new Wrapped(core) {
            @Override
            public List<Effect> on(Envelope in, long nanos) {
                return super.on(
                        in.payload() instanceof Forwarded forwarded
                                ? renumbered(in, forwarded, fresh.incrementAndGet())
                                : in,
                        nanos);
            }
        };
    }

    private static Envelope renumbered(Envelope in, Forwarded forwarded, long number) {
        Forwarded other = new Forwarded(
                forwarded.client(), forwarded.domain(), number, 0, forwarded.epoch(), forwarded.request());
        return new Envelope(in.to(), in.from(), in.domain(), in.kind(), in.call(), in.settled(), other, in.trace());
    }

    static Owner replyingFirst(Owner core) {
        return new Wrapped(core) {
            @Override
            public List<Effect> on(Envelope in, long nanos) {
                return repliesFirst(super.on(in, nanos));
            }

            @Override
            public List<Effect> on(Continuation continuation, Response response, long nanos) {
                return repliesFirst(super.on(continuation, response, nanos));
            }
        };
    }

    private static List<Effect> repliesFirst(List<Effect> effects) {
        List<Effect> hasty = new ArrayList<>(effects);
        hasty.sort((a, b) -> Boolean.compare(b instanceof Effect.Reply, a instanceof Effect.Reply));
        return hasty;
    }

    /** Who is removed is gone at once, and not one lease later. */
    static Owner takingOverEarly(Owner core) {
        return new Wrapped(core) {
            @Override
            public List<Effect> on(Membership membership, long nanos) {
                return super.on(goneEarlier(membership), nanos);
            }
        };
    }

    /** Who is condemned is gone, before all that remain have seen it. */
    static Owner takingOverFromTheCondemned(Owner core) {
        return new Wrapped(core) {
            @Override
            public List<Effect> on(Membership membership, long nanos) {
                TreeSet<Incarnation> left = new TreeSet<>(membership.up());
                left.removeAll(membership.down());
                TreeMap<Incarnation, Long> removed = new TreeMap<>(membership.removedNanos());
                membership.down().forEach(life -> removed.put(life, nanos));
                return super.on(
                        goneEarlier(new Membership(
                                membership.grid(), left, membership.joining(), membership.down(), removed)),
                        nanos);
            }
        };
    }

    private static Membership goneEarlier(Membership membership) {
        TreeMap<Incarnation, Long> earlier = new TreeMap<>(membership.removedNanos());
        earlier.replaceAll((life, removed) -> removed - NodeLease.OVER_NANOS);
        return new Membership(
                membership.grid(),
                membership.up(),
                membership.joining(),
                membership.down(),
                earlier,
                membership.seceded());
    }

    /** Takes nothing of a client that outlives the node which made it. */
    static Owner deafToThoseThatOutliveTheirNode(Owner core) {
        return new Wrapped(core) {
            private SortedSet<Incarnation> up = new TreeSet<>();

            @Override
            public List<Effect> on(Membership membership, long nanos) {
                up = membership.up();
                return super.on(membership, nanos);
            }

            @Override
            public List<Effect> on(Envelope in, long nanos) {
                return in.payload() instanceof Forwarded forwarded && !up.contains(maker(forwarded.client()))
                        ? List.of(new Effect.Reply(in.from(), in.call(), new NotServing(), in.trace()))
                        : super.on(in, nanos);
            }
        };
    }

    /** Takes the node that made a mailbox's client for where the mailbox is. */
    static Owner takingMailboxesForWhereTheyWereMade(Owner core) {
        return new Wrapped(core) {
            @Override
            public List<Effect> on(Envelope in, long nanos) {
                return super.on(in.payload() instanceof Forwarded forwarded ? atMaker(in, forwarded) : in, nanos);
            }
        };
    }

    private static Envelope atMaker(Envelope in, Forwarded forwarded) {
        Payload request = forwarded.request() instanceof Permitted(var inner, var byRight)
                ? new Permitted(atMaker(inner), byRight)
                : atMaker(forwarded.request());
        Forwarded other = new Forwarded(
                forwarded.client(),
                forwarded.domain(),
                forwarded.call(),
                forwarded.settled(),
                forwarded.epoch(),
                request);
        return new Envelope(in.to(), in.from(), in.domain(), in.kind(), in.call(), in.settled(), other, in.trace());
    }

    private static Payload atMaker(Payload request) {
        return request instanceof RegisterFound(var register, Place(var life, var tile, int moves))
                ? new RegisterFound(register, new Place(maker(register.mailbox().client()), tile, moves))
                : request;
    }

    private static Incarnation maker(ClientId client) {
        return new Incarnation(client.node(), client.boot());
    }

    static Server grantingToTheCondemned(Server core, Incarnation self) {
        return seeing(core, all -> with(all, all.up(), all.joining(), new TreeSet<>()));
    }

    /** Asks nobody else. */
    static Server grantingOneself(Server core, Incarnation self) {
        SortedSet<Incarnation> alone = new TreeSet<>(List.of(self));
        return seeing(core, all -> with(all, alone, new TreeSet<>(), new TreeSet<>()));
    }

    /** Counts a majority of those of whom it has heard that they are up. */
    static Server overlookingThoseThatJoin(Server core, Incarnation self) {
        return seeing(core, all -> with(all, all.up(), new TreeSet<>(), all.down()));
    }

    private static Server seeing(Server core, UnaryOperator<Membership> what) {
        return new Wrapped(core) {
            @Override
            public List<Effect> on(Membership membership, long nanos) {
                return super.on(what.apply(membership), nanos);
            }
        };
    }

    private static Membership with(
            Membership all, SortedSet<Incarnation> up, SortedSet<Incarnation> joining, SortedSet<Incarnation> down) {
        return new Membership(all.grid(), up, joining, down, all.removedNanos(), all.seceded());
    }
}
