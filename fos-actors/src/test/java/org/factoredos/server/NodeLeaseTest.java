package org.factoredos.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.factoredos.server.Members.GRID;
import static org.factoredos.server.Members.N1;
import static org.factoredos.server.Members.N2;
import static org.factoredos.server.Members.N3;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Incarnation;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("N10")
class NodeLeaseTest {
    private static final long SECOND = 1_000_000_000L;

    private final CoreBench bench = new CoreBench();
    private final Map<Incarnation, Long> leases = new LinkedHashMap<>();

    @Test
    void aNodeAloneGrantsItself() {
        start(Members.up(N1), N1);

        assertThat(leases).containsEntry(N1, NodeLease.LENGTH_NANOS);
        bench.run(10 * SECOND);
        assertThat(leased(N1)).isTrue();
    }

    @Test
    void aMajorityGrantsFromTheMomentOfAsking() {
        start(Members.up(N1, N2, N3), N1, N2, N3);
        bench.run(SECOND); // All have met, and from now on any two will do.
        bench.remove(address(N3));
        bench.holdBack(envelope -> envelope.payload() instanceof LeaseProtocol.LeaseGranted);
        long asked = bench.nanos();
        bench.run(SECOND);
        long before = leases.getOrDefault(N1, 0L);
        bench.release();

        // The answers came later, but the asking was before.
        assertThat(leases.get(N1)).isBetween(before + 1, asked + SECOND + NodeLease.LENGTH_NANOS - SECOND / 4);
        bench.run(10 * SECOND);
        assertThat(leased(N1)).isTrue();
        assertThat(leased(N2)).isTrue();
    }

    @Test
    void aMinorityIsNotLeasedForLonger() {
        start(Members.up(N1, N2, N3), N1, N2);
        bench.run(SECOND);
        bench.remove(address(N2));
        bench.run(NodeLease.LENGTH_NANOS);

        assertThat(leased(N1)).isFalse();
    }

    @Test
    void grantsThatComeLateAreNoLongerThanThoseThatComeAtOnce() {
        bench.holdBack(envelope -> envelope.payload() instanceof LeaseProtocol.LeaseGranted);
        start(Members.up(N1, N2), N1, N2);
        bench.run(NodeLease.LENGTH_NANOS - 1);
        bench.release();

        assertThat(leases.get(N1)).isLessThan(bench.nanos() + NodeLease.LENGTH_NANOS - SECOND / 4);
    }

    @Test
    void nobodyGrantsToTheCondemned() {
        Membership all = Members.up(N1, N2, N3);
        start(all, N1, N2, N3);
        bench.run(SECOND);
        for (Incarnation node : List.of(N1, N2)) {
            bench.tell(address(node), Members.condemned(all, N3));
        }
        bench.run(NodeLease.LENGTH_NANOS);

        assertThat(leased(N3)).isFalse();
        assertThat(leased(N1)).isTrue();
    }

    /** Nodes 2 and 3 are members, and have removed node 1; that they are is the news which its cut keeps from node 1. */
    @Test
    void oneThatIsCutOffWhileOthersJoinIsNoMajority() {
        start(Members.joining(Members.up(N1), N2, N3), N1);
        start(Members.without(Members.up(N1, N2, N3), N1, bench.nanos()), N2, N3);
        bench.run(10 * SECOND);

        assertThat(leased(N1)).isFalse();
        assertThat(leased(N2)).isTrue();
    }

    @Test
    void oneThatJoinsGrantsOnceItIsAMember() {
        bench.add(address(N2), new NodeLease(N2, (asked, until) -> leases.put(N2, until)));
        start(Members.joining(Members.up(N1), N2), N1);
        bench.run(SECOND);
        assertThat(leased(N1)).isFalse();

        bench.tell(address(N2), Members.up(N1, N2)); // Node 1 has not heard yet that it is.
        bench.run(SECOND);
        assertThat(leased(N1)).isTrue();
    }

    /** Node 3 has heard that node 1 is condemned; node 1 has heard nothing, and grants. */
    @Test
    void whatTheCondemnedGrantIsNothing() {
        start(Members.up(N1, N2, N3), N1);
        start(Members.condemned(Members.up(N1, N2, N3), N1), N3);
        bench.run(10 * SECOND);

        assertThat(leased(N3)).isFalse();
    }

    /** Node 1 knows that it is condemned, node 3 does not know that it is. */
    @Test
    void whoeverKnowsThatItIsCondemnedGrantsNothing() {
        start(Members.condemned(Members.up(N1, N2, N3), N1), N1);
        start(Members.up(N1, N2, N3), N3);
        bench.run(10 * SECOND);

        assertThat(leased(N3)).isFalse();
    }

    @Test
    void nobodyIsLeasedWhomMoreThanHalfHaveLeft() {
        Roll roll = new Roll(N2);
        List.of(N1, N2, N3).forEach(node -> roll.up(node, 0));
        start(roll.membership(GRID), N2);
        roll.condemned(N1);
        roll.condemned(N3);
        roll.removed(N1, 0);
        roll.removed(N3, 0);
        bench.tell(address(N2), roll.membership(GRID));
        bench.run(10 * SECOND);

        assertThat(leased(N2)).isFalse();
    }

    /** Nodes 3 and 4 join node 1, from which nodes 2 and 5 have seceded: two of three, but they do not lease to each other. */
    @Test
    void newcomersHearOfASecessionBeforeTheyBelieveEachOther() {
        Incarnation n4 = new Incarnation(new NodeId(4), 1);
        Incarnation n5 = new Incarnation(new NodeId(5), 1);
        Roll roll = new Roll(N1);
        List.of(N1, N2, n5).forEach(node -> roll.up(node, 0));
        roll.condemned(N2);
        roll.condemned(n5);
        roll.removed(N2, 0);
        roll.removed(n5, 0);
        start(roll.membership(GRID), N1);
        start(Members.up(N1, N3, n4), N3, n4); // Node 1 hears late that they are members.
        bench.run(SECOND);
        List.of(N3, n4).forEach(node -> roll.up(node, 0));
        bench.tell(address(N1), roll.membership(GRID));
        bench.run(10 * SECOND);

        assertThat(leases).isEmpty();

        List.of(new Incarnation(N2.node(), 2), new Incarnation(n5.node(), 2)).forEach(node -> roll.up(node, 0));
        for (Incarnation node : List.of(N1, N3, n4)) {
            bench.tell(address(node), roll.membership(GRID));
        }
        bench.run(10 * SECOND);
        assertThat(leased(N3)).isTrue();
    }

    private void start(Membership membership, Incarnation... nodes) {
        for (Incarnation node : nodes) {
            bench.add(address(node), new NodeLease(node, (asked, until) -> leases.put(node, until)));
        }
        for (Incarnation node : nodes) {
            bench.tell(address(node), membership);
        }
    }

    private boolean leased(Incarnation node) {
        return bench.nanos() < leases.getOrDefault(node, 0L);
    }

    private static Address address(Incarnation node) {
        return Reserved.LEASE.address(node, GRID);
    }
}
