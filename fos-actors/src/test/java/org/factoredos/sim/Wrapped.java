package org.factoredos.sim;

import java.util.List;
import org.factoredos.kernel.Envelope;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Event;
import org.factoredos.server.Membership;
import org.factoredos.server.Owner;
import org.factoredos.server.Response;
import org.factoredos.server.Server;
import org.factoredos.server.Snapshot;

/** A core around another one, which a test lets misbehave. */
class Wrapped implements Owner, Membership.Watcher {
    private final Server inner;

    Wrapped(Server inner) {
        this.inner = inner;
    }

    @Override
    public List<Effect> on(Envelope in, long nanos) {
        return inner.on(in, nanos);
    }

    @Override
    public List<Effect> on(Continuation continuation, Response response, long nanos) {
        return inner.on(continuation, response, nanos);
    }

    @Override
    public List<Effect> on(Membership membership, long nanos) {
        return inner instanceof Membership.Watcher watcher ? watcher.on(membership, nanos) : List.of();
    }

    @Override
    public void apply(Event event) {
        owner().apply(event);
    }

    @Override
    public Snapshot snapshot() {
        return owner().snapshot();
    }

    @Override
    public void restore(Snapshot snapshot) {
        owner().restore(snapshot);
    }

    private Owner owner() {
        return (Owner) inner;
    }
}
