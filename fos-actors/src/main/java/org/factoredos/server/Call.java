package org.factoredos.server;

import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.Trace;
import org.jspecify.annotations.Nullable;

/**
 * A request as its server meets it: who waits for the answer, and of which type that must be.
 *
 * @param caller the response mailbox of the client that waits
 * @param number the caller's number for the call; with its client id it names the request for good
 * @param settled the caller has ended all its calls up to this number
 */
public record Call<R extends Payload>(
        Address caller, long number, long settled, @Nullable Trace trace) {
    /** The call behind a request; {@code request} is the envelope's payload and fixes the answer's type. */
    @SuppressWarnings("unused") // The request is there for its type alone.
    public static <R extends Payload> Call<R> of(Envelope in, Payload.Request<R> request) {
        return new Call<>(in.from(), in.call(), in.settled(), in.trace());
    }

    public ClientId client() {
        return caller.client();
    }

    public Effect reply(R answer) {
        return new Effect.Reply(caller, number, answer, trace);
    }
}
