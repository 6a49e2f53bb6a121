package org.factoredos.placement;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Delegation;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Migration;
import org.factoredos.kernel.Place;
import org.factoredos.placement.PlacementProtocol.ProcessSpawned;
import org.factoredos.placement.PlacementProtocol.StartProcess;
import org.factoredos.placement.PlacementProtocol.StartServer;
import org.factoredos.placement.ProcessTable.Running;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;

/**
 * What the tiles know: a server that has just taken the place of another asks every tile of its node before it answers
 * anything, and any asks again from time to time for what it was told in vain.
 */
final class Surveys {
    /** A tile tells of an end once (§3.1: a microkernel has no timer), so those that said nothing for so long are asked. */
    private static final long LOOK_NANOS = 5_000_000_000L;
    /** The others' turn comes when it looks around the next time. */
    private static final int FREE_LOOKED_AT = 64;
    /** Further requests wait in vain while the tiles are asked; their callers' deadlines say so. */
    private static final int MOST_HELD = 4096;

    sealed interface Parked extends Continuation {
        /** {@code lost}: the start whose answer did not come, where that is why the tile is asked. */
        record Surveying(TileId tile, Optional<Spawning.Spawn> lost) implements Parked {}

        record LookingAround() implements Parked {}

        /** {@code process}: what is believed to run there. */
        record LookingFor(ProcessId process, TileId tile) implements Parked {}

        /** Its tile has said that it does not run there: it may have left. */
        record Missing(ProcessId process, TileId tile) implements Parked {}

        /** A tile where nothing is believed to run: something may have come, whose arrival was told in vain. */
        record LookingAt(TileId tile) implements Parked {}
    }

    private final Site site;
    private final ProcessTable table;
    private final Signals signals;
    private final Waits waits;
    private final ElasticFleets fleets;
    /** All tiles that are its own to give, those that were looked at last behind. */
    private final SequencedSet<TileId> own = new LinkedHashSet<>();
    /** Tiles that have not yet said what runs on them. */
    private final SequencedSet<TileId> unknown = new LinkedHashSet<>();
    /** Requests that came before all tiles had. */
    private final List<Envelope> held = new ArrayList<>();

    private boolean surveying;

    Surveys(Site site, Signals signals, Waits waits, ElasticFleets fleets) {
        this.site = site;
        this.table = site.table;
        this.signals = signals;
        this.waits = waits;
        this.fleets = fleets;
        site.ownGrid.tilesOf(site.node.node()).stream()
                .filter(tile -> !Reserved.keeps(site.ownGrid, tile) && !table.isTaken(tile))
                .forEach(own::add);
        unknown.addAll(own);
    }

    /** Asks all tiles what runs on them; {@code in} is answered once they have told. */
    List<Effect> hold(Envelope in) {
        if (held.size() < MOST_HELD) {
            held.add(in);
        }
        if (surveying) {
            return List.of();
        }
        surveying = true;
        return unknown.stream().map(tile -> survey(tile, Optional.empty())).toList();
    }

    /** Whether every tile has told what runs there. */
    boolean complete() {
        return unknown.isEmpty();
    }

    /** What was held, once. */
    List<Envelope> release() {
        List<Envelope> released = List.copyOf(held);
        held.clear();
        return released;
    }

    Effect beginLooking() {
        return new Effect.Timer(new Parked.LookingAround(), LOOK_NANOS);
    }

    List<Effect> on(Parked parked, Response response) {
        return switch (parked) {
            case Parked.Surveying surveyed -> onSurveyed(surveyed, response);
            case Parked.LookingAround around -> lookAround();
            case Parked.LookingFor looking -> onLookedFor(looking, response);
            case Parked.Missing missing -> onMissing(missing, response);
            case Parked.LookingAt looking ->
                List.of(); // The tile tells again what was not noted, now that it was asked.
        };
    }

    Effect survey(TileId tile, Optional<Spawning.Spawn> lost) {
        return list(tile, new Parked.Surveying(tile, lost));
    }

    private List<Effect> onSurveyed(Parked.Surveying surveyed, Response response) {
        return switch (response) {
            case Response.Answered(Delegation.ClientsListed(var running, var ended)) -> {
                List<Effect> effects = new ArrayList<>();
                ended.forEach(news -> effects.addAll(waits.ended(news)));
                table.give(surveyed.tile());
                running.forEach(client -> effects.addAll(adopt(surveyed, client)));
                unknown.remove(surveyed.tile());
                yield effects;
            }
            case Response.SendRefused refused -> List.of(new Effect.Timer(surveyed, Site.RETRY_NANOS));
            default -> List.of(list(surveyed.tile(), surveyed));
        };
    }

    private List<Effect> adopt(Parked.Surveying surveyed, Delegation.RunningClient client) {
        if (client.supervisor().equals(site.self) && client.spec() instanceof StartServer server) {
            return fleets.adopt(server, client.client(), surveyed.tile());
        }
        if (!client.supervisor().equals(site.self) || !(client.spec() instanceof StartProcess(var spec, var parent))) {
            return List.of();
        }
        ProcessId id = new ProcessId(client.client());
        Address first = new Address(client.client(), Client.FIRST_MAILBOX, surveyed.tile());
        List<Effect> effects = new ArrayList<>();
        // The tile was given to nobody else meanwhile, so what runs there is what that start began.
        surveyed.lost()
                .ifPresent(spawn -> effects.add(spawn.call().reply(new ProcessSpawned(id, surveyed.tile(), first))));
        effects.addAll(
                signals.runs(new Running(id, spec, surveyed.tile(), new ProcessId(parent), client.startedNanos())));
        return effects;
    }

    private List<Effect> lookAround() {
        List<Effect> effects = new ArrayList<>();
        for (Running process : table.running()) {
            effects.add(lookFor(process));
        }
        for (int i = Math.min(FREE_LOOKED_AT, own.size()); i > 0; i--) {
            TileId tile = own.removeFirst();
            own.addLast(tile);
            if (!table.isTaken(tile)) {
                effects.add(list(tile, new Parked.LookingAt(tile)));
            }
        }
        effects.add(beginLooking());
        return effects;
    }

    /** Asks the tile of {@code process} whether it still runs there. */
    Effect lookFor(Running process) {
        return list(process.tile(), new Parked.LookingFor(process.id(), process.tile()));
    }

    private Effect list(TileId tile, Parked parked) {
        return new Effect.Call(site.shim(tile), new Delegation.ListClients(), parked, Site.TILE_PATIENCE_NANOS);
    }

    /** A tile that does not answer now is asked again when it is looked around the next time. */
    private List<Effect> onLookedFor(Parked.LookingFor looking, Response response) {
        if (!(response instanceof Response.Answered(Delegation.ClientsListed(var running, var ended)))) {
            return List.of();
        }
        List<Effect> effects = new ArrayList<>();
        ended.forEach(news -> effects.addAll(waits.ended(news)));
        ClientId client = looking.process().client();
        if (table.running(looking.process()) != null
                && running.stream().noneMatch(there -> there.client().equals(client))) {
            effects.add(new Effect.Call(
                    site.shim(looking.tile()),
                    new Migration.FindClient(client),
                    new Parked.Missing(looking.process(), looking.tile()),
                    Site.TILE_PATIENCE_NANOS));
        }
        return effects;
    }

    private List<Effect> onMissing(Parked.Missing missing, Response response) {
        Running process = table.running(missing.process());
        if (process == null || !process.tile().equals(missing.tile())) {
            return List.of();
        }
        return switch (response) {
            case Response.Answered(Migration.ClientSeen(Place place)) -> waits.moved(process, place);
            case Response.Answered(Migration.ClientIsOver over) -> forgotten(missing);
            case Response.Answered(Migration.ClientUnknown unknown) -> forgotten(missing);
            default -> List.of(); // It is between two places; or it is looked for the next time.
        };
    }

    /** It has ended so long ago that its tile has forgotten how. */
    private List<Effect> forgotten(Parked.Missing missing) {
        return waits.ended(new Delegation.ClientEnded(
                missing.process().client(), missing.tile(), PlacementProtocol.NODE_LOST_STATUS));
    }
}
