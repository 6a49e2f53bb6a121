package org.factoredos.sim;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.naming.MemberChoice;
import org.factoredos.naming.MemberChoice.ChooseMember;
import org.factoredos.naming.NameFront;
import org.factoredos.naming.NameOwner;
import org.factoredos.server.DeviceRequest;
import org.factoredos.server.OwnerLife;
import org.factoredos.server.Reserved;
import org.factoredos.sim.SimTile.Serving;
import org.jspecify.annotations.Nullable;

/** The name fleet. */
class NameScenario extends Scenario {
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
        Serving serving = Serving.as("sys:names").device(this::choose);
        serveFront(
                node, Reserved.NAME_FRONT, serving, () -> new NameFront(node.self(), leased(node), Optional.empty()));
        Address front = Reserved.NAME_FRONT.address(node.self(), grid);
        node.interconnect().microkernels().forEach(kernel -> kernel.delegateNamesTo(front));
    }

    /** The routers: any member, and now and then none. */
    private void choose(DeviceRequest<?> request, Consumer<Payload> done) {
        List<Address> members = ((ChooseMember) request).members();
        done.accept(
                world.chance(100)
                        ? new MemberChoice.NobodyChosen()
                        : new MemberChoice.MemberChosen(members.get(world.random(members.size()))));
    }

    @Override
    OwnerLife owner(int slice, SimNode node) {
        return new OwnerLife(
                new NameOwner(slice, node.self()), slice, node.self(), Reserved.nameOwner(slice), Reserved.NAME_FRONT);
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
        return new NameUser(self, domain, life, world.split(), history);
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
