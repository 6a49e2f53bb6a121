package org.factoredos.actor;

import akka.actor.typed.ActorRef;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.factoredos.boot.MachineRoom;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.Microkernel;
import org.factoredos.placement.PlacementProtocol.StartServer;
import org.jspecify.annotations.Nullable;

/** Starts the servers that a fleet gets as it grows; the node's guardian runs them, like those that boot places. */
final class FurtherServers {
    private final Function<String, MachineRoom.@Nullable Offer> offers;
    private final ActorRef<NodeActor.Command> node;

    FurtherServers(Function<String, MachineRoom.@Nullable Offer> offers, ActorRef<NodeActor.Command> node) {
        this.offers = offers;
        this.node = node;
    }

    Client start(Microkernel tile, StartServer start) {
        MachineRoom.Offer offer = offers.apply(start.fleet());
        if (offer == null) {
            throw new IllegalArgumentException("no fleet '" + start.fleet() + "' grows here");
        }
        // The client is there at once, its actor a moment later: that looks at its mailboxes before it rests.
        AtomicReference<Client.@Nullable Waker> actor = new AtomicReference<>();
        Client client = tile.open(offer.domain(), AkkaRoom.OUTSTANDING_CALLS, () -> {
            Client.Waker waker = actor.get();
            if (waker != null) {
                waker.wake();
            }
        });
        ServerActor.RequestBounds bounds = ServerActor.RequestBounds.USUAL;
        client.createMailbox(bounds.messages(), bounds.bytes());
        Address address = new Address(client.id(), Client.FIRST_MAILBOX, tile.tile());
        node.tell(new NodeActor.HostServer(new ServerActor.Hosting(
                waker -> {
                    actor.set(waker);
                    return client;
                },
                bounds,
                () -> offer.cores().apply(address),
                offer.device(),
                () -> true,
                opened -> {})));
        return client;
    }
}
