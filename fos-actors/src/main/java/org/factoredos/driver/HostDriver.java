package org.factoredos.driver;

import java.util.List;
import org.factoredos.file.FileError;
import org.factoredos.file.FileProtocol.Refused;
import org.factoredos.file.FileProtocol.Request;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Payload;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Response;
import org.factoredos.server.Server;

/** The driver of the host's file tree (§3.3), which hangs at {@code /host}: the same requests as any file server's. */
public final class HostDriver implements Server {
    private static final long PATIENCE_NANOS = 60_000_000_000L;

    record AwaitingHost(Call<Payload> call) implements Continuation {}

    @Override
    public List<Effect> on(Envelope in, long nanos) {
        if (!(in.payload() instanceof Request<?> request) || in.kind() != Envelope.Kind.REQUEST) {
            return List.of(); // Nobody waits for an answer to a plain message.
        }
        Call<Payload> call = new Call<>(in.from(), in.call(), in.settled(), in.trace());
        return List.of(new Effect.Device(new HostDevice(request), new AwaitingHost(call), PATIENCE_NANOS));
    }

    @Override
    public List<Effect> on(Continuation continuation, Response response, long nanos) {
        if (!(continuation instanceof AwaitingHost(var call))) {
            throw new IllegalStateException("not parked by a host driver: " + continuation);
        }
        return switch (response) {
            case Response.Answered(var answer) -> List.of(call.reply(answer));
            case Response.SendRefused refused -> List.of(call.reply(new Refused(FileError.EAGAIN)));
            // The host may still do it, so there is no definite answer; the caller's own deadline says what is true.
            case Response.DeadlinePassed passed -> List.of();
        };
    }
}
