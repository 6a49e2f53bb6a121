package org.factoredos.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.factoredos.server.Members.GRID;
import static org.factoredos.server.Members.N1;
import static org.factoredos.server.Members.N2;
import static org.factoredos.server.Members.N3;

import java.util.List;
import org.factoredos.kernel.Incarnation;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("N10")
class RollTest {
    private static final Incarnation N1_LATER = new Incarnation(N1.node(), N1.boot() + 1);
    private static final long LONG_AFTER = 100 * NodeLease.OVER_NANOS;

    private final Roll roll = new Roll();

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

    @Test
    void oneThatIsRemovedUnseenIsCounted() {
        roll.condemned(N1);
        roll.removed(N3, 1);
        roll.removed(N1, 2);

        assertThat(seen().seceded()).containsExactly(N1, N3);
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
