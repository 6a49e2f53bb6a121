package org.factoredos.placement;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Delegation;
import org.factoredos.kernel.Envelope;
import org.factoredos.placement.PlacementProtocol.TileReport;
import org.factoredos.placement.PlacementProtocol.TilesReported;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Response;

/** Reports of one node's tiles that are put together: each tile's microkernel is asked what it has counted. */
final class TileReports {
    private static final long PATIENCE_NANOS = 1_000_000_000L;

    /** One tile's part of a report. */
    record AwaitingTile(long report, String client) implements Continuation {}

    /** A tile to ask: its microkernel, and what runs there. */
    record Asked(Address shim, String client) {}

    private static final class Report {
        final Envelope in;
        final List<TileReport> parts = new ArrayList<>();
        int missing;

        Report(Envelope in, int missing) {
            this.in = in;
            this.missing = missing;
        }
    }

    private final Map<Long, Report> reports = new LinkedHashMap<>();
    private long lastReport;

    List<Effect> begin(Envelope in, List<Asked> tiles) {
        if (tiles.isEmpty()) {
            return List.of(answer(new Report(in, 0)));
        }
        long number = ++lastReport;
        reports.put(number, new Report(in, tiles.size()));
        return tiles.stream()
                .<Effect>map(tile -> new Effect.Call(
                        tile.shim(),
                        new Delegation.ReportTile(),
                        new AwaitingTile(number, tile.client()),
                        PATIENCE_NANOS))
                .toList();
    }

    List<Effect> on(AwaitingTile awaiting, Response response) {
        Report report = reports.get(awaiting.report());
        if (report == null) {
            throw new IllegalStateException("report " + awaiting.report() + " was answered before all had spoken");
        }
        if (response instanceof Response.Answered(Delegation.TileReported counted)) {
            report.parts.add(new TileReport(awaiting.client(), counted));
        }
        if (--report.missing > 0) {
            return List.of();
        }
        reports.remove(awaiting.report());
        return List.of(answer(report));
    }

    private static Effect answer(Report report) {
        return new Effect.Reply(
                report.in.from(), report.in.call(), new TilesReported(report.parts, List.of()), report.in.trace());
    }
}
