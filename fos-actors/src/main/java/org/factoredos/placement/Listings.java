package org.factoredos.placement;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.placement.PlacementProtocol.ListProcesses;
import org.factoredos.placement.PlacementProtocol.ListTiles;
import org.factoredos.placement.PlacementProtocol.ProcessStatus;
import org.factoredos.placement.PlacementProtocol.ProcessesListed;
import org.factoredos.placement.PlacementProtocol.Reach;
import org.factoredos.placement.PlacementProtocol.ReportTiles;
import org.factoredos.placement.PlacementProtocol.TileStatus;
import org.factoredos.placement.PlacementProtocol.TilesListed;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Membership;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;

/** What runs where: of this node, or of the grid, each member's part put together. */
final class Listings {
    record Gathering(long listing, Incarnation member) implements Continuation {}

    private final Site site;
    private final Map<Long, Listing> listings = new LinkedHashMap<>();
    private final TileReports reports = new TileReports();
    private long lastListing;

    Listings(Site site) {
        this.site = site;
    }

    List<Effect> onListProcesses(Envelope in, Reach reach, long nanos) {
        return list(in, reach, listProcesses(nanos), new ListProcesses(Reach.NODE));
    }

    List<Effect> onListTiles(Envelope in, Reach reach) {
        return list(in, reach, listTiles(), new ListTiles(Reach.NODE));
    }

    private List<Effect> list(Envelope in, Reach reach, Payload own, Payload.Request<?> ofOthers) {
        Membership known = site.membership();
        if (reach == Reach.NODE || known == null) {
            return List.of(Site.reply(in, own));
        }
        List<Incarnation> others = site.peers();
        long number = begin(in, others, known);
        List<Effect> effects = new ArrayList<>(ask(number, others, ofOthers));
        effects.addAll(on(new Gathering(number, site.node), new Response.Answered(own)));
        return effects;
    }

    /** Asks its tiles; of the grid, every member with itself, for its own part too takes time. */
    List<Effect> onReport(Envelope in, Reach reach) {
        Membership known = site.membership();
        if (reach == Reach.NODE || known == null) {
            return reports.begin(
                    in,
                    listTiles().tiles().stream()
                            .filter(status -> !status.client().isEmpty())
                            .map(status -> new TileReports.Asked(site.shim(status.tile()), status.client()))
                            .toList());
        }
        List<Incarnation> others = site.peers();
        long number = begin(in, others, known);
        List<Incarnation> asked = new ArrayList<>(others);
        asked.add(site.node);
        return ask(number, asked, new ReportTiles(Reach.NODE));
    }

    private long begin(Envelope in, List<Incarnation> others, Membership known) {
        List<Incarnation> asked = new ArrayList<>(others);
        asked.add(site.node);
        long number = ++lastListing;
        listings.put(
                number,
                new Listing(
                        in, asked, known.down().stream().map(Incarnation::node).toList()));
        return number;
    }

    private List<Effect> ask(long number, List<Incarnation> members, Payload.Request<?> request) {
        return members.stream()
                .<Effect>map(member -> new Effect.Call(
                        site.member(member), request, new Gathering(number, member), Site.LISTING_PATIENCE_NANOS))
                .toList();
    }

    List<Effect> on(TileReports.AwaitingTile awaiting, Response response) {
        return reports.on(awaiting, response);
    }

    List<Effect> on(Gathering gathering, Response response) {
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
                site.table.running().stream()
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
                site.ownGrid.tilesOf(site.node.node()).stream()
                        .map(tile -> new TileStatus(
                                tile,
                                Reserved.of(site.ownGrid, tile)
                                        .map(Reserved::toString)
                                        .orElseGet(() -> site.table.clientOf(tile))))
                        .toList(),
                List.of());
    }
}
