package org.factoredos.kernel;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.factoredos.grid.TileId;
import org.jspecify.annotations.Nullable;

/** Who was started on a tile for whom, and the news of their ends, which go to their supervisors until these have them. */
final class Tenants {
    /** A supervisor that does not take the news of a client's end is told again. */
    private static final long END_RETRY_NANOS = 200_000_000L;
    /** One on another node is not told any more after this: the grid has long removed that node. */
    private static final long STRANGER_PATIENCE_NANOS = 60_000_000_000L;

    private final TileId tile;
    private final Interconnect interconnect;
    private final Client shim;
    private final Map<ClientId, Tenant> running = new LinkedHashMap<>();
    /** Clients that have ended, until their supervisors have noted it. */
    private final Map<ClientId, Ending> endings = new LinkedHashMap<>();

    record Tenant(Client client, Address supervisor, Payload spec, long startedNanos) {}

    /** {@code call}: under which the supervisor is told; 0 where no slot was free, and it is tried again. */
    private record Ending(
            Address supervisor, Delegation.ClientEnded news, long call, long deadlineNanos, long lastNanos) {}

    Tenants(TileId tile, Interconnect interconnect, Client shim) {
        this.tile = tile;
        this.interconnect = interconnect;
        this.shim = shim;
    }

    void started(Client client, Delegation.StartClient start) {
        running.put(client.id(), new Tenant(client, start.supervisor(), start.spec(), interconnect.nanos()));
    }

    /** From another tile. */
    void arrived(Tenant tenant) {
        running.put(tenant.client().id(), tenant);
    }

    /** To another tile: its end is told there. */
    void departed(ClientId client) {
        running.remove(client);
    }

    @Nullable
    Tenant running(ClientId client) {
        return running.get(client);
    }

    void stop(ClientId client) {
        Tenant tenant = running.get(client);
        if (tenant != null) {
            tenant.client().close();
        }
    }

    void ended(ClientId client, int status) {
        Tenant ended = running.remove(client);
        if (ended != null) {
            tell(
                    ended.supervisor(),
                    new Delegation.ClientEnded(client, tile, status),
                    interconnect.nanos() + STRANGER_PATIENCE_NANOS);
        }
    }

    private void tell(Address supervisor, Delegation.ClientEnded news, long lastNanos) {
        long call = shim.responses().reserve();
        endings.put(
                news.client(), new Ending(supervisor, news, call, interconnect.nanos() + END_RETRY_NANOS, lastNanos));
        if (call == 0) {
            return;
        }
        shim.request(supervisor, news, call, 0, null, result -> {
            if (result == SendResult.NO_SUCH_MAILBOX) {
                shim.answerOwnCall(call, new Delegation.EndNoted()); // There is nobody to note it.
            }
        });
    }

    /** The supervisor knows, or is gone. */
    void answered(Envelope answer) {
        endings.values().removeIf(ending -> ending.call() == answer.call());
    }

    boolean isEmpty() {
        return endings.isEmpty();
    }

    void onDeadlines(long now) {
        List<Ending> untold = endings.values().stream()
                .filter(ending -> now - ending.deadlineNanos() >= 0
                        && (ending.call() == 0 || shim.responses().cancel(ending.call())))
                .toList();
        for (Ending ending : untold) {
            endings.remove(ending.news().client());
            if (ending.supervisor().client().node().equals(tile.node()) || now - ending.lastNanos() < 0) {
                tell(ending.supervisor(), ending.news(), ending.lastNanos());
            }
        }
    }

    /** {@link Long#MAX_VALUE} for never. */
    long nextDeadlineNanos() {
        long next = Long.MAX_VALUE;
        for (Ending ending : endings.values()) {
            next = Math.min(next, ending.deadlineNanos());
        }
        return next;
    }

    Delegation.ClientsListed list() {
        return new Delegation.ClientsListed(
                running.values().stream()
                        .map(tenant -> new Delegation.RunningClient(
                                tenant.client().id(), tenant.supervisor(), tenant.spec(), tenant.startedNanos()))
                        .toList(),
                endings.values().stream().map(Ending::news).toList());
    }
}
