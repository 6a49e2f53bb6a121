package org.factoredos.driver;

import java.util.List;
import org.factoredos.driver.EntropyProtocol.AskEntropy;
import org.factoredos.driver.EntropyProtocol.EntropyFailed;
import org.factoredos.driver.EntropyProtocol.EntropyGiven;
import org.factoredos.driver.EntropyProtocol.EntropyReply;
import org.factoredos.kernel.Envelope;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Response;
import org.factoredos.server.Server;

/** The driver of one node's source of chance (§3.3): cores have none, and clients ask for theirs here. */
public final class EntropyDriver implements Server {
    private static final long PATIENCE_NANOS = 5_000_000_000L;

    record AwaitingEntropy(Call<EntropyReply> call) implements Continuation {}

    @Override
    public List<Effect> on(Envelope in, long nanos) {
        if (!(in.payload() instanceof AskEntropy ask) || in.kind() != Envelope.Kind.REQUEST) {
            return List.of(); // Nobody waits for an answer to a plain message.
        }
        Call<EntropyReply> call = Call.of(in, ask);
        if (ask.count() < 1 || ask.count() > EntropyProtocol.MOST_BYTES) {
            return List.of(call.reply(new EntropyFailed()));
        }
        return List.of(new Effect.Device(new EntropyDevice(ask.count()), new AwaitingEntropy(call), PATIENCE_NANOS));
    }

    @Override
    public List<Effect> on(Continuation continuation, Response response, long nanos) {
        if (!(continuation instanceof AwaitingEntropy(var call))) {
            throw new IllegalStateException("not parked by an entropy driver: " + continuation);
        }
        return List.of(
                call.reply(response instanceof Response.Answered(EntropyGiven given) ? given : new EntropyFailed()));
    }
}
