package org.factoredos.placement;

import java.util.List;
import org.factoredos.kernel.Envelope;
import org.factoredos.privilege.PrivilegeProtocol.AskRight;
import org.factoredos.privilege.PrivilegeProtocol.RightAllowed;
import org.factoredos.server.Effect;
import org.factoredos.server.Response;

/** A privilege fleet that allows everything, for what is not about rights. */
final class Permitted {
    private Permitted() {}

    /** What comes of a request once all rights that it takes are allowed. */
    static List<Effect> by(PlacementServer server, Envelope in, long nanos) {
        List<Effect> effects = server.on(in, nanos);
        while (effects.size() == 1
                && effects.getFirst() instanceof Effect.Call call
                && call.request() instanceof AskRight) {
            effects = server.on(call.continuation(), new Response.Answered(new RightAllowed()), nanos);
        }
        return effects;
    }
}
