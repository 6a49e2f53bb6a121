package org.factoredos.driver;

import org.factoredos.kernel.Payload;

/** What the driver of a node's clock may be asked. */
public interface ClockProtocol {
    /** What time it is. Not for measuring: people and other machines set this clock, and it may go back. */
    record AskTime() implements Payload.Request<TimeReply> {}

    sealed interface TimeReply extends Payload {}

    /**
     * The time at the node that was asked.
     *
     * @param epochNanos nanoseconds since the beginning of 1970 in UTC
     * @param upNanos for how long the node has been running
     */
    record TimeTold(long epochNanos, long upNanos) implements TimeReply {}

    /** The clock does not answer. */
    record ClockFailed() implements TimeReply {}
}
