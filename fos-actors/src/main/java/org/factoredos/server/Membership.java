package org.factoredos.server;

import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.factoredos.grid.Grid;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;

/**
 * Who is in the grid, as one node sees it now; a message from the machine room to every core that {@link Watcher}s.
 *
 * @param grid the shape of the machine, with the position of every member
 * @param up the members
 * @param joining who is on the way to be one: it may be a member already, by news that this node has yet to hear
 * @param down of these, who is condemned to be removed, by the failure detector's decision or because it is leaving
 * @param removedNanos when this node learned that an incarnation was removed, for those removed lately and the last life of
 *     each node, on this node's monotonic clock
 * @param seceded those, of the condemned and the removed, that may go on as a grid of their own ({@link Roll}); as long as there
 *     are any nobody here may believe anything, and none of them is gone
 */
public record Membership(
        Grid grid,
        SortedSet<Incarnation> up,
        SortedSet<Incarnation> joining,
        SortedSet<Incarnation> down,
        SortedMap<Incarnation, Long> removedNanos,
        SortedSet<Incarnation> seceded)
        implements Payload {
    /** Much longer than news of a new member takes to reach the others. */
    public static final long STRANGER_NANOS = 10_000_000_000L;

    public Membership {
        up = Collections.unmodifiableSortedSet(new TreeSet<>(up));
        joining = Collections.unmodifiableSortedSet(new TreeSet<>(joining));
        down = Collections.unmodifiableSortedSet(new TreeSet<>(down));
        removedNanos = Collections.unmodifiableSortedMap(new TreeMap<>(removedNanos));
        seceded = Collections.unmodifiableSortedSet(new TreeSet<>(seceded));
    }

    /** Nobody has seceded. */
    public Membership(
            Grid grid,
            SortedSet<Incarnation> up,
            SortedSet<Incarnation> joining,
            SortedSet<Incarnation> down,
            SortedMap<Incarnation, Long> removedNanos) {
        this(grid, up, joining, down, removedNanos, new TreeSet<>());
    }

    /**
     * Whether nothing that {@code incarnation} was ever granted can still be believed: it was removed longer ago than a lease lasts, or its
     * node is a member in a later life. (A node's data is locked by one process, so a later life proves the earlier dead.)
     */
    public boolean gone(Incarnation incarnation, long nanos) {
        if (up.contains(incarnation)) {
            return false;
        }
        Long removed = removedNanos.get(incarnation);
        return reborn(incarnation, up)
                || (removed != null && !seceded.contains(incarnation) && nanos - removed >= NodeLease.OVER_NANOS);
    }

    /** Whether its node is a member in a later life: then all members have heard that this one is over. */
    public boolean reborn(Incarnation incarnation) {
        return reborn(incarnation, up);
    }

    static boolean reborn(Incarnation incarnation, Set<Incarnation> known) {
        return known.stream()
                .anyMatch(member -> member.node().equals(incarnation.node()) && member.boot() > incarnation.boot());
    }

    /** Whether this node has heard that it was removed, or has a successor. */
    public boolean over(Incarnation incarnation) {
        return !up.contains(incarnation) && (removedNanos.containsKey(incarnation) || reborn(incarnation, up));
    }

    /**
     * Like {@link #gone(Incarnation, long)}, also for one that this node has never heard of, or not for long: the cluster makes
     * nobody a member before every member has heard of it, so one of whom a core has known nothing for {@link
     * #STRANGER_NANOS} is no newcomer, but was removed before this node could see it. A later life of a node than any that
     * is known here was not: it came when this node was a member no more, which it may learn only as its lease ends.
     *
     * @param watchingSinceNanos when the core was first told of a membership
     */
    public boolean gone(Incarnation incarnation, long nanos, long watchingSinceNanos) {
        return gone(incarnation, nanos)
                || (!up.contains(incarnation)
                        && !removedNanos.containsKey(incarnation)
                        && !seceded.contains(incarnation)
                        && !later(incarnation, up)
                        && !later(incarnation, removedNanos.keySet())
                        && nanos - watchingSinceNanos >= STRANGER_NANOS);
    }

    private static boolean later(Incarnation incarnation, Set<Incarnation> known) {
        return known.stream()
                .anyMatch(life -> life.node().equals(incarnation.node()) && life.boot() < incarnation.boot());
    }

    /** A core that is told of every change, before anything that happened after it. */
    public interface Watcher {
        List<Effect> on(Membership membership, long nanos);
    }
}
