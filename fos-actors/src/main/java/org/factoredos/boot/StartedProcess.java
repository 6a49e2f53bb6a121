package org.factoredos.boot;

import java.util.concurrent.CompletableFuture;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Name;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.SendResult;
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
public final class StartedProcess {
    private static final Name PLACEMENT = new Name("sys:placement");
    private static final long WAIT_PATIENCE_NANOS = 4_000_000_000L;
    /** Twice the patience: an answer that is not here by then does not come. */
    private static final long ANSWER_NANOS = 2 * WAIT_PATIENCE_NANOS;

    private final ProcessSpec spec;
    private final Runner runner;
    private final CompletableFuture<ProcessId> started = new CompletableFuture<>();
    private final CompletableFuture<Integer> exit = new CompletableFuture<>();
    private Calls.@Nullable Pending<? extends Payload> pending;
    private long begunNanos;

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

    boolean hasNews() {
        return pending == null || pending.done();
    }

    /** Takes the next step: start it, or wait for it. */
    void advance(Calls calls, TileId near) {
        long now = calls.client().nanos();
        Calls.Pending<? extends Payload> before = pending;
        if (before != null && !calls.done(before)) {
            if (now - begunNanos < ANSWER_NANOS) {
                return;
            }
            calls.forget(before);
        }
        try {
            if (before != null) {
                onNews(before.answer(), before.sent());
            }
            if (!exit.isDone()) {
                begunNanos = now;
                pending = calls.begin(PLACEMENT, next(near), null);
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

    private void onNews(@Nullable Payload answer, @Nullable SendResult sent) throws FosException {
        switch (answer) {
            case PlacementProtocol.ProcessSpawned spawned -> started.complete(spawned.process());
            case PlacementProtocol.ProcessEnded ended -> exit.complete(ended.status());
            case PlacementProtocol.StillRunning running -> {}
            case PlacementProtocol.Refused(PlacementError error) ->
                throw new FosException(error, spec.program() + ": " + error.sentence());
            case null, default -> {
                // What was definitely refused, and a wait, may be asked again; a spawn may have been carried out.
                boolean definite = sent == SendResult.QUEUE_FULL || sent == SendResult.NO_SUCH_MAILBOX;
                if (!definite && !started.isDone()) {
                    throw new FosException(CallError.TIMED_OUT, spec.program() + ": " + CallError.TIMED_OUT.sentence());
                }
            }
        }
    }

    /** Nobody will learn any more what becomes of it. */
    void abandon() {
        ProcessKilled gone = new ProcessKilled();
        started.completeExceptionally(gone);
        exit.completeExceptionally(gone);
    }
}
