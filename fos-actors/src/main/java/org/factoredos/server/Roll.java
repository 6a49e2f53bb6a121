package org.factoredos.server;

import java.util.Collections;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.factoredos.grid.Grid;
import org.factoredos.kernel.Incarnation;

/**
 * Who is in the grid, one piece of news after the other, as one node hears them; what they come to is a {@link Membership}.
 *
 * <p>A member is removed when all that remain have seen it condemned, but one that is condemned meanwhile does not remain,
 * and need not have seen it. So members that are condemned one while another is still to be removed may not know of each
 * other, and lease to each other, and even remove those that are left here. One alone cannot; nor can fewer than half of those
 * that were up before the first of them was condemned. Where they are more, they have <em>seceded</em>, for all that is
 * known here: until enough of their nodes are members again in later lives, which proves the earlier dead.
 *
 * <p>Who leaves of its own will has seen that itself before anyone may remove it, and neither believes nor grants anything
 * from then on ({@link NodeLease}): it is not among them.
 */
public final class Roll {
    /** Far longer than any core asks back. */
    private static final long REMEMBERED_NANOS = 60_000_000_000L;

    private final SortedSet<Incarnation> up = new TreeSet<>();
    private final SortedSet<Incarnation> joining = new TreeSet<>();
    private final SortedSet<Incarnation> down = new TreeSet<>();
    private final SortedMap<Incarnation, Long> removedNanos = new TreeMap<>();
    /** Condemned together, as far as is known. */
    private final SortedSet<Incarnation> lost = new TreeSet<>();
    /** Who was up before, and these among them. */
    private final SortedSet<Incarnation> before = new TreeSet<>();

    private final Incarnation self;

    public Roll(Incarnation self) {
        this.self = self;
    }

    /** Each piece of news says whether it is one. */
    public boolean joins(Incarnation newcomer) {
        return joining.add(newcomer);
    }

    /** It is not to be a member after all. */
    public boolean staysOut(Incarnation newcomer) {
        return joining.remove(newcomer);
    }

    public boolean up(Incarnation member, long nanos) {
        boolean late = !lost.isEmpty() && !up.contains(self); // A newcomer is told of one after the other.
        boolean changed = joining.remove(member);
        changed |= up.add(member);
        if (late) {
            before.add(member);
        }
        recount(nanos);
        return changed;
    }

    /** By the failure detector's decision; nothing to one that was never up. */
    public boolean condemned(Incarnation member) {
        if (!up.contains(member)) {
            return false;
        }
        if (lost.isEmpty()) {
            before.clear();
            before.addAll(up);
        }
        lost.add(member);
        return down.add(member);
    }

    /** Of its own will, and it knows. */
    public boolean leaves(Incarnation member) {
        return up.contains(member) && down.add(member);
    }

    public boolean removed(Incarnation member, long nanos) {
        boolean was = up.remove(member);
        was |= joining.remove(member);
        down.remove(member);
        removedNanos.put(member, nanos);
        removedNanos
                .entrySet()
                .removeIf(old -> nanos - old.getValue() > REMEMBERED_NANOS && hasSuccessor(old.getKey()));
        recount(nanos);
        return was;
    }

    public boolean contains(Incarnation member) {
        return up.contains(member);
    }

    public SortedSet<Incarnation> up() {
        return new TreeSet<>(up);
    }

    public Membership membership(Grid grid) {
        return new Membership(grid, up, joining, down, removedNanos, seceding() ? lost : Collections.emptySortedSet());
    }

    /** Whether a later life of its node is known. */
    private boolean hasSuccessor(Incarnation life) {
        return Membership.reborn(life, up) || Membership.reborn(life, removedNanos.keySet());
    }

    private boolean seceding() {
        return lost.size() > 1 && 2 * lost.size() >= before.size();
    }

    private void recount(long nanos) {
        boolean were = seceding();
        lost.removeIf(one -> Membership.reborn(one, up));
        if (seceding()) {
            return;
        }
        if (were) { // Those that died may have granted these a lease a moment ago.
            lost.stream().filter(one -> !up.contains(one)).forEach(one -> removedNanos.put(one, nanos));
        }
        if (Collections.disjoint(lost, up)) {
            lost.clear();
        }
    }
}
