package org.factoredos.terminal;

import java.io.IOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.factoredos.driver.ConsoleDevice.Write;
import org.factoredos.driver.ConsoleProtocol.ConsoleFailed;
import org.factoredos.driver.ConsoleProtocol.ConsoleWritten;
import org.factoredos.kernel.Payload;

/**
 * Carries writes out in their order, on a thread of its own: a terminal that its user holds, or a pipe that nobody reads,
 * must not stop the tile that writes.
 *
 * <p>Once a reader has closed its end, nothing more is written anywhere. A Unix command would have died of SIGPIPE by
 * then, without a word; so the programs' complaints about it are not shown.
 */
final class Output implements AutoCloseable {
    /** Where the bytes go. */
    @FunctionalInterface
    interface Sink {
        void write(Write write) throws IOException;
    }

    /** So that a reader who never reads does not keep the command from ending. */
    private static final long LAST_WRITES_SECONDS = 5;

    private final ExecutorService thread;
    private final Sink sink;
    private final Consumer<IOException> whenGone;
    private boolean gone; // For the thread alone.

    /** @param whenGone told once, when the other side takes no more */
    Output(Sink sink, Consumer<IOException> whenGone) {
        this.sink = sink;
        this.whenGone = whenGone;
        this.thread = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().daemon().name("console-output").factory());
    }

    void begin(Write write, Consumer<Payload> done) {
        try {
            thread.execute(() -> done.accept(carryOut(write)));
        } catch (RejectedExecutionException closed) {
            done.accept(new ConsoleFailed("it is closed"));
        }
    }

    private Payload carryOut(Write write) {
        if (!gone) {
            try {
                sink.write(write);
                return new ConsoleWritten();
            } catch (IOException e) {
                gone = true;
                whenGone.accept(e);
            }
        }
        return new ConsoleFailed("nobody reads it any more");
    }

    /** Waits until all that was begun is written. */
    @Override
    public void close() {
        thread.shutdown();
        try {
            if (!thread.awaitTermination(LAST_WRITES_SECONDS, TimeUnit.SECONDS)) {
                thread.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
