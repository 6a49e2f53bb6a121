package org.factoredos.sim;

import org.factoredos.sim.Scenario.Variant;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** G1 and G7 for clients that move: by {@link Seeds}, whatever nodes and wire do. */
@Tag("M9")
@Tag("M11")
@Tag("N6")
class MoveSimTest {
    @Test
    void nothingIsLostNothingComesTwiceAndOrderIsKept() {
        Seeds.assertNoneFails(
                "MoveSimTest#nothingIsLostNothingComesTwiceAndOrderIsKept",
                200,
                seed -> new MoveScenario(seed, Variant.NONE));
    }
}
