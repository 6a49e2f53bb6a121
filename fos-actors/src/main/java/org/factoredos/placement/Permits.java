package org.factoredos.placement;

import java.util.Optional;
import org.factoredos.kernel.RightKind;
import org.factoredos.placement.PlacementProtocol.Refused;
import org.factoredos.placement.ProcessTable.Running;
import org.factoredos.privilege.PrivilegeProtocol;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;

/** Whose processes somebody may signal and move: those of their own domain, and of domains on which they have the right. */
final class Permits {
    record Asking(Asked asked) implements Continuation {}

    private final Site site;

    Permits(Site site) {
        this.site = site;
    }

    /** The question that comes before a request about {@code id}; empty where none does. */
    Optional<Effect> question(Asked asked, ProcessId id) {
        Running process = site.table.running(id);
        if (process == null
                || asked.allowed()
                || asked.domain().equals(process.spec().domain())) {
            return Optional.empty();
        }
        return Optional.of(new Effect.Call(
                Reserved.PRIVILEGE_FRONT.address(site.node, site.ownGrid),
                new PrivilegeProtocol.AskRight(
                        asked.domain(), RightKind.SIGNAL, process.spec().domain(), asked.client(), asked.tile()),
                new Asking(asked),
                Site.TILE_PATIENCE_NANOS));
    }

    /** Why not; empty where it is allowed. */
    static Optional<Effect> refusal(Asking asking, Response response) {
        return switch (response) {
            case Response.Answered(PrivilegeProtocol.RightAllowed allowed) -> Optional.empty();
            case Response.Answered(PrivilegeProtocol.RightDenied denied) ->
                Optional.of(Site.reply(asking.asked().in(), new Refused(PlacementError.NOT_YOURS)));
            default -> Optional.of(Site.reply(asking.asked().in(), new Refused(PlacementError.NOT_CHECKED)));
        };
    }
}
