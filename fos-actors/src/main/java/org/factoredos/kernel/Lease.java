package org.factoredos.kernel;

import org.jspecify.annotations.Nullable;

/**
 * The node lease at its holder: until when this node may believe what it was told.
 *
 * <p>A lease is counted on the monotonic clock, which stands still while the machine sleeps (a closed laptop); for those
 * who granted it time goes on. So it is good only as long as the wall clock has not run ahead of the monotonic one since it
 * was asked for. A wall clock that is set forward looks the same, and costs what a sleep does: the node is not leased until
 * it is granted what it asked for after that was noticed, two rounds at most. What the wall clock does not show, as in a
 * virtual machine that is stopped with both its clocks, is not noticed.
 *
 * <p>Granted by one thread, asked by any.
 */
final class Lease {
    /** Of the wall clock's ticks and of its being slewed, far more; the rest is part of what a successor waits longer. */
    private static final long MOST_AHEAD_NANOS = 50_000_000L;

    /** @param aheadNanos the wall clock, of the monotonic one */
    private record Grant(long untilNanos, long aheadNanos) {}

    private final Clock clock;
    private volatile @Nullable Grant grant;
    private long aheadNanos;
    private long awakeSinceNanos;

    Lease(Clock clock) {
        this.clock = clock;
        this.aheadNanos = clock.wallNanos() - clock.nanos();
        this.awakeSinceNanos = clock.nanos() - 1;
    }

    void granted(long askedNanos, long untilNanos) {
        long wall = clock.wallNanos();
        long now = clock.nanos();
        if (wall - now - aheadNanos > MOST_AHEAD_NANOS) {
            awakeSinceNanos = now; // It has slept since the last grant, and may have asked for this one before.
        }
        aheadNanos = wall - now;
        if (askedNanos - awakeSinceNanos > 0) { // In the same nanosecond is before: the clock stood still.
            grant = new Grant(untilNanos, aheadNanos);
        }
    }

    boolean holds() {
        Grant last = grant;
        if (last == null) {
            return false;
        }
        long wall = clock.wallNanos();
        long now = clock.nanos();
        return now - last.untilNanos() < 0 && wall - now - last.aheadNanos() <= MOST_AHEAD_NANOS;
    }
}
