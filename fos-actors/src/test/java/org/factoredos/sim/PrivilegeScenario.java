package org.factoredos.sim;

import org.factoredos.kernel.Address;
import org.factoredos.kernel.FixedRights;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.privilege.PrivilegeFront;
import org.factoredos.privilege.PrivilegeOwner;
import org.factoredos.privilege.StaticRights;
import org.factoredos.server.OwnerLife;
import org.factoredos.server.Reserved;
import org.factoredos.sim.SimTile.Serving;
import org.jspecify.annotations.Nullable;

/** The privilege fleet, with nothing but static rights at first: of each node's clients one grants and revokes, one sends. */
final class PrivilegeScenario extends Scenario {
    /** Longer than a revoke takes where nobody waits for tiles. */
    private static final long MOST_LAG_NANOS = 300 * World.MILLISECOND;

    private final History<Payload, Payload> history = new History<>();

    PrivilegeScenario(long seed, Variant variant) {
        super(seed, variant, Reserved.PRIVILEGE_SLICES);
    }

    @Override
    Reserved place(int slice) {
        return Reserved.privilegeOwner(slice);
    }

    @Override
    FixedRights fixedRights() {
        return new StaticRights(grid);
    }

    @Override
    void boot(SimNode node) {
        node.lagShims(MOST_LAG_NANOS);
        serveFront(
                node,
                Reserved.PRIVILEGE_FRONT,
                Serving.as(Reserved.PRIVILEGE_FRONT.domain()),
                () -> new PrivilegeFront(node.self(), leased(node)));
        Address front = Reserved.PRIVILEGE_FRONT.address(node.self(), grid);
        node.interconnect().microkernels().forEach(kernel -> kernel.delegateRightsTo(front));
    }

    @Override
    OwnerLife owner(int slice, SimNode node) {
        return new OwnerLife(
                new PrivilegeOwner(), slice, node.self(), Reserved.privilegeOwner(slice), Reserved.PRIVILEGE_FRONT);
    }

    @Override
    String domain(int client) {
        return PrivilegeUser.DOMAINS.get(client);
    }

    @Override
    void ownFault() {
        if (world.chance(300)) {
            failFronts();
        } else {
            super.ownFault();
        }
    }

    @Override
    User user(Address self, String domain, Incarnation life) {
        return new PrivilegeUser(self, life, world.split(), history);
    }

    @Override
    @Nullable
    String judgement() {
        return history.violation(new PrivilegeModel());
    }

    @Override
    String counts() {
        return history.counts();
    }
}
