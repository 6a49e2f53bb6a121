package org.factoredos.driver;

import java.util.List;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Payload;
import org.factoredos.network.NetworkError;
import org.factoredos.network.NetworkProtocol.AwaitNews;
import org.factoredos.network.NetworkProtocol.OpenLine;
import org.factoredos.network.NetworkProtocol.Refused;
import org.factoredos.network.NetworkProtocol.Request;
import org.factoredos.network.NetworkProtocol.Submit;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Response;
import org.factoredos.server.Server;

/**
 * The driver of one node's network card (§3.3): the only client that touches it, for the network servers of its node.
 *
 * <p>The card keeps both rings of each line, numbered; the driver keeps nothing. So one that takes the place of another that
 * has crashed goes on in the middle: what the servers were not answered they ask again, and neither a byte nor a connection
 * is lost.
 */
public final class CardDriver implements Server {
    /** A card answers at once, or within a second or so where it waits for news. */
    private static final long PATIENCE_NANOS = 10_000_000_000L;

    private static final String SERVERS = "sys:net";

    /** An operation of the card; {@code call} waits for what comes of it. */
    record AwaitingCard(Call<Payload> call) implements Continuation {}

    @Override
    public List<Effect> on(Envelope in, long nanos) {
        boolean ofServer = in.kind() == Envelope.Kind.REQUEST && in.domain().equals(SERVERS);
        if (!ofServer || !(in.payload() instanceof Request<?> request) || !isOfLine(request)) {
            return List.of(); // The card is the network servers'; anybody else's deadline ends the call.
        }
        Call<Payload> call = new Call<>(in.from(), in.call(), in.settled(), in.trace());
        return List.of(new Effect.Device(
                new CardDevice(in.from().client(), in.to(), request), new AwaitingCard(call), PATIENCE_NANOS));
    }

    private static boolean isOfLine(Request<?> request) {
        return request instanceof OpenLine || request instanceof Submit || request instanceof AwaitNews;
    }

    @Override
    public List<Effect> on(Continuation continuation, Response response, long nanos) {
        if (!(continuation instanceof AwaitingCard(var call))) {
            throw new IllegalStateException("not parked by a card's driver: " + continuation);
        }
        return switch (response) {
            case Response.Answered(var answer) -> List.of(call.reply(answer));
            // The card was not asked: too much waits for it, or the right to it was taken away.
            case Response.SendRefused refused -> List.of(call.reply(new Refused(NetworkError.BUSY)));
            // The card may have done it. The server asks again, under the same number.
            case Response.DeadlinePassed passed -> List.of();
        };
    }
}
