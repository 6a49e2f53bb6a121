package org.factoredos.kernel;

import org.jspecify.annotations.Nullable;

/**
 * A message under way.
 *
 * @param to the receiving mailbox
 * @param from the sender's response mailbox: who sent it, and where an answer goes
 * @param kind whether it is a plain message, a request that waits for an answer, or such an answer
 * @param call the sender's number for the call that this asks or answers; 0 for a plain message. With the sender's client
 *     id it names the request for good, so that an owner can answer a repeat with the first reply (§3.2.1)
 * @param settled every call of the sender with a number up to this has ended, so nobody needs its reply again
 */
public record Envelope(
        Address to,
        Address from,
        Kind kind,
        long call,
        long settled,
        Payload payload,
        @Nullable Trace trace) {
    public enum Kind {
        MESSAGE,
        REQUEST,
        REPLY
    }

    /** The same envelope with one more step of Figure 3; itself where nobody traces it. */
    public Envelope traced(Trace.Step step, long nanos) {
        return trace == null ? this : with(trace.then(step, to.tile(), nanos));
    }

    private Envelope with(Trace longer) {
        return new Envelope(to, from, kind, call, settled, payload, longer);
    }
}
