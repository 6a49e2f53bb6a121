package org.factoredos.actor;

import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.Leaving;
import org.factoredos.kernel.Mailbox;
import org.factoredos.server.Movable;
import org.factoredos.server.RunLoop;
import org.jspecify.annotations.Nullable;

/**
 * Runs the core of a process that can move: on this tile, from its start or its arrival until its end or its departure.
 *
 * <p>A core that throws ends its process: what it knew is not to be trusted.
 */
final class MovableActor extends AbstractBehavior<MovableActor.Command> {
    sealed interface Command {}

    /** It runs from now on. */
    record Run(Client client, Movable core) implements Command {}

    enum Own implements Command {
        WAKE,
        DUE,
        DISCARD
    }

    private static final int STOPPED = 137;
    private static final int CRASHED = 70;

    private final Alarm<Command> alarm;
    private @Nullable Client client;
    private @Nullable RunLoop loop;
    private boolean over;

    static Behavior<Command> create() {
        return Behaviors.setup(context ->
                Behaviors.withTimers(timers -> new MovableActor(context, new Alarm<>(timers, Own.DUE))));
    }

    private MovableActor(ActorContext<Command> context, Alarm<Command> alarm) {
        super(context);
        this.alarm = alarm;
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessageEquals(Own.WAKE, this::turn)
                .onMessageEquals(Own.DUE, () -> {
                    alarm.rang();
                    return turn();
                })
                .onMessageEquals(Own.DISCARD, Behaviors::stopped)
                .onMessage(Run.class, this::onRun)
                .onSignal(PostStop.class, stop -> {
                    end(STOPPED);
                    return this;
                })
                .build();
    }

    private Behavior<Command> onRun(Run run) {
        Mailbox requests = run.client().mailbox(Client.FIRST_MAILBOX);
        if (requests == null) {
            throw new IllegalStateException("a server has a mailbox for requests");
        }
        client = run.client();
        RunLoop its = new RunLoop(run.client(), requests, run.core());
        loop = its;
        run.client().moves(Leaving.Reach.ANYWHERE);
        its.begin();
        return turn();
    }

    private Behavior<Command> turn() {
        Client its = client;
        RunLoop running = loop;
        if (its == null || running == null) {
            return this; // Not yet.
        }
        if (its.closed()) {
            return Behaviors.stopped();
        }
        try {
            if (running.turn(its.nanos()).isPresent()) {
                throw new IllegalStateException("only an owner persists, and this host has no journal");
            }
            if (running.hasLeft()) {
                over = true;
                return Behaviors.stopped();
            }
        } catch (RuntimeException e) {
            getContext().getLog().error("process {} on {} failed", its.id(), its.tile(), e);
            end(CRASHED);
            return Behaviors.stopped();
        }
        if (running.rest()) {
            alarm.wantedAt(running.nextDeadlineNanos(), its.nanos());
        } else {
            getContext().getSelf().tell(Own.WAKE);
        }
        return this;
    }

    private void end(int status) {
        Client its = client;
        if (its != null && !over) {
            over = true;
            its.microkernel().ended(its, status);
        }
    }
}
