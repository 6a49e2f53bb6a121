package org.factoredos.server;

import java.util.List;
import org.factoredos.kernel.Envelope;

/**
 * The core of a server (§3.2.1): a message and the time in, what to do out.
 *
 * <p>A state machine without a clock, a thread, a lock, randomness of its own or an actor. Each transaction runs to
 * completion or until it parks a continuation, having acquired all that it needs.
 */
public interface Server {
    /** A request or a plain message from the request mailbox. */
    List<Effect> on(Envelope in, long nanos);

    /** What a parked continuation waited for. */
    List<Effect> on(Continuation continuation, Response response, long nanos);
}
