package org.factoredos.network;

import java.util.List;
import org.factoredos.kernel.Envelope;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Membership;
import org.factoredos.server.Response;
import org.factoredos.server.Server;

/** The bench sends everything in the name of a test; members know each other by their domain. */
record InFleet(NetworkServer core) implements Server, Membership.Watcher {
    @Override
    public List<Effect> on(Envelope in, long nanos) {
        return core.on(
                new Envelope(in.to(), in.from(), "sys:net", in.kind(), in.call(), in.settled(), in.payload(), null),
                nanos);
    }

    @Override
    public List<Effect> on(Continuation continuation, Response response, long nanos) {
        return core.on(continuation, response, nanos);
    }

    @Override
    public List<Effect> on(Membership membership, long nanos) {
        return core.on(membership, nanos);
    }
}
