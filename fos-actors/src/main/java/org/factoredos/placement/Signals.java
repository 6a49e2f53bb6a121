package org.factoredos.placement;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.factoredos.kernel.Delegation;
import org.factoredos.kernel.Incarnation;
import org.factoredos.placement.PlacementProtocol.ChildrenEnding;
import org.factoredos.placement.PlacementProtocol.EndChildren;
import org.factoredos.placement.PlacementProtocol.KillBegun;
import org.factoredos.placement.PlacementProtocol.KillReply;
import org.factoredos.placement.PlacementProtocol.Refused;
import org.factoredos.placement.ProcessTable.Running;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Response;

/** The ends of processes that somebody asks for, alone or with all that they have started. */
final class Signals {
    sealed interface Parked extends Continuation {
        record Stopping(Call<KillReply> call) implements Parked {}

        /** Of a process that is ended with another, which nobody waits for. */
        record Following() implements Parked {}

        record TellingPeer(Incarnation peer, EndChildren news) implements Parked {}
    }

    private final Site site;
    private final ProcessTable table;

    Signals(Site site) {
        this.site = site;
        this.table = site.table;
    }

    List<Effect> on(Parked parked, Response response) {
        return switch (parked) {
            case Parked.Stopping stopping -> onStopped(stopping, response);
            case Parked.Following following -> List.of();
            case Parked.TellingPeer telling -> onTold(telling, response);
        };
    }

    List<Effect> onKill(Call<KillReply> call, ProcessId id) {
        Running process = table.running(id);
        return List.of(
                process == null
                        ? call.reply(new Refused(PlacementError.NO_SUCH_PROCESS))
                        : end(process, new Parked.Stopping(call)));
    }

    List<Effect> onKillFamily(Call<KillReply> call, ProcessId id) {
        List<Effect> effects = new ArrayList<>(onKill(call, id));
        effects.addAll(endChildren(Set.of(id), true));
        return effects;
    }

    List<Effect> onEndChildren(Call<ChildrenEnding> call, EndChildren news) {
        List<Effect> effects = new ArrayList<>();
        effects.add(call.reply(new ChildrenEnding()));
        news.parents().forEach(table::ending);
        effects.addAll(endChildren(news.parents(), false));
        return effects;
    }

    /** A process runs; nobody is left to end it where its parent's end came first. */
    List<Effect> runs(Running process) {
        table.started(process);
        return table.running(process.id()) != null && table.gone(process.parent())
                ? List.of(end(process, new Parked.Following()))
                : List.of();
    }

    private Effect end(Running process, Parked continuation) {
        table.ending(process.id());
        return new Effect.Call(
                site.shim(process.tile()),
                new Delegation.StopClient(process.id().client()),
                continuation,
                Site.TILE_PATIENCE_NANOS);
    }

    /** Ends what they have started here, and what that has; the other nodes are told of all of whom they do not know. */
    private List<Effect> endChildren(Collection<ProcessId> parents, boolean tellOfParents) {
        List<Effect> effects = new ArrayList<>();
        Set<ProcessId> family = new LinkedHashSet<>(parents);
        List<ProcessId> found = new ArrayList<>(tellOfParents ? parents : List.of());
        for (Running process : table.running()) { // A parent comes before its children.
            if (family.contains(process.parent()) && family.add(process.id())) {
                if (table.ending(process.id())) {
                    found.add(process.id());
                }
                effects.add(end(process, new Parked.Following()));
            }
        }
        if (!found.isEmpty()) {
            site.peers().forEach(peer -> effects.add(tell(new Parked.TellingPeer(peer, new EndChildren(found)))));
        }
        return effects;
    }

    private Effect tell(Parked.TellingPeer telling) {
        return new Effect.Call(site.member(telling.peer()), telling.news(), telling, Site.LISTING_PATIENCE_NANOS);
    }

    private List<Effect> onTold(Parked.TellingPeer telling, Response response) {
        if (response instanceof Response.Answered || !site.isUp(telling.peer())) {
            return List.of();
        }
        return List.of(
                response instanceof Response.SendRefused ? new Effect.Timer(telling, Site.RETRY_NANOS) : tell(telling));
    }

    private static List<Effect> onStopped(Parked.Stopping stopping, Response response) {
        if (response instanceof Response.Answered) {
            return List.of(stopping.call().reply(new KillBegun()));
        }
        // Refused or late: nobody knows whether the client was reached, and the caller's deadline says as much.
        return List.of();
    }
}
