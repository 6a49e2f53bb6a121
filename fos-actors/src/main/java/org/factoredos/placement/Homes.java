package org.factoredos.placement;

import java.util.List;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.placement.PlacementProtocol.KillFamily;
import org.factoredos.placement.PlacementProtocol.KillProcess;
import org.factoredos.placement.PlacementProtocol.MigrateProcess;
import org.factoredos.placement.PlacementProtocol.ProcessEnded;
import org.factoredos.placement.PlacementProtocol.Refused;
import org.factoredos.placement.PlacementProtocol.StillRunning;
import org.factoredos.placement.PlacementProtocol.WaitForProcess;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Response;

/** Requests about processes of other nodes: handed on to the member that has the process, or knows more of it. */
final class Homes {
    /** So long after its own patience has ended a wait's answer may be under way from another node. */
    private static final long UNDER_WAY_NANOS = 500_000_000L;

    /** {@code in}: a request that was handed on. */
    record AtHome(Envelope in, ProcessId process, Incarnation where, long untilNanos) implements Continuation {}

    private final Site site;

    Homes(Site site) {
        this.site = site;
    }

    /** Whether this server's word about the process is the last one. */
    boolean mineToSay(Envelope in, ProcessId process) {
        ProcessTable table = site.table;
        if (table.running(process) != null || table.status(process) != null) {
            return true;
        }
        // What a peer asks, it asks because the process was here: nobody sends it round in circles.
        return table.away(process) == null
                && (site.isMember(in.from().client()) || process.home().equals(site.node));
    }

    List<Effect> elsewhere(Envelope in, ProcessId process, long untilNanos, long nanos) {
        Incarnation away = site.table.away(process);
        return atHome(new AtHome(in, process, away == null ? process.home() : away, untilNanos), nanos);
    }

    /** Asks the server of the process's own node; a request may be carried out twice, so what is lost is asked again. */
    private List<Effect> atHome(AtHome asked, long nanos) {
        Incarnation home = asked.where();
        boolean waits = asked.in().payload() instanceof WaitForProcess;
        if (site.gone(home, nanos)) {
            return List.of(Site.reply(
                    asked.in(),
                    waits
                            ? new ProcessEnded(asked.process(), PlacementProtocol.NODE_LOST_STATUS)
                            : new Refused(PlacementError.NODE_LOST)));
        }
        long left = asked.untilNanos() - nanos;
        if (left <= 0) {
            return waits ? List.of(Site.reply(asked.in(), new StillRunning())) : List.of(); // As far as anybody knows.
        }
        return List.of(new Effect.Call(site.member(home), request(asked, left), asked, left + UNDER_WAY_NANOS));
    }

    private static Payload.Request<?> request(AtHome asked, long leftNanos) {
        return switch (asked.in().payload()) {
            case WaitForProcess wait -> new WaitForProcess(asked.process(), leftNanos);
            case KillFamily kill -> kill;
            case MigrateProcess migrate -> migrate;
            default -> new KillProcess(asked.process());
        };
    }

    List<Effect> on(AtHome asked, Response response, long nanos) {
        return switch (response) {
            case Response.Answered(Payload answer) -> List.of(Site.reply(asked.in(), answer));
            case Response.SendRefused refused -> List.of(new Effect.Timer(asked, Site.RETRY_NANOS));
            case Response.DeadlinePassed late -> atHome(asked, nanos);
        };
    }
}
