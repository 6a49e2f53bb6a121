package org.factoredos.kernel;

/**
 * What a message says. Payloads are immutable data: records without references to clients, actors or threads, so that any
 * of them may cross to another node.
 */
public interface Payload {
    /** What this counts against a mailbox's bound in bytes (§3.1.1: a mailbox has a fixed size). */
    default int bytes() {
        return 64;
    }

    /** A payload that asks for an answer of type {@code R}. */
    interface Request<R extends Payload> extends Payload {
        /**
         * Whether it must not be carried out twice, and its server could not tell: then it is not tried at another member of
         * a set where the first one is silent.
         */
        default boolean once() {
            return false;
        }
    }
}
