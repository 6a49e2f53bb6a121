package org.factoredos.actor;

import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.Mailbox;
import org.factoredos.server.Device;
import org.factoredos.server.Membership;
import org.factoredos.server.RunLoop;
import org.factoredos.server.Server;
import org.jspecify.annotations.Nullable;

/**
 * Runs the core of a server on its tile (§3.2.1): wake, one turn of the run loop, rest.
 *
 * <p>It is the core's supervisor too: a core that throws has broken an invariant, so a fresh one takes its place on the same
 * client. What the old one had parked is forgotten; its callers' deadlines tell them.
 */
public final class ServerActor extends AbstractBehavior<ServerActor.Command> {
    /** What the machine room tells it; requests come by the client's mailbox. */
    public sealed interface Command {}

    /** Given on at once, and again to every core that replaces another. */
    public record MembershipChanged(Membership membership) implements Command {}

    private enum Own implements Command {
        WAKE,
        DUE
    }

    /** The exit status of a server whose machine room stopped. */
    private static final int STOPPED = 0;

    /**
     * How a server is run.
     *
     * @param open opens its client, to be woken as given
     * @param requests the size of its request mailbox, where it has none yet
     * @param mayAnswer see {@link RunLoop}
     * @param opened told the client as soon as it takes requests
     */
    public record Hosting(
            Function<Client.Waker, Client> open,
            RequestBounds requests,
            Supplier<? extends Server> cores,
            Device device,
            BooleanSupplier mayAnswer,
            Consumer<Client> opened) {}

    /** The fixed size (§3.1.1) of a server's request mailbox. */
    public record RequestBounds(int messages, long bytes) {
        /** Room for a burst from a thousand tiles; larger than the largest transfer by far. */
        public static final RequestBounds USUAL = new RequestBounds(4096, 64L << 20);
    }

    private final Hosting hosting;
    private final Client client;
    private final Mailbox requests;
    private final Alarm<Command> alarm;
    private RunLoop loop;
    private @Nullable Membership membership;

    public static Behavior<Command> create(Hosting hosting) {
        return Behaviors.setup(context ->
                Behaviors.withTimers(timers -> new ServerActor(context, new Alarm<>(timers, Own.DUE), hosting)));
    }

    private ServerActor(ActorContext<Command> context, Alarm<Command> alarm, Hosting hosting) {
        super(context);
        this.hosting = hosting;
        this.alarm = alarm;
        this.client = hosting.open().apply(() -> context.getSelf().tell(Own.WAKE));
        Mailbox made = client.mailbox(Client.FIRST_MAILBOX);
        this.requests = made != null
                ? made
                : client.createMailbox(
                        hosting.requests().messages(), hosting.requests().bytes());
        this.loop = newLoop();
        context.getSelf().tell(Own.WAKE);
        hosting.opened().accept(client);
    }

    private RunLoop newLoop() {
        return new RunLoop(client, requests, hosting.cores().get(), hosting.device(), hosting.mayAnswer());
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessageEquals(Own.WAKE, this::turn)
                .onMessageEquals(Own.DUE, () -> {
                    alarm.rang();
                    return turn();
                })
                .onMessage(MembershipChanged.class, changed -> {
                    membership = changed.membership();
                    loop.tell(changed.membership());
                    return turn();
                })
                .onSignal(PostStop.class, stop -> {
                    client.microkernel().ended(client, STOPPED);
                    return this;
                })
                .build();
    }

    private Behavior<Command> turn() {
        if (client.closed()) {
            return Behaviors.stopped();
        }
        try {
            if (loop.turn(client.nanos()).isPresent()) {
                throw new IllegalStateException("only an owner persists, and this host has no journal");
            }
        } catch (RuntimeException e) {
            getContext().getLog().error("server on {} failed; a new one takes its place", client.tile(), e);
            replaceCore();
        }
        if (loop.rest()) {
            alarm.wantedAt(loop.nextDeadlineNanos(), client.nanos());
        } else {
            getContext().getSelf().tell(Own.WAKE);
        }
        return this;
    }

    private void replaceCore() {
        loop.abandon();
        loop = newLoop();
        Membership known = membership;
        if (known != null) {
            loop.tell(known);
        }
    }
}
