package org.factoredos.kernel;

import org.jspecify.annotations.Nullable;

/**
 * A message under way.
 *
 * @param to the receiving mailbox
 * @param from the sender's response mailbox: who sent it, and where an answer goes
 * @param domain the protection domain in whose name it was sent (§3.1.2), put there by the sender's microkernel
 * @param kind whether it is a plain message, a request that waits for an answer, or such an answer
 * @param call the sender's number for the call that this asks or answers; 0 for a plain message. With the sender's client
 *     id it names the request for good, so that an owner can answer a repeat with the first reply (§3.2.1)
 * @param settled every call of the sender with a number up to this has ended, so nobody needs its reply again
 * @param moves how often the receiver had moved when it was seen where this goes; 0 where nobody has looked. Another stay of
 *     it does not take the message, though it be in the same place
 */
public record Envelope(
        Address to,
        Address from,
        String domain,
        Kind kind,
        long call,
        long settled,
        Payload payload,
        @Nullable Trace trace,
        int moves) {
    private static final String SYSTEM = "sys:";

    public enum Kind {
        MESSAGE,
        REQUEST,
        REPLY
    }

    /** To where the address says. */
    public Envelope(
            Address to,
            Address from,
            String domain,
            Kind kind,
            long call,
            long settled,
            Payload payload,
            @Nullable Trace trace) {
        this(to, from, domain, kind, call, settled, payload, trace, 0);
    }

    /** Whether a server or a microkernel of the system sent it: nobody else is in a domain of that namespace. */
    public boolean fromSystem() {
        return domain.startsWith(SYSTEM);
    }

    /**
     * Whether it is for the life of a node that made the receiver and no other: nobody has seen the receiver elsewhere. An
     * answer goes to where it was asked for, and that may be a later life of the same node.
     */
    public boolean isForMaker() {
        return kind != Kind.REPLY
                && moves == 0
                && to.client().node().equals(to.tile().node());
    }

    /** The same envelope with one more step of Figure 3; itself where nobody traces it. */
    public Envelope traced(Trace.Step step, long nanos) {
        return trace == null ? this : with(trace.then(step, to.tile(), nanos));
    }

    /** The same envelope, further on its way. */
    public Envelope with(Trace longer) {
        return new Envelope(to, from, domain, kind, call, settled, payload, longer, moves);
    }

    /** The same message, to where its receiver was found. */
    Envelope at(Place place) {
        if (to.tile().equals(place.tile()) && moves == place.moves()) {
            return this;
        }
        Address there = new Address(to.client(), to.mailbox(), place.tile());
        return new Envelope(there, from, domain, kind, call, settled, payload, trace, place.moves());
    }
}
