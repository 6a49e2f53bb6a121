package org.factoredos.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jline.terminal.spi.SystemStream;
import org.jline.terminal.spi.TerminalProvider;

/** A line on standard error for as long as something takes longer than expected; gone when it is over. */
final class Progress implements AutoCloseable {
    private static final String ERASE = "\r\033[K";

    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("progress").factory());
    private final PrintWriter to;
    private final Supplier<String> what;
    private final BooleanSupplier terminal;
    private final long begunNanos = System.nanoTime();
    private boolean shown; // Under this object's lock, as is all writing.
    private boolean over;

    Progress(PrintWriter to, String what, Duration patience, BooleanSupplier terminal) {
        this(to, () -> what, patience, terminal);
    }

    /**
     * @param what asked anew whenever it is shown; any thread
     * @param terminal asked once, when there is something to show: whether {@code to} leads to a terminal
     */
    Progress(PrintWriter to, Supplier<String> what, Duration patience, BooleanSupplier terminal) {
        this.to = to;
        this.what = what;
        this.terminal = terminal;
        var _ = clock.schedule(this::begin, patience.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void begin() {
        if (terminal.getAsBoolean()) {
            var _ = clock.scheduleAtFixedRate(this::show, 0, 1, TimeUnit.SECONDS);
        }
    }

    private synchronized void show() {
        if (!over) {
            shown = true;
            to.print(ERASE + "fos: " + what.get() + ", " + (System.nanoTime() - begunNanos) / 1_000_000_000 + " s");
            to.flush();
        }
    }

    @Override
    public synchronized void close() {
        over = true;
        clock.shutdownNow();
        if (shown) {
            to.print(ERASE);
            to.flush();
        }
    }

    /** Whether standard error is a terminal, whatever the other streams are. */
    static boolean errorIsTerminal() {
        for (String provider : new String[] {"ffm", "jni", "exec"}) {
            try {
                return TerminalProvider.load(provider).isSystemStream(SystemStream.Error);
            } catch (IOException | RuntimeException | LinkageError e) {
                // Not on this platform.
            }
        }
        return false;
    }
}
