package org.factoredos.kernel;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * A shim's part in memory: the receipts of what was granted on its tile, from the grant until it has come back. {@link Paging}
 * says how.
 *
 * <p>A receipt stays on the tile where the grant was made, though its client may move to another of the node: so whoever asks
 * all tiles, one after the other, misses none.
 */
final class FrameGrants {
    /** In whose name frames may be granted. */
    private static final String SERVERS = "sys:memory";

    private final Microkernel kernel;
    private final Client shim;
    private final Interconnect interconnect;
    private final Map<Key, Paging.Held> receipts = new LinkedHashMap<>();
    private final Queue<Key> back = new ConcurrentLinkedQueue<>();

    private record Key(ClientId client, long region) {}

    FrameGrants(Microkernel kernel, Client shim, Interconnect interconnect) {
        this.kernel = kernel;
        this.shim = shim;
        this.interconnect = interconnect;
    }

    /** In the client's turn, or as it has ended. */
    void cameBack(Paging.Held held) {
        back.add(new Key(held.client(), held.region()));
        shim.wake();
    }

    boolean noneCameBack() {
        return back.isEmpty();
    }

    // The shim's turn.

    void turn() {
        Set<Address> servers = new LinkedHashSet<>();
        for (Key next = back.poll(); next != null; next = back.poll()) {
            Paging.Held held = receipts.remove(next);
            if (held != null) {
                servers.add(held.server());
            }
        }
        // Where that is lost, the server asks this tile sooner or later (§3.1: there is no timer here).
        servers.forEach(server -> shim.send(server, new Paging.FramesReturned(kernel.tile()), Sending.UNWATCHED));
    }

    /** Null: no question of memory, or nobody's who may ask it. */
    @Nullable
    Payload onMessage(Envelope in) {
        if (!in.domain().equals(SERVERS)) {
            return null;
        }
        return switch (in.payload()) {
            case Paging.GrantFrames grant -> onGrant(in, grant);
            case Paging.ListGrants list ->
                new Paging.GrantsListed(receipts.values().stream().toList(), serverHere());
            default -> null;
        };
    }

    private Paging.GrantReply onGrant(Envelope in, Paging.GrantFrames grant) {
        Client server = interconnect.client(in.from().client());
        // Whoever takes over what a server had that is no more relies on it that none of its grants comes later.
        if (server == null || server.closed()) {
            return new Paging.GrantRefused(Paging.Obstacle.NO_SUCH_SERVER);
        }
        Client client = interconnect.client(grant.client());
        if (client == null) {
            return new Paging.GrantRefused(Paging.Obstacle.NO_SUCH_CLIENT);
        }
        Paging.Held held = new Paging.Held(
                client.id(),
                client.domain(),
                grant.region(),
                grant.runs(),
                grant.owner(),
                grant.writable(),
                new Address(server.id(), Client.FIRST_MAILBOX, server.tile()));
        Key key = new Key(client.id(), grant.region());
        Paging.Held before = receipts.get(key);
        if (before != null && !before.runs().equals(grant.runs())) {
            return new Paging.GrantRefused(Paging.Obstacle.HELD);
        }
        boolean fresh = receipts.put(key, held) == null; // Before the client has it, and could give it back.
        if (fresh && grant.fresh()) {
            grant.runs().forEach(interconnect.ram()::clear);
        }
        Paging.Obstacle obstacle = client.memory().grant(new PageTable.Grant(held, this));
        if (obstacle == null) {
            return new Paging.FramesGranted();
        }
        receipts.remove(key); // Also of one that the client has given up since.
        return new Paging.GrantRefused(obstacle);
    }

    private @Nullable Address serverHere() {
        Client client = kernel.tenant();
        return client == null || client.closed() || !client.domain().equals(SERVERS)
                ? null
                : new Address(client.id(), Client.FIRST_MAILBOX, kernel.tile());
    }
}
