package org.factoredos.placement;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.factoredos.grid.Grid;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Delegation;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.RightKind;
import org.factoredos.placement.PlacementProtocol.NoFreeTile;
import org.factoredos.placement.PlacementProtocol.PlaceProcess;
import org.factoredos.placement.PlacementProtocol.ProcessSpawned;
import org.factoredos.placement.PlacementProtocol.Refused;
import org.factoredos.placement.PlacementProtocol.SpawnProcess;
import org.factoredos.placement.PlacementProtocol.SpawnReply;
import org.factoredos.placement.PlacementProtocol.StartProcess;
import org.factoredos.placement.ProcessTable.Running;
import org.factoredos.privilege.PrivilegeProtocol;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;

/** Which free tile a process gets: near its parent and the fronts that it will ask, on another node where this one is full. */
final class Spawning {
    /**
     * What is wanted.
     *
     * @param mayOverflow on another node too
     * @param begun {@link Signals#count} as it was asked
     */
    record Spawn(Call<SpawnReply> call, SpawnProcess asked, ClientId parent, boolean mayOverflow, long begun) {}

    sealed interface Parked extends Continuation {
        /** Whether somebody of {@code domain} may, who sits on {@code tile}; {@code tiles}: how many it would hold. */
        record Asking(Spawn spawn, String domain, TileId tile, RightKind kind, int tiles) implements Parked {}

        record Starting(Spawn spawn, TileId tile, List<TileId> next) implements Parked {}

        record Overflowing(Spawn spawn, List<Incarnation> next) implements Parked {}
    }

    private static final String SYSTEM = "sys:";
    private final Site site;
    private final ProcessTable table;
    private final Predicate<String> programs;
    private final Surveys surveys;
    private final Signals signals;
    private final Quotas quotas;
    private final Gangs gangs;
    private final SpawnQueue queue = new SpawnQueue();

    /** {@code programs}: which there are. */
    Spawning(Site site, Predicate<String> programs, Surveys surveys, Signals signals, Quotas quotas, Gangs gangs) {
        this.site = site;
        this.table = site.table;
        this.programs = programs;
        this.surveys = surveys;
        this.signals = signals;
        this.quotas = quotas;
        this.gangs = gangs;
    }

    List<Effect> on(Parked parked, Response response, long nanos) {
        return switch (parked) {
            case Parked.Asking asked -> onRight(asked, response);
            case Parked.Starting starting -> onStart(starting, response, nanos);
            case Parked.Overflowing overflowing -> onOverflow(overflowing, response);
        };
    }

    List<Effect> onSpawn(Envelope in, SpawnProcess asked) {
        Spawn spawn = new Spawn(Call.of(in, asked), asked, in.from().client(), true, signals.count());
        RightKind kind = asked.spec().isBrought() ? RightKind.LOAD_CODE : RightKind.SPAWN;
        return mayStart(
                new Parked.Asking(spawn, in.domain(), in.from().tile(), kind, 0),
                asked.spec().program());
    }

    /** Another member has asked whether its client may. */
    List<Effect> onPlace(Envelope in, PlaceProcess place) {
        return begin(new Spawn(Call.of(in, place.spawn()), place.spawn(), place.parent(), false, signals.count()));
    }

    /** The privilege fleet says who may run what, and in whose name (§3.1.2). */
    private List<Effect> mayStart(Parked.Asking asking, String target) {
        return List.of(new Effect.Call(
                Reserved.PRIVILEGE_FRONT.address(site.node, site.ownGrid),
                new PrivilegeProtocol.AskRight(
                        asking.domain(), asking.kind(), target, asking.spawn().parent(), asking.tile()),
                asking,
                Site.PEER_PATIENCE_NANOS));
    }

    private List<Effect> onRight(Parked.Asking asked, Response response) {
        Spawn spawn = asked.spawn();
        String domain = spawn.asked().spec().domain();
        return switch (response) {
            case Response.Answered(PrivilegeProtocol.RightAllowed allowed) ->
                switch (asked.kind()) {
                    case TILES -> asked.tiles() >= wanted(spawn) ? begin(spawn) : mayHold(spawn, asked.tile());
                    case BECOME -> mayHold(spawn, asked.tile());
                    default ->
                        domain.equals(asked.domain())
                                ? mayHold(spawn, asked.tile())
                                : mayStart(
                                        new Parked.Asking(spawn, asked.domain(), asked.tile(), RightKind.BECOME, 0),
                                        domain);
                };
            case Response.Answered(PrivilegeProtocol.RightDenied denied) ->
                List.of(spawn.call()
                        .reply(new Refused(
                                asked.kind() == RightKind.TILES
                                        ? PlacementError.QUOTA_REACHED
                                        : PlacementError.PERMISSION_DENIED)));
            default -> List.of(spawn.call().reply(new Refused(PlacementError.START_FAILED)));
        };
    }

    /**
     * Others of that domain may get tiles while this is answered: then it is asked again. The system's own, such as the driver of
     * a terminal, need no such right.
     */
    private List<Effect> mayHold(Spawn spawn, TileId tile) {
        int wanted = wanted(spawn);
        String domain = spawn.asked().spec().domain();
        if (domain.startsWith(SYSTEM)) {
            return begin(spawn);
        }
        return mayStart(new Parked.Asking(spawn, domain, tile, RightKind.TILES, wanted), Integer.toString(wanted));
    }

    private int wanted(Spawn spawn) {
        return quotas.held(spawn.asked().spec().domain()) + spawn.asked().tiles();
    }

    private List<Effect> begin(Spawn spawn) {
        ProcessSpec spec = spawn.asked().spec();
        if (!spec.isBrought() && !programs.test(spec.program())) {
            return List.of(spawn.call().reply(new Refused(PlacementError.NO_SUCH_PROGRAM)));
        }
        int most = Math.min(PlacementProtocol.MOST_TILES, site.ownGrid.tilesPerNode() - Reserved.COUNT);
        if (spawn.asked().tiles() < 1 || spawn.asked().tiles() > most) {
            return List.of(spawn.call().reply(new Refused(PlacementError.TOO_MANY_TILES)));
        }
        return spawn.mayOverflow() && queue.othersBefore(spawn.parent())
                ? full(spawn)
                : tryNext(spawn, freeTiles(spawn.asked().near()));
    }

    /** A tile that has become free is for who waits first. */
    List<Effect> serveQueue() {
        List<Effect> effects = new ArrayList<>();
        while (!queue.isEmpty()) {
            List<TileId> free = freeTiles(site.self.tile());
            Optional<Spawn> first = free.isEmpty() ? Optional.empty() : queue.first();
            if (first.isEmpty()) {
                break;
            }
            if (free.size() < first.get().asked().tiles()) { // Nobody behind it goes before it.
                queue.putBack(first.get());
                break;
            }
            effects.addAll(tryNext(first.get(), freeTiles(first.get().asked().near())));
        }
        return effects;
    }

    List<Effect> on(SpawnQueue.Parked parked) {
        return switch (parked) {
            case SpawnQueue.Parked.PatienceOver over ->
                queue.over(over)
                        .map(spawn ->
                                List.of(spawn.call().reply(new NoFreeTile(quotas.holders())), SpawnQueue.grace(over)))
                        .orElse(List.of());
            case SpawnQueue.Parked.GivenUp over -> {
                queue.on(over);
                yield List.of();
            }
        };
    }

    private List<Effect> full(Spawn spawn) {
        Optional<Effect> waits =
                spawn.mayOverflow() && spawn.asked().waitNanos() > 0 ? queue.add(spawn) : Optional.empty();
        return List.of(waits.orElseGet(() -> spawn.call().reply(new NoFreeTile(quotas.holders()))));
    }

    /** The free tiles, that with the fewest hops to the parent and to the fronts that every program asks first. */
    private List<TileId> freeTiles(TileId parent) {
        Grid grid = site.grid();
        TileId names = Reserved.NAME_FRONT.tile(site.node.node(), grid);
        TileId files = Reserved.FILE_FRONT.tile(site.node.node(), grid);
        return site.free().stream()
                .sorted(Comparator.<TileId>comparingInt(
                                tile -> grid.hops(tile, parent) + grid.hops(tile, names) + grid.hops(tile, files))
                        .thenComparing(Comparator.naturalOrder()))
                .toList();
    }

    private List<Effect> tryNext(Spawn spawn, List<TileId> tiles) {
        // Another spawn may have taken some of them while this one waited for its tile's answer.
        List<TileId> free = tiles.stream().filter(tile -> !table.isTaken(tile)).toList();
        int wanted = spawn.asked().tiles();
        if (free.size() < wanted) {
            return overflow(
                    spawn, spawn.mayOverflow() ? site.peers(spawn.asked().near()) : List.of());
        }
        TileId tile = free.getFirst();
        ProcessSpec spec = spawn.asked().spec();
        queue.done(spawn.parent());
        if (wanted > 1) {
            return gangs.begin(spawn, free.subList(0, wanted));
        }
        table.take(tile, spec);
        return List.of(new Effect.Call(
                site.shim(tile),
                new Delegation.StartClient(new StartProcess(spec, spawn.parent()), site.self),
                new Parked.Starting(spawn, tile, free.subList(1, free.size())),
                Site.TILE_PATIENCE_NANOS));
    }

    private List<Effect> onStart(Parked.Starting starting, Response response, long nanos) {
        TileId tile = starting.tile();
        return switch (response) {
            case Response.Answered(Delegation.ClientStarted(ClientId client, Address first)) ->
                started(starting, client, first, nanos);
            case Response.Answered(Delegation.TileTaken taken) -> {
                List<Effect> effects = new ArrayList<>(tryNext(starting.spawn(), starting.next()));
                effects.add(surveys.survey(tile, Optional.empty()));
                yield effects;
            }
            case Response.DeadlinePassed late ->
                List.of(surveys.survey(tile, Optional.of(starting.spawn()))); // It may run after all.
            default -> {
                table.give(tile);
                yield List.of(starting.spawn().call().reply(new Refused(PlacementError.START_FAILED)));
            }
        };
    }

    private List<Effect> started(Parked.Starting starting, ClientId client, Address first, long nanos) {
        Spawn spawn = starting.spawn();
        ProcessId id = new ProcessId(client);
        List<Effect> effects = new ArrayList<>();
        effects.add(spawn.call().reply(new ProcessSpawned(id, starting.tile(), first)));
        effects.addAll(signals.runs(
                new Running(id, spawn.asked().spec(), starting.tile(), new ProcessId(spawn.parent()), nanos, null)));
        effects.addAll(follow(spawn, id));
        return effects;
    }

    /** Space is the grid's, not the node's (§3.2): the nearest peer with room takes what finds none here. */
    private List<Effect> overflow(Spawn spawn, List<Incarnation> peers) {
        if (peers.isEmpty()) {
            return full(spawn);
        }
        quotas.handedOn(spawn.asked().spec().domain(), spawn.asked().tiles());
        return List.of(new Effect.Call(
                site.member(peers.getFirst()),
                new PlaceProcess(spawn.asked(), spawn.parent()),
                new Parked.Overflowing(spawn, peers.subList(1, peers.size())),
                Site.PEER_PATIENCE_NANOS));
    }

    private List<Effect> onOverflow(Parked.Overflowing asked, Response response) {
        quotas.handedOn(
                asked.spawn().asked().spec().domain(), -asked.spawn().asked().tiles());
        boolean full = response instanceof Response.Answered(NoFreeTile none);
        boolean refused = response instanceof Response.SendRefused(var result) && result.definite();
        if (full || refused) {
            return overflow(asked.spawn(), asked.next());
        }
        // Without an answer it may run there: the caller's deadline says as much.
        List<Effect> effects = new ArrayList<>();
        if (response instanceof Response.Answered(SpawnReply answer)) {
            effects.add(asked.spawn().call().reply(answer));
            if (answer instanceof ProcessSpawned spawned) {
                effects.addAll(follow(asked.spawn(), spawned.process()));
            }
        }
        return effects;
    }

    private List<Effect> follow(Spawn spawn, ProcessId child) {
        return signals.follow(spawn.asked().spec(), new ProcessId(spawn.parent()), child, spawn.begun());
    }
}
