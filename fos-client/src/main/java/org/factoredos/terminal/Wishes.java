package org.factoredos.terminal;

import java.util.function.Consumer;
import org.factoredos.driver.ConsoleDevice;
import org.factoredos.kernel.Payload;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for input at a console: at most one, and a later takes an earlier's place, which is never answered.
 *
 * <p>Input belongs to whoever waits as it is handed out. So the thread that gathers it claims the wish first and takes the
 * bytes for it afterwards; where the claim fails the input stays for the next.
 */
final class Wishes {
    /** Input that is wanted: bytes or a line. */
    record Wish(ConsoleDevice request, Consumer<Payload> done) {}

    private @Nullable Wish current;

    /** The wish that takes the place of any other. */
    synchronized void put(Wish wish) {
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
            current = null;
        }
        return claimed;
    }

    /** Ends the wait for a line, if that is what is waited for. */
    synchronized @Nullable Wish claimLine() {
        @Nullable Wish wish = current;
        if (wish == null || !(wish.request() instanceof ConsoleDevice.Line)) {
            return null;
        }
        current = null;
        return wish;
    }
}
