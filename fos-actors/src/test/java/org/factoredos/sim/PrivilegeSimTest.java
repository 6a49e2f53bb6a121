package org.factoredos.sim;

import java.util.ArrayList;
import java.util.List;
import org.factoredos.kernel.Delegation;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Payload;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Owner;
import org.factoredos.server.OwnerProtocol;
import org.factoredos.server.Response;
import org.factoredos.server.Server;
import org.factoredos.sim.Scenario.Habit;
import org.factoredos.sim.Scenario.Variant;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** G3 and G7 by {@link Seeds}: no send that began after a revoke returned is taken, whatever nodes, wire and journal do. */
@Tag("O4")
@Tag("M15")
@Tag("M12")
@Tag("M14")
@Tag("P2")
@Tag("P4")
class PrivilegeSimTest {
    @Test
    void everyRightIsLinearizableAndEveryCallEnds() {
        Seeds.assertNoneFails(
                "PrivilegeSimTest#everyRightIsLinearizableAndEveryCallEnds",
                seed -> new PrivilegeScenario(seed, Variant.NONE));
    }

    // Planted faults: variants of the state machines that only tests have.

    /** An owner that recalls and does not wait for the fronts. */
    @Test
    void revokeThatWaitsForNoFrontIsFound() {
        Seeds.assertFound(
                "PrivilegeSimTest#revokeThatWaitsForNoFrontIsFound",
                seed -> new PrivilegeScenario(seed, Variant.ofOwners(PrivilegeSimTest::waitingForNobody)));
    }

    private static Owner waitingForNobody(Owner core) {
        return new Wrapped(core) {
            @Override
            public List<Effect> on(Envelope in, long nanos) {
                return confirmedAtOnce(
                        super.on(in, nanos),
                        OwnerProtocol.Recall.class,
                        new OwnerProtocol.Recalled(),
                        (continuation, response) -> super.on(continuation, response, nanos));
            }
        };
    }

    /** A front that has its tiles drop a right and does not wait for them. */
    @Test
    void frontThatConfirmsBeforeItsTilesIsFound() {
        Seeds.assertFound(
                "PrivilegeSimTest#frontThatConfirmsBeforeItsTilesIsFound",
                seed -> new PrivilegeScenario(seed, Variant.ofFronts(PrivilegeSimTest::confirmingEarly)));
    }

    private static Server confirmingEarly(Server core) {
        return new Wrapped(core) {
            @Override
            public List<Effect> on(Envelope in, long nanos) {
                return confirmedAtOnce(
                        super.on(in, nanos),
                        Delegation.DropRights.class,
                        new Delegation.RightsDropped(),
                        (continuation, response) -> super.on(continuation, response, nanos));
            }
        };
    }

    @Test
    void tilesBelieveWithoutALeaseIsFound() {
        Seeds.assertFound(
                "PrivilegeSimTest#tilesBelieveWithoutALeaseIsFound",
                seed -> new PrivilegeScenario(seed, Variant.of(Habit.TILES_IGNORE_THE_LEASE)));
    }

    @Test
    void ownersAnswerWithoutALeaseIsFound() {
        Seeds.assertFound(
                "PrivilegeSimTest#ownersAnswerWithoutALeaseIsFound",
                seed -> new PrivilegeScenario(seed, Variant.of(Habit.OWNERS_IGNORE_THE_LEASE)));
    }

    @Test
    void takeoverWithinThePredecessorsLeaseIsFound() {
        Seeds.assertFound(
                "PrivilegeSimTest#takeoverWithinThePredecessorsLeaseIsFound",
                seed -> new PrivilegeScenario(seed, Variant.ofOwners(Planted::takingOverEarly)));
    }

    private interface Restarts {
        List<Effect> on(Continuation continuation, Response response);
    }

    /** The requests of that type go out, and their continuations are restarted as if they had been answered already. */
    private static List<Effect> confirmedAtOnce(
            List<Effect> effects, Class<?> request, Payload confirmation, Restarts core) {
        List<Effect> out = new ArrayList<>();
        for (Effect effect : effects) {
            if (effect instanceof Effect.Call call && request.isInstance(call.request())) {
                out.add(new Effect.Call(call.to(), call.request(), new Forgotten(), call.patienceNanos()));
                out.addAll(core.on(call.continuation(), new Response.Answered(confirmation)));
            } else {
                out.add(effect);
            }
        }
        return out;
    }

    private record Forgotten() implements Continuation {}
}
