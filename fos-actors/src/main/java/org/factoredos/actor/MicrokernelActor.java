package org.factoredos.actor;

import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import java.util.function.Function;
import org.factoredos.kernel.ClientHost;
import org.factoredos.kernel.Microkernel;

/**
 * Gives a tile's microkernel its turns (§3.1): one actor a tile, which runs only when a message has arrived.
 *
 * <p>The programs of the tile are its children, so they end with it.
 */
public final class MicrokernelActor extends AbstractBehavior<MicrokernelActor.Command> {
    /** All of it is private: the tile's clients reach the microkernel by its mailbox, never by this actor. */
    enum Command {
        WAKE
    }

    private final Microkernel microkernel;

    /** @param host makes what runs the tile's programs, as children of the given actor */
    static Behavior<Command> create(Microkernel microkernel, Function<ActorContext<Command>, ClientHost> host) {
        return Behaviors.setup(context -> {
            microkernel.attach(() -> context.getSelf().tell(Command.WAKE), host.apply(context));
            context.getSelf().tell(Command.WAKE); // What was deposited before has woken nobody.
            return new MicrokernelActor(context, microkernel);
        });
    }

    private MicrokernelActor(ActorContext<Command> context, Microkernel microkernel) {
        super(context);
        this.microkernel = microkernel;
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder().onMessageEquals(Command.WAKE, this::turn).build();
    }

    private Behavior<Command> turn() {
        boolean more;
        try {
            more = microkernel.turn();
        } catch (RuntimeException e) {
            // The message that it failed on is out of its mailbox, so the next turn goes on behind it.
            getContext().getLog().error("microkernel of {} failed; it goes on", microkernel.tile(), e);
            more = true;
        }
        if (more) {
            getContext().getSelf().tell(Command.WAKE);
        }
        return this;
    }
}
