package org.factoredos.transport;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Interconnect;
import org.factoredos.kernel.Link;
import org.factoredos.kernel.SendResult;
import org.factoredos.kernel.Sending;
import org.factoredos.kernel.Wire;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One node's way to all others over Artery: a {@link LinkHost} for each node that the cluster has made known. */
public final class ArteryWire implements Wire {
    private static final Logger LOG = LoggerFactory.getLogger(ArteryWire.class);
    /** What a frame holds beside one envelope's payload: results, addresses, a trace. */
    private static final int FRAME_RESERVE_BYTES = 16 << 10;

    private final ActorSystem<?> system;
    private final Link.Settings settings;
    private final PayloadFormat payloads;
    private final int largestPayloadBytes;
    private final Map<NodeId, ActorRef<LinkHost.Command>> hosts = new ConcurrentHashMap<>();
    private volatile @Nullable Interconnect node;

    public ArteryWire(ActorSystem<?> system, Link.Settings settings) {
        this.system = system;
        this.settings = settings;
        this.payloads = new PayloadFormat(system);
        this.largestPayloadBytes =
                Math.toIntExact(system.settings().config().getBytes("akka.remote.artery.advanced.maximum-frame-size"))
                        - FRAME_RESERVE_BYTES;
    }

    /** Once, before any other node is met: where what arrives is deposited. */
    public void attach(Interconnect interconnect) {
        node = interconnect;
    }

    /** The cluster has a member at {@code address} that is {@code peer}: from now on messages can go there. */
    public void met(Incarnation peer, akka.actor.Address address) {
        Interconnect here = node;
        if (here == null) {
            throw new IllegalStateException("the wire has no end here yet");
        }
        hosts.computeIfAbsent(
                        peer.node(),
                        other -> system.systemActorOf(
                                LinkHost.create(here, settings, payloads),
                                ArteryTransport.hostName(other),
                                Props.empty()))
                .tell(new LinkHost.PeerMet(peer, ArteryTransport.to(system, address, here.node())));
    }

    /** The cluster has removed that member: no message to it gets a result any more, but for this. */
    public void removed(Incarnation peer) {
        ActorRef<LinkHost.Command> host = hosts.get(peer.node());
        if (host != null) {
            host.tell(new LinkHost.PeerRemoved(peer));
        }
    }

    @Override
    public void carry(Envelope envelope, Sending sending) {
        ActorRef<LinkHost.Command> host = hosts.get(envelope.to().tile().node());
        if (host == null) {
            sending.ended(SendResult.MOVED);
            return;
        }
        Bytes payload;
        try {
            payload = payloads.write(envelope.payload());
        } catch (JsonProcessingException e) {
            LOG.error("{} does not cross to {}", envelope.payload().getClass().getName(), envelope.to(), e);
            sending.ended(SendResult.UNREACHABLE);
            return;
        }
        if (payload.length() > largestPayloadBytes) {
            sending.ended(SendResult.TOO_LARGE);
            return;
        }
        host.tell(new LinkHost.Carry(EncodedPayload.replace(envelope, new EncodedPayload(payload)), sending));
    }
}
