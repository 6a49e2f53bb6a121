package org.factoredos.placement;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.Predicate;
import org.factoredos.grid.Grid;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Delegation;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.placement.PlacementProtocol.KillBegun;
import org.factoredos.placement.PlacementProtocol.KillFamily;
import org.factoredos.placement.PlacementProtocol.KillProcess;
import org.factoredos.placement.PlacementProtocol.KillReply;
import org.factoredos.placement.PlacementProtocol.ListProcesses;
import org.factoredos.placement.PlacementProtocol.ListTiles;
import org.factoredos.placement.PlacementProtocol.ProcessEnded;
import org.factoredos.placement.PlacementProtocol.ProcessSpawned;
import org.factoredos.placement.PlacementProtocol.ProcessStatus;
import org.factoredos.placement.PlacementProtocol.ProcessesListed;
import org.factoredos.placement.PlacementProtocol.Refused;
import org.factoredos.placement.PlacementProtocol.SpawnProcess;
import org.factoredos.placement.PlacementProtocol.SpawnReply;
import org.factoredos.placement.PlacementProtocol.StartProcess;
import org.factoredos.placement.PlacementProtocol.StillRunning;
import org.factoredos.placement.PlacementProtocol.TileStatus;
import org.factoredos.placement.PlacementProtocol.TilesListed;
import org.factoredos.placement.PlacementProtocol.WaitForProcess;
import org.factoredos.placement.PlacementProtocol.WaitReply;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;
import org.factoredos.server.Server;

/**
 * The scheduler of one node (§3.3): it decides in space, not in time, which free tile a process gets.
 *
 * <p>A process's number is its client's, so a server that replaces this one after a fault makes no number twice. What
 * the tiles hold, their microkernels enforce: a tile that is taken says so, and the next one is tried.
 */
public final class PlacementServer implements Server {
    private static final long START_PATIENCE_NANOS = 2_000_000_000L;
    /** The statuses of ended processes that somebody may still wait for; the oldest make room. */
    private static final int MOST_ENDED = 4096;
    /** Further waits are answered at once that the process still runs. */
    private static final int MOST_WAITS = 2048;

    /** What waits for another's answer, or for time. */
    sealed interface Parked extends Continuation {
        record Starting(Call<SpawnReply> call, SpawnProcess spawn, TileId tile, List<TileId> next) implements Parked {}

        record Stopping(Call<KillReply> call) implements Parked {}

        /** Of a process that is ended with another, which nobody waits for. */
        record Following() implements Parked {}

        record Waiting(Call<WaitReply> call, ProcessId process) implements Parked {}
    }

    /** {@code parent}: who asked for it, which need not be a process. */
    private record Running(
            ProcessId id, ProcessSpec spec, TileId tile, ClientId client, ClientId parent, long startedNanos) {}

    private final Incarnation node;
    private final Grid grid;
    private final Predicate<String> programs;
    private final Address self;
    private final SequencedMap<ProcessId, Running> processes = new LinkedHashMap<>();
    /** Those of them that are being ended. */
    private final Set<ProcessId> ending = new LinkedHashSet<>();

    private final SequencedMap<TileId, String> taken = new LinkedHashMap<>();
    private final SequencedMap<ProcessId, Integer> ended = new LinkedHashMap<>();
    private final Map<ProcessId, List<Parked.Waiting>> waits = new LinkedHashMap<>();
    private int waiting;

    /** {@code programs}: which there are; {@code given}: further tiles that are none of its own to give. */
    public PlacementServer(Incarnation node, Grid grid, Predicate<String> programs, SortedMap<TileId, String> given) {
        taken.putAll(given);
        this.node = node;
        this.grid = grid;
        this.programs = programs;
        this.self = Reserved.PLACEMENT.address(node, grid);
    }

    @Override
    public List<Effect> on(Envelope in, long nanos) {
        return switch (in.payload()) {
            case SpawnProcess spawn -> onSpawn(Call.of(in, spawn), spawn);
            case WaitForProcess wait -> onWait(Call.of(in, wait), wait);
            case KillProcess kill -> onKill(Call.of(in, kill), kill.process());
            case KillFamily kill -> onKillFamily(Call.of(in, kill), kill.process());
            case ListProcesses list -> List.of(Call.of(in, list).reply(listProcesses(nanos)));
            case ListTiles list -> List.of(Call.of(in, list).reply(listTiles()));
            case Delegation.ClientEnded news -> onEnded(Call.of(in, news), news);
            default -> List.of(); // A stranger's payload has no answer; its sender's deadline ends the call.
        };
    }

    @Override
    public List<Effect> on(Continuation continuation, Response response, long nanos) {
        return switch ((Parked) continuation) {
            case Parked.Starting starting -> onStart(starting, response, nanos);
            case Parked.Stopping stopping -> onStopped(stopping, response);
            case Parked.Following following -> List.of();
            case Parked.Waiting wait -> onPatienceOver(wait);
        };
    }

    private List<Effect> onSpawn(Call<SpawnReply> call, SpawnProcess spawn) {
        if (!programs.test(spawn.spec().program())) {
            return List.of(call.reply(new Refused(PlacementError.NO_SUCH_PROGRAM)));
        }
        return tryNext(call, spawn, freeTiles(spawn.near()));
    }

    /** The free tiles, that with the fewest hops to the parent and to the fronts that every program asks first. */
    private List<TileId> freeTiles(TileId parent) {
        TileId names = Reserved.NAME_FRONT.tile(node.node(), grid);
        TileId files = Reserved.FILE_FRONT.tile(node.node(), grid);
        return grid.tilesOf(node.node()).stream()
                .filter(tile -> !Reserved.keeps(grid, tile) && !taken.containsKey(tile))
                .sorted(Comparator.<TileId>comparingInt(
                                tile -> grid.hops(tile, parent) + grid.hops(tile, names) + grid.hops(tile, files))
                        .thenComparing(Comparator.naturalOrder()))
                .toList();
    }

    private List<Effect> tryNext(Call<SpawnReply> call, SpawnProcess spawn, List<TileId> tiles) {
        // Another spawn may have taken some of them while this one waited for its tile's answer.
        List<TileId> free =
                tiles.stream().filter(tile -> !taken.containsKey(tile)).toList();
        if (free.isEmpty()) {
            return List.of(call.reply(new Refused(PlacementError.NO_FREE_TILE)));
        }
        TileId tile = free.getFirst();
        taken.put(tile, spawn.spec().program());
        return List.of(new Effect.Call(
                Address.ofShim(node, grid, tile),
                new Delegation.StartClient(new StartProcess(spawn.spec()), self),
                new Parked.Starting(call, spawn, tile, free.subList(1, free.size())),
                START_PATIENCE_NANOS));
    }

    private List<Effect> onStart(Parked.Starting starting, Response response, long nanos) {
        Call<SpawnReply> call = starting.call();
        if (response instanceof Response.Answered(Delegation.ClientStarted(ClientId client, Address first))) {
            return started(starting, client, first, nanos);
        }
        taken.remove(starting.tile());
        if (response instanceof Response.Answered(Delegation.TileTaken taken)) {
            return tryNext(call, starting.spawn(), starting.next());
        }
        if (response instanceof Response.DeadlinePassed) {
            // It may run after all. Then its tile says so when it is tried again, and its end frees it.
            return List.of();
        }
        return List.of(call.reply(new Refused(PlacementError.START_FAILED)));
    }

    private List<Effect> started(Parked.Starting starting, ClientId client, Address first, long nanos) {
        ProcessId id = idOf(client);
        ClientId parent = starting.call().client();
        List<Effect> effects = new ArrayList<>();
        effects.add(starting.call().reply(new ProcessSpawned(id, starting.tile(), first)));
        if (ended.containsKey(id)) {
            taken.remove(starting.tile()); // A short life: the news of its end overtook that of its start.
            return effects;
        }
        Running process = new Running(id, starting.spawn().spec(), starting.tile(), client, parent, nanos);
        processes.put(id, process);
        if (ending.contains(idOf(parent)) || ended.containsKey(idOf(parent))) {
            effects.add(end(process, new Parked.Following())); // Nobody is there any more to wait for it, or to end it.
        }
        return effects;
    }

    private List<Effect> onWait(Call<WaitReply> call, WaitForProcess wait) {
        ProcessId id = wait.process();
        Integer status = ended.get(id);
        if (status != null) {
            return List.of(call.reply(new ProcessEnded(id, status)));
        }
        if (!processes.containsKey(id)) {
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
        Running process = processes.get(id);
        return List.of(
                process == null
                        ? call.reply(new Refused(PlacementError.NO_SUCH_PROCESS))
                        : end(process, new Parked.Stopping(call)));
    }

    private List<Effect> onKillFamily(Call<KillReply> call, ProcessId id) {
        List<Effect> effects = new ArrayList<>(onKill(call, id));
        Set<ProcessId> family = new LinkedHashSet<>(List.of(id));
        // In the order of their starts: a parent comes before its children.
        for (Running process : processes.values()) {
            if (family.contains(idOf(process.parent())) && family.add(process.id())) {
                effects.add(end(process, new Parked.Following()));
            }
        }
        return effects;
    }

    private Effect end(Running process, Parked continuation) {
        ending.add(process.id());
        return new Effect.Call(
                Address.ofShim(node, grid, process.tile()),
                new Delegation.StopClient(process.client()),
                continuation,
                START_PATIENCE_NANOS);
    }

    private List<Effect> onEnded(Call<Delegation.EndNoted> call, Delegation.ClientEnded news) {
        List<Effect> effects = new ArrayList<>();
        effects.add(call.reply(new Delegation.EndNoted()));
        ProcessId id = idOf(news.client());
        if (ended.containsKey(id)) {
            return effects; // The tile tells it again: its first telling was noted, but not the note.
        }
        ended.put(id, news.status());
        if (ended.size() > MOST_ENDED) {
            ended.pollFirstEntry();
        }
        ending.remove(id);
        if (processes.remove(id) != null) {
            taken.remove(news.tile());
        }
        List<Parked.Waiting> waited = waits.remove(id);
        if (waited != null) {
            waiting -= waited.size();
            waited.forEach(wait -> effects.add(wait.call().reply(new ProcessEnded(id, news.status()))));
        }
        return effects;
    }

    private static List<Effect> onStopped(Parked.Stopping stopping, Response response) {
        if (response instanceof Response.Answered) {
            return List.of(stopping.call().reply(new KillBegun()));
        }
        // Refused or late: nobody knows whether the client was reached, and the caller's deadline says as much.
        return List.of();
    }

    private ProcessesListed listProcesses(long nanos) {
        return new ProcessesListed(processes.values().stream()
                .map(process -> new ProcessStatus(
                        process.id(),
                        process.tile(),
                        process.spec().program(),
                        process.spec().arguments(),
                        nanos - process.startedNanos()))
                .toList());
    }

    private TilesListed listTiles() {
        return new TilesListed(grid.tilesOf(node.node()).stream()
                .map(tile -> new TileStatus(tile, clientOf(tile)))
                .toList());
    }

    private String clientOf(TileId tile) {
        Optional<Reserved> reserved = Reserved.of(grid, tile);
        return reserved.isPresent() ? reserved.get().toString() : taken.getOrDefault(tile, "");
    }

    /** The tiles that are given away, for tests. */
    Set<TileId> taken() {
        return Collections.unmodifiableSet(taken.keySet());
    }

    private static ProcessId idOf(ClientId client) {
        return new ProcessId(client.node(), client.number());
    }
}
