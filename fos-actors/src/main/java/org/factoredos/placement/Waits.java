package org.factoredos.placement;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.factoredos.kernel.Delegation;
import org.factoredos.kernel.Place;
import org.factoredos.placement.PlacementProtocol.ProcessEnded;
import org.factoredos.placement.PlacementProtocol.Refused;
import org.factoredos.placement.PlacementProtocol.StillRunning;
import org.factoredos.placement.PlacementProtocol.WaitForProcess;
import org.factoredos.placement.PlacementProtocol.WaitReply;
import org.factoredos.placement.ProcessTable.Running;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;

/** Who waits for a process of this node, and what they are told when it ends or leaves. */
final class Waits {
    /** Further waits are answered at once that the process still runs. */
    private static final int MOST_WAITS = 2048;

    record Waiting(Call<WaitReply> call, ProcessId process) implements Continuation {}

    private final Site site;
    private final ProcessTable table;
    private final Map<ProcessId, List<Waiting>> waits = new LinkedHashMap<>();
    private int waiting;

    Waits(Site site) {
        this.site = site;
        this.table = site.table;
    }

    List<Effect> onWait(Call<WaitReply> call, WaitForProcess wait) {
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
        Waiting parked = new Waiting(call, id);
        waits.computeIfAbsent(id, process -> new ArrayList<>()).add(parked);
        waiting++;
        return List.of(new Effect.Timer(parked, wait.patienceNanos()));
    }

    List<Effect> onPatienceOver(Waiting wait) {
        List<Waiting> others = waits.get(wait.process());
        if (others == null || !others.remove(wait)) {
            return List.of(); // The process ended first, and the wait was answered then.
        }
        waiting--;
        if (others.isEmpty()) {
            waits.remove(wait.process());
        }
        return List.of(wait.call().reply(new StillRunning()));
    }

    List<Effect> ended(Delegation.ClientEnded news) {
        ProcessId id = new ProcessId(news.client());
        return table.ended(id, news.status()) ? answerAll(id, new ProcessEnded(id, news.status())) : List.of();
    }

    /** It runs on another tile now; who waits here, and it went to another node, asks again, which is handed on. */
    List<Effect> moved(Running process, Place place) {
        if (place.life().equals(site.node)) {
            table.arrived(
                    new Running(process.id(), process.spec(), place.tile(), process.parent(), process.startedNanos()));
            return List.of();
        }
        if (table.running(process.id()) == null) {
            return List.of();
        }
        table.departed(process.id(), place.life());
        return answerAll(process.id(), new StillRunning());
    }

    private List<Effect> answerAll(ProcessId id, WaitReply answer) {
        List<Waiting> waited = waits.remove(id);
        if (waited == null) {
            return List.of();
        }
        waiting -= waited.size();
        return waited.stream().map(wait -> wait.call().reply(answer)).toList();
    }
}
