package org.factoredos.slice;

import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.persistence.typed.PersistenceId;
import akka.persistence.typed.RecoveryCompleted;
import akka.persistence.typed.SnapshotAdapter;
import akka.persistence.typed.javadsl.CommandHandler;
import akka.persistence.typed.javadsl.Effect;
import akka.persistence.typed.javadsl.EventHandler;
import akka.persistence.typed.javadsl.EventSourcedBehavior;
import akka.persistence.typed.javadsl.RetentionCriteria;
import akka.persistence.typed.javadsl.SignalHandler;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;
import org.factoredos.actor.Alarm;
import org.factoredos.actor.ServerActor.RequestBounds;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.Mailbox;
import org.factoredos.server.Device;
import org.factoredos.server.Event;
import org.factoredos.server.Membership;
import org.factoredos.server.OwnerLife;
import org.factoredos.server.Response;
import org.factoredos.server.RunLoop;
import org.jspecify.annotations.Nullable;

/**
 * The journal host of an owner: runs its core on its tile, and makes what a turn decided durable before any of it leaves.
 *
 * <p>A turn is one row, and the actor takes nothing while a row is in flight. The core has applied its events as it decided
 * them, so the host applies events in recovery only. Whatever goes wrong with a row (another writer has its place, or nobody
 * knows) the actor stops, its calls end as indefinite, and the next one recovers from what the journal really holds. No row
 * is ever deleted: the fence rests on them.
 */
public final class OwnerActor extends EventSourcedBehavior<OwnerActor.Command, JournalRow, OwnerLife> {
    /** What the machine room tells it; requests come by the client's mailbox. */
    public sealed interface Command {}

    public record MembershipChanged(Membership membership) implements Command {}

    /** The slice goes to another node: step down, then stop. */
    public record Withdraw() implements Command {}

    private enum Own implements Command {
        WAKE,
        DUE
    }

    /** Replaying this many rows takes well under a second. */
    private static final int ROWS_PER_SNAPSHOT = 2000;

    private static final int KEPT_SNAPSHOTS = 2;
    private static final int STOPPED = 0;

    /**
     * How an owner is run.
     *
     * @param open opens its client, to be woken as given, once it has recovered
     * @param device what flushes the journal (fsync)
     * @param mayAnswer the node lease, asked as each reply leaves
     */
    public record Hosting(
            String persistenceId,
            Supplier<OwnerLife> cores,
            Function<Client.Waker, Client> open,
            RequestBounds requests,
            Device device,
            BooleanSupplier mayAnswer) {}

    private final Hosting hosting;
    private final Runnable ended;
    private final ActorContext<Command> context;
    private final Alarm<Command> alarm;
    private final OwnerLife life;
    private @Nullable RunLoop loop;
    private @Nullable Membership membership;

    /** Recovers the owner and runs it; {@code ended} is run when it has stopped, for whatever reason. */
    public static Behavior<Command> create(Hosting hosting, Runnable ended) {
        return Behaviors.setup(context ->
                Behaviors.withTimers(timers -> new OwnerActor(context, new Alarm<>(timers, Own.DUE), hosting, ended)));
    }

    private OwnerActor(ActorContext<Command> context, Alarm<Command> alarm, Hosting hosting, Runnable ended) {
        super(PersistenceId.ofUniqueId(hosting.persistenceId()));
        this.context = context;
        this.alarm = alarm;
        this.hosting = hosting;
        this.ended = ended;
        this.life = hosting.cores().get();
    }

    @Override
    public OwnerLife emptyState() {
        return life;
    }

    @Override
    public CommandHandler<Command, JournalRow, OwnerLife> commandHandler() {
        return newCommandHandlerBuilder().forAnyState().onAnyCommand(this::onCommand);
    }

    @Override
    public EventHandler<OwnerLife, JournalRow> eventHandler() {
        return (owner, row) -> {
            if (loop == null) { // Recovering; later the core has applied its own events.
                row.events().forEach(owner::apply);
            }
            return owner;
        };
    }

    @Override
    public SignalHandler<OwnerLife> signalHandler() {
        return newSignalHandlerBuilder()
                .onSignal(RecoveryCompleted.instance(), recovered -> begin())
                .onSignal(PostStop.instance(), stopped -> {
                    ended.run();
                    RunLoop running = loop;
                    if (running != null) {
                        running.client().microkernel().ended(running.client(), STOPPED);
                    }
                })
                .build();
    }

    @Override
    public RetentionCriteria retentionCriteria() {
        return RetentionCriteria.snapshotEvery(ROWS_PER_SNAPSHOT, KEPT_SNAPSHOTS);
    }

    @Override
    public SnapshotAdapter<OwnerLife> snapshotAdapter() {
        return new SnapshotAdapter<>() {
            @Override
            public Object toJournal(OwnerLife owner) {
                return new JournalSnapshot(JournalRow.VERSION, owner.snapshot());
            }

            @Override
            public OwnerLife fromJournal(Object from) {
                life.restore(((JournalSnapshot) from).snapshot());
                return life;
            }
        };
    }

    private void begin() {
        Client client = hosting.open().apply(() -> context.getSelf().tell(Own.WAKE));
        Mailbox requests = client.createMailbox(
                hosting.requests().messages(), hosting.requests().bytes());
        RunLoop begun = new RunLoop(client, requests, life, hosting.device(), hosting.mayAnswer());
        loop = begun;
        if (membership != null) {
            begun.tell(membership);
        }
        begun.tell(new OwnerLife.SliceGranted(), new Response.DeadlinePassed());
        context.getSelf().tell(Own.WAKE);
    }

    private Effect<JournalRow, OwnerLife> onCommand(Command command) {
        switch (command) {
            case MembershipChanged(Membership changed) -> {
                membership = changed;
                if (loop != null) {
                    loop.tell(changed);
                }
            }
            case Withdraw withdraw -> {
                if (loop != null) {
                    loop.tell(new OwnerLife.SliceWithdrawn(), new Response.DeadlinePassed());
                }
            }
            case Own.DUE -> alarm.rang();
            case Own.WAKE -> {}
        }
        return loop == null ? Effect().none() : turn(loop);
    }

    private Effect<JournalRow, OwnerLife> turn(RunLoop running) {
        Client client = running.client();
        Optional<List<Event>> row = running.turn(client.nanos());
        if (row.isPresent()) {
            return Effect().persist(JournalRow.of(row.get())).thenRun(owner -> {
                running.journaled(client.nanos());
                context.getSelf().tell(Own.WAKE);
            });
        }
        if (life.stopped() || client.closed()) {
            return Effect().stop();
        }
        if (running.rest()) {
            alarm.wantedAt(running.nextDeadlineNanos(), client.nanos());
        } else {
            context.getSelf().tell(Own.WAKE);
        }
        return Effect().none();
    }
}
