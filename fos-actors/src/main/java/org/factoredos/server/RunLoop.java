package org.factoredos.server;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Mailbox;
import org.factoredos.kernel.SendResult;
import org.factoredos.kernel.Sending;
import org.factoredos.kernel.Trace;
import org.jspecify.annotations.Nullable;

/**
 * The main run loop of a server (§3.2.1, Figure 4), the same for every fleet and in both machine rooms.
 *
 * <p>After each transaction the response mailbox is looked at first; its answers restart their continuations. A core's
 * effects are carried out as they come, up to the first event of a turn: from there on they are held until the journal has
 * the turn's row, and the loop takes no input meanwhile.
 *
 * <p>For one thread at a time; only sends' results and devices' answers come from others, through a queue of their own.
 */
public final class RunLoop {
    /** So that a flood on one tile leaves its neighbours on the same thread their turn; also the most of a group commit. */
    private static final int TRANSACTIONS_PER_TURN = 64;

    /** Nobody waits longer; so no deadline lies beyond what a clock can count. */
    private static final long LONGEST_PATIENCE_NANOS = 365L * 24 * 3600 * 1_000_000_000L;

    private final Client client;
    private final Mailbox requests;
    private final Server server;
    private final Device device;
    private final BooleanSupplier mayAnswer;

    /** By call number, in order: the first is the oldest that waits. */
    private final Map<Long, Parked> parked = new LinkedHashMap<>();
    /** Timers have numbers of their own, below zero. */
    private final Map<Long, Continuation> timers = new LinkedHashMap<>();

    private final Deadlines deadlines = new Deadlines();
    private final Queue<Restart> restarts = new ConcurrentLinkedQueue<>();
    private final List<Event> row = new ArrayList<>();
    private final ArrayDeque<Effect> held = new ArrayDeque<>();
    private final List<Integer> interrupting = new ArrayList<>();
    /** Uses of the device that are not yet known to be allowed. */
    private final ArrayDeque<Use> uses = new ArrayDeque<>();

    private boolean askedForDevice;
    private boolean journaling;
    /** The client is to leave: no request is begun. */
    private boolean leaving;

    private long lastTimer;
    private long turnNanos;

    /** Comes from another thread, or out of turn; {@code call} is 0 where the continuation is not in the table. */
    private record Restart(long call, Continuation continuation, Response response) {}

    private record Parked(Continuation continuation, long deadlineNanos) {}

    private record Use(long number, DeviceRequest<?> request, Continuation continuation) {}

    /** The microkernel has learned about the right to the device. */
    private record DeviceAnswered() implements Continuation {}

    /** A message from the machine room itself, such as {@link Membership}. */
    private record Told(Membership membership) implements Continuation {}

    /** It runs here from now on. */
    private record Here() implements Continuation {}

    /**
     * @param device what {@link Effect.Device} goes to
     * @param mayAnswer asked as a reply leaves: whether what the core knows is still true (an owner's node lease)
     */
    public RunLoop(Client client, Mailbox requests, Server server, Device device, BooleanSupplier mayAnswer) {
        this.client = client;
        this.requests = requests;
        this.server = server;
        this.device = device;
        this.mayAnswer = mayAnswer;
        client.mailboxes().stream()
                .filter(Mailbox::interrupts)
                .forEach(this::handleInterrupts); // Of one that has moved.
    }

    /** For a server without a device, whose answers need no lease. */
    public RunLoop(Client client, Mailbox requests, Server server) {
        this(
                client,
                requests,
                server,
                (request, done) -> {
                    throw new IllegalStateException("this server has no device");
                },
                () -> true);
    }

    public Client client() {
        return client;
    }

    /**
     * Makes a mailbox that raises interrupts (§3.1.1): a message there is a transaction of its own, as a request is, which
     * goes before everything else that waits.
     */
    public Mailbox createInterruptMailbox(int messages, long bytes) {
        Mailbox mailbox = client.createMailbox(messages, bytes, this::onInterrupt);
        interrupting.add(mailbox.number());
        return mailbox;
    }

    private void handleInterrupts(Mailbox mailbox) {
        mailbox.handleWith(this::onInterrupt);
        interrupting.add(mailbox.number());
    }

    private void onInterrupt(Envelope in) {
        perform(server.on(processed(in), turnNanos), turnNanos);
    }

    /** Any thread: tells the core that the membership has changed. */
    public void tell(Membership membership) {
        restarts.add(new Restart(0, new Told(membership), new Response.DeadlinePassed()));
        client.wake();
    }

    /** Any thread: restarts a continuation that the core did not park, with news of the machine room. */
    public void tell(Continuation continuation, Response response) {
        restarts.add(new Restart(0, continuation, response));
        client.wake();
    }

    /** Before the first turn of a {@link Movable}: it is told where it is. */
    public void begin() {
        restarts.add(new Restart(0, new Here(), new Response.DeadlinePassed()));
    }

    /**
     * After a turn: lets a {@link Movable} go that was asked to leave, once nothing is parked. Requests wait meanwhile, and go
     * with it.
     *
     * @return true where it has left, and this loop with all that it holds is over
     */
    public boolean hasLeft() {
        if (!(server instanceof Movable movable)) {
            return false;
        }
        if (leaving != client.leaving().asked()) {
            leaving = !leaving;
            if (leaving) {
                client.interrupts().mask(); // They are transactions as requests are, and go with it.
            } else {
                client.interrupts().unmask();
            }
        }
        return quiet() && client.microkernel().pack(client, movable.snapshot());
    }

    private boolean quiet() {
        return leaving
                && parked.isEmpty()
                && restarts.isEmpty()
                && client.responses().isEmpty()
                && client.allSent();
    }

    /**
     * Handles what has arrived, and carries out what comes of it.
     *
     * @return the events of this turn, to be journaled as one row before {@link #journaled} is called; most often none
     */
    public Optional<List<Event>> turn(long nanos) {
        if (journaling) {
            return Optional.empty(); // No input while a row is in flight.
        }
        turnNanos = nanos;
        for (int done = 0; done < TRANSACTIONS_PER_TURN; done++) {
            if (!restartOne(nanos)) {
                Envelope request = leaving ? null : requests.take();
                if (request == null) {
                    break;
                }
                perform(server.on(processed(request), nanos), nanos);
            }
        }
        if (row.isEmpty()) {
            return Optional.empty();
        }
        journaling = true;
        List<Event> events = List.copyOf(row);
        row.clear();
        return Optional.of(events);
    }

    /**
     * The row of the last turn is durable: carries out what was held. After any other outcome the owner is stopped and
     * recovers; nothing is rolled back by hand.
     */
    public void journaled(long nanos) {
        journaling = false;
        List<Effect> released = List.copyOf(held);
        held.clear();
        released.forEach(effect -> carryOut(effect, nanos));
    }

    /** Whether the client may rest until its waker is called or {@link #nextDeadlineNanos} comes; false: call turn again. */
    public boolean rest() {
        return journaling || client.rest(this::nothingToDo);
    }

    private boolean nothingToDo() {
        // Asked to leave, or to stay, after this was looked at: the next turn sees.
        return leaving == client.leaving().asked()
                && !quiet()
                && (leaving || requests.isEmpty())
                && client.responses().isEmpty()
                && restarts.isEmpty();
    }

    /** When {@link #turn} is due though nothing arrives; {@link Long#MAX_VALUE} for never. */
    public long nextDeadlineNanos() {
        return deadlines.nextNanos();
    }

    /** The core is given up: gives back the slots of its calls, so that a core after it on this client has them all. */
    public void abandon() {
        // False: the answer is in already, and whoever takes it gives the slot back.
        parked.keySet().forEach(call -> client.responses().cancel(call));
        parked.clear();
        timers.clear();
        restarts.clear();
        interrupting.forEach(client::destroyMailbox);
        uses.clear();
        device.abandon();
    }

    /** How many transactions are parked. */
    public int parked() {
        return parked.size() + timers.size();
    }

    /** An interrupt, or the transaction whose turn it is, if any can go on (Figure 4: responses before requests). */
    private boolean restartOne(long nanos) {
        if (client.interrupts().handleOne()) {
            return true;
        }
        Envelope answer = client.responses().take();
        if (answer != null) {
            Continuation continuation = unpark(answer.call());
            if (continuation != null) { // Otherwise a late answer: its transaction was ended by its deadline.
                perform(server.on(continuation, new Response.Answered(answer.payload()), nanos), nanos);
            }
            return true;
        }
        Restart restart = restarts.poll();
        if (restart != null) {
            onRestart(restart, nanos);
            return true;
        }
        List<Long> due = deadlines.due(nanos);
        due.forEach(number -> onDue(number, nanos));
        return !due.isEmpty();
    }

    private Envelope processed(Envelope request) {
        Trace trace = request.trace();
        return trace == null ? request : request.with(trace.then(Trace.Step.PROCESSED, client.tile(), client.nanos()));
    }

    private void onRestart(Restart restart, long nanos) {
        if (restart.call() != 0) {
            // False: an answer came in after all (an indefinite send), and it goes before the refusal.
            if (client.responses().cancel(restart.call()) && unpark(restart.call()) != null) {
                perform(server.on(restart.continuation(), restart.response(), nanos), nanos);
            }
        } else if (restart.continuation() instanceof DeviceAnswered
                && restart.response() instanceof Response.SendRefused(SendResult result)) {
            onDevice(result);
        } else if (restart.continuation() instanceof Told(Membership membership)) {
            if (server instanceof Membership.Watcher watcher) {
                perform(watcher.on(membership, nanos), nanos);
            }
        } else if (restart.continuation() instanceof Here) {
            if (server instanceof Movable movable) {
                perform(movable.arrived(client.addressOf(requests), nanos), nanos);
            }
        } else {
            perform(server.on(restart.continuation(), restart.response(), nanos), nanos);
        }
    }

    private void onDue(long number, long nanos) {
        Continuation timer = timers.remove(number);
        if (timer != null) {
            perform(server.on(timer, new Response.DeadlinePassed(), nanos), nanos);
        } else if (parked.containsKey(number) && client.responses().cancel(number)) {
            Continuation late = unpark(number);
            if (late != null) {
                perform(server.on(late, new Response.DeadlinePassed(), nanos), nanos);
            }
        }
    }

    private void perform(List<Effect> effects, long nanos) {
        for (Effect effect : effects) {
            if (effect instanceof Effect.Persist(Event event)) {
                row.add(event);
            } else if (row.isEmpty()) {
                carryOut(effect, nanos);
            } else {
                held.add(effect); // It may rest on an event that is not durable yet.
            }
        }
    }

    private void carryOut(Effect effect, long nanos) {
        switch (effect) {
            case Effect.Send(var to, var message, var refused) ->
                client.send(
                        to,
                        message,
                        refused == null
                                ? Sending.UNWATCHED
                                : result -> {
                                    if (result != SendResult.ACCEPTED) {
                                        tell(refused, new Response.SendRefused(result));
                                    }
                                });
            case Effect.Call call -> call(call, nanos);
            case Effect.Device(var request, var continuation, var patience) -> {
                long number = park(continuation, patience, nanos);
                if (number != 0) {
                    uses.add(new Use(number, request, continuation));
                    useDevice();
                }
            }
            case Effect.Reply(var to, var call, var answer, var trace) -> {
                // An answer that has lost its lease is not given: the caller's deadline ends the call as indefinite.
                if (mayAnswer.getAsBoolean()) {
                    client.reply(to, call, answer, replied(trace), Sending.UNWATCHED);
                }
            }
            case Effect.Persist persist -> throw new IllegalStateException("a row is made before this");
            case Effect.Audit(var who, var domain, var kind, var target, var tile) ->
                client.audit(who, domain, kind, target, tile);
            case Effect.Timer(var continuation, var after) -> {
                timers.put(--lastTimer, continuation);
                deadlines.add(lastTimer, nanos + after);
            }
        }
    }

    /** In order: what stands behind one that waits for the right waits too. */
    private void useDevice() {
        while (!askedForDevice && !uses.isEmpty()) {
            Use next = uses.element();
            SendResult result = client.useDevice(
                    () -> device.begin(next.request(), answer -> client.answerOwnCall(next.number(), answer)),
                    later -> tell(new DeviceAnswered(), new Response.SendRefused(later)));
            askedForDevice = result == null;
            if (result != null) {
                uses.remove();
                refuseUnlessAccepted(next, result);
            }
        }
    }

    private void onDevice(SendResult result) {
        askedForDevice = false;
        if (result != SendResult.ACCEPTED) {
            refuseUnlessAccepted(uses.remove(), result);
        }
        useDevice();
    }

    private void refuseUnlessAccepted(Use use, SendResult result) {
        if (result != SendResult.ACCEPTED) {
            restarts.add(new Restart(use.number(), use.continuation(), new Response.SendRefused(result)));
            client.wake();
        }
    }

    private void call(Effect.Call call, long nanos) {
        long number = park(call.continuation(), call.patienceNanos(), nanos);
        if (number == 0) {
            return;
        }
        long settled = parked.keySet().iterator().next() - 1;
        client.request(call.to(), call.request(), number, settled, null, result -> {
            if (result != SendResult.ACCEPTED) {
                restarts.add(new Restart(number, call.continuation(), new Response.SendRefused(result)));
                client.wake();
            }
        });
    }

    private long park(Continuation continuation, long patienceNanos, long nanos) {
        long number = client.responses().reserve();
        if (number == 0) {
            tell(continuation, new Response.SendRefused(SendResult.QUEUE_FULL));
            return 0;
        }
        long deadline = nanos + Math.clamp(patienceNanos, 0, LONGEST_PATIENCE_NANOS);
        parked.put(number, new Parked(continuation, deadline));
        deadlines.add(number, deadline);
        return number;
    }

    private @Nullable Continuation unpark(long number) {
        Parked waited = parked.remove(number);
        if (waited == null) {
            return null;
        }
        deadlines.remove(number, waited.deadlineNanos());
        return waited.continuation();
    }

    private @Nullable Trace replied(@Nullable Trace trace) {
        return trace == null ? null : trace.then(Trace.Step.REPLIED, client.tile(), client.nanos());
    }
}
