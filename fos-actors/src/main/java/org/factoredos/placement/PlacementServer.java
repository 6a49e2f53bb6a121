package org.factoredos.placement;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.Predicate;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Delegation;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Migration;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.Place;
import org.factoredos.kernel.RightKind;
import org.factoredos.placement.PlacementProtocol.ChildrenEnding;
import org.factoredos.placement.PlacementProtocol.EndChildren;
import org.factoredos.placement.PlacementProtocol.KillBegun;
import org.factoredos.placement.PlacementProtocol.KillFamily;
import org.factoredos.placement.PlacementProtocol.KillProcess;
import org.factoredos.placement.PlacementProtocol.KillReply;
import org.factoredos.placement.PlacementProtocol.ListProcesses;
import org.factoredos.placement.PlacementProtocol.ListTiles;
import org.factoredos.placement.PlacementProtocol.MigrateProcess;
import org.factoredos.placement.PlacementProtocol.MigrateReply;
import org.factoredos.placement.PlacementProtocol.PlaceProcess;
import org.factoredos.placement.PlacementProtocol.ProcessEnded;
import org.factoredos.placement.PlacementProtocol.ProcessMigrated;
import org.factoredos.placement.PlacementProtocol.ProcessSpawned;
import org.factoredos.placement.PlacementProtocol.ProcessStatus;
import org.factoredos.placement.PlacementProtocol.ProcessesListed;
import org.factoredos.placement.PlacementProtocol.Reach;
import org.factoredos.placement.PlacementProtocol.Refused;
import org.factoredos.placement.PlacementProtocol.ReportTiles;
import org.factoredos.placement.PlacementProtocol.SpawnProcess;
import org.factoredos.placement.PlacementProtocol.SpawnReply;
import org.factoredos.placement.PlacementProtocol.StartProcess;
import org.factoredos.placement.PlacementProtocol.StillRunning;
import org.factoredos.placement.PlacementProtocol.TileStatus;
import org.factoredos.placement.PlacementProtocol.TilesListed;
import org.factoredos.placement.PlacementProtocol.WaitForProcess;
import org.factoredos.placement.PlacementProtocol.WaitReply;
import org.factoredos.placement.ProcessTable.Running;
import org.factoredos.privilege.PrivilegeProtocol;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Membership;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;
import org.factoredos.server.Server;
import org.jspecify.annotations.Nullable;

/**
 * The scheduler of one node (§3.3): it decides in space, not in time, which free tile a process gets.
 *
 * <p>Any member of the fleet may be asked. Each gives its own node's tiles and knows what runs there; a process of another
 * node is that node's server's business, a full node's spawn the nearest peer's, and a listing everybody's.
 *
 * <p>What the tiles hold, their microkernels enforce and remember: a tile that is taken says so, and a server that has just
 * taken the place of another asks every tile of its node before it answers anything.
 */
public final class PlacementServer implements Server, Membership.Watcher {
    private static final long START_PATIENCE_NANOS = 2_000_000_000L;
    /** A peer may have to try several tiles; less than what a caller waits. */
    private static final long PEER_PATIENCE_NANOS = 4_000_000_000L;

    private static final long LISTING_PATIENCE_NANOS = 2_000_000_000L;
    /** So long after its own patience has ended a wait's answer may be under way from another node. */
    private static final long UNDER_WAY_NANOS = 500_000_000L;

    /** It comes to rest first, and may then have to come back. */
    private static final long MOVE_PATIENCE_NANOS = 12_000_000_000L;

    /** A little longer than a process may take to come to rest. */
    private static final long NUDGE_NANOS = 2_200_000_000L;

    private static final long RETRY_NANOS = 200_000_000L;
    /** A tile tells of an end once (§3.1: a microkernel has no timer), so those that said nothing for so long are asked. */
    private static final long LOOK_NANOS = 5_000_000_000L;
    /** The others' turn comes when it looks around the next time. */
    private static final int FREE_LOOKED_AT = 64;
    /** Further waits are answered at once that the process still runs. */
    private static final int MOST_WAITS = 2048;
    /** Further requests wait in vain while the tiles are asked; their callers' deadlines say so. */
    private static final int MOST_HELD = 4096;

    /** What waits for another's answer, or for time. */
    sealed interface Parked extends Continuation {
        /** What is wanted; {@code mayOverflow}: on another node too. */
        record Spawn(Call<SpawnReply> call, SpawnProcess asked, ClientId parent, boolean mayOverflow) {}

        /** Whether somebody of {@code domain} may, who sits on {@code tile}. */
        record Asking(Spawn spawn, String domain, TileId tile, RightKind kind) implements Parked {}

        record Starting(Spawn spawn, TileId tile, List<TileId> next) implements Parked {}

        /** {@code lost}: the start whose answer did not come, where that is why the tile is asked. */
        record Surveying(TileId tile, Optional<Starting> lost) implements Parked {}

        record Overflowing(Spawn spawn, List<Incarnation> next) implements Parked {}

        record Stopping(Call<KillReply> call) implements Parked {}

        /** Of a process that is ended with another, which nobody waits for. */
        record Following() implements Parked {}

        record TellingPeer(Incarnation peer, EndChildren news) implements Parked {}

        record Waiting(Call<WaitReply> call, ProcessId process) implements Parked {}

        record Moving(Call<MigrateReply> call, Running process, TileId to) implements Parked {}

        /** {@code in}: a wait or a kill that was handed on to the node that has the process, or knows more of it. */
        record AtHome(Envelope in, ProcessId process, Incarnation where, long untilNanos) implements Parked {}

        record Gathering(long listing, Incarnation member) implements Parked {}

        record LookingAround() implements Parked {}

        /** {@code process}: what is believed to run there. */
        record LookingFor(ProcessId process, TileId tile) implements Parked {}

        /** Its tile has said that it does not run there: it may have left. */
        record Missing(ProcessId process, TileId tile) implements Parked {}

        /** A tile where nothing is believed to run: something may have come, whose arrival was told in vain. */
        record LookingAt(TileId tile) implements Parked {}

        /** A move that is not over yet. */
        record Nudging(ProcessId process) implements Parked {}
    }

    private final Incarnation node;
    private final Grid ownGrid;
    private final Predicate<String> programs;
    private final Address self;
    private final ProcessTable table;
    private final Map<ProcessId, List<Parked.Waiting>> waits = new LinkedHashMap<>();
    private final Set<ProcessId> moving = new LinkedHashSet<>();
    private final Map<Long, Listing> listings = new LinkedHashMap<>();
    private final TileReports reports = new TileReports();
    /** All tiles that are its own to give, those that were looked at last behind. */
    private final SequencedSet<TileId> own = new LinkedHashSet<>();
    /** Tiles that have not yet said what runs on them. */
    private final SequencedSet<TileId> unknown = new LinkedHashSet<>();
    /** Requests that came before all tiles had. */
    private final List<Envelope> held = new ArrayList<>();

    private boolean surveying;
    private int waiting;
    private long lastListing;
    private @Nullable Membership membership;
    private long watchingSinceNanos;

    /** {@code programs}: which there are; {@code given}: further tiles that are none of its own to give. */
    public PlacementServer(Incarnation node, Grid grid, Predicate<String> programs, SortedMap<TileId, String> given) {
        this.node = node;
        this.ownGrid = grid;
        this.programs = programs;
        this.self = Reserved.PLACEMENT.address(node, grid);
        this.table = new ProcessTable(given);
        grid.tilesOf(node.node()).stream()
                .filter(tile -> !Reserved.keeps(grid, tile) && !given.containsKey(tile))
                .forEach(unknown::add);
        this.own.addAll(unknown);
    }

    @Override
    public List<Effect> on(Membership known, long nanos) {
        boolean first = membership == null;
        watchingSinceNanos = first ? nanos : watchingSinceNanos;
        membership = known;
        return first ? List.of(new Effect.Timer(new Parked.LookingAround(), LOOK_NANOS)) : List.of();
    }

    @Override
    public List<Effect> on(Envelope in, long nanos) {
        if (in.payload() instanceof Delegation.ClientEnded news) {
            return in.fromSystem() ? onEnded(Call.of(in, news), news) : List.of(); // No program says who has ended.
        }
        if (in.payload() instanceof Migration.ClientArrived news) {
            return in.fromSystem() ? onArrived(Call.of(in, news), news) : List.of();
        }
        if (unknown.isEmpty()) {
            return onRequest(in, nanos);
        }
        if (held.size() < MOST_HELD) {
            held.add(in);
        }
        if (surveying) {
            return List.of();
        }
        surveying = true;
        return unknown.stream()
                .map(tile -> survey(new Parked.Surveying(tile, Optional.empty())))
                .toList();
    }

    private List<Effect> onRequest(Envelope in, long nanos) {
        return switch (in.payload()) {
            case SpawnProcess spawn ->
                mayStart(
                        new Parked.Asking(
                                new Parked.Spawn(
                                        Call.of(in, spawn), spawn, in.from().client(), true),
                                in.domain(),
                                in.from().tile(),
                                RightKind.SPAWN),
                        spawn.spec().program());
            case PlaceProcess(SpawnProcess spawn, ClientId parent)
            when in.fromSystem() -> onSpawn(new Parked.Spawn(Call.of(in, spawn), spawn, parent, false));
            case WaitForProcess wait ->
                mineToSay(in, wait.process())
                        ? onWait(Call.of(in, wait), wait)
                        : elsewhere(in, wait.process(), nanos + wait.patienceNanos(), nanos);
            case KillProcess kill ->
                mineToSay(in, kill.process())
                        ? onKill(Call.of(in, kill), kill.process())
                        : elsewhere(in, kill.process(), nanos + PEER_PATIENCE_NANOS, nanos);
            case KillFamily kill ->
                mineToSay(in, kill.process())
                        ? onKillFamily(Call.of(in, kill), kill.process())
                        : elsewhere(in, kill.process(), nanos + PEER_PATIENCE_NANOS, nanos);
            case MigrateProcess migrate ->
                mineToSay(in, migrate.process())
                        ? onMigrate(Call.of(in, migrate), migrate)
                        : elsewhere(in, migrate.process(), nanos + MOVE_PATIENCE_NANOS, nanos);
            case EndChildren news when in.fromSystem() -> onEndChildren(Call.of(in, news), news);
            case ListProcesses(Reach reach) -> list(in, reach, listProcesses(nanos), new ListProcesses(Reach.NODE));
            case ReportTiles(Reach reach) -> report(in, reach);
            case ListTiles(Reach reach) -> list(in, reach, listTiles(), new ListTiles(Reach.NODE));
            default -> List.of(); // A stranger's payload has no answer; its sender's deadline ends the call.
        };
    }

    @Override
    public List<Effect> on(Continuation continuation, Response response, long nanos) {
        if (continuation instanceof TileReports.AwaitingTile awaiting) {
            return reports.on(awaiting, response);
        }
        return switch ((Parked) continuation) {
            case Parked.Asking asked -> onRight(asked, response);
            case Parked.Starting starting -> onStart(starting, response, nanos);
            case Parked.Surveying surveying -> onSurveyed(surveying, response, nanos);
            case Parked.Overflowing overflowing -> onOverflow(overflowing, response);
            case Parked.Stopping stopping -> onStopped(stopping, response);
            case Parked.Following following -> List.of();
            case Parked.TellingPeer telling -> onTold(telling, response);
            case Parked.Waiting wait -> onPatienceOver(wait);
            case Parked.Moving moving -> onMoved(moving, response);
            case Parked.AtHome asked -> onHome(asked, response, nanos);
            case Parked.Gathering gathering -> onPart(gathering, response);
            case Parked.LookingAround around -> lookAround();
            case Parked.LookingFor looking -> onLookedFor(looking, response);
            case Parked.Missing missing -> onMissing(missing, response);
            case Parked.LookingAt looking ->
                List.of(); // The tile tells again what was not noted, now that it was asked.
            case Parked.Nudging(ProcessId process) -> nudge(process);
        };
    }

    // Spawning

    /** The privilege fleet says who may run what, and in whose name (§3.1.2). */
    private List<Effect> mayStart(Parked.Asking asking, String target) {
        return List.of(new Effect.Call(
                Reserved.PRIVILEGE_FRONT.address(node, ownGrid),
                new PrivilegeProtocol.AskRight(
                        asking.domain(), asking.kind(), target, asking.spawn().parent(), asking.tile()),
                asking,
                PEER_PATIENCE_NANOS));
    }

    private List<Effect> onRight(Parked.Asking asked, Response response) {
        Parked.Spawn spawn = asked.spawn();
        String domain = spawn.asked().spec().domain();
        return switch (response) {
            case Response.Answered(PrivilegeProtocol.RightAllowed allowed) ->
                asked.kind() == RightKind.BECOME || domain.equals(asked.domain())
                        ? onSpawn(spawn)
                        : mayStart(new Parked.Asking(spawn, asked.domain(), asked.tile(), RightKind.BECOME), domain);
            case Response.Answered(PrivilegeProtocol.RightDenied denied) ->
                List.of(spawn.call().reply(new Refused(PlacementError.PERMISSION_DENIED)));
            default -> List.of(spawn.call().reply(new Refused(PlacementError.START_FAILED)));
        };
    }

    private List<Effect> onSpawn(Parked.Spawn spawn) {
        if (!programs.test(spawn.asked().spec().program())) {
            return List.of(spawn.call().reply(new Refused(PlacementError.NO_SUCH_PROGRAM)));
        }
        return tryNext(spawn, freeTiles(spawn.asked().near()));
    }

    /** The free tiles, that with the fewest hops to the parent and to the fronts that every program asks first. */
    private List<TileId> freeTiles(TileId parent) {
        Grid grid = grid();
        TileId names = Reserved.NAME_FRONT.tile(node.node(), grid);
        TileId files = Reserved.FILE_FRONT.tile(node.node(), grid);
        return grid.tilesOf(node.node()).stream()
                .filter(tile -> !Reserved.keeps(grid, tile) && !table.isTaken(tile))
                .sorted(Comparator.<TileId>comparingInt(
                                tile -> grid.hops(tile, parent) + grid.hops(tile, names) + grid.hops(tile, files))
                        .thenComparing(Comparator.naturalOrder()))
                .toList();
    }

    private List<Effect> tryNext(Parked.Spawn spawn, List<TileId> tiles) {
        // Another spawn may have taken some of them while this one waited for its tile's answer.
        List<TileId> free = tiles.stream().filter(tile -> !table.isTaken(tile)).toList();
        if (free.isEmpty()) {
            return overflow(spawn, spawn.mayOverflow() ? peers(spawn.asked().near()) : List.of());
        }
        TileId tile = free.getFirst();
        ProcessSpec spec = spawn.asked().spec();
        table.take(tile, spec.program());
        return List.of(new Effect.Call(
                Address.ofShim(node, ownGrid, tile),
                new Delegation.StartClient(new StartProcess(spec, spawn.parent()), self),
                new Parked.Starting(spawn, tile, free.subList(1, free.size())),
                START_PATIENCE_NANOS));
    }

    private List<Effect> onStart(Parked.Starting starting, Response response, long nanos) {
        TileId tile = starting.tile();
        return switch (response) {
            case Response.Answered(Delegation.ClientStarted(ClientId client, Address first)) ->
                started(starting, client, first, nanos);
            case Response.Answered(Delegation.TileTaken taken) -> {
                List<Effect> effects = new ArrayList<>(tryNext(starting.spawn(), starting.next()));
                effects.add(survey(new Parked.Surveying(tile, Optional.empty())));
                yield effects;
            }
            case Response.DeadlinePassed late ->
                List.of(survey(new Parked.Surveying(tile, Optional.of(starting)))); // It may run after all.
            default -> {
                table.give(tile);
                yield List.of(starting.spawn().call().reply(new Refused(PlacementError.START_FAILED)));
            }
        };
    }

    private List<Effect> started(Parked.Starting starting, ClientId client, Address first, long nanos) {
        Parked.Spawn spawn = starting.spawn();
        ProcessId id = new ProcessId(client);
        List<Effect> effects = new ArrayList<>();
        effects.add(spawn.call().reply(new ProcessSpawned(id, starting.tile(), first)));
        effects.addAll(
                runs(new Running(id, spawn.asked().spec(), starting.tile(), new ProcessId(spawn.parent()), nanos)));
        return effects;
    }

    private List<Effect> runs(Running process) {
        table.started(process);
        return table.running(process.id()) != null && table.gone(process.parent())
                ? List.of(end(process, new Parked.Following()))
                : List.of();
    }

    /** The members that may have room, the nearest first. */
    private List<Incarnation> peers(TileId near) {
        Membership known = membership;
        if (known == null) {
            return List.of();
        }
        Grid grid = known.grid();
        return known.up().stream()
                .filter(member -> !member.equals(node) && !known.down().contains(member))
                .sorted(Comparator.comparingInt(
                        member -> grid.hops(near, Reserved.PLACEMENT.tile(member.node(), grid))))
                .toList();
    }

    /** Space is the grid's, not the node's (§3.2): the nearest peer with room takes what finds none here. */
    private List<Effect> overflow(Parked.Spawn spawn, List<Incarnation> peers) {
        if (peers.isEmpty()) {
            return List.of(spawn.call().reply(new Refused(PlacementError.NO_FREE_TILE)));
        }
        return List.of(new Effect.Call(
                Reserved.PLACEMENT.address(peers.getFirst(), grid()),
                new PlaceProcess(spawn.asked(), spawn.parent()),
                new Parked.Overflowing(spawn, peers.subList(1, peers.size())),
                PEER_PATIENCE_NANOS));
    }

    private List<Effect> onOverflow(Parked.Overflowing asked, Response response) {
        boolean full = response instanceof Response.Answered(Refused(PlacementError error))
                && error == PlacementError.NO_FREE_TILE;
        boolean refused = response instanceof Response.SendRefused(var result) && result.definite();
        if (full || refused) {
            return overflow(asked.spawn(), asked.next());
        }
        // Without an answer it may run there: the caller's deadline says as much.
        return response instanceof Response.Answered(SpawnReply answer)
                ? List.of(asked.spawn().call().reply(answer))
                : List.of();
    }

    // What the tiles know

    private Effect survey(Parked.Surveying surveying) {
        return new Effect.Call(
                Address.ofShim(node, ownGrid, surveying.tile()),
                new Delegation.ListClients(),
                surveying,
                START_PATIENCE_NANOS);
    }

    private List<Effect> onSurveyed(Parked.Surveying surveying, Response response, long nanos) {
        return switch (response) {
            case Response.Answered(Delegation.ClientsListed(var running, var ended)) -> {
                List<Effect> effects = new ArrayList<>();
                ended.forEach(news -> effects.addAll(end(news)));
                running.forEach(client -> effects.addAll(adopt(surveying, client)));
                table.give(surveying.tile());
                if (unknown.remove(surveying.tile()) && unknown.isEmpty()) {
                    held.forEach(in -> effects.addAll(onRequest(in, nanos)));
                    held.clear();
                }
                yield effects;
            }
            case Response.SendRefused refused -> List.of(new Effect.Timer(surveying, RETRY_NANOS));
            default -> List.of(survey(surveying));
        };
    }

    private List<Effect> lookAround() {
        List<Effect> effects = new ArrayList<>();
        for (Running process : table.running()) {
            effects.add(look(process.tile(), new Parked.LookingFor(process.id(), process.tile())));
        }
        for (int i = Math.min(FREE_LOOKED_AT, own.size()); i > 0; i--) {
            TileId tile = own.removeFirst();
            own.addLast(tile);
            if (!table.isTaken(tile)) {
                effects.add(look(tile, new Parked.LookingAt(tile)));
            }
        }
        effects.add(new Effect.Timer(new Parked.LookingAround(), LOOK_NANOS));
        return effects;
    }

    private Effect look(TileId tile, Parked looking) {
        return new Effect.Call(
                Address.ofShim(node, ownGrid, tile), new Delegation.ListClients(), looking, START_PATIENCE_NANOS);
    }

    /** Its tile has no timer: it finds that something takes too long when it is asked something. */
    private List<Effect> nudge(ProcessId id) {
        Running process = table.running(id);
        return process == null || !moving.contains(id)
                ? List.of()
                : List.of(
                        look(process.tile(), new Parked.LookingFor(id, process.tile())),
                        new Effect.Timer(new Parked.Nudging(id), NUDGE_NANOS));
    }

    /** A tile that does not answer now is asked again when it is looked around the next time. */
    private List<Effect> onLookedFor(Parked.LookingFor looking, Response response) {
        if (!(response instanceof Response.Answered(Delegation.ClientsListed(var running, var ended)))) {
            return List.of();
        }
        List<Effect> effects = new ArrayList<>();
        ended.forEach(news -> effects.addAll(end(news)));
        ClientId client = looking.process().client();
        if (table.running(looking.process()) != null
                && running.stream().noneMatch(there -> there.client().equals(client))) {
            effects.add(new Effect.Call(
                    Address.ofShim(node, ownGrid, looking.tile()),
                    new Migration.FindClient(client),
                    new Parked.Missing(looking.process(), looking.tile()),
                    START_PATIENCE_NANOS));
        }
        return effects;
    }

    private List<Effect> onMissing(Parked.Missing missing, Response response) {
        Running process = table.running(missing.process());
        if (process == null || !process.tile().equals(missing.tile())) {
            return List.of();
        }
        return switch (response) {
            case Response.Answered(Migration.ClientSeen(Place place)) -> moved(process, place);
            case Response.Answered(Migration.ClientIsOver over) -> forgotten(missing);
            case Response.Answered(Migration.ClientUnknown unknown) -> forgotten(missing);
            default -> List.of(); // It is between two places; or it is looked for the next time.
        };
    }

    /** It has ended so long ago that its tile has forgotten how. */
    private List<Effect> forgotten(Parked.Missing missing) {
        return end(new Delegation.ClientEnded(
                missing.process().client(), missing.tile(), PlacementProtocol.NODE_LOST_STATUS));
    }

    private List<Effect> adopt(Parked.Surveying surveying, Delegation.RunningClient client) {
        if (!client.supervisor().equals(self) || !(client.spec() instanceof StartProcess(var spec, var parent))) {
            return List.of();
        }
        ProcessId id = new ProcessId(client.client());
        Address first = new Address(client.client(), Client.FIRST_MAILBOX, surveying.tile());
        List<Effect> effects = new ArrayList<>();
        // The tile was given to nobody else meanwhile, so what runs there is what that start began.
        surveying
                .lost()
                .ifPresent(start ->
                        effects.add(start.spawn().call().reply(new ProcessSpawned(id, surveying.tile(), first))));
        effects.addAll(runs(new Running(id, spec, surveying.tile(), new ProcessId(parent), client.startedNanos())));
        return effects;
    }

    private List<Effect> onEnded(Call<Delegation.EndNoted> call, Delegation.ClientEnded news) {
        List<Effect> effects = new ArrayList<>();
        effects.add(call.reply(new Delegation.EndNoted()));
        effects.addAll(end(news));
        return effects;
    }

    private List<Effect> end(Delegation.ClientEnded news) {
        ProcessId id = new ProcessId(news.client());
        List<Parked.Waiting> waited = table.ended(id, news.status()) ? waits.remove(id) : null;
        if (waited == null) {
            return List.of();
        }
        waiting -= waited.size();
        return waited.stream()
                .map(wait -> wait.call().reply(new ProcessEnded(id, news.status())))
                .toList();
    }

    // Waiting and killing

    private List<Effect> onWait(Call<WaitReply> call, WaitForProcess wait) {
        ProcessId id = wait.process();
        Integer status = table.status(id);
        if (status != null) {
            return List.of(call.reply(new ProcessEnded(id, status)));
        }
        if (table.running(id) == null) {
            return List.of(call.reply(new Refused(PlacementError.NO_SUCH_PROCESS)));
        }
        if (waiting == MOST_WAITS) {
            return List.of(call.reply(new StillRunning()));
        }
        Parked.Waiting parked = new Parked.Waiting(call, id);
        waits.computeIfAbsent(id, process -> new ArrayList<>()).add(parked);
        waiting++;
        return List.of(new Effect.Timer(parked, wait.patienceNanos()));
    }

    private List<Effect> onPatienceOver(Parked.Waiting wait) {
        List<Parked.Waiting> others = waits.get(wait.process());
        if (others == null || !others.remove(wait)) {
            return List.of(); // The process ended first, and the wait was answered then.
        }
        waiting--;
        if (others.isEmpty()) {
            waits.remove(wait.process());
        }
        return List.of(wait.call().reply(new StillRunning()));
    }

    private List<Effect> onKill(Call<KillReply> call, ProcessId id) {
        Running process = table.running(id);
        return List.of(
                process == null
                        ? call.reply(new Refused(PlacementError.NO_SUCH_PROCESS))
                        : end(process, new Parked.Stopping(call)));
    }

    private Effect end(Running process, Parked continuation) {
        table.ending(process.id());
        return new Effect.Call(
                Address.ofShim(node, ownGrid, process.tile()),
                new Delegation.StopClient(process.id().client()),
                continuation,
                START_PATIENCE_NANOS);
    }

    private List<Effect> onKillFamily(Call<KillReply> call, ProcessId id) {
        List<Effect> effects = new ArrayList<>(onKill(call, id));
        effects.addAll(endChildren(Set.of(id), true));
        return effects;
    }

    private List<Effect> onEndChildren(Call<ChildrenEnding> call, EndChildren news) {
        List<Effect> effects = new ArrayList<>();
        effects.add(call.reply(new ChildrenEnding()));
        news.parents().forEach(table::ending);
        effects.addAll(endChildren(news.parents(), false));
        return effects;
    }

    /** Ends what they have started here, and what that has; the other nodes are told of all of whom they do not know. */
    private List<Effect> endChildren(Collection<ProcessId> parents, boolean tellOfParents) {
        List<Effect> effects = new ArrayList<>();
        Set<ProcessId> family = new LinkedHashSet<>(parents);
        List<ProcessId> found = new ArrayList<>(tellOfParents ? parents : List.of());
        for (Running process : table.running()) { // A parent comes before its children.
            if (family.contains(process.parent()) && family.add(process.id())) {
                if (table.ending(process.id())) {
                    found.add(process.id());
                }
                effects.add(end(process, new Parked.Following()));
            }
        }
        if (!found.isEmpty()) {
            peers(self.tile()).forEach(peer -> effects.add(tell(new Parked.TellingPeer(peer, new EndChildren(found)))));
        }
        return effects;
    }

    private Effect tell(Parked.TellingPeer telling) {
        return new Effect.Call(
                Reserved.PLACEMENT.address(telling.peer(), grid()), telling.news(), telling, LISTING_PATIENCE_NANOS);
    }

    private List<Effect> onTold(Parked.TellingPeer telling, Response response) {
        Membership known = membership;
        if (response instanceof Response.Answered
                || known == null
                || !known.up().contains(telling.peer())) {
            return List.of();
        }
        return List.of(
                response instanceof Response.SendRefused ? new Effect.Timer(telling, RETRY_NANOS) : tell(telling));
    }

    private static List<Effect> onStopped(Parked.Stopping stopping, Response response) {
        if (response instanceof Response.Answered) {
            return List.of(stopping.call().reply(new KillBegun()));
        }
        // Refused or late: nobody knows whether the client was reached, and the caller's deadline says as much.
        return List.of();
    }

    // Moving

    /** Whether this server's word about the process is the last one. */
    private boolean mineToSay(Envelope in, ProcessId process) {
        if (table.running(process) != null || table.status(process) != null) {
            return true;
        }
        Membership known = membership;
        boolean ofPeer = known != null
                && known.up().stream()
                        .anyMatch(member -> Reserved.PLACEMENT
                                .address(member, known.grid())
                                .client()
                                .equals(in.from().client()));
        // What a peer asks, it asks because the process was here: nobody sends it round in circles.
        return table.away(process) == null && (ofPeer || process.home().equals(node));
    }

    private List<Effect> elsewhere(Envelope in, ProcessId process, long untilNanos, long nanos) {
        Incarnation away = table.away(process);
        return atHome(new Parked.AtHome(in, process, away == null ? process.home() : away, untilNanos), nanos);
    }

    private List<Effect> onMigrate(Call<MigrateReply> call, MigrateProcess migrate) {
        Membership known = membership;
        TileId tile = migrate.tile();
        Grid grid = grid();
        Running process = table.running(migrate.process());
        if (process == null) {
            boolean ofSystem = migrate.process().client().number() <= 2 * grid.tilesPerNode();
            return List.of(
                    call.reply(new Refused(ofSystem ? PlacementError.NOT_MIGRATABLE : PlacementError.NO_SUCH_PROCESS)));
        }
        Optional<Incarnation> member = known == null
                ? Optional.empty()
                : known.up().stream()
                        .filter(one -> one.node().equals(tile.node()))
                        .findFirst();
        if (member.isEmpty() || tile.x() >= grid.width() || tile.y() >= grid.height()) {
            return List.of(call.reply(new Refused(PlacementError.NO_SUCH_TILE)));
        }
        if (Reserved.keeps(grid, tile)) {
            return List.of(call.reply(new Refused(PlacementError.TILE_TAKEN)));
        }
        Effect move = new Effect.Call(
                Address.ofShim(node, ownGrid, process.tile()),
                new Migration.MoveClient(
                        process.id().client(),
                        Address.ofShim(member.get(), grid, tile),
                        Reserved.PLACEMENT.address(member.get(), grid)),
                new Parked.Moving(call, process, tile),
                MOVE_PATIENCE_NANOS);
        return moving.add(process.id())
                ? List.of(move, new Effect.Timer(new Parked.Nudging(process.id()), NUDGE_NANOS))
                : List.of(move); // Its tile says that one move is enough.
    }

    private List<Effect> onMoved(Parked.Moving moving, Response response) {
        Running process = moving.process();
        this.moving.remove(process.id());
        return switch (response) {
            case Response.Answered(Migration.ClientMoved(Place place)) -> {
                List<Effect> effects = new ArrayList<>();
                effects.add(moving.call().reply(new ProcessMigrated(place.tile())));
                effects.addAll(moved(process, place));
                yield effects;
            }
            case Response.Answered(Migration.MoveFailed(Migration.Obstacle obstacle, String why)) ->
                List.of(moving.call().reply(new Refused(errorOf(obstacle))));
            case Response.SendRefused(var result)
            when result.definite() -> List.of(moving.call().reply(new Refused(PlacementError.NOT_MOVED)));
            default -> List.of(); // Nobody knows, and the caller's deadline says as much.
        };
    }

    private List<Effect> moved(Running process, Place place) {
        if (place.life().equals(node)) {
            table.arrived(
                    new Running(process.id(), process.spec(), place.tile(), process.parent(), process.startedNanos()));
            return List.of();
        }
        if (table.running(process.id()) == null) {
            return List.of();
        }
        table.departed(process.id(), place.life());
        return askThere(process.id());
    }

    /** Who waits here for its end is told that it still runs, and asks again, which is handed on. */
    private List<Effect> askThere(ProcessId id) {
        List<Parked.Waiting> waited = waits.remove(id);
        if (waited == null) {
            return List.of();
        }
        waiting -= waited.size();
        return waited.stream()
                .map(wait -> wait.call().reply(new StillRunning()))
                .toList();
    }

    private static PlacementError errorOf(Migration.Obstacle obstacle) {
        return switch (obstacle) {
            case NOT_HERE -> PlacementError.NO_SUCH_PROCESS;
            case NOT_MIGRATABLE -> PlacementError.NOT_MIGRATABLE;
            case TILE_TAKEN -> PlacementError.TILE_TAKEN;
            case LOST -> PlacementError.NODE_LOST;
            case BUSY, NOT_TAKEN -> PlacementError.NOT_MOVED;
        };
    }

    private List<Effect> onArrived(Call<Migration.ArrivalNoted> call, Migration.ClientArrived news) {
        if (news.client().spec() instanceof StartProcess(var spec, var parent)) {
            table.arrived(new Running(
                    new ProcessId(news.client().client()),
                    spec,
                    news.tile(),
                    new ProcessId(parent),
                    news.client().startedNanos()));
        }
        return List.of(call.reply(new Migration.ArrivalNoted()));
    }

    /** Asks the server of the process's own node; both requests may be carried out twice, so what is lost is asked again. */
    private List<Effect> atHome(Parked.AtHome asked, long nanos) {
        Incarnation home = asked.where();
        boolean waits = asked.in().payload() instanceof WaitForProcess;
        if (gone(home, nanos)) {
            return List.of(reply(
                    asked.in(),
                    waits
                            ? new ProcessEnded(asked.process(), PlacementProtocol.NODE_LOST_STATUS)
                            : new Refused(PlacementError.NODE_LOST)));
        }
        long left = asked.untilNanos() - nanos;
        if (left <= 0) {
            return waits ? List.of(reply(asked.in(), new StillRunning())) : List.of(); // As far as anybody knows.
        }
        return List.of(new Effect.Call(
                Reserved.PLACEMENT.address(home, grid()), request(asked, left), asked, left + UNDER_WAY_NANOS));
    }

    private static Payload.Request<?> request(Parked.AtHome asked, long leftNanos) {
        return switch (asked.in().payload()) {
            case WaitForProcess wait -> new WaitForProcess(asked.process(), leftNanos);
            case KillFamily kill -> kill;
            case MigrateProcess migrate -> migrate;
            default -> new KillProcess(asked.process());
        };
    }

    private List<Effect> onHome(Parked.AtHome asked, Response response, long nanos) {
        return switch (response) {
            case Response.Answered(Payload answer) -> List.of(reply(asked.in(), answer));
            case Response.SendRefused refused -> List.of(new Effect.Timer(asked, RETRY_NANOS));
            case Response.DeadlinePassed late -> atHome(asked, nanos);
        };
    }

    /** Whether nothing runs any more in that life of a node. Its own earlier lives are known to be over without being told. */
    private boolean gone(Incarnation home, long nanos) {
        Membership known = membership;
        return home.node().equals(node.node()) || (known != null && known.gone(home, nanos, watchingSinceNanos));
    }

    // Listing

    private List<Effect> list(Envelope in, Reach reach, Payload own, Payload.Request<?> ofOthers) {
        Membership known = membership;
        if (reach == Reach.NODE || known == null) {
            return List.of(reply(in, own));
        }
        List<Incarnation> others = peers(self.tile());
        List<Incarnation> asked = new ArrayList<>(others);
        asked.add(node);
        List<NodeId> silent = known.down().stream().map(Incarnation::node).toList();
        long number = ++lastListing;
        Listing listing = new Listing(in, asked, silent);
        listings.put(number, listing);
        List<Effect> effects = new ArrayList<>();
        for (Incarnation member : others) {
            effects.add(new Effect.Call(
                    Reserved.PLACEMENT.address(member, grid()),
                    ofOthers,
                    new Parked.Gathering(number, member),
                    LISTING_PATIENCE_NANOS));
        }
        effects.addAll(onPart(new Parked.Gathering(number, node), new Response.Answered(own)));
        return effects;
    }

    /** Asks its tiles; of the grid, every member with itself, for its own part too takes time. */
    private List<Effect> report(Envelope in, Reach reach) {
        Membership known = membership;
        if (reach == Reach.NODE || known == null) {
            return reports.begin(
                    in,
                    listTiles().tiles().stream()
                            .filter(status -> !status.client().isEmpty())
                            .map(status -> new TileReports.Asked(
                                    Address.ofShim(node, ownGrid, status.tile()), status.client()))
                            .toList());
        }
        List<Incarnation> asked = new ArrayList<>(peers(self.tile()));
        asked.add(node);
        long number = ++lastListing;
        listings.put(
                number,
                new Listing(
                        in, asked, known.down().stream().map(Incarnation::node).toList()));
        return asked.stream()
                .<Effect>map(member -> new Effect.Call(
                        Reserved.PLACEMENT.address(member, grid()),
                        new ReportTiles(Reach.NODE),
                        new Parked.Gathering(number, member),
                        LISTING_PATIENCE_NANOS))
                .toList();
    }

    private List<Effect> onPart(Parked.Gathering gathering, Response response) {
        Listing listing = listings.get(gathering.listing());
        if (listing == null) {
            throw new IllegalStateException("listing " + gathering.listing() + " was answered before all had spoken");
        }
        Optional<Payload> part =
                response instanceof Response.Answered(Payload answer) ? Optional.of(answer) : Optional.empty();
        Optional<Effect> answer = listing.heard(gathering.member(), part);
        if (answer.isPresent()) {
            listings.remove(gathering.listing());
        }
        return answer.stream().toList();
    }

    private ProcessesListed listProcesses(long nanos) {
        return new ProcessesListed(
                table.running().stream()
                        .map(running -> new ProcessStatus(
                                running.id(),
                                running.tile(),
                                running.spec().domain(),
                                running.spec().program(),
                                running.spec().arguments(),
                                nanos - running.startedNanos()))
                        .toList(),
                List.of());
    }

    private TilesListed listTiles() {
        return new TilesListed(
                ownGrid.tilesOf(node.node()).stream()
                        .map(tile -> new TileStatus(
                                tile,
                                Reserved.of(ownGrid, tile)
                                        .map(Reserved::toString)
                                        .orElseGet(() -> table.clientOf(tile))))
                        .toList(),
                List.of());
    }

    // Helpers

    /** The tiles that are given away, for tests. */
    Set<TileId> taken() {
        return table.taken();
    }

    private Grid grid() {
        Membership known = membership;
        return known == null ? ownGrid : known.grid();
    }

    private static Effect reply(Envelope in, Payload answer) {
        return new Effect.Reply(in.from(), in.call(), answer, in.trace());
    }
}
