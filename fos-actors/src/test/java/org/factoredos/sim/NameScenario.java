package org.factoredos.sim;

import java.util.Map;
import java.util.TreeMap;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.naming.NameFront;
import org.factoredos.naming.NameOwner;
import org.factoredos.server.OwnerLife;
import org.factoredos.server.Reserved;
import org.jspecify.annotations.Nullable;

/** The name fleet. */
final class NameScenario extends Scenario {
    private final History<Payload, Payload> history = new History<>();
    private final Map<Incarnation, Long> condemned = new TreeMap<>();

    NameScenario(long seed, Variant variant) {
        super(seed, variant, Reserved.NAME_SLICES);
    }

    @Override
    Reserved place(int slice) {
        return Reserved.nameOwner(slice);
    }

    @Override
    void boot(SimNode node) {
        serveFront(node, Reserved.NAME_FRONT, "sys:name", new NameFront(node.self(), leased(node)));
        Address front = Reserved.NAME_FRONT.address(node.self(), grid);
        node.interconnect().microkernels().forEach(kernel -> kernel.delegateNamesTo(front));
    }

    @Override
    OwnerLife owner(int slice, SimNode node) {
        return new OwnerLife(new NameOwner(), slice, node.self(), Reserved.nameOwner(slice), Reserved.NAME_FRONT);
    }

    @Override
    User user(Address self, Incarnation life) {
        return new NameUser(self, life, world.split(), history);
    }

    @Override
    void condemned(Incarnation life) {
        condemned.put(life, history.moment());
    }

    @Override
    @Nullable
    String judgement() {
        return history.violation(new NameModel(condemned));
    }

    @Override
    String counts() {
        return history.counts();
    }
}
