package org.factoredos.lib;

/** How long to wait before asking again what was definitely refused: twice as long each time, up to a bound. */
public final class Backoff {
    private static final long FIRST_NANOS = 500_000L;
    private static final long LONGEST_NANOS = 50_000_000L;

    private long next = FIRST_NANOS;

    public long nextNanos() {
        long wait = next;
        next = Math.min(2 * next, LONGEST_NANOS);
        return wait;
    }
}
