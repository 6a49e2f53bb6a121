package org.factoredos.sim;

import java.util.ArrayList;
import java.util.List;
import org.factoredos.kernel.Delegation;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Payload;
import org.factoredos.naming.NameProtocol;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Response;
import org.factoredos.server.Server;
import org.factoredos.sim.Scenario.Variant;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** G6 and G7 by {@link Seeds}: no tile has two clients, every call ends, and no tile, process or name of a dead client is left. */
@Tag("O2")
@Tag("S2")
class PlacementSimTest {
    /** Few enough for continuous integration. */
    private static final long SEEDS = 100;

    @Test
    void noTileAndNoProcessIsForgotten() {
        Seeds.assertNoneFails(
                "PlacementSimTest#noTileAndNoProcessIsForgotten",
                SEEDS,
                seed -> new PlacementScenario(seed, Variant.NONE));
    }

    // Planted faults: variants of the state machines that only tests have.

    @Test
    void serverThatDoesNotAskItsTilesIsFound() {
        Seeds.assertFound(
                "PlacementSimTest#serverThatDoesNotAskItsTilesIsFound",
                seed -> new PlacementScenario(seed, Variant.ofFronts(Forgetful::new)));
    }

    /** A server that takes no tile's word for what runs there. */
    private static final class Forgetful extends Wrapped {
        Forgetful(Server core) {
            super(core);
        }

        @Override
        public List<Effect> on(Continuation continuation, Response response, long nanos) {
            return super.on(
                    continuation,
                    response instanceof Response.Answered(Delegation.ClientsListed listed)
                            ? new Response.Answered(new Delegation.ClientsListed(List.of(), listed.ended()))
                            : response,
                    nanos);
        }
    }

    @Test
    void serverThatForgetsTheNamesOfTheDeadIsFound() {
        Seeds.assertFound(
                "PlacementSimTest#serverThatForgetsTheNamesOfTheDeadIsFound",
                seed -> new PlacementScenario(seed, Variant.ofFronts(Careless::new)));
    }

    @Test
    void serverThatForgetsWhereTheNamesWentIsFound() {
        Seeds.assertFound(
                "PlacementSimTest#serverThatForgetsWhereTheNamesWentIsFound",
                seed -> new PlacementScenario(seed, Variant.ofFronts(Homebound::new)));
    }

    /** A server that notes an end at once, and tells the name fleet of none. */
    private static final class Careless extends Silent {
        Careless(Server core) {
            super(core, NameProtocol.ForgetClient.class, new NameProtocol.ClientForgotten());
        }
    }

    /** Likewise of moves. */
    private static final class Homebound extends Silent {
        Homebound(Server core) {
            super(core, NameProtocol.NoteMoved.class, new NameProtocol.MoveNoted());
        }
    }

    /** A server that believes itself to have told the name fleet what it has not. */
    private static class Silent extends Wrapped {
        private final Class<? extends Payload> untold;
        private final Payload answer;

        Silent(Server core, Class<? extends Payload> untold, Payload answer) {
            super(core);
            this.untold = untold;
            this.answer = answer;
        }

        @Override
        public List<Effect> on(Envelope in, long nanos) {
            List<Effect> out = new ArrayList<>();
            for (Effect effect : super.on(in, nanos)) {
                if (effect instanceof Effect.Call call && untold.isInstance(call.request())) {
                    out.addAll(super.on(call.continuation(), new Response.Answered(answer), nanos));
                } else {
                    out.add(effect);
                }
            }
            return out;
        }
    }
}
