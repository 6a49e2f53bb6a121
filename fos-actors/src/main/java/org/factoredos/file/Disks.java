package org.factoredos.file;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Incarnation;
import org.factoredos.server.Membership;
import org.factoredos.server.Reserved;
import org.jspecify.annotations.Nullable;

/** Where the block drivers are, as one node sees the members. */
final class Disks {
    private final Incarnation self;
    private @Nullable Membership membership;

    Disks(Incarnation self) {
        this.self = self;
    }

    void on(Membership changed) {
        membership = changed;
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

    /** At most {@code count} nodes to write to: this one first, then the next in the order of their numbers. */
    List<NodeId> targets(int count, Set<NodeId> avoided) {
        Membership members = membership;
        if (members == null) {
            return List.of();
        }
        List<NodeId> behind = new ArrayList<>();
        List<NodeId> before = new ArrayList<>();
        for (Incarnation member : members.up()) {
            if (!members.down().contains(member) && !avoided.contains(member.node())) {
                (member.node().compareTo(self.node()) >= 0 ? behind : before).add(member.node());
            }
        }
        behind.addAll(before);
        return List.copyOf(behind.subList(0, Math.min(count, behind.size())));
    }

    /** The replicas that are members now, the nearest to this node's block driver first. */
    List<NodeId> nearest(List<NodeId> replicas) {
        Membership members = membership;
        if (members == null) {
            return List.of();
        }
        Address here = Reserved.BLOCK.address(self, members.grid());
        List<NodeId> present = new ArrayList<>();
        for (NodeId replica : replicas) {
            if (driver(replica) != null) {
                present.add(replica);
            }
        }
        present.sort((a, b) -> Integer.compare(hops(members, here, a), hops(members, here, b)));
        return present;
    }

    private int hops(Membership members, Address here, NodeId node) {
        Address there = driver(node);
        return there == null ? Integer.MAX_VALUE : members.grid().hops(here.tile(), there.tile());
    }
}
