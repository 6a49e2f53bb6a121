package org.factoredos.server;

import java.util.List;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Payload;

/** What a server of a fleet that grows and shrinks with its load is told by the placement fleet of its node (§3.2). */
public interface ElasticProtocol {
    /**
     * The fleet's servers on this node, that which boot placed first. A plain message, said again and again while they are
     * several.
     */
    record Peers(List<Address> servers) implements Payload {
        public Peers {
            servers = List.copyOf(servers);
        }

        @Override
        public int bytes() {
            return 64 + 32 * servers.size();
        }
    }

    /** It is to be stopped, and no name leads to it any more: it gives what it holds to its peers, or to nobody. */
    record Retire() implements Payload.Request<RetireReply> {}

    sealed interface RetireReply extends Payload {}

    /** It holds nothing, and may be stopped. */
    record Retired() implements RetireReply {}

    /** Something is left, for a while; it is asked again. */
    record StillServing() implements RetireReply {}
}
