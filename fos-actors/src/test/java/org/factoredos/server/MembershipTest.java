package org.factoredos.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.factoredos.server.Members.N1;
import static org.factoredos.server.Members.N2;

import org.factoredos.kernel.Incarnation;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("N10")
class MembershipTest {
    private static final long REMOVED_AT = 77;

    private final Membership removed = Members.without(Members.up(N1, N2), N2, REMOVED_AT);

    @Test
    void oneThatIsRemovedIsGoneOnceItsLeaseIsOverAlsoByAClockThatIsSomeHundredthsSlow() {
        assertThat(removed.gone(N2, REMOVED_AT + NodeLease.LENGTH_NANOS * 104 / 100))
                .isFalse();
        assertThat(removed.gone(N2, REMOVED_AT + NodeLease.OVER_NANOS)).isTrue();
        assertThat(NodeLease.OVER_NANOS).isLessThan(NodeLease.LENGTH_NANOS * 11 / 10);
    }

    @Test
    void oneIsGoneOnceItsNodeIsAMemberInALaterLife() {
        Incarnation later = new Incarnation(N2.node(), N2.boot() + 1);

        assertThat(Members.up(N1, later).gone(N2, 0)).isTrue();
        assertThat(Members.up(N1, N2).gone(later, 0)).isFalse();
    }

    @Test
    void aLifeOfWhichNothingIsKnownIsGoneUnlessItIsLaterThanAllThatAreKnownOfItsNode() {
        Incarnation earlier = new Incarnation(N2.node(), N2.boot() - 1);
        Incarnation later = new Incarnation(N2.node(), N2.boot() + 1);
        long then = Membership.STRANGER_NANOS;

        assertThat(removed.gone(earlier, then, 0)).isTrue();
        assertThat(removed.gone(later, then, 0)).isFalse();
        assertThat(Members.up(N1, N2).gone(later, then, 0)).isFalse();
        assertThat(Members.up(N1).gone(later, then - 1, 0)).isFalse();
        assertThat(Members.up(N1).gone(later, then, 0)).isTrue();
    }
}
