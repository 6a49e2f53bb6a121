package org.factoredos.sim;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.factoredos.grid.NodeId;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Response;
import org.factoredos.sim.Scenario.Habit;
import org.factoredos.sim.Scenario.Variant;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** G2 and G7 by a thousand {@link Seeds}: names are linearizable and every call ends, whatever nodes, wire and journal do. */
@Tag("O1")
@Tag("M15")
@Tag("N10")
@Tag("S4")
@Tag("S6")
class NameSimTest {
    @Test
    void everyNameIsLinearizableAndEveryCallEnds() {
        Seeds.assertNoneFails(
                "NameSimTest#everyNameIsLinearizableAndEveryCallEnds", seed -> new NameScenario(seed, Variant.NONE));
    }

    // Planted faults: variants of the state machines that only tests have.

    @Test
    void soItIsWhereAMemberIsCutOffAsAnotherJoins() {
        Seeds.assertNoneFails(
                "NameSimTest#soItIsWhereAMemberIsCutOffAsAnotherJoins",
                200,
                seed -> new CutOffAsOthersJoin(seed, Variant.NONE));
    }

    @Test
    void droppedContinuationIsFound() {
        Seeds.assertFound("NameSimTest#droppedContinuationIsFound", seed -> {
            AtomicInteger count = new AtomicInteger();
            return new NameScenario(seed, Variant.ofFronts(core -> new Wrapped(core) {
                @Override
                public List<Effect> on(Continuation continuation, Response response, long nanos) {
                    return count.incrementAndGet() % 97 == 0 ? List.of() : super.on(continuation, response, nanos);
                }
            }));
        });
    }

    @Test
    void skippedDuplicateFilterOfTheOwnerIsFound() {
        Seeds.assertFound(
                "NameSimTest#skippedDuplicateFilterOfTheOwnerIsFound",
                seed -> new NameScenario(seed, Variant.ofOwners(Planted.withoutDuplicateFilter())));
    }

    @Test
    void skippedDuplicateFilterOfTheLinkIsFound() {
        Seeds.assertFound(
                "NameSimTest#skippedDuplicateFilterOfTheLinkIsFound",
                seed -> new NameScenario(seed, Variant.of(Habit.LINKS_REPEAT)));
    }

    @Test
    void replyBeforeItsPersistIsFound() {
        Seeds.assertFound(
                "NameSimTest#replyBeforeItsPersistIsFound",
                seed -> new NameScenario(seed, Variant.ofOwners(Planted::replyingFirst)));
    }

    @Test
    void takeoverWithinThePredecessorsLeaseIsFound() {
        Seeds.assertFound(
                "NameSimTest#takeoverWithinThePredecessorsLeaseIsFound",
                seed -> new NameScenario(seed, Variant.ofOwners(Planted::takingOverEarly)));
    }

    @Test
    void takeoverFromACondemnedThatIsNotRemovedIsFound() {
        Seeds.assertFound(
                "NameSimTest#takeoverFromACondemnedThatIsNotRemovedIsFound",
                seed -> new NameScenario(seed, Variant.ofOwners(Planted::takingOverFromTheCondemned)));
    }

    @Test
    void ownersAnswerWithoutALeaseIsFound() {
        Seeds.assertFound(
                "NameSimTest#ownersAnswerWithoutALeaseIsFound",
                seed -> new NameScenario(seed, Variant.of(Habit.OWNERS_IGNORE_THE_LEASE)));
    }

    @Test
    void frontsAnswerWithoutALeaseIsFound() {
        Seeds.assertFound(
                "NameSimTest#frontsAnswerWithoutALeaseIsFound",
                seed -> new NameScenario(seed, Variant.of(Habit.FRONTS_IGNORE_THE_LEASE)));
    }

    @Test
    void leaseGrantedToTheCondemnedIsFound() {
        Seeds.assertFound(
                "NameSimTest#leaseGrantedToTheCondemnedIsFound",
                seed -> new NameScenario(seed, Variant.ofLeases(Planted::grantingToTheCondemned)));
    }

    @Test
    void leaseByOneselfIsFound() {
        Seeds.assertFound(
                "NameSimTest#leaseByOneselfIsFound",
                seed -> new NameScenario(seed, Variant.ofLeases(Planted::grantingOneself)));
    }

    @Test
    void leaseByThoseThatAreUpAloneIsFound() {
        Seeds.assertFound(
                "NameSimTest#leaseByThoseThatAreUpAloneIsFound",
                seed -> new CutOffAsOthersJoin(seed, Variant.ofLeases(Planted::overlookingThoseThatJoin)));
    }

    /** As one joins, another is cut off, and does not hear that it has become a member. */
    private static final class CutOffAsOthersJoin extends NameScenario {
        CutOffAsOthersJoin(long seed, Variant variant) {
            super(seed, variant);
        }

        @Override
        void boot(SimNode node) {
            super.boot(node);
            if (world.nanos() > HOSTILE_NANOS - 2 * World.SECOND) {
                return;
            }
            int other = 1 + (node.self().node().number() + world.random(2)) % 3;
            world.after(
                    world.between(0, 2 * World.SECOND), "isolate", () -> isolate(new NodeId(other), 4 * World.SECOND));
        }
    }
}
