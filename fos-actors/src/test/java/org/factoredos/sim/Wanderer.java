package org.factoredos.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Payload;
import org.factoredos.naming.NameProtocol.Flags;
import org.factoredos.naming.NameProtocol.NameRegistered;
import org.factoredos.naming.NameProtocol.RegisterName;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Movable;
import org.factoredos.server.Response;

/** A server that moves: it counts what it gets, and has a name. */
final class Wanderer implements Movable {
    private static final long PATIENCE = 2 * World.SECOND;

    record Start(int number) implements Payload {}

    /** {@code way}: 0 by its address, 1 by its name. */
    record Numbered(int way, int number) implements Payload {}

    record Count() implements Payload.Request<Counted> {}

    record Counted(int received) implements Payload {}

    record State(int received) implements Payload {}

    /** What it was given, as it was given. */
    record Received(ClientId by, ClientId from, int way, int number, int before) {}

    private record Registering(RegisterName request) implements Continuation {}

    private record Again(RegisterName request) implements Continuation {}

    private final String name;
    private final Address names;
    private final Consumer<Received> log;
    private final Runnable naming;
    private final Runnable named;
    private int received;

    /**
     * @param naming told that from now on its name may lead to where it is
     * @param named told that it does
     */
    Wanderer(Start start, Address names, Consumer<Received> log, Runnable naming, Runnable named) {
        this.naming = naming;
        this.named = named;
        this.name = nameOf(start.number());
        this.names = names;
        this.log = log;
    }

    static String nameOf(int number) {
        return "wanderer:" + number;
    }

    @Override
    public List<Effect> arrived(Address requests, long nanos) {
        naming.run();
        return List.of(register(new RegisterName(requests, name, Flags.SINGLE)));
    }

    private Effect register(RegisterName request) {
        return new Effect.Call(names, request, new Registering(request), PATIENCE);
    }

    @Override
    public List<Effect> on(Envelope in, long nanos) {
        List<Effect> effects = new ArrayList<>();
        switch (in.payload()) {
            case Numbered(int way, int number) ->
                log.accept(new Received(in.to().client(), in.from().client(), way, number, received++));
            case Count count -> effects.add(Call.of(in, count).reply(new Counted(received)));
            default -> {}
        }
        return effects;
    }

    @Override
    public List<Effect> on(Continuation continuation, Response response, long nanos) {
        return switch (continuation) {
            case Registering(RegisterName request) -> {
                if (response instanceof Response.Answered(NameRegistered done)) {
                    named.run();
                    yield List.of();
                }
                yield List.of(new Effect.Timer(new Again(request), 50 * World.MILLISECOND));
            }
            case Again(RegisterName request) -> List.of(register(request));
            default -> List.of();
        };
    }

    @Override
    public Payload snapshot() {
        return new State(received);
    }

    @Override
    public void restore(Payload snapshot) {
        received = ((State) snapshot).received();
    }
}
