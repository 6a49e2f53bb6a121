package org.factoredos.kernel;

/** The two clocks of a node. */
@FunctionalInterface
public interface Clock {
    /** The host's; each reading of the wall clock is some milliseconds old. */
    Clock OF_THE_HOST = new Clock() {
        @Override
        public long nanos() {
            return System.nanoTime();
        }

        @Override
        public long wallNanos() {
            return System.currentTimeMillis() * 1_000_000;
        }
    };

    /** Nanoseconds since some moment; never goes back, but stands still while the machine sleeps. */
    long nanos();

    /** Nanoseconds since some moment, also those that the machine slept; people may set it. By default it is never set. */
    default long wallNanos() {
        return nanos();
    }
}
