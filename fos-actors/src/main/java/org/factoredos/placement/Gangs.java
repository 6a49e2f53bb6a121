package org.factoredos.placement;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Delegation;
import org.factoredos.kernel.Signal;
import org.factoredos.placement.PlacementProtocol.ListRanks;
import org.factoredos.placement.PlacementProtocol.ProcessSpawned;
import org.factoredos.placement.PlacementProtocol.Rank;
import org.factoredos.placement.PlacementProtocol.RanksListed;
import org.factoredos.placement.PlacementProtocol.RanksReply;
import org.factoredos.placement.PlacementProtocol.Refused;
import org.factoredos.placement.PlacementProtocol.StartProcess;
import org.factoredos.placement.PlacementProtocol.StillStarting;
import org.factoredos.placement.ProcessTable.Running;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Response;

/**
 * Processes of several tiles of this node (§3: an application executes on one or more cores), one client on each.
 *
 * <p>They start together or not at all: a client asks here where the others are before it runs the program, and is told once all
 * have started. Where one could not be, those that were are ended.
 */
final class Gangs {
    record Starting(long gang, int rank, TileId tile) implements Continuation {}

    private static final class Gang {
        final Spawning.Spawn spawn;
        final SortedMap<Integer, Running> started = new TreeMap<>();
        int missing;
        boolean failed;

        Gang(Spawning.Spawn spawn, int size) {
            this.spawn = spawn;
            this.missing = size;
        }
    }

    private final Site site;
    private final Surveys surveys;
    private final Signals signals;
    private final Map<Long, Gang> gangs = new LinkedHashMap<>();
    /** Of processes that run, all that have started: one that is slow to ask must be told of those that have ended too. */
    private final Map<ProcessId, RanksListed> complete = new LinkedHashMap<>();

    private long lastGang;

    Gangs(Site site, Surveys surveys, Signals signals) {
        this.site = site;
        this.surveys = surveys;
        this.signals = signals;
    }

    /** On these tiles, which are free. */
    List<Effect> begin(Spawning.Spawn spawn, List<TileId> tiles) {
        long number = ++lastGang;
        gangs.put(number, new Gang(spawn, tiles.size()));
        List<Effect> effects = new ArrayList<>();
        for (int rank = 0; rank < tiles.size(); rank++) {
            TileId tile = tiles.get(rank);
            ProcessSpec whole = spawn.asked().spec();
            ProcessSpec spec = rank == 0 ? whole : whole.forFurtherTile();
            site.table.take(tile, spec);
            effects.add(new Effect.Call(
                    site.shim(tile),
                    new Delegation.StartClient(
                            new StartProcess(
                                    spec, spawn.parent(), new Rank(spawn.call().number(), rank, tiles.size())),
                            site.self),
                    new Starting(number, rank, tile),
                    Site.TILE_PATIENCE_NANOS));
        }
        return effects;
    }

    List<Effect> on(Starting starting, Response response, long nanos) {
        Gang gang = gangs.get(starting.gang());
        if (gang == null) {
            throw new IllegalStateException("gang " + starting.gang() + " was over before all had answered");
        }
        List<Effect> effects = new ArrayList<>();
        switch (response) {
            case Response.Answered(Delegation.ClientStarted(ClientId client, Address first)) -> {
                Running part = running(gang, starting, client, nanos);
                gang.started.put(starting.rank(), part);
                effects.addAll(signals.runs(part));
            }
            case Response.SendRefused refused -> {
                gang.failed = true;
                site.table.give(starting.tile());
            }
            case Response.Answered(Delegation.StartFailed failed) -> {
                gang.failed = true;
                site.table.give(starting.tile());
            }
            default -> { // Something else runs there, or this does after all.
                gang.failed = true;
                effects.add(surveys.survey(starting.tile(), Optional.empty()));
            }
        }
        if (--gang.missing == 0) {
            gangs.remove(starting.gang());
            effects.addAll(gang.failed ? breakUp(gang) : complete(gang));
        }
        return effects;
    }

    private static Running running(Gang gang, Starting starting, ClientId client, long nanos) {
        Spawning.Spawn spawn = gang.spawn;
        ProcessSpec whole = spawn.asked().spec();
        return new Running(
                new ProcessId(client),
                starting.rank() == 0 ? whole : whole.forFurtherTile(),
                starting.tile(),
                new ProcessId(spawn.parent()),
                nanos,
                new Rank(spawn.call().number(), starting.rank(), spawn.asked().tiles()));
    }

    private List<Effect> complete(Gang gang) {
        Running leader = gang.started.firstEntry().getValue();
        note(List.copyOf(gang.started.values()));
        Address input = new Address(leader.id().client(), Client.FIRST_MAILBOX, leader.tile());
        List<Effect> effects = new ArrayList<>();
        effects.add(gang.spawn.call().reply(new ProcessSpawned(leader.id(), leader.tile(), input)));
        gang.started
                .values()
                .forEach(part ->
                        effects.addAll(signals.follow(part.spec(), part.parent(), part.id(), gang.spawn.begun())));
        return effects;
    }

    private List<Effect> breakUp(Gang gang) {
        signals.broken(new ProcessId(gang.spawn.parent()), gang.spawn.call().number());
        List<Effect> effects = new ArrayList<>();
        gang.started.values().stream()
                .filter(part -> site.table.running(part.id()) != null)
                .forEach(part -> effects.add(signals.send(part, Signal.KILL, new Signals.Parked.Following())));
        effects.add(gang.spawn.call().reply(new Refused(PlacementError.START_FAILED)));
        return effects;
    }

    List<Effect> onList(Call<RanksReply> call, ListRanks list) {
        Running part = site.table.running(list.process());
        if (part == null || part.rank() == null) {
            return List.of(call.reply(new Refused(PlacementError.NO_SUCH_PROCESS)));
        }
        List<Running> parts = site.table.parts(part);
        ProcessId leader = parts.getFirst().id();
        if (!complete.containsKey(leader) && parts.size() == part.rank().size()) {
            note(parts); // This server has taken another's place.
        }
        RanksListed known = complete.get(leader);
        return List.of(call.reply(known == null ? new StillStarting() : known));
    }

    private void note(List<Running> parts) {
        complete.keySet().removeIf(leader -> site.table.running(leader) == null);
        complete.put(
                parts.getFirst().id(),
                new RanksListed(parts.stream()
                        .map(one -> new Address(one.id().client(), Client.FIRST_MAILBOX, one.tile()))
                        .toList()));
    }
}
