package org.factoredos.server;

import java.util.List;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Payload;

/**
 * A server that can go on elsewhere in the grid (§3.4): its core is packed on one tile and restored on another, while the
 * microkernels see to its mailboxes and to whoever sends to them.
 *
 * <p>It is packed when nothing of its is parked. Timers do not go with it: it sets what it needs in {@link #arrived}.
 */
public interface Movable extends Server {
    /** Before anything else, where it was started and wherever it has moved to: {@code requests} is where it is reached now. */
    List<Effect> arrived(Address requests, long nanos);

    /** All that it knows, as data that may cross to another node. */
    Payload snapshot();

    /** Into a core that knows nothing: what another one's {@link #snapshot} was. */
    void restore(Payload snapshot);
}
