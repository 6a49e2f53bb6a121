package org.factoredos.placement;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.factoredos.grid.Grid;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Delegation;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.Signal;
import org.factoredos.naming.NameProtocol;
import org.factoredos.placement.PlacementProtocol.StartServer;
import org.factoredos.server.Continuation;
import org.factoredos.server.Demand;
import org.factoredos.server.Effect;
import org.factoredos.server.ElasticProtocol;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;
import org.jspecify.annotations.Nullable;

/**
 * The fleets of one node that grow while their servers' queues stay long, and shrink while they stay short (§3.2).
 *
 * <p>Twice a second each server's microkernel is asked how many messages wait. One fleet takes one step at a time: a server more
 * is started on a free tile far from the others, for clients ask the nearest, and then added to the fleet's name; a server
 * less is taken out of the name first, so that nothing new comes, and stopped once it says that it holds nothing. That may be
 * long after: meanwhile the fleet goes on, and takes it back where it grows.
 *
 * <p>The first server of each fleet is boot's, and stays. What has been started is known to its tile, so a placement server
 * that takes another's place finds it there.
 */
final class ElasticFleets {
    /** What it needs to know of the node's tiles. */
    interface Space {
        Grid grid();

        /** Tiles for which no client is known. */
        List<TileId> free();

        void take(TileId tile, String client);

        void give(TileId tile);
    }

    private static final long PATIENCE_NANOS = 2_000_000_000L;
    private static final long RETRY_NANOS = 200_000_000L;
    /** Whoever is told to retire may have to wait for others. */
    private static final long RETIRE_NANOS = 1_000_000_000L;
    /** In case that the news of a change was lost; seldom, for what is said waits in the queues that are looked at. */
    private static final int LOOKS_TO_REPEAT = 8;
    /** Programs come first: of all tiles that are not kept one in so many stays free. */
    private static final int KEPT_FREE = 4;

    sealed interface Parked extends Continuation {
        record Looking() implements Parked {}

        record AwaitingLoad(String fleet, long look, Address server) implements Parked {}

        /** The next step of a server that boot did not place, or the same again. */
        record AwaitingStep(String fleet, TileId tile, Step step) implements Parked {}

        record TryAgain(String fleet, TileId tile, Step step) implements Parked {}
    }

    enum Step {
        START,
        /** Its start was not answered: its tile is asked. */
        FIND,
        ENTER_NAME,
        SERVE,
        LEAVE_NAME,
        RETIRE,
        STOP,
        AWAIT_END,
        /** It has ended by itself. */
        CLEAR_NAME
    }

    /** A server that boot did not place. */
    private static final class Further {
        final TileId tile;
        Step step = Step.START;
        /** Null until it is known to run. */
        @Nullable
        Address address;

        Further(TileId tile) {
            this.tile = tile;
        }
    }

    private static final class State {
        final ElasticFleet fleet;
        final Address first;
        final Map<TileId, Further> further = new LinkedHashMap<>();
        final Map<Address, Long> queued = new LinkedHashMap<>();
        long look;
        final Demand demand = new Demand();

        State(ElasticFleet fleet, Address first) {
            this.fleet = fleet;
            this.first = first;
        }

        /** Those that clients may ask. */
        List<Address> servers() {
            return with(EnumSet.of(Step.ENTER_NAME, Step.SERVE));
        }

        /** Those that run, as far as is known. */
        List<Address> running() {
            return with(EnumSet.complementOf(EnumSet.of(Step.CLEAR_NAME)));
        }

        private List<Address> with(EnumSet<Step> steps) {
            List<Address> servers = new ArrayList<>();
            servers.add(first);
            for (Further one : further.values()) {
                if (one.address != null && steps.contains(one.step)) {
                    servers.add(one.address);
                }
            }
            return servers;
        }

        boolean changing() {
            return further.values().stream().anyMatch(one -> one.step != Step.SERVE && one.step != Step.RETIRE);
        }

        /** The one that came last of those in that step. */
        Optional<Further> last(Step step) {
            return further.values().stream().filter(one -> one.step == step).reduce((one, later) -> later);
        }
    }

    private final Incarnation node;
    private final Address supervisor;
    private final Space space;
    private final Map<String, State> states = new LinkedHashMap<>();

    ElasticFleets(Incarnation node, Address supervisor, List<ElasticFleet> fleets, Space space) {
        this.node = node;
        this.supervisor = supervisor;
        this.space = space;
        for (ElasticFleet fleet : fleets) {
            states.put(fleet.name(), new State(fleet, fleet.first().address(node, space.grid())));
        }
    }

    List<Effect> begin() {
        return states.isEmpty() ? List.of() : List.of(new Effect.Timer(new Parked.Looking(), Demand.LOOK_NANOS));
    }

    List<Effect> on(Parked parked, Response response) {
        return switch (parked) {
            case Parked.Looking looking -> look();
            case Parked.AwaitingLoad load -> onLoad(load, response);
            case Parked.AwaitingStep step -> onStep(step, response);
            case Parked.TryAgain(var fleet, var tile, var step) -> again(fleet, tile, step);
        };
    }

    /** A tile says that this runs there, and has been started by a placement server of this node. */
    List<Effect> adopt(StartServer spec, ClientId client, TileId tile) {
        State state = states.get(spec.fleet());
        if (state == null) {
            return List.of();
        }
        Further one = state.further.computeIfAbsent(tile, Further::new);
        if (one.address != null) {
            return List.of();
        }
        space.take(tile, state.fleet.first().toString());
        return started(state, one, new Address(client, Client.FIRST_MAILBOX, tile));
    }

    /** Returns whether it was one of these servers. */
    Optional<List<Effect>> ended(ClientId client) {
        for (State state : states.values()) {
            for (Further one : state.further.values()) {
                if (one.address != null && one.address.client().equals(client)) {
                    return Optional.of(over(state, one));
                }
            }
        }
        return Optional.empty();
    }

    // Load

    private List<Effect> look() {
        List<Effect> effects = new ArrayList<>();
        for (State state : states.values()) {
            effects.addAll(judge(state));
            state.queued.clear();
            state.look++;
            List<Address> servers = state.servers();
            for (Address server : servers) {
                effects.add(new Effect.Call(
                        Address.ofShim(node, space.grid(), server.tile()),
                        new Delegation.ReportTile(),
                        new Parked.AwaitingLoad(state.fleet.name(), state.look, server),
                        Demand.LOOK_NANOS));
            }
            if (!state.further.isEmpty() && state.look % LOOKS_TO_REPEAT == 0) {
                effects.addAll(tellPeers(state));
            }
        }
        effects.add(new Effect.Timer(new Parked.Looking(), Demand.LOOK_NANOS));
        return effects;
    }

    private List<Effect> tellPeers(State state) {
        List<Address> servers = state.servers();
        return state.running().stream()
                .<Effect>map(server -> new Effect.Send(server, new ElasticProtocol.Peers(servers), null))
                .toList();
    }

    private List<Effect> onLoad(Parked.AwaitingLoad load, Response response) {
        State state = states.get(load.fleet());
        if (state != null
                && state.look == load.look()
                && response instanceof Response.Answered(Delegation.TileReported counted)) {
            state.queued.put(load.server(), counted.queued());
            if (counted.mailboxes() == 0) {
                return ended(load.server().client()).orElse(List.of()); // The news of its end was lost.
            }
        }
        return List.of();
    }

    private List<Effect> judge(State state) {
        if (state.queued.isEmpty()) {
            return List.of();
        }
        long queued = state.queued.values().stream().mapToLong(Long::longValue).sum();
        int servers = state.servers().size();
        Demand.Wish wish = state.demand.look(queued, servers);
        if (state.changing()) {
            return List.of();
        }
        return switch (wish) {
            case ONE_MORE -> servers < state.fleet.most() ? more(state) : List.of();
            case ONE_FEWER ->
                state.last(Step.SERVE)
                        .map(last -> step(state, last, Step.LEAVE_NAME))
                        .orElse(List.of());
            case AS_MANY -> List.of();
        };
    }

    private List<Effect> more(State state) {
        return state.last(Step.RETIRE).map(leaving -> takeBack(state, leaving)).orElseGet(() -> grow(state));
    }

    /** It is told before anybody finds it by name again. */
    private List<Effect> takeBack(State state, Further one) {
        List<Effect> effects = new ArrayList<>(step(state, one, Step.ENTER_NAME));
        effects.addAll(0, tellPeers(state));
        return effects;
    }

    private List<Effect> grow(State state) {
        List<TileId> free = space.free();
        long programs = space.grid().tilesPerNode() - (long) Reserved.COUNT;
        if (free.size() * (long) KEPT_FREE <= programs) {
            return List.of();
        }
        List<Address> servers = state.servers();
        TileId tile = free.stream()
                .max(Comparator.<TileId>comparingInt(candidate -> servers.stream()
                                .mapToInt(server -> space.grid().hops(candidate, server.tile()))
                                .min()
                                .orElse(0))
                        .thenComparing(Comparator.reverseOrder()))
                .orElseThrow();
        Further one = new Further(tile);
        state.further.put(tile, one);
        space.take(tile, state.fleet.first().toString());
        return step(state, one, Step.START);
    }

    // Steps

    private List<Effect> again(String fleet, TileId tile, Step step) {
        State state = states.get(fleet);
        Further one = state == null ? null : state.further.get(tile);
        return state == null || one == null || one.step != step ? List.of() : step(state, one, step);
    }

    private List<Effect> step(State state, Further one, Step step) {
        one.step = step;
        Grid grid = space.grid();
        Address shim = Address.ofShim(node, grid, one.tile);
        Address names = Reserved.NAME_FRONT.address(node, grid);
        String name = state.fleet.name();
        return switch (step) {
            case START -> call(state, one, shim, new Delegation.StartClient(new StartServer(name), supervisor));
            case FIND -> call(state, one, shim, new Delegation.ListClients());
            case ENTER_NAME ->
                call(state, one, names, new NameProtocol.RegisterName(known(one), name, NameProtocol.Flags.FLEET));
            case SERVE -> tellPeers(state);
            case LEAVE_NAME, CLEAR_NAME ->
                call(state, one, names, new NameProtocol.DeleteSpecificName(name, known(one)));
            case RETIRE -> call(state, one, known(one), new ElasticProtocol.Retire());
            case STOP ->
                call(state, one, shim, new Delegation.StopClient(known(one).client(), Signal.KILL));
            case AWAIT_END -> call(state, one, shim, new Delegation.ListClients());
        };
    }

    private List<Effect> call(State state, Further one, Address to, Payload.Request<?> request) {
        return List.of(new Effect.Call(
                to, request, new Parked.AwaitingStep(state.fleet.name(), one.tile, one.step), PATIENCE_NANOS));
    }

    private static Address known(Further one) {
        Address address = one.address;
        if (address == null) {
            throw new IllegalStateException("what does not run yet has no address: " + one.tile);
        }
        return address;
    }

    private List<Effect> onStep(Parked.AwaitingStep awaiting, Response response) {
        State state = states.get(awaiting.fleet());
        Further one = state == null ? null : state.further.get(awaiting.tile());
        if (state == null || one == null || one.step != awaiting.step()) {
            return List.of(); // It has ended meanwhile.
        }
        return switch (awaiting.step()) {
            case START -> onStart(state, one, response);
            case FIND -> onFound(state, one, response);
            case ENTER_NAME ->
                response instanceof Response.Answered(NameProtocol.NameRegistered registered)
                        ? step(state, one, Step.SERVE)
                        : later(state, one, RETRY_NANOS);
            case SERVE -> List.of();
            case LEAVE_NAME -> outOfTheName(response) ? step(state, one, Step.RETIRE) : later(state, one, RETRY_NANOS);
            case CLEAR_NAME -> outOfTheName(response) ? forget(state, one) : later(state, one, RETRY_NANOS);
            case RETIRE ->
                response instanceof Response.Answered(ElasticProtocol.Retired retired)
                        ? step(state, one, Step.STOP)
                        : later(state, one, RETIRE_NANOS);
            case STOP -> step(state, one, Step.AWAIT_END);
            case AWAIT_END -> onEnding(state, one, response);
        };
    }

    private static boolean outOfTheName(Response response) {
        return response instanceof Response.Answered(NameProtocol.DeleteReply deleted) && deleted.isOut();
    }

    private List<Effect> later(State state, Further one, long nanos) {
        return List.of(new Effect.Timer(new Parked.TryAgain(state.fleet.name(), one.tile, one.step), nanos));
    }

    private List<Effect> onStart(State state, Further one, Response response) {
        return switch (response) {
            case Response.Answered(Delegation.ClientStarted(ClientId client, Address mailbox)) ->
                started(state, one, mailbox);
            case Response.Answered answered -> forget(state, one); // Something else is there; it will be seen.
            case Response.SendRefused refused -> forget(state, one);
            case Response.DeadlinePassed late -> step(state, one, Step.FIND);
        };
    }

    private List<Effect> onFound(State state, Further one, Response response) {
        if (!(response instanceof Response.Answered(Delegation.ClientsListed(var running, var ended)))) {
            return later(state, one, RETRY_NANOS);
        }
        for (Delegation.RunningClient client : running) {
            if (client.spec() instanceof StartServer(String fleet) && fleet.equals(state.fleet.name())) {
                return started(state, one, new Address(client.client(), Client.FIRST_MAILBOX, one.tile));
            }
        }
        return forget(state, one);
    }

    /** Its end is told as it comes, and might not be heard. */
    private List<Effect> onEnding(State state, Further one, Response response) {
        ClientId client = known(one).client();
        boolean over = response instanceof Response.Answered(Delegation.ClientsListed(var running, var ended))
                && running.stream().noneMatch(there -> there.client().equals(client));
        return over ? forget(state, one) : later(state, one, RETIRE_NANOS);
    }

    private List<Effect> started(State state, Further one, Address address) {
        one.address = address;
        return step(state, one, Step.ENTER_NAME);
    }

    private List<Effect> over(State state, Further one) {
        return switch (one.step) {
            // Out of the name already.
            case RETIRE, STOP, AWAIT_END -> forget(state, one);
            case CLEAR_NAME -> List.of();
            default -> step(state, one, Step.CLEAR_NAME);
        };
    }

    private List<Effect> forget(State state, Further one) {
        state.further.remove(one.tile);
        space.give(one.tile);
        return tellPeers(state);
    }
}
