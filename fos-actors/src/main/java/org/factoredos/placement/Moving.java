package org.factoredos.placement;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.factoredos.grid.Grid;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Migration;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.Place;
import org.factoredos.naming.NameProtocol;
import org.factoredos.placement.PlacementProtocol.MigrateProcess;
import org.factoredos.placement.PlacementProtocol.MigrateReply;
import org.factoredos.placement.PlacementProtocol.ProcessMigrated;
import org.factoredos.placement.PlacementProtocol.Refused;
import org.factoredos.placement.PlacementProtocol.StartProcess;
import org.factoredos.placement.ProcessTable.Running;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Membership;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;

/** Processes that go to other tiles while they run: asked for here, done by the microkernels of the two tiles. */
final class Moving {
    /** It comes to rest first, and may then have to come back. */
    static final long MOVE_PATIENCE_NANOS = 12_000_000_000L;

    /** A little longer than a process may take to come to rest. */
    private static final long NUDGE_NANOS = 2_200_000_000L;

    sealed interface Parked extends Continuation {
        record Underway(Call<MigrateReply> call, Running process, TileId to) implements Parked {}

        /** A move that is not over yet. */
        record Nudging(ProcessId process) implements Parked {}

        record NotingArrival(Call<Migration.ArrivalNoted> call) implements Parked {}

        record NotingDeparture(Call<Migration.DepartureNoted> call) implements Parked {}
    }

    private final Site site;
    private final ProcessTable table;
    private final Surveys surveys;
    private final Waits waits;
    private final Set<ProcessId> moving = new LinkedHashSet<>();

    Moving(Site site, Surveys surveys, Waits waits) {
        this.site = site;
        this.table = site.table;
        this.surveys = surveys;
        this.waits = waits;
    }

    List<Effect> on(Parked parked, Response response) {
        return switch (parked) {
            case Parked.Underway underway -> onMoved(underway, response);
            case Parked.Nudging(ProcessId process) -> nudge(process);
            case Parked.NotingArrival(var call) -> noted(response, call, new Migration.ArrivalNoted());
            case Parked.NotingDeparture(var call) -> noted(response, call, new Migration.DepartureNoted());
        };
    }

    List<Effect> onMigrate(Call<MigrateReply> call, MigrateProcess migrate) {
        Membership known = site.membership();
        TileId tile = migrate.tile();
        Grid grid = site.grid();
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
                site.shim(process.tile()),
                new Migration.MoveClient(
                        process.id().client(),
                        Address.ofShim(member.get(), grid, tile),
                        Reserved.PLACEMENT.address(member.get(), grid)),
                new Parked.Underway(call, process, tile),
                MOVE_PATIENCE_NANOS);
        return moving.add(process.id())
                ? List.of(move, new Effect.Timer(new Parked.Nudging(process.id()), NUDGE_NANOS))
                : List.of(move); // Its tile says that one move is enough.
    }

    private List<Effect> onMoved(Parked.Underway underway, Response response) {
        Running process = underway.process();
        moving.remove(process.id());
        return switch (response) {
            case Response.Answered(Migration.ClientMoved(Place place)) -> {
                List<Effect> effects = new ArrayList<>();
                effects.add(underway.call().reply(new ProcessMigrated(place.tile())));
                effects.addAll(waits.moved(process, place));
                yield effects;
            }
            case Response.Answered(Migration.MoveFailed(Migration.Obstacle obstacle, String why)) ->
                List.of(underway.call().reply(new Refused(errorOf(obstacle))));
            case Response.SendRefused(var result)
            when result.definite() -> List.of(underway.call().reply(new Refused(PlacementError.NOT_MOVED)));
            default -> List.of(); // Nobody knows, and the caller's deadline says as much.
        };
    }

    /** Its tile has no timer: it finds that something takes too long when it is asked something. */
    private List<Effect> nudge(ProcessId id) {
        Running process = table.running(id);
        return process == null || !moving.contains(id)
                ? List.of()
                : List.of(surveys.lookFor(process), new Effect.Timer(new Parked.Nudging(id), NUDGE_NANOS));
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

    List<Effect> onArrived(Call<Migration.ArrivalNoted> call, Migration.ClientArrived news) {
        if (news.client().spec() instanceof StartProcess(var spec, var parent, var rank)) {
            table.arrived(new Running(
                    new ProcessId(news.client().client()),
                    spec,
                    news.tile(),
                    new ProcessId(parent),
                    news.client().startedNanos(),
                    rank));
        }
        Place here = new Place(site.node, news.tile(), news.moves());
        return List.of(noteMoved(news.client().client(), here, new Parked.NotingArrival(call)));
    }

    List<Effect> onDeparted(Call<Migration.DepartureNoted> call, Migration.ClientDeparted news) {
        return List.of(noteMoved(news.client(), news.to(), new Parked.NotingDeparture(call)));
    }

    /**
     * Its names go with the node that it runs on. Both nodes say which one that is, and keep saying it until the name fleet knows:
     * one of the two may be lost at any time, and then there is nobody to tell of the client's end.
     */
    private Effect noteMoved(ClientId client, Place place, Parked parked) {
        return new Effect.Call(
                Reserved.NAME_FRONT.address(site.node, site.ownGrid),
                new NameProtocol.NoteMoved(client, place),
                parked,
                Endings.NAMES_PATIENCE_NANOS);
    }

    /** Without an answer the tile tells again, as it is looked at. */
    private static <R extends Payload> List<Effect> noted(Response response, Call<R> call, R done) {
        return response instanceof Response.Answered(NameProtocol.MoveNoted noted)
                ? List.of(call.reply(done))
                : List.of();
    }
}
