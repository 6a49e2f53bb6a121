package org.factoredos.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.factoredos.server.Members.GRID;
import static org.factoredos.server.Members.N1;
import static org.factoredos.server.Members.N2;
import static org.factoredos.server.Members.N3;

import java.util.List;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Incarnation;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("N10")
class RollTest {
    private static final Incarnation N4 = new Incarnation(new NodeId(4), 1);
    private static final Incarnation N1_LATER = new Incarnation(N1.node(), N1.boot() + 1);
    private static final long LONG_AFTER = 100 * NodeLease.OVER_NANOS;

    private final Roll roll = new Roll(N2);

    @BeforeEach
    void threeMembers() {
        List.of(N1, N2, N3).forEach(node -> roll.up(node, 0));
    }

    @Test
    void twoThatAreLostOneAfterTheOtherHaveNotSeceded() {
        lose(N1, 1);
        roll.condemned(N3);
        roll.removed(N3, 2);

        assertThat(seen().seceded()).isEmpty();
        assertThat(seen().gone(N3, 2 + NodeLease.OVER_NANOS)).isTrue();
    }

    @Test
    void theLastLifeOfANodeThatIsNoMemberIsRememberedAndNoEarlierOne() {
        lose(N1, 1);
        roll.up(N1_LATER, 2);
        lose(N1_LATER, 3);
        lose(N3, 1_000_000_000_000L);

        assertThat(seen().removedNanos()).containsOnlyKeys(N1_LATER, N3);
    }

    @Test
    void twoOfThreeThatAreCondemnedTogetherHaveSeceded() {
        loseBoth();

        assertThat(seen().seceded()).containsExactly(N1, N3);
        assertThat(seen().gone(N1, LONG_AFTER)).isFalse();
        assertThat(seen().gone(N3, LONG_AFTER, -LONG_AFTER)).isFalse();
    }

    @Test
    void oneThatComesBackProvesThatTheyHaveNot() {
        loseBoth();
        roll.joins(N1_LATER);
        assertThat(seen().seceded()).isNotEmpty();
        roll.up(N1_LATER, LONG_AFTER);

        assertThat(seen().seceded()).isEmpty();
        assertThat(seen().gone(N1, LONG_AFTER)).isTrue();
        // The dead may have leased to it just before.
        assertThat(seen().gone(N3, LONG_AFTER)).isFalse();
        assertThat(seen().gone(N3, LONG_AFTER + NodeLease.OVER_NANOS)).isTrue();
    }

    @Test
    void whoeverIsLostLaterIsCountedAnew() {
        loseBoth();
        roll.up(N1_LATER, 3);
        roll.up(new Incarnation(N3.node(), N3.boot() + 1), 4);
        lose(N2, 5);

        assertThat(seen().seceded()).isEmpty();
    }

    /** The two may have condemned the other two, where one of them has the lowest address. */
    @Test
    void halfOfFourHaveSecededToo() {
        roll.up(N4, 0);
        loseBoth();

        assertThat(seen().seceded()).containsExactly(N1, N3);
    }

    @Test
    void oneOfTwoHasNot() {
        Roll two = new Roll(N2);
        two.up(N1, 0);
        two.up(N2, 0);
        two.condemned(N1);
        two.removed(N1, 1);

        assertThat(two.membership(GRID).seceded()).isEmpty();
    }

    @Test
    void whoeverLeavesHasNotSeceded() {
        roll.leaves(N1);
        roll.leaves(N3);
        assertThat(seen().down()).containsExactly(N1, N3);
        roll.removed(N1, 1);
        roll.removed(N3, 2);

        assertThat(seen().seceded()).isEmpty();
        assertThat(seen().gone(N3, 2 + NodeLease.OVER_NANOS)).isTrue();
    }

    @Test
    void aNewcomerThatIsToldOfTheCondemnedFirstCountsTheOthersToo() {
        Incarnation n5 = new Incarnation(new NodeId(5), 1);
        Roll newcomer = new Roll(n5);
        newcomer.up(N1, 0);
        newcomer.condemned(N1);
        newcomer.up(N2, 0);
        newcomer.condemned(N2);
        newcomer.up(N3, 0);
        newcomer.up(N4, 0);
        newcomer.up(n5, 0);
        newcomer.removed(N1, 1);
        newcomer.removed(N2, 1);

        assertThat(newcomer.membership(GRID).seceded()).isEmpty();
    }

    private void loseBoth() {
        roll.condemned(N1);
        roll.condemned(N3);
        roll.removed(N1, 1);
        roll.removed(N3, 2);
    }

    private void lose(Incarnation node, long nanos) {
        roll.condemned(node);
        roll.removed(node, nanos);
    }

    private Membership seen() {
        return roll.membership(GRID);
    }
}
