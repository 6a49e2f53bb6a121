package org.factoredos.actor;

import org.factoredos.kernel.Clock;

/** The host's clocks; each reading of the wall clock is some milliseconds old. */
public final class HostClock implements Clock {
    @Override
    public long nanos() {
        return System.nanoTime();
    }

    @Override
    public long wallNanos() {
        return System.currentTimeMillis() * 1_000_000;
    }
}
