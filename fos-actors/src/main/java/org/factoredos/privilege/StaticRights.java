package org.factoredos.privilege;

import java.util.List;
import java.util.Optional;
import org.factoredos.grid.Grid;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Destination;
import org.factoredos.kernel.FixedRights;
import org.factoredos.kernel.Name;
import org.factoredos.kernel.RightKind;
import org.factoredos.server.Reserved;

/**
 * The fixed point of §3.1.3: what the privilege fleet itself is allowed, and what reaching it and being granted a lease
 * needs. Every other right is in the repository, where it can be revoked.
 *
 * @param grid its shape tells microkernels and the servers that boot places by their numbers alone
 */
public record StaticRights(Grid grid) implements FixedRights {
    private static final String KERNEL = "sys:kernel";

    static final List<Right> ALL = List.of(
            new Right("sys:init", RightKind.SEND, Reserved.PRIVILEGE_FRONT.domain()),
            new Right(KERNEL, RightKind.SEND, "*"),
            new Right(Reserved.LEASE.domain(), RightKind.SEND, Reserved.LEASE.domain()),
            new Right(Reserved.PRIVILEGE_FRONT.domain(), RightKind.SEND, KERNEL),
            new Right(Reserved.PRIVILEGE_FRONT.domain(), RightKind.SEND, Reserved.PRIVILEGE_FRONT.domain()));

    @Override
    public boolean allow(String domain, RightKind kind, Destination target) {
        for (Right right : ALL) {
            if (right.kind() == kind && right.domain().equals(domain) && covers(right, target)) {
                return true;
            }
        }
        return false;
    }

    private boolean covers(Right right, Destination target) {
        return right.target().equals("*")
                || text(target, grid).filter(right::covers).isPresent();
    }

    /** By what the right is asked for; empty for a client whose domain its number does not tell. */
    static Optional<String> text(Destination target, Grid grid) {
        return switch (target) {
            case Name name -> Optional.of(name.text());
            case Address address -> domainOf(address.client(), grid);
        };
    }

    private static Optional<String> domainOf(ClientId client, Grid grid) {
        if (client.isShim(grid)) {
            return Optional.of(KERNEL);
        }
        int tile = client.bootstrapTile(grid);
        return tile >= 0 && tile < Reserved.COUNT ? Optional.of(new Reserved(tile).domain()) : Optional.empty();
    }
}
