package org.factoredos.actor;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.factoredos.boot.MachineRoom;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.Interconnect;
import org.factoredos.kernel.Microkernel;
import org.factoredos.lib.Program;
import org.factoredos.server.Device;
import org.factoredos.server.Membership;
import org.factoredos.server.Reserved;
import org.factoredos.server.Server;
import org.jspecify.annotations.Nullable;

/** The machine room of one node in an actor system: what boot sees of {@link NodeActor}. */
public final class AkkaRoom implements MachineRoom {
    /** How many transactions a server may have parked; a power of two. */
    static final int OUTSTANDING_CALLS = 4096;

    private final Interconnect node;
    private final ActorRef<NodeActor.Command> actor;
    /** Written by boot, read by the tiles. */
    private final Map<String, Offer> offers;

    private AkkaRoom(Interconnect node, ActorRef<NodeActor.Command> actor, Map<String, Offer> offers) {
        this.node = node;
        this.actor = actor;
        this.offers = offers;
    }

    /**
     * Starts the node's microkernels.
     *
     * @param catalog the programs by name; null for a name that is none
     */
    public static AkkaRoom start(
            ActorSystem<?> system, Interconnect node, Function<String, @Nullable Program> catalog) {
        node.auditTo(new AuditLog());
        Map<String, Offer> offers = new ConcurrentHashMap<>();
        return new AkkaRoom(
                node,
                system.systemActorOf(NodeActor.create(node, catalog, offers::get), "fos-" + node.node(), Props.empty()),
                offers);
    }

    @Override
    public CompletionStage<Client> serve(
            Reserved place, String domain, Supplier<? extends Server> cores, Device device, BooleanSupplier mayAnswer) {
        CompletableFuture<Client> opened = new CompletableFuture<>();
        Microkernel tile = node.microkernel(place.tile(node.node(), node.grid()));
        actor.tell(new NodeActor.HostServer(new ServerActor.Hosting(
                waker -> tile.openBootstrap(domain, OUTSTANDING_CALLS, waker),
                ServerActor.RequestBounds.USUAL,
                cores,
                device,
                mayAnswer,
                opened::complete)));
        return opened;
    }

    @Override
    public void offer(String fleet, Offer offer) {
        offers.put(fleet, offer);
    }

    @Override
    public void tell(Membership membership) {
        actor.tell(new NodeActor.MembershipChanged(membership));
    }
}
