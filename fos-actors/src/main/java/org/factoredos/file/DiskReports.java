package org.factoredos.file;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.factoredos.driver.BlockProtocol.ReportSpace;
import org.factoredos.driver.BlockProtocol.SpaceReported;
import org.factoredos.file.FileProtocol.DiskStatus;
import org.factoredos.file.FileProtocol.DisksReported;
import org.factoredos.file.FileProtocol.Refused;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Response;

/** How full the disks are, asked of all members at once. */
final class DiskReports {
    private static final long PATIENCE_NANOS = 2_000_000_000L;
    private static final int MOST = 64;

    record AwaitingSpace(long report, NodeId node) implements Continuation {}

    private static final class Report {
        final Envelope in;
        final List<DiskStatus> disks = new ArrayList<>();
        final List<NodeId> silent = new ArrayList<>();
        int awaited;

        Report(Envelope in) {
            this.in = in;
        }
    }

    private final Disks disks;
    private final Map<Long, Report> reports = new LinkedHashMap<>();
    private long last;

    DiskReports(Disks disks) {
        this.disks = disks;
    }

    List<Effect> begin(Envelope in) {
        List<Effect> effects = new ArrayList<>();
        Report report = new Report(in);
        for (Incarnation member : disks.live()) {
            Address driver = disks.driver(member.node());
            if (driver != null) {
                AwaitingSpace awaiting = new AwaitingSpace(last + 1, member.node());
                effects.add(new Effect.Call(driver, new ReportSpace(), awaiting, PATIENCE_NANOS));
            }
        }
        if (effects.isEmpty() || reports.size() == MOST) {
            return List.of(FileFront.reply(in, new Refused(FileError.EAGAIN)));
        }
        report.awaited = effects.size();
        reports.put(++last, report);
        return effects;
    }

    List<Effect> on(AwaitingSpace awaiting, Response response) {
        Report report = reports.get(awaiting.report());
        if (report == null) {
            return List.of();
        }
        if (response instanceof Response.Answered(SpaceReported(long total, long free))) {
            report.disks.add(new DiskStatus(awaiting.node(), total, free));
        } else {
            report.silent.add(awaiting.node());
        }
        if (--report.awaited > 0) {
            return List.of();
        }
        reports.remove(awaiting.report());
        report.disks.sort((a, b) -> a.node().compareTo(b.node()));
        report.silent.sort(NodeId::compareTo);
        return List.of(FileFront.reply(report.in, new DisksReported(report.disks, report.silent)));
    }
}
