package org.factoredos.kernel;

/** The two clocks of a node. */
@FunctionalInterface
public interface Clock {
    /** Nanoseconds since some moment; never goes back, but stands still while the machine sleeps. */
    long nanos();

    /** Nanoseconds since some moment, also those that the machine slept; people may set it. By default it is never set. */
    default long wallNanos() {
        return nanos();
    }
}
