package org.factoredos.sim;

import org.factoredos.sim.Scenario.Habit;
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

    // Planted faults: variants of the state machines, and of what arrives, that only tests have.

    @Test
    void messagesThatAreNotSentAgainAreFound() {
        Seeds.assertFound(
                "MoveSimTest#messagesThatAreNotSentAgainAreFound",
                seed -> new MoveScenario(seed, Variant.of(Habit.MOVED_IS_TAKEN_FOR_ACCEPTED)));
    }

    @Test
    void messagesThatOvertakeThoseThatCameBackAreFound() {
        Seeds.assertFound(
                "MoveSimTest#messagesThatOvertakeThoseThatCameBackAreFound",
                seed -> new MoveScenario(seed, Variant.of(Habit.EVERY_STAY_TAKES_ALL)));
    }

    @Test
    void ownersThatAreDeafToWhoOutlivesItsNodeAreFound() {
        Seeds.assertFound(
                "MoveSimTest#ownersThatAreDeafToWhoOutlivesItsNodeAreFound",
                seed -> new MoveScenario(seed, Variant.ofOwners(Planted::deafToThoseThatOutliveTheirNode)));
    }

    @Test
    void mailboxesThatAreTakenForWhereTheyWereMadeAreFound() {
        Seeds.assertFound(
                "MoveSimTest#mailboxesThatAreTakenForWhereTheyWereMadeAreFound",
                seed -> new MoveScenario(seed, Variant.ofOwners(Planted::takingMailboxesForWhereTheyWereMade)));
    }
}
