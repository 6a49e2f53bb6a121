package org.factoredos.lib;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.factoredos.file.FileError;
import org.factoredos.file.FileProtocol;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Destination;
import org.factoredos.kernel.Name;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.SendResult;
import org.factoredos.kernel.Trace;
import org.factoredos.memory.MemoryError;
import org.factoredos.memory.MemoryProtocol;
import org.factoredos.naming.NameError;
import org.factoredos.naming.NameProtocol;
import org.factoredos.network.NetworkError;
import org.factoredos.network.NetworkProtocol;
import org.factoredos.privilege.KeyError;
import org.factoredos.privilege.KeyProtocol;
import org.factoredos.privilege.PrivilegeError;
import org.factoredos.privilege.PrivilegeProtocol;
import org.jspecify.annotations.Nullable;

/**
 * A blocking call with the one retry policy of libfos: what definitely did not happen is tried again while patience lasts;
 * what may have happened never is.
 */
final class Caller {
    /** For whoever may be asked anything. */
    static final long PATIENCE_NANOS = 5_000_000_000L;
    /** For fleets: longer than a failover, for what a dead node was asked is answered by its successor. */
    static final long FAILOVER_NANOS = 20_000_000_000L;
    /** For answers that take no time: longer than a busy machine needs, and short for who waits. */
    static final long AGAIN_NANOS = 1_000_000_000L;
    /** How long a server that has lost a call may be waited for in vain. */
    private static final long LOOK_NANOS = 3_000_000_000L;
    /** For answers that wait for a person or for another process. */
    static final long FOREVER = Long.MAX_VALUE;

    private final Calls calls;
    private final Tracer tracer;
    private final AtomicLong lastNumber = new AtomicLong();

    Caller(Calls calls, Tracer tracer) {
        this.calls = calls;
        this.tracer = tracer;
    }

    /** A call under way, for {@link #finish} or {@link #forget}. */
    static final class Begun<R extends Payload> {
        private final String what;
        private final Destination to;
        private final Payload.Request<R> request;
        private final long deadline;
        private final @Nullable Trace called;
        private final Calls.Pending<R> pending;
        /** When a member that is silent is given up for another one, once. */
        private final long givenUp;

        private Begun(
                String what,
                Destination to,
                Payload.Request<R> request,
                long deadline,
                @Nullable Trace called,
                Calls.Pending<R> pending,
                long givenUp) {
            this.what = what;
            this.to = to;
            this.request = request;
            this.deadline = deadline;
            this.called = called;
            this.pending = pending;
            this.givenUp = givenUp;
        }
    }

    <R extends Payload> R call(String what, Destination to, Payload.Request<R> request, long patienceNanos)
            throws FosException {
        return finish(begin(what, to, request, patienceNanos));
    }

    /**
     * Likewise, of what harms nobody where it is done twice, and is answered at once by whoever lives: a server that has crashed
     * with the request has another in its place, which is asked again.
     */
    <R extends Payload> R callAgain(String what, Destination to, Payload.Request<R> request) throws FosException {
        long deadline = calls.client().nanos() + FAILOVER_NANOS;
        while (true) {
            try {
                return call(what, to, request, AGAIN_NANOS);
            } catch (FosException e) {
                if (e.error() != CallError.TIMED_OUT || calls.client().nanos() >= deadline) {
                    throw e;
                }
            }
        }
    }

    /** Asks whoever was called whether it still has the call. */
    @FunctionalInterface
    interface Look {
        boolean has() throws FosException;
    }

    /**
     * Likewise, of an answer that waits for a person. A server that has crashed with the request has another in its place,
     * which knows nothing of it: {@code look} finds that out, and it is asked anew.
     *
     * @param request as it is to be asked now
     */
    <R extends Payload> R callWaiting(String what, Destination to, Supplier<Payload.Request<R>> request, Look look)
            throws FosException {
        Backoff backoff = new Backoff();
        while (true) {
            Begun<R> asked = begin(what, to, request.get(), FOREVER);
            try {
                awaitOrLose(asked, look);
            } finally {
                calls.forget(asked.pending); // An answer that is here stays.
            }
            R answer = asked.pending.answer();
            SendResult sent = asked.pending.sent();
            if (answer != null) {
                tracer.answered(asked.pending.trace(), calls.client());
                return answer;
            }
            if (sent == SendResult.QUEUE_FULL) {
                pause(backoff.nextNanos());
            } else if (sent != null && sent != SendResult.ACCEPTED) {
                throw refused(what, to, sent);
            }
        }
    }

    /** Until the call is done, or who was asked has it no more. */
    private void awaitOrLose(Begun<?> asked, Look look) throws FosException {
        boolean done = false;
        boolean has = true;
        while (!done && has) {
            done = calls.await(asked.pending::done, calls.client().nanos() + LOOK_NANOS);
            has = done || look.has();
        }
    }

    /** @param what begins the message of a failure: what was asked, for people */
    <R extends Payload> Begun<R> begin(String what, Destination to, Payload.Request<R> request, long patienceNanos)
            throws FosException {
        Client client = calls.client();
        Trace called = tracer.wants(request) ? Trace.begin(client.tile(), client.nanos()) : null;
        long deadline = patienceNanos == FOREVER ? FOREVER : client.nanos() + patienceNanos;
        long givenUp = patienceNanos == FOREVER ? FOREVER : client.nanos() + patienceNanos / 2;
        return new Begun<>(what, to, request, deadline, called, begin(to, request, called), givenUp);
    }

    private <R extends Payload> Calls.Pending<R> begin(
            Destination to, Payload.Request<R> request, @Nullable Trace called) throws FosException {
        return mayAskOther(to, request)
                ? calls.beginKept(to, request, proxied(called))
                : calls.begin(to, request, proxied(called));
    }

    /** Of an interchangeable set another member may take what the first one is silent about (§3.4). */
    private static boolean mayAskOther(Destination to, Payload.Request<?> request) {
        return to instanceof Name && !request.once();
    }

    /** Nobody wants its answer; it may be carried out all the same. */
    void forget(Begun<?> begun) {
        calls.forget(begun.pending);
    }

    /** Waits for the answer. */
    <R extends Payload> R finish(Begun<R> begun) throws FosException {
        Client client = calls.client();
        Backoff backoff = new Backoff();
        Calls.Pending<R> pending = begun.pending;
        boolean mayTryOther = mayAskOther(begun.to, begun.request);
        while (true) {
            boolean inTime = calls.await(pending::done, mayTryOther ? begun.givenUp : begun.deadline);
            boolean lost = !inTime || pending.sent() == SendResult.UNREACHABLE;
            if (mayTryOther && lost && pending.answer() == null) {
                mayTryOther = false;
                calls.askOther(pending, begun.to, begun.request, proxied(begun.called));
                continue;
            }
            R answer = pending.answer();
            if (answer != null && !busy(answer)) {
                tracer.answered(pending.trace(), client);
                return answer;
            }
            if (!inTime) {
                calls.forget(pending);
                throw new FosException(CallError.TIMED_OUT, begun.what + ": " + CallError.TIMED_OUT.sentence());
            }
            boolean mayRetry = answer != null || mayRetry(begun.to, pending.sent());
            long wait = backoff.nextNanos();
            if (!mayRetry || client.nanos() + wait >= begun.deadline) {
                if (answer != null) {
                    return answer;
                }
                calls.forget(pending);
                throw refused(begun.what, begun.to, pending.sent());
            }
            calls.forget(pending); // A number that was kept for another try.
            pause(wait);
            pending = begin(begun.to, begun.request, begun.called);
            mayTryOther = mayAskOther(begun.to, begun.request);
        }
    }

    /** One that nothing else of this process has. */
    long nextNumber() {
        return lastNumber.incrementAndGet();
    }

    long nanos() {
        return calls.client().nanos();
    }

    ClientId self() {
        return calls.client().id();
    }

    /** As {@link Calls#giveBackAtLast}. */
    boolean giveBackAtLast(Destination to, Payload.Request<?> request) {
        return calls.giveBackAtLast(to, request);
    }

    void pause(long nanos) {
        calls.await(() -> false, calls.client().nanos() + nanos);
    }

    private @Nullable Trace proxied(@Nullable Trace called) {
        if (called == null) {
            return null;
        }
        Client client = calls.client();
        return called.then(Trace.Step.CONSTRUCTED, client.tile(), client.nanos())
                .then(Trace.Step.SENT, client.tile(), client.nanos());
    }

    /** A refusal that says no more than "not now". */
    private static boolean busy(Payload answer) {
        return switch (answer) {
            case FileProtocol.Refused(FileError error) -> error == FileError.EAGAIN;
            case NameProtocol.Refused(NameError error) -> error == NameError.BUSY;
            case PrivilegeProtocol.Refused(PrivilegeError error) -> error == PrivilegeError.BUSY;
            case KeyProtocol.Refused(KeyError error) -> error == KeyError.BUSY;
            case NetworkProtocol.Refused(NetworkError error) -> error == NetworkError.BUSY;
            case MemoryProtocol.Refused(MemoryError error) ->
                error == MemoryError.BUSY || error == MemoryError.ELSEWHERE;
            default -> false;
        };
    }

    private static boolean mayRetry(Destination to, @Nullable SendResult refusal) {
        // A name's mailbox that is gone was a stale entry; the microkernel has dropped it and asks anew.
        return refusal == SendResult.QUEUE_FULL || (refusal == SendResult.NO_SUCH_MAILBOX && to instanceof Name);
    }

    private static FosException refused(String what, Destination to, @Nullable SendResult refusal) {
        if (refusal == SendResult.NO_SUCH_NAME && to.equals(PathText.HOST)) {
            return ServedFile.refused(what, FileError.ENOENT); // This grid shows no host's tree.
        }
        if (refusal == null || refusal == SendResult.UNREACHABLE) {
            return new FosException(CallError.TIMED_OUT, what + ": " + CallError.TIMED_OUT.sentence());
        }
        return new FosException(refusal, what + ": " + refusal.sentence());
    }
}
