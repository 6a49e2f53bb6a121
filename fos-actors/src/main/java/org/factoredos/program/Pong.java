package org.factoredos.program;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Name;
import org.factoredos.kernel.Payload;
import org.factoredos.lib.Fos;
import org.factoredos.lib.Program;
import org.factoredos.naming.NameProtocol.Flags;
import org.factoredos.naming.NameProtocol.NameRegistered;
import org.factoredos.naming.NameProtocol.RegisterName;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Movable;
import org.factoredos.server.Response;

/**
 * {@code pong}: a server with a name that answers each {@link Pinged} with how many it has had. A state machine, so it can
 * move between nodes while it is asked.
 */
public final class Pong implements Movable {
    static final Command COMMAND = new Command(
            new Usage(
                    Usage.Group.NAMING,
                    "pong",
                    "NAME",
                    "serves pings under a name until it is killed; can be moved to any tile (migrate)",
                    "pong here &"),
            new Start());

    private static final Name NAMES = new Name("sys:names");
    private static final long PATIENCE_NANOS = 5_000_000_000L;
    private static final long RETRY_NANOS = 200_000_000L;

    /** How often was this asked so far? */
    public record Pinged() implements Payload.Request<Ponged> {}

    public record Ponged(long count) implements Payload {}

    public record Count(long count) implements Payload {}

    private record Registering(RegisterName request) implements Continuation {}

    private record Again(RegisterName request) implements Continuation {}

    private static final class Start implements Program {
        @Override
        public int run(Fos fos, List<String> arguments) throws IOException {
            Options options = Options.of(COMMAND.usage(), "", arguments);
            options.operands(1, 1);
            throw options.wrong("it runs where a state machine can run alone");
        }

        @Override
        public Optional<Movable> core(List<String> arguments) {
            return arguments.size() == 1 && !arguments.getFirst().startsWith("-")
                    ? Optional.of(new Pong(arguments.getFirst()))
                    : Optional.empty();
        }
    }

    private final String name;
    private long count;

    Pong(String name) {
        this.name = name;
    }

    @Override
    public List<Effect> arrived(Address requests, long nanos) {
        return List.of(register(new RegisterName(requests, name, Flags.SINGLE)));
    }

    private static Effect register(RegisterName request) {
        return new Effect.Call(NAMES, request, new Registering(request), PATIENCE_NANOS);
    }

    @Override
    public List<Effect> on(Envelope in, long nanos) {
        return in.payload() instanceof Pinged ping ? List.of(Call.of(in, ping).reply(new Ponged(++count))) : List.of();
    }

    @Override
    public List<Effect> on(Continuation continuation, Response response, long nanos) {
        return switch (continuation) {
            case Registering(RegisterName request) ->
                response instanceof Response.Answered(NameRegistered done)
                        ? List.of()
                        : List.of(new Effect.Timer(new Again(request), RETRY_NANOS));
            case Again(RegisterName request) -> List.of(register(request));
            default -> List.of();
        };
    }

    @Override
    public Payload snapshot() {
        return new Count(count);
    }

    @Override
    public void restore(Payload snapshot) {
        count = ((Count) snapshot).count();
    }
}
