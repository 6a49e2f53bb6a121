package org.factoredos.kernel;

/** The way to other nodes: a {@link Link} for each, over whatever the platform has (§3.1.4). */
public interface Wire {
    /**
     * Takes the envelope to the node of its address's tile, in the sender's turn; messages of one thread to one node keep
     * their order. A client of that node is to be found in its own life of the node alone, a client that has moved there in
     * whichever life there is. {@link SendResult#MOVED} where there is no such life: nothing has left.
     */
    void carry(Envelope envelope, Sending sending);

    /** A grid of one node has no other to reach. */
    static Wire none() {
        return (envelope, sending) -> sending.ended(SendResult.UNREACHABLE);
    }
}
