package org.factoredos.server;

import org.factoredos.kernel.Payload;
import org.factoredos.kernel.SendResult;

/** What restarts a continuation. Exactly one of these comes for each. */
public sealed interface Response {
    /** The other server, or the device, has answered. */
    record Answered(Payload answer) implements Response {}

    /** The message was not taken, or ({@link SendResult#UNREACHABLE}) nobody knows. */
    record SendRefused(SendResult result) implements Response {}

    /** No answer came in time: it may or may not have been done. Also what a timer brings. */
    record DeadlinePassed() implements Response {}
}
