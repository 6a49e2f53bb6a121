package org.factoredos.server;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Incarnation;

/**
 * An owner's news of itself to the front of every member, without which no front asks it.
 *
 * <p>Whom it will tell is journaled first. So a successor knows every front that may hold something, and writes nothing
 * before each of these has dropped it or is gone, also one that the successor's node has not yet heard of.
 */
final class Announcements {
    private static final long PATIENCE_NANOS = 1_000_000_000L;
    /** A front that was replaced knows no owner until it is told again. */
    private static final long PERIOD_NANOS = 1_000_000_000L;
    /** A write may be waiting. */
    private static final long HURRY_NANOS = 100_000_000L;

    /** The answer of one front. */
    record AwaitingNoted(Incarnation front) implements Continuation {}

    /** It is time to tell those again that have not answered, or everybody. */
    record TellAgain() implements Continuation {}

    private final int slice;
    private final Reserved frontPlace;
    private final Set<Incarnation> admitted = new TreeSet<>();
    private final Set<Incarnation> unconfirmed = new TreeSet<>();
    private final Set<Incarnation> asked = new TreeSet<>();

    Announcements(int slice, Reserved frontPlace) {
        this.slice = slice;
        this.frontPlace = frontPlace;
    }

    /** A new epoch: what these hold is of an earlier one. */
    void begin(Collection<Incarnation> fronts) {
        admitted.clear();
        admitted.addAll(fronts);
        unconfirmed.clear();
        unconfirmed.addAll(fronts);
    }

    void admit(Incarnation front) {
        admitted.add(front);
    }

    Set<Incarnation> admitted() {
        return admitted;
    }

    /** Whether no front holds anything of an earlier epoch. */
    boolean confirmed() {
        return unconfirmed.isEmpty();
    }

    void forget(Predicate<Incarnation> gone) {
        admitted.removeIf(gone);
        unconfirmed.removeIf(gone);
        asked.removeIf(gone);
    }

    /** Tells all members' fronts. */
    List<Effect> tellAll(Membership membership, long epoch, Address owner) {
        return tell(admitted, membership, epoch, owner);
    }

    List<Effect> on(TellAgain again, Membership membership, long epoch, Address owner) {
        List<Effect> effects = new ArrayList<>(tell(confirmed() ? admitted : unconfirmed, membership, epoch, owner));
        effects.add(next());
        return effects;
    }

    void on(AwaitingNoted awaiting, Response response) {
        asked.remove(awaiting.front());
        if (response instanceof Response.Answered) {
            unconfirmed.remove(awaiting.front());
        }
    }

    Effect next() {
        return new Effect.Timer(new TellAgain(), confirmed() ? PERIOD_NANOS : HURRY_NANOS);
    }

    private List<Effect> tell(Set<Incarnation> fronts, Membership membership, long epoch, Address owner) {
        List<Effect> effects = new ArrayList<>();
        for (Incarnation front : fronts) {
            if (membership.up().contains(front) && asked.add(front)) {
                effects.add(new Effect.Call(
                        frontPlace.address(front, membership.grid()),
                        new OwnerProtocol.AnnounceOwner(slice, epoch, owner),
                        new AwaitingNoted(front),
                        PATIENCE_NANOS));
            }
        }
        return effects;
    }
}
