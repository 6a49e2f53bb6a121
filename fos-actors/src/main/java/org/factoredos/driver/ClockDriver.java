package org.factoredos.driver;

import java.util.List;
import org.factoredos.driver.ClockProtocol.AskTime;
import org.factoredos.driver.ClockProtocol.ClockFailed;
import org.factoredos.driver.ClockProtocol.TimeReply;
import org.factoredos.driver.ClockProtocol.TimeTold;
import org.factoredos.kernel.Envelope;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Response;
import org.factoredos.server.Server;

/** The driver of one node's clock (§3.3): the only client that looks at it. */
public final class ClockDriver implements Server {
    private static final long PATIENCE_NANOS = 2_000_000_000L;

    record AwaitingClock(Call<TimeReply> call) implements Continuation {}

    @Override
    public List<Effect> on(Envelope in, long nanos) {
        if (!(in.payload() instanceof AskTime ask) || in.kind() != Envelope.Kind.REQUEST) {
            return List.of(); // Nobody waits for an answer to a plain message.
        }
        return List.of(new Effect.Device(new ClockDevice(), new AwaitingClock(Call.of(in, ask)), PATIENCE_NANOS));
    }

    @Override
    public List<Effect> on(Continuation continuation, Response response, long nanos) {
        if (!(continuation instanceof AwaitingClock(var call))) {
            throw new IllegalStateException("not parked by a clock's driver: " + continuation);
        }
        return List.of(call.reply(response instanceof Response.Answered(TimeTold told) ? told : new ClockFailed()));
    }
}
