package org.factoredos.transport;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorRefResolver;
import akka.actor.typed.ActorSystem;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Frame;
import org.factoredos.kernel.Transport;

/**
 * Frames to one node over Artery, which loses them where a connection breaks or its queue is full, and keeps the order of
 * the others.
 */
record ArteryTransport(ActorRef<? super LinkHost.FrameArrived> peer) implements Transport {
    /** The name of the actor that takes frames from {@code node}, on every other node: known without asking anyone. */
    static String hostName(NodeId node) {
        return "fos-link-" + node;
    }

    /** To the host that the node at {@code address} has for our node. */
    static ArteryTransport to(ActorSystem<?> system, akka.actor.Address address, NodeId self) {
        ActorRef<LinkHost.Command> host =
                ActorRefResolver.get(system).resolveActorRef(address + "/system/" + hostName(self));
        return new ArteryTransport(host);
    }

    @Override
    public void transmit(Frame frame) {
        peer.tell(new LinkHost.FrameArrived(frame));
    }
}
