package org.factoredos.placement;

import java.util.List;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.placement.PlacementProtocol.HandedOn;
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

    /** {@code asked}: a request that was handed on. */
    record AtHome(Asked asked, ProcessId process, Incarnation where, long untilNanos) implements Continuation {}

    private final Site site;

    Homes(Site site) {
        this.site = site;
    }

    /** Whether this server's word about the process is the last one. */
    boolean mineToSay(Asked asked, ProcessId process) {
        ProcessTable table = site.table;
        if (table.running(process) != null || table.status(process) != null) {
            return true;
        }
        // What a peer asks, it asks because the process was here: nobody sends it round in circles.
        return table.away(process) == null
                && (site.isMember(asked.in().from().client()) || process.home().equals(site.node));
    }

    List<Effect> elsewhere(Asked asked, ProcessId process, long untilNanos, long nanos) {
        Incarnation away = site.table.away(process);
        return atHome(new AtHome(asked, process, away == null ? process.home() : away, untilNanos), nanos);
    }

    /** Asks the server of the process's own node; a request may be carried out twice, so what is lost is asked again. */
    private List<Effect> atHome(AtHome parked, long nanos) {
        Incarnation home = parked.where();
        Asked asked = parked.asked();
        boolean waits = asked.request() instanceof WaitForProcess;
        if (site.gone(home, nanos)) {
            return List.of(Site.reply(
                    asked.in(),
                    waits
                            ? new ProcessEnded(parked.process(), PlacementProtocol.NODE_LOST_STATUS)
                            : new Refused(PlacementError.NODE_LOST)));
        }
        long left = parked.untilNanos() - nanos;
        if (left <= 0) {
            return waits ? List.of(Site.reply(asked.in(), new StillRunning())) : List.of(); // As far as anybody knows.
        }
        return List.of(new Effect.Call(site.member(home), handedOn(asked, left), parked, left + UNDER_WAY_NANOS));
    }

    private static HandedOn handedOn(Asked asked, long leftNanos) {
        return asked.handedOn(
                asked.request() instanceof WaitForProcess(ProcessId process, long patience)
                        ? new WaitForProcess(process, Math.min(patience, leftNanos))
                        : asked.request());
    }

    List<Effect> on(AtHome parked, Response response, long nanos) {
        return switch (response) {
            case Response.Answered(Payload answer) ->
                List.of(Site.reply(parked.asked().in(), answer));
            case Response.SendRefused refused -> List.of(new Effect.Timer(parked, Site.RETRY_NANOS));
            case Response.DeadlinePassed late -> atHome(parked, nanos);
        };
    }
}
