package org.factoredos.boot;

import java.util.concurrent.CompletableFuture;
import org.factoredos.kernel.Destination;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.SendResult;
import org.factoredos.lib.Backoff;
import org.factoredos.lib.CallError;
import org.factoredos.lib.Calls;
import org.factoredos.lib.FosException;
import org.factoredos.lib.ProcessKilled;
import org.jspecify.annotations.Nullable;

/** A call for somebody outside, of a request that may be carried out twice. */
final class Question<R extends Payload> implements Errand {
    private static final long PATIENCE_NANOS = 5_000_000_000L;

    private final Destination to;
    private final Payload.Request<R> request;
    private final CompletableFuture<R> answer = new CompletableFuture<>();
    private final Backoff backoff = new Backoff();
    private Calls.@Nullable Pending<R> pending;
    private boolean begun;
    private long untilNanos;
    private long dueNanos;

    Question(Destination to, Payload.Request<R> request) {
        this.to = to;
        this.request = request;
    }

    /** Fails where there is none in time. */
    CompletableFuture<R> answer() {
        return answer;
    }

    @Override
    public boolean hasNews() {
        Calls.Pending<R> asked = pending;
        return !begun || (asked != null && asked.done());
    }

    @Override
    public long dueNanos() {
        return dueNanos;
    }

    @Override
    public void advance(Calls calls) {
        long now = calls.client().nanos();
        Calls.Pending<R> asked = pending;
        boolean done = asked != null && calls.done(asked);
        if (begun && !done && now - dueNanos < 0) {
            return;
        }
        if (!begun) {
            begun = true;
            untilNanos = now + PATIENCE_NANOS;
        }
        pending = null;
        try {
            if (asked == null) {
                pending = calls.begin(to, request, null);
                dueNanos = untilNanos;
            } else {
                onNews(calls, asked, done, now);
            }
        } catch (FosException e) {
            answer.completeExceptionally(e);
        }
    }

    private void onNews(Calls calls, Calls.Pending<R> asked, boolean done, long now) {
        R answered = asked.answer();
        long wait = backoff.nextNanos();
        if (answered != null) {
            answer.complete(answered);
        } else if (done && mayPass(asked.sent()) && now + wait - untilNanos < 0) {
            dueNanos = now + wait;
        } else {
            if (!done) {
                calls.forget(asked);
            }
            answer.completeExceptionally(failed(asked.sent()));
        }
    }

    /** A queue was full, or a name's mailbox has gone: the microkernel has dropped that, and looks the name up anew. */
    private static boolean mayPass(@Nullable SendResult sent) {
        return sent == SendResult.QUEUE_FULL || sent == SendResult.NO_SUCH_MAILBOX;
    }

    private FosException failed(@Nullable SendResult sent) {
        return sent == null || sent == SendResult.ACCEPTED
                ? new FosException(CallError.TIMED_OUT, to + ": " + CallError.TIMED_OUT.sentence())
                : new FosException(sent, to + ": " + sent.sentence());
    }

    @Override
    public boolean over() {
        return answer.isDone();
    }

    @Override
    public void abandon() {
        answer.completeExceptionally(new ProcessKilled());
    }
}
