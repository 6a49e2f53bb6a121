package org.factoredos.actor;

import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.javadsl.Behaviors;
import org.factoredos.kernel.Client;

/**
 * A program on its tile: the actor stands for it in the machine room, a platform thread of its own runs it.
 *
 * <p>A platform thread, for a program may compute without end: two spinning virtual threads starve a third for good.
 */
public final class ProgramActor {
    enum Command {
        ENDED
    }

    private ProgramActor() {}

    /** @param thread not yet started; it tells this actor when the program has ended */
    static Behavior<Command> create(Client client, Thread thread) {
        return Behaviors.setup(context -> {
            thread.start();
            return Behaviors.receive(Command.class)
                    .onMessageEquals(Command.ENDED, Behaviors::stopped)
                    .onSignal(PostStop.class, stop -> {
                        client.close(); // The machine room stops: the program ends at its next system call.
                        return Behaviors.same();
                    })
                    .build();
        });
    }
}
