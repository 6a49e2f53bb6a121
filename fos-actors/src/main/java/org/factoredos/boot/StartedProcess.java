package org.factoredos.boot;

import java.util.concurrent.CompletableFuture;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Name;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.SendResult;
import org.factoredos.lib.Backoff;
import org.factoredos.lib.CallError;
import org.factoredos.lib.Calls;
import org.factoredos.lib.FosException;
import org.factoredos.lib.ProcessKilled;
import org.factoredos.placement.PlacementError;
import org.factoredos.placement.PlacementProtocol;
import org.factoredos.placement.ProcessId;
import org.factoredos.placement.ProcessSpec;
import org.jspecify.annotations.Nullable;

/** A process that was started from outside the grid. */
public final class StartedProcess implements Errand {
    private static final Name PLACEMENT = new Name("sys:placement");
    /** Longer than a failover: who serves placement may have to be asked of a dead owner's successor. */
    private static final long START_PATIENCE_NANOS = 20_000_000_000L;

    private static final long WAIT_PATIENCE_NANOS = 4_000_000_000L;
    /** Twice the patience: an answer that is not here by then does not come. */
    private static final long ANSWER_NANOS = 2 * WAIT_PATIENCE_NANOS;

    private final ProcessSpec spec;
    private final Runner runner;
    private final CompletableFuture<ProcessId> started = new CompletableFuture<>();
    private final CompletableFuture<Integer> exit = new CompletableFuture<>();
    private Calls.@Nullable Pending<? extends Payload> pending;
    private Backoff backoff = new Backoff();
    private boolean begun;
    private long startUntilNanos;
    private long dueNanos;

    /** Runs a task in init's thread. */
    @FunctionalInterface
    interface Runner {
        CompletableFuture<Boolean> run(Init.Task<Boolean> task);
    }

    StartedProcess(ProcessSpec spec, Runner runner) {
        this.spec = spec;
        this.runner = runner;
    }

    /** Known once it runs; fails with {@link FosException} where it could not be started. */
    public CompletableFuture<ProcessId> started() {
        return started;
    }

    /** Its exit status, when it has ended; fails where it could not be started, or the node has stopped. */
    public CompletableFuture<Integer> exit() {
        return exit;
    }

    /** Ends it at its next system call; done when that is under way. */
    public CompletableFuture<Boolean> kill() {
        return started.thenCompose(process -> runner.run(fos -> {
            fos.kill(process);
            return true;
        }));
    }

    // In init's thread alone.

    @Override
    public boolean hasNews() {
        Calls.Pending<? extends Payload> asked = pending;
        return !begun || (asked != null && asked.done());
    }

    @Override
    public long dueNanos() {
        return dueNanos;
    }

    /** Starts it, or waits for it. */
    @Override
    public void advance(Calls calls) {
        long now = calls.client().nanos();
        Calls.Pending<? extends Payload> asked = pending;
        boolean done = asked != null && calls.done(asked);
        if (begun && !done && now - dueNanos < 0) {
            return;
        }
        if (!begun) {
            begun = true;
            startUntilNanos = now + START_PATIENCE_NANOS;
        }
        pending = null;
        try {
            if (asked != null) {
                if (!done) {
                    calls.forget(asked);
                }
                if (!onNews(asked.answer(), asked.sent(), now)) {
                    dueNanos = now + backoff.nextNanos();
                    return;
                }
                backoff = new Backoff();
            }
            if (!exit.isDone()) {
                pending = calls.begin(PLACEMENT, next(calls.client().tile()), null);
                dueNanos = now + (started.isDone() ? ANSWER_NANOS : START_PATIENCE_NANOS);
            }
        } catch (FosException e) {
            started.completeExceptionally(e);
            exit.completeExceptionally(e);
        }
    }

    private PlacementProtocol.Request<?> next(TileId near) {
        return started.isDone()
                ? new PlacementProtocol.WaitForProcess(started.join(), WAIT_PATIENCE_NANOS)
                : new PlacementProtocol.SpawnProcess(spec, near);
    }

    /** Returns false where nothing was answered, and it is to be asked again after a rest. */
    private boolean onNews(@Nullable Payload answer, @Nullable SendResult sent, long now) throws FosException {
        switch (answer) {
            case PlacementProtocol.ProcessSpawned spawned -> started.complete(spawned.process());
            case PlacementProtocol.ProcessEnded ended -> exit.complete(ended.status());
            case PlacementProtocol.StillRunning running -> {}
            case PlacementProtocol.NoFreeTile none ->
                throw new FosException(
                        PlacementError.NO_FREE_TILE, spec.program() + ": " + PlacementError.NO_FREE_TILE.sentence());
            case PlacementProtocol.Refused(PlacementError error) ->
                throw new FosException(error, spec.program() + ": " + error.sentence());
            case null, default -> {
                // What was definitely refused, and a wait, may be asked again; a spawn may have been carried out.
                boolean refused = sent == SendResult.QUEUE_FULL || sent == SendResult.NO_SUCH_MAILBOX;
                if (!started.isDone() && !(refused && now - startUntilNanos < 0)) {
                    throw failed(refused ? sent : null);
                }
                return false;
            }
        }
        return true;
    }

    private FosException failed(@Nullable SendResult refusal) {
        return refusal == null
                ? new FosException(CallError.TIMED_OUT, spec.program() + ": " + CallError.TIMED_OUT.sentence())
                : new FosException(refusal, spec.program() + ": " + refusal.sentence());
    }

    @Override
    public boolean over() {
        return exit.isDone();
    }

    @Override
    public void abandon() {
        ProcessKilled gone = new ProcessKilled();
        started.completeExceptionally(gone);
        exit.completeExceptionally(gone);
    }
}
