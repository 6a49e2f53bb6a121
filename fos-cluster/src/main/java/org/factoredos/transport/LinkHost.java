package org.factoredos.transport;

import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import java.io.IOException;
import org.factoredos.actor.Alarm;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Frame;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Interconnect;
import org.factoredos.kernel.Link;
import org.factoredos.kernel.SendResult;
import org.factoredos.kernel.Sending;
import org.factoredos.kernel.Transport;
import org.jspecify.annotations.Nullable;

/**
 * Runs this node's end of the link to one other node: one life of that node after the other, each with a {@link Link} of
 * its own.
 *
 * <p>Everything that waits in its mailbox goes into the link before the link is flushed, so the busier the wire, the fuller
 * its frames.
 */
final class LinkHost extends AbstractBehavior<LinkHost.Command> {
    sealed interface Command {}

    /** A message for the other node; its payload is encoded. */
    record Carry(Envelope envelope, Sending sending) implements Command {}

    /** The cluster has a member that is this life of the other node. */
    record PeerMet(Incarnation peer, Transport transport) implements Command {}

    /** That life of the other node is over. */
    record PeerRemoved(Incarnation peer) implements Command {}

    /** From the other node: the only one that crosses. */
    record FrameArrived(Frame frame) implements Command {}

    /** From the other node: something that is no frame. */
    record StrangeArrived(String why) implements Command {}

    private enum Own implements Command {
        FLUSH,
        DUE
    }

    private final Interconnect node;
    private final Incarnation self;
    private final Link.Settings settings;
    private final PayloadFormat payloads;
    private final Alarm<Command> alarm;
    private int newestBoot;
    private @Nullable Link link;
    private boolean flushing;

    static Behavior<Command> create(Interconnect node, Link.Settings settings, PayloadFormat payloads) {
        return Behaviors.setup(context -> Behaviors.withTimers(
                timers -> new LinkHost(context, node, settings, payloads, new Alarm<>(timers, Own.DUE))));
    }

    private LinkHost(
            ActorContext<Command> context,
            Interconnect node,
            Link.Settings settings,
            PayloadFormat payloads,
            Alarm<Command> alarm) {
        super(context);
        this.node = node;
        this.self = new Incarnation(node.node(), node.boot());
        this.settings = settings;
        this.payloads = payloads;
        this.alarm = alarm;
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessage(Carry.class, this::onCarry)
                .onMessage(FrameArrived.class, this::onFrame)
                .onMessageEquals(Own.FLUSH, this::onFlush)
                .onMessageEquals(Own.DUE, this::onDue)
                .onMessage(PeerMet.class, this::onMet)
                .onMessage(PeerRemoved.class, this::onRemoved)
                .onMessage(StrangeArrived.class, this::onStrange)
                .onSignal(PostStop.class, stopped -> {
                    endLink();
                    return this;
                })
                .build();
    }

    private Behavior<Command> onCarry(Carry carry) {
        ClientId to = carry.envelope().to().client();
        Link current = link;
        if (current == null || (carry.envelope().isForMaker() && current.peer().boot() != to.boot())) {
            carry.sending().ended(SendResult.MOVED); // Its node has not begun that life, or ended it.
        } else {
            current.offer(carry.envelope(), carry.sending());
            flushSoon();
        }
        return this;
    }

    private Behavior<Command> onFrame(FrameArrived arrived) {
        Link current = link;
        // From a node that this one has not met yet: it will repeat itself.
        if (current != null) {
            current.receive(arrived.frame(), node.nanos());
            flushSoon();
        }
        return this;
    }

    private Behavior<Command> onMet(PeerMet met) {
        if (met.peer().boot() > newestBoot) {
            newestBoot = met.peer().boot();
            endLink(); // One process at a time has a node's data, so the earlier life is over.
            link = new Link(self, met.peer(), settings, met.transport(), this::deliver);
        }
        return this;
    }

    private Behavior<Command> onRemoved(PeerRemoved removed) {
        newestBoot = Math.max(newestBoot, removed.peer().boot());
        Link current = link;
        if (current != null && current.peer().boot() <= removed.peer().boot()) {
            endLink();
        }
        return this;
    }

    private Behavior<Command> onStrange(StrangeArrived strange) {
        getContext().getLog().warn("refused what came as a frame: {}", strange.why());
        return this;
    }

    private Behavior<Command> onFlush() {
        flushing = false;
        Link current = link;
        if (current != null) {
            current.flush(node.nanos());
            alarm.wantedAt(current.nextDeadlineNanos(), node.nanos());
        }
        return this;
    }

    private Behavior<Command> onDue() {
        alarm.rang();
        Link current = link;
        if (current != null) {
            current.tick(node.nanos());
            alarm.wantedAt(current.nextDeadlineNanos(), node.nanos());
        }
        return this;
    }

    private void flushSoon() {
        if (!flushing) {
            flushing = true;
            getContext().getSelf().tell(Own.FLUSH);
        }
    }

    private void endLink() {
        Link ending = link;
        link = null;
        if (ending != null) {
            ending.end();
        }
    }

    private SendResult deliver(Envelope envelope) {
        try {
            return node.deliver(
                    EncodedPayload.replace(envelope, payloads.read(((EncodedPayload) envelope.payload()).data())));
        } catch (IOException e) {
            // The sender may be newer than this program; the other messages of its node are none the worse for it.
            getContext().getLog().warn("refused a message from {}: {}", envelope.from(), e.getMessage());
            return SendResult.UNREACHABLE;
        }
    }
}
