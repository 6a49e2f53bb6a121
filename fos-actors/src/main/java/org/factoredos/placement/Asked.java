package org.factoredos.placement;

import org.factoredos.grid.TileId;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Payload;
import org.factoredos.placement.PlacementProtocol.HandedOn;
import org.factoredos.server.Call;

/**
 * A request, and on whose behalf: that of whoever sent it, or of the one whose request another member has handed on.
 *
 * @param allowed whether the privilege fleet has said that {@code domain} may
 */
record Asked(Envelope in, Payload request, String domain, ClientId client, TileId tile, boolean allowed) {
    /** A program's word on whose behalf it asks is not taken. */
    static Asked of(Envelope in) {
        return in.payload() instanceof HandedOn(var asked, var domain, var client, var tile) && in.fromSystem()
                ? new Asked(in, asked, domain, client, tile, false)
                : new Asked(
                        in,
                        in.payload(),
                        in.domain(),
                        in.from().client(),
                        in.from().tile(),
                        false);
    }

    Asked permitted() {
        return new Asked(in, request, domain, client, tile, true);
    }

    /** For another member; {@code request}: the same, or what is left of it. */
    HandedOn handedOn(Payload left) {
        return new HandedOn(left, domain, client, tile);
    }

    /** {@code request} fixes the type of the answer. */
    <R extends Payload> Call<R> call(Payload.Request<R> typed) {
        return Call.of(in, typed);
    }
}
