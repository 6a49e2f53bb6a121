package org.factoredos.file;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.factoredos.driver.BlockError;
import org.factoredos.driver.BlockProtocol;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.SendResult;
import org.factoredos.server.Membership;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;
import org.jspecify.annotations.Nullable;

/** Where the block drivers are, as one node sees the members. */
final class Disks {
    /** About as long as the cluster needs to find out that a node is dead; a full disk stays full for longer. */
    private static final long SHUNNED_MILLIS = 10_000;

    private final Incarnation self;
    private final Map<NodeId, Long> shunnedUntil = new TreeMap<>();
    private @Nullable Membership membership;

    Disks(Incarnation self) {
        this.self = self;
    }

    void on(Membership changed) {
        membership = changed;
        shunnedUntil.clear();
    }

    /** A disk that is full, or has let somebody wait in vain, is asked behind the others for a while. */
    void note(NodeId node, Response response, long millis) {
        boolean shunned = response instanceof Response.DeadlinePassed
                || response.equals(new Response.SendRefused(SendResult.UNREACHABLE))
                || response.equals(new Response.Answered(new BlockProtocol.Refused(BlockError.NO_SPACE)));
        if (shunned) {
            shunnedUntil.put(node, millis + SHUNNED_MILLIS);
        } else {
            shunnedUntil.remove(node);
        }
    }

    private boolean shunned(NodeId node, long millis) {
        return shunnedUntil.getOrDefault(node, millis) > millis;
    }

    /** The driver of a node's disk; null while the node is away. */
    @Nullable
    Address driver(NodeId node) {
        Membership members = membership;
        if (members == null) {
            return null;
        }
        for (Incarnation member : members.up()) {
            if (member.node().equals(node)) {
                return Reserved.BLOCK.address(member, members.grid());
            }
        }
        return null;
    }

    /** The members whose disks may be written to: those that nobody has condemned. */
    SortedSet<Incarnation> live() {
        SortedSet<Incarnation> live = new TreeSet<>();
        if (membership != null) {
            live.addAll(membership.up());
            live.removeAll(membership.down());
        }
        return live;
    }

    /** On how many disks something new is to be: on {@code replicas}, or on all where there are fewer. */
    int wanted(int replicas) {
        return Math.min(replicas, live().size());
    }

    /** At most {@code count} members to write to: this node first, then the next in the order of their numbers. */
    List<Incarnation> targets(int count, Set<NodeId> avoided, long millis) {
        List<Incarnation> targets = new ArrayList<>(live());
        targets.removeIf(member -> avoided.contains(member.node()));
        targets.sort(Comparator.comparing((Incarnation member) -> shunned(member.node(), millis))
                .thenComparing(member -> member.node().compareTo(self.node()) < 0)
                .thenComparing(Incarnation::node));
        return List.copyOf(targets.subList(0, Math.min(count, targets.size())));
    }

    /** The replicas that are members now, the nearest to this node's block driver first. */
    List<NodeId> nearest(List<NodeId> replicas, long millis) {
        Membership members = membership;
        if (members == null) {
            return List.of();
        }
        Address here = Reserved.BLOCK.address(self, members.grid());
        return replicas.stream()
                .filter(replica -> driver(replica) != null)
                .sorted(Comparator.comparing((NodeId replica) -> shunned(replica, millis))
                        .thenComparingInt(replica -> hops(members, here, replica)))
                .toList();
    }

    private int hops(Membership members, Address here, NodeId node) {
        Address there = driver(node);
        return there == null ? Integer.MAX_VALUE : members.grid().hops(here.tile(), there.tile());
    }
}
