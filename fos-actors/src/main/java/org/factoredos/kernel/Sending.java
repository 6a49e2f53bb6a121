package org.factoredos.kernel;

/** Told once how a send ended: in the sender's own turn where that is known at once, else in another thread's. */
@FunctionalInterface
public interface Sending {
    /** For a send whose sender has no use for the result, because a deadline of its own covers the loss. */
    Sending UNWATCHED = result -> {};

    void ended(SendResult result);
}
