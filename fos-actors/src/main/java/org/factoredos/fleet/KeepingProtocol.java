package org.factoredos.fleet;

import org.factoredos.kernel.Address;
import org.factoredos.kernel.Payload;

/** What the servers of a user's fleet say to each other. */
public interface KeepingProtocol {
    /** A plain message to the one that keeps the fleet: so many requests wait there. */
    record LoadNoted(Address server, int queued) implements Payload {}
}
