package org.factoredos.placement;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.factoredos.grid.Grid;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Delegation;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Migration;
import org.factoredos.placement.PlacementProtocol.BootReported;
import org.factoredos.placement.PlacementProtocol.EndChildren;
import org.factoredos.placement.PlacementProtocol.KillFamily;
import org.factoredos.placement.PlacementProtocol.KillProcess;
import org.factoredos.placement.PlacementProtocol.ListProcesses;
import org.factoredos.placement.PlacementProtocol.ListRanks;
import org.factoredos.placement.PlacementProtocol.ListTiles;
import org.factoredos.placement.PlacementProtocol.MigrateProcess;
import org.factoredos.placement.PlacementProtocol.NoteBoot;
import org.factoredos.placement.PlacementProtocol.PlaceProcess;
import org.factoredos.placement.PlacementProtocol.Reach;
import org.factoredos.placement.PlacementProtocol.ReportBoot;
import org.factoredos.placement.PlacementProtocol.ReportTiles;
import org.factoredos.placement.PlacementProtocol.SpawnProcess;
import org.factoredos.placement.PlacementProtocol.TilesHeld;
import org.factoredos.placement.PlacementProtocol.WaitForProcess;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Membership;
import org.factoredos.server.Response;
import org.factoredos.server.Server;

/**
 * The scheduler of one node (§3.3): it decides in space, not in time, which free tile a process gets.
 *
 * <p>Any member of the fleet may be asked. Each gives its own node's tiles and knows what runs there; a process of another
 * node is that node's server's business, a full node's spawn the nearest peer's, and a listing everybody's.
 *
 * <p>What the tiles hold, their microkernels enforce and remember: a tile that is taken says so, and a server that has just
 * taken the place of another asks every tile of its node before it answers anything.
 *
 * <p>Here requests and answers come in; each room next door does one thing with them, and shares with the others the {@link
 * Site}.
 */
public final class PlacementServer implements Server, Membership.Watcher {
    private final Site site;
    private final ElasticFleets fleets;
    private final Quotas quotas;
    private final Gangs gangs;
    private final Waits waits;
    private final Signals signals;
    private final Surveys surveys;
    private final Spawning spawning;
    private final Moving moving;
    private final Homes homes;
    private final Permits permits;
    private final Listings listings;
    private final Endings endings;
    private BootReported started = new BootReported(List.of());

    /** {@code programs}: which there are; {@code given}: further tiles that are none of its own to give. */
    public PlacementServer(Incarnation node, Grid grid, Predicate<String> programs, SortedMap<TileId, String> given) {
        this(node, grid, programs, given, List.of());
    }

    /** {@code elastic}: the fleets that may have further servers here. */
    public PlacementServer(
            Incarnation node,
            Grid grid,
            Predicate<String> programs,
            SortedMap<TileId, String> given,
            List<ElasticFleet> elastic) {
        this.site = new Site(node, grid, given);
        this.fleets = new ElasticFleets(node, site.self, elastic, site);
        this.signals = new Signals(site);
        this.waits = new Waits(site, signals);
        this.surveys = new Surveys(site, signals, waits, fleets);
        this.quotas = new Quotas(site);
        this.gangs = new Gangs(site, surveys, signals);
        this.spawning = new Spawning(site, programs, surveys, signals, quotas, gangs);
        this.moving = new Moving(site, surveys, waits);
        this.homes = new Homes(site);
        this.permits = new Permits(site);
        this.listings = new Listings(site);
        this.endings = new Endings(site, waits, fleets);
    }

    @Override
    public List<Effect> on(Membership known, long nanos) {
        quotas.on(known);
        if (!site.on(known, nanos)) {
            return List.of();
        }
        List<Effect> effects = new ArrayList<>(fleets.begin());
        effects.add(surveys.beginLooking());
        effects.add(quotas.begin());
        return effects;
    }

    @Override
    public List<Effect> on(Envelope in, long nanos) {
        return served(onMessage(in, nanos));
    }

    /** What has become free is given at once to who waits for it. */
    private List<Effect> served(List<Effect> effects) {
        List<Effect> more = spawning.serveQueue();
        if (more.isEmpty()) {
            return effects;
        }
        List<Effect> all = new ArrayList<>(effects);
        all.addAll(more);
        return all;
    }

    private List<Effect> onMessage(Envelope in, long nanos) {
        if (in.payload() instanceof TilesHeld held) {
            if (in.fromSystem()) {
                quotas.on(held);
            }
            return List.of();
        }
        if (in.payload() instanceof Delegation.ClientEnded news) {
            return in.fromSystem()
                    ? endings.onEnded(Call.of(in, news), news)
                    : List.of(); // No program says who has ended.
        }
        if (in.payload() instanceof Migration.ClientArrived news) {
            return in.fromSystem() ? moving.onArrived(Call.of(in, news), news) : List.of();
        }
        if (in.payload() instanceof Migration.ClientDeparted news) {
            return in.fromSystem() ? moving.onDeparted(Call.of(in, news), news) : List.of();
        }
        return surveys.complete() ? onRequest(in, nanos) : surveys.hold(in);
    }

    private List<Effect> onRequest(Envelope in, long nanos) {
        return switch (in.payload()) {
            case SpawnProcess spawn -> spawning.onSpawn(in, spawn);
            case PlaceProcess place when in.fromSystem() -> spawning.onPlace(in, place);
            case EndChildren news when in.fromSystem() -> signals.onEndChildren(Call.of(in, news), news);
            case ListProcesses(Reach reach) -> listings.onListProcesses(in, reach, nanos);
            case ReportTiles(Reach reach) -> listings.onReport(in, reach);
            case ListTiles(Reach reach) -> listings.onListTiles(in, reach);
            case NoteBoot(var steps)
            when in.fromSystem() -> {
                started = new BootReported(steps);
                yield List.of(Site.reply(in, started));
            }
            case ReportBoot report -> List.of(Site.reply(in, started));
            default -> onAsked(Asked.of(in), nanos);
        };
    }

    /** Of a process, which another member may know, or may be the one to hand on. */
    private List<Effect> onAsked(Asked asked, long nanos) {
        return switch (asked.request()) {
            case WaitForProcess wait ->
                homes.mineToSay(asked, wait.process())
                        ? waits.onWait(asked.call(wait), wait)
                        : homes.elsewhere(asked, wait.process(), nanos + wait.patienceNanos(), nanos);
            case KillProcess kill ->
                permitted(
                        asked,
                        kill.process(),
                        Site.PEER_PATIENCE_NANOS,
                        nanos,
                        () -> signals.onKill(asked.call(kill), kill.process(), kill.signal()));
            case KillFamily kill ->
                permitted(
                        asked,
                        kill.process(),
                        Site.PEER_PATIENCE_NANOS,
                        nanos,
                        () -> signals.onKillFamily(asked.call(kill), kill));
            case ListRanks list ->
                homes.mineToSay(asked, list.process())
                        ? gangs.onList(asked.call(list), list)
                        : homes.elsewhere(asked, list.process(), nanos + Site.PEER_PATIENCE_NANOS, nanos);
            case MigrateProcess migrate ->
                permitted(
                        asked,
                        migrate.process(),
                        Moving.MOVE_PATIENCE_NANOS,
                        nanos,
                        () -> moving.onMigrate(asked.call(migrate), migrate));
            default -> List.of(); // A stranger's payload has no answer; its sender's deadline ends the call.
        };
    }

    private List<Effect> permitted(
            Asked asked, ProcessId process, long patienceNanos, long nanos, Supplier<List<Effect>> act) {
        if (!homes.mineToSay(asked, process)) {
            return homes.elsewhere(asked, process, nanos + patienceNanos, nanos);
        }
        return permits.question(asked, process).map(List::of).orElseGet(act);
    }

    /** Once it is allowed it is asked as if for the first time, for the process may have gone elsewhere. */
    private List<Effect> onPermit(Permits.Asking asking, Response response, long nanos) {
        return Permits.refusal(asking, response)
                .map(List::of)
                .orElseGet(() -> onAsked(asking.asked().permitted(), nanos));
    }

    @Override
    public List<Effect> on(Continuation continuation, Response response, long nanos) {
        return served(onContinuation(continuation, response, nanos));
    }

    private List<Effect> onContinuation(Continuation continuation, Response response, long nanos) {
        return switch (continuation) {
            case SpawnQueue.Parked parked -> spawning.on(parked);
            case Gangs.Starting starting -> gangs.on(starting, response, nanos);
            case Quotas.Telling telling -> quotas.tell();
            case Spawning.Parked parked -> spawning.on(parked, response, nanos);
            case Surveys.Parked parked -> onSurvey(parked, response, nanos);
            case Signals.Parked parked -> signals.on(parked, response);
            case ElasticFleets.Parked parked -> fleets.on(parked, response);
            case Waits.Waiting wait -> waits.onPatienceOver(wait);
            case Moving.Parked parked -> moving.on(parked, response);
            case Permits.Asking asking -> onPermit(asking, response, nanos);
            case Homes.AtHome asked -> homes.on(asked, response, nanos);
            case Endings.Forgetting forgetting -> Endings.on(forgetting, response);
            case Listings.Gathering gathering -> listings.on(gathering, response);
            case TileReports.AwaitingTile awaiting -> listings.on(awaiting, response);
            default -> throw new IllegalStateException("not a continuation of a placement server: " + continuation);
        };
    }

    private List<Effect> onSurvey(Surveys.Parked parked, Response response, long nanos) {
        List<Effect> effects = new ArrayList<>(surveys.on(parked, response));
        if (surveys.complete()) {
            surveys.release().forEach(in -> effects.addAll(onRequest(in, nanos)));
        }
        return effects;
    }

    /** The tiles that are given away, for tests. */
    Set<TileId> taken() {
        return site.table.taken();
    }
}
