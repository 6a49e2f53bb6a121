package org.factoredos.server;

import java.util.List;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;

/** What the lease servers of the nodes say to each other. */
interface LeaseProtocol {
    /** Asks a member to go on believing in {@code holder} for one lease from the moment of asking. */
    record RequestLease(Incarnation holder) implements Payload.Request<LeaseReply> {}

    sealed interface LeaseReply extends Payload {}

    record LeaseGranted() implements LeaseReply {}

    /**
     * The asked node does not know the holder as a member, or knows that it has been condemned.
     *
     * @param seceded who may have, for all that the asked node has seen itself ({@link Membership#seceded})
     */
    record LeaseRefused(List<Incarnation> seceded) implements LeaseReply {
        public LeaseRefused {
            seceded = List.copyOf(seceded);
        }
    }
}
