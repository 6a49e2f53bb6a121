package org.factoredos.kernel;

/** The way to other nodes: a {@link Link} for each, over whatever the platform has (§3.1.4). */
public interface Wire {
    /** Takes the envelope in the sender's turn; messages of one thread to one node keep their order. */
    void carry(Envelope envelope, Sending sending);

    /** A grid of one node has no other to reach. */
    static Wire none() {
        return (envelope, sending) -> sending.ended(SendResult.UNREACHABLE);
    }
}
