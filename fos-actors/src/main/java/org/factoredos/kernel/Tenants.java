package org.factoredos.kernel;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.factoredos.grid.TileId;
import org.jspecify.annotations.Nullable;

/**
 * Who was started on a tile for whom, and the news of their ends, which are kept until their supervisors have noted them.
 *
 * <p>There is no timer here (§3.1): the news are told once. A supervisor that did not take them, for its mailbox was full or
 * another was about to take its place, asks the tiles where it believes that something runs what became of it
 * ({@code ListClients}); then they are told again.
 */
final class Tenants {
    /** Of supervisors that never ask: the oldest make room. */
    private static final int MOST_ENDINGS = 256;

    private final TileId tile;
    private final Interconnect interconnect;
    private final Client shim;
    private final Map<ClientId, Tenant> running = new LinkedHashMap<>();
    /** Clients that have ended, until their supervisors have noted it. */
    private final SequencedMap<ClientId, Ending> endings = new LinkedHashMap<>();

    record Tenant(Client client, Address supervisor, Payload spec, long startedNanos) {}

    /** {@code call}: under which the supervisor was told last; 0 where no slot was free. */
    private record Ending(Address supervisor, Delegation.ClientEnded news, long call) {}

    /** In-tile only: the supervisor was not reached, so the slot is free again. */
    private record NotTaken() implements Payload {}

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

    void signal(ClientId client, Signal signal) {
        Tenant tenant = running.get(client);
        if (tenant != null && !tenant.client().signal(signal)) {
            tenant.client().close();
        }
    }

    void ended(ClientId client, int status, boolean certain) {
        Tenant ended = running.remove(client);
        if (ended != null) {
            if (endings.size() == MOST_ENDINGS) {
                forgetSlot(endings.pollFirstEntry().getValue());
            }
            tell(ended.supervisor(), new Delegation.ClientEnded(client, tile, status, certain));
        }
    }

    private void tell(Address supervisor, Delegation.ClientEnded news) {
        long call = shim.responses().reserve();
        endings.put(news.client(), new Ending(supervisor, news, call));
        if (call == 0) {
            return;
        }
        shim.request(supervisor, news, call, 0, null, result -> {
            if (result != SendResult.ACCEPTED) {
                shim.answerOwnCall(call, new NotTaken());
            }
        });
    }

    /** The supervisor knows, or was not reached. */
    void answered(Envelope answer) {
        endings.replaceAll((client, ending) -> ending.call() == answer.call() && answer.payload() instanceof NotTaken
                ? new Ending(ending.supervisor(), ending.news(), 0)
                : ending);
        endings.values().removeIf(ending -> ending.call() == answer.call());
    }

    /** Whoever asks did not take the news of some end, so they are told again. */
    Delegation.ClientsListed list() {
        List<Ending> untold = List.copyOf(endings.values());
        for (Ending ending : untold) {
            forgetSlot(ending);
            tell(ending.supervisor(), ending.news());
        }
        return new Delegation.ClientsListed(
                running.values().stream()
                        .map(tenant -> new Delegation.RunningClient(
                                tenant.client().id(), tenant.supervisor(), tenant.spec(), tenant.startedNanos()))
                        .toList(),
                untold.stream().map(Ending::news).toList());
    }

    private void forgetSlot(Ending ending) {
        if (ending.call() != 0) {
            // False: the answer is in, and whoever takes it gives the slot back.
            shim.responses().cancel(ending.call());
        }
    }
}
