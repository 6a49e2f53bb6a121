package org.factoredos.terminal;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.factoredos.driver.ConsoleDevice;
import org.factoredos.driver.ConsoleProtocol.NoKeyPressed;
import org.factoredos.kernel.Payload;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for input at a console: at most one, and a later takes an earlier's place, which is never answered.
 *
 * <p>Input belongs to whoever waits as it is handed out. So the thread that gathers it claims the wish first and takes the
 * bytes for it afterwards; where the claim fails the input stays for the next. The end of a wait claims it likewise, so no
 * key is lost that is pressed at that moment.
 */
final class Wishes {
    /** Input that is wanted: bytes or a line. */
    record Wish(ConsoleDevice request, Consumer<Payload> done) {}

    /** So that whoever does not wait gets what has come in already. */
    private static final long SHORTEST_WAIT_NANOS = 20_000_000;

    private @Nullable Wish current;
    /** When the wait of the current one is over, where it has an end: for {@link #end}. */
    private CompletableFuture<Boolean> over = new CompletableFuture<>();

    /** The wish that takes the place of any other. */
    synchronized void put(Wish wish) {
        set(wish);
        if (wish.request() instanceof ConsoleDevice.Keys(int most, long waitNanos)) {
            long wait = Math.max(waitNanos, SHORTEST_WAIT_NANOS);
            over = new CompletableFuture<Boolean>().completeOnTimeout(true, wait, TimeUnit.NANOSECONDS);
            var _ = over.thenAccept(late -> end(wish));
        }
    }

    private void end(Wish wish) {
        if (claim(wish)) {
            wish.done().accept(new NoKeyPressed());
        }
    }

    /** Nobody waits for input any more. */
    synchronized void clear() {
        set(null);
    }

    private void set(@Nullable Wish wish) {
        over.cancel(false);
        current = wish;
        notifyAll();
    }

    /** Blocks until somebody waits for input. */
    synchronized Wish await() throws InterruptedException {
        while (current == null) {
            wait();
        }
        return current;
    }

    synchronized boolean isCurrent(Wish wish) {
        return wish.equals(current);
    }

    /** Ends the wait of {@code wish}; false where another has taken its place. */
    synchronized boolean claim(Wish wish) {
        boolean claimed = wish.equals(current);
        if (claimed) {
            set(null);
        }
        return claimed;
    }

    /** Ends the wait for a line, if that is what is waited for. */
    synchronized @Nullable Wish claimLine() {
        @Nullable Wish wish = current;
        if (wish == null || !(wish.request() instanceof ConsoleDevice.Line)) {
            return null;
        }
        set(null);
        return wish;
    }
}
