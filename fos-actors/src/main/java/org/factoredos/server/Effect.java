package org.factoredos.server;

import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Destination;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.RightKind;
import org.factoredos.kernel.Trace;
import org.jspecify.annotations.Nullable;

/** One thing that a core wants done. Effects are carried out in the order of their list. */
public sealed interface Effect {
    /** A plain message; {@code refused}, where given, is restarted if it is not taken. */
    record Send(Destination to, Payload message, @Nullable Continuation refused) implements Effect {}

    /**
     * A request to another server: parks {@code continuation} until the answer, a refusal or the deadline.
     *
     * <p>Where the table of continuations is full the continuation comes back at once, as a send refused for
     * {@code QUEUE_FULL}: nothing was sent.
     */
    record Call(Destination to, Payload.Request<?> request, Continuation continuation, long patienceNanos)
            implements Effect {}

    /**
     * An operation of the driver's device, parked likewise; refused where the driver has no right to it (§3.1.2).
     */
    record Device(DeviceRequest<?> request, Continuation continuation, long patienceNanos) implements Effect {}

    /** The one answer to a call. Where it cannot be delivered the caller is gone, or its deadline tells it. */
    record Reply(
            Address to, long call, Payload answer, @Nullable Trace trace) implements Effect {}

    /** A line in the list: what stands behind it leaves only when the journal has the event. The core has applied it. */
    record Persist(Event event) implements Effect {}

    /**
     * The audit record (§3.1.2) of something that the core has denied to a client.
     *
     * @param target of what kind, on what
     * @param tile where that client sits
     */
    record Audit(ClientId client, String domain, RightKind kind, String target, TileId tile) implements Effect {}

    /** Restarts {@code continuation} with {@link Response.DeadlinePassed} after a time. */
    record Timer(Continuation continuation, long afterNanos) implements Effect {}
}
