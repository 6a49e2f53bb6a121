package org.factoredos.lib;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.Destination;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Name;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.SendResult;
import org.factoredos.kernel.Signal;
import org.factoredos.kernel.Trace;
import org.jspecify.annotations.Nullable;

/**
 * The calls that a client with a thread of its own has under way: its threads wait here, and nowhere else.
 *
 * <p>The thread that makes this is the client's own, which its waker must unpark. It alone handles interrupts, moves and sends
 * plain messages. Further threads may make calls beside it: what they do to the client they do in {@link #turn}, one at a time,
 * as if the client had one thread.
 */
public final class Calls {
    /** So that a flood of interrupts leaves the program its turn; the next call or wait handles more. */
    private static final int INTERRUPTS_AT_ONCE = 64;

    private final Client client;
    private final Thread own = Thread.currentThread();
    /** Held by who sends, or takes answers. */
    private final ReentrantLock turn = new ReentrantLock();
    /** The threads but the client's own that wait here. */
    private final Set<Thread> further = ConcurrentHashMap.newKeySet();

    private final Map<Long, Pending<?>> waiting = new LinkedHashMap<>();
    private final Map<Signal, Fos.SignalHandler> handlers = new EnumMap<>(Signal.class);
    private Beside beside = Beside.NOTHING;
    /** Another has the client's answers: a run loop. */
    private volatile boolean serving;
    /** Where it is closed: what it was closed by. */
    private Signal killer = Signal.KILL;

    /** What goes on while the thread waits, whatever it waits for. */
    interface Beside {
        Beside NOTHING = new Beside() {
            @Override
            public void goOn() {}

            @Override
            public long dueNanos() {
                return Long.MAX_VALUE;
            }
        };

        /** Begins and ends calls, and does not wait. */
        void goOn();

        /** When it has something to do though no answer comes. */
        long dueNanos();
    }

    /** A call that was begun: how its send ended, once that is known, and its answer, once that is here. */
    public static final class Pending<R extends Payload> {
        private final long number;
        private volatile @Nullable SendResult sent;
        private volatile @Nullable Envelope answer;
        /** Its number is kept for another try, though nobody knows whether the first has arrived. */
        private boolean kept;

        private @Nullable Address member;

        private Pending(long number, boolean kept) {
            this.number = number;
            this.kept = kept;
        }

        /** Null while nobody knows. */
        public @Nullable SendResult sent() {
            return sent;
        }

        /** Null until it is here. The protocol promises its type, as {@link Payload.Request} says. */
        @SuppressWarnings("unchecked")
        public @Nullable R answer() {
            Envelope in = answer;
            return in == null ? null : (R) in.payload();
        }

        @Nullable
        Trace trace() {
            Envelope in = answer;
            return in == null ? null : in.trace();
        }

        /** Whether nothing more can come of it: it was answered, or its send was refused. */
        public boolean done() {
            SendResult result = sent;
            return answer != null || (result != null && result != SendResult.ACCEPTED);
        }
    }

    public Calls(Client client) {
        this.client = client;
        client.alsoWakes(() -> further.forEach(LockSupport::unpark));
    }

    public Client client() {
        return client;
    }

    void beside(Beside other) {
        beside = other;
    }

    private boolean isOwn() {
        return Thread.currentThread() == own;
    }

    /** Sends the request and returns at once. */
    public <R extends Payload> Pending<R> begin(Destination to, Payload.Request<R> request, @Nullable Trace trace)
            throws FosException {
        return begin(to, request, trace, false);
    }

    /** Likewise, of a set of which another member may be asked the same ({@link #askOther}), then or never. */
    <R extends Payload> Pending<R> beginKept(Destination to, Payload.Request<R> request, @Nullable Trace trace)
            throws FosException {
        return begin(to, request, trace, true);
    }

    private <R extends Payload> Pending<R> begin(
            Destination to, Payload.Request<R> request, @Nullable Trace trace, boolean kept) throws FosException {
        if (isOwn()) {
            handleInterrupts();
        }
        turn.lock();
        try {
            mayCall();
            Pending<R> pending = start(to, request, trace, kept);
            if (pending == null) {
                throw new FosException(CallError.TOO_MANY_CALLS, CallError.TOO_MANY_CALLS.sentence());
            }
            return pending;
        } finally {
            turn.unlock();
        }
    }

    /** Null where too many are under way. */
    private <R extends Payload> @Nullable Pending<R> start(
            Destination to, Payload.Request<R> request, @Nullable Trace trace, boolean kept) {
        long number = client.responses().reserve();
        if (number == 0) {
            return null;
        }
        Pending<R> pending = new Pending<>(number, kept);
        waiting.put(number, pending);
        client.request(to, request, number, settled(), trace, result -> {
            pending.sent = result;
            client.wake();
        });
        pending.member = kept && to instanceof Name name ? client.member(name) : null;
        return pending;
    }

    /**
     * What a process gives back on its way out once it was cut off: sent, and not waited for. Without it whoever waits for that
     * would have to wait until nothing of the process can be under way any more.
     *
     * @return false where it was not cut off, and nothing was sent
     */
    boolean giveBackAtLast(Destination to, Payload.Request<?> request) {
        if (!client.closed()) {
            return false;
        }
        inTurn(() -> start(to, request, null, false));
        return true;
    }

    /** What is cut off sends nothing more, and a server's answers are its run loop's. */
    private void mayCall() {
        if (client.closed()) {
            throw new ProcessKilled(killer.status());
        }
        if (serving) {
            throw new IllegalStateException("a server makes no system calls: what it wants are effects of its core");
        }
    }

    /** From here on, until it says otherwise, the client is a run loop's; that leaves signals to {@link #handleSignals}. */
    void serving(boolean so) {
        serving = so;
    }

    void giveWay() {
        await(() -> true, Long.MAX_VALUE);
    }

    /** All calls before the oldest that waits have ended. */
    private long settled() {
        return waiting.keySet().iterator().next() - 1;
    }

    /** Sends it once more, under the same number, to another member of the set; what comes first is its answer. */
    void askOther(Pending<?> pending, Destination to, Payload.Request<?> request, @Nullable Trace trace) {
        turn.lock();
        try {
            Address silent = pending.member == null && to instanceof Name name ? client.member(name) : pending.member;
            pending.kept = false;
            if (client.closed() || pending.answer != null) {
                return; // Whoever waits for it finds out.
            }
            if (silent == null || !(to instanceof Name name)) {
                return;
            }
            SendResult first = pending.sent;
            pending.sent = first == SendResult.ACCEPTED ? first : null;
            client.requestOther(name, silent, request, pending.number, settled(), trace, result -> {
                pending.sent = result == SendResult.ACCEPTED ? result : first;
                client.wake();
            });
        } finally {
            turn.unlock();
        }
    }

    /** Whether {@code pending} is done, having looked at what came in. */
    public boolean done(Pending<?> pending) {
        takeAnswers();
        return pending.done();
    }

    /** No answer is wanted any more; one that comes is turned away. */
    public void forget(Pending<?> pending) {
        turn.lock();
        try {
            if (client.responses().cancel(pending.number)) {
                waiting.remove(pending.number);
            } else {
                takeAnswers(); // It is in already; taking it frees its slot.
            }
        } finally {
            turn.unlock();
        }
    }

    /**
     * Sends a plain message and waits until it is known how that ended; {@code UNREACHABLE}, which says nothing definite, where
     * nobody knows for longer than a failover takes.
     */
    public SendResult send(Destination to, Payload message) {
        handleInterrupts();
        Pending<Payload> sending = new Pending<>(0, false);
        inTurn(() -> {
            mayCall();
            client.send(to, message, result -> {
                sending.sent = result;
                client.wake();
            });
        });
        await(() -> sending.sent != null, client.nanos() + Caller.FAILOVER_NANOS);
        SendResult result = sending.sent;
        return result == null ? SendResult.UNREACHABLE : result;
    }

    /** Has the client send something while none of its other threads does. */
    void inTurn(Runnable sends) {
        turn.lock();
        try {
            sends.run();
        } finally {
            turn.unlock();
        }
    }

    /**
     * Parks the thread until {@code ready}, which is asked whenever something has come.
     *
     * @param deadlineNanos on the client's clock; {@link Long#MAX_VALUE} for none
     * @return false where the deadline has passed
     * @throws ProcessKilled once the client was closed
     */
    public boolean await(BooleanSupplier ready, long deadlineNanos) {
        boolean isOwn = isOwn();
        if (!isOwn) {
            further.add(Thread.currentThread());
        }
        boolean interrupted = false;
        try {
            while (!goOn(ready, isOwn)) {
                long left = left(deadlineNanos);
                if (left <= 0) {
                    return false;
                }
                if (isOwn) {
                    left = Math.min(left, Math.max(1, left(beside.dueNanos())));
                }
                if (rest(ready, isOwn)) {
                    LockSupport.parkNanos(this, left);
                    interrupted |= Thread.interrupted(); // Or it could not be parked; it finds out behind this.
                } else {
                    wakeOthers(isOwn);
                }
            }
            return true;
        } finally {
            if (!isOwn) {
                further.remove(Thread.currentThread());
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Does what there is to do, and says whether {@code ready}. */
    private boolean goOn(BooleanSupplier ready, boolean isOwn) {
        if (client.closed()) {
            throw new ProcessKilled(killer.status());
        }
        if (isOwn && client.mayGo()) {
            inTurn(() -> client.microkernel().letGo(client)); // Between two calls, it may be another tile's.
        }
        takeAnswers();
        if (isOwn) {
            handleInterrupts();
            beside.goOn();
        }
        return ready.getAsBoolean();
    }

    /** This thread has taken the mark that the client rests, without which nobody wakes the others: they set it again. */
    private void wakeOthers(boolean isOwn) {
        if (!isOwn) {
            LockSupport.unpark(own);
        }
        further.forEach(LockSupport::unpark);
    }

    private boolean rest(BooleanSupplier ready, boolean isOwn) {
        BooleanSupplier nothing = () -> client.responses().isEmpty() && !ready.getAsBoolean() && !client.closed();
        return isOwn ? client.rest(() -> nothing.getAsBoolean() && !client.mayGo()) : client.restInterrupted(nothing);
    }

    private long left(long deadlineNanos) {
        return deadlineNanos == Long.MAX_VALUE ? Long.MAX_VALUE : deadlineNanos - client.nanos();
    }

    /** At each kernel call, and whenever a wait was woken: the thread's own code is never interrupted anywhere else. */
    void handleInterrupts() {
        handleSignals();
        for (int i = 0; i < INTERRUPTS_AT_ONCE && client.interrupts().handleOne(); i++) {}
    }

    void handleSignals() {
        while (client.interrupts().handleSignal(this::onSignal)) {}
    }

    /** From here on {@code handler} is run, instead of the process being ended. */
    void onSignal(Signal signal, Fos.SignalHandler handler) {
        handlers.put(signal, handler);
    }

    private void onSignal(Signal signal) {
        Fos.SignalHandler handler = handlers.get(signal);
        if (handler == null) {
            killer = signal;
            client.close(); // So that no code on the way out makes a system call either.
            throw new ProcessKilled(signal.status());
        }
        handler.on(signal);
    }

    private void takeAnswers() {
        turn.lock();
        try {
            for (Envelope in = client.responses().take();
                    in != null;
                    in = client.responses().take()) {
                Pending<?> pending = waiting.remove(in.call());
                if (pending != null) { // Otherwise it was forgotten as it came.
                    pending.answer = in;
                    client.wake(); // Whose it is may have looked before this, and be about to rest.
                }
            }
            // A refused send has no answer; its slot is given back here, in the client's own turn.
            waiting.values()
                    .removeIf(pending -> !pending.kept
                            && pending.done()
                            && client.responses().cancel(pending.number));
        } finally {
            turn.unlock();
        }
    }
}
