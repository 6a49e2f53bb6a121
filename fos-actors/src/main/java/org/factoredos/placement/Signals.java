package org.factoredos.placement;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import org.factoredos.kernel.Delegation;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Signal;
import org.factoredos.placement.PlacementProtocol.ChildrenEnding;
import org.factoredos.placement.PlacementProtocol.EndChildren;
import org.factoredos.placement.PlacementProtocol.HandedOn;
import org.factoredos.placement.PlacementProtocol.KillBegun;
import org.factoredos.placement.PlacementProtocol.KillFamily;
import org.factoredos.placement.PlacementProtocol.KillProcess;
import org.factoredos.placement.PlacementProtocol.KillReply;
import org.factoredos.placement.PlacementProtocol.Refused;
import org.factoredos.placement.ProcessTable.Running;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Response;
import org.jspecify.annotations.Nullable;

/** The signals of processes: to one alone, or with all that it has started; their last is their end. */
final class Signals {
    sealed interface Parked extends Continuation {
        record Signalling(Call<KillReply> call) implements Parked {}

        /** Of a process that is signalled with another, which nobody waits for. */
        record Following() implements Parked {}

        record TellingPeer(Incarnation peer, EndChildren news) implements Parked {}
    }

    /** Of families; the oldest make room. */
    private static final int MOST_SIGNALLED = 4096;

    private final Site site;
    private final ProcessTable table;
    /** Who was signalled with all its children, at which count, and how: children that are under way are to follow. */
    private final SequencedMap<ProcessId, Sent> sent = new LinkedHashMap<>();

    private long count;

    private record Sent(long count, Signal signal) {}

    Signals(Site site) {
        this.site = site;
        this.table = site.table;
    }

    List<Effect> on(Parked parked, Response response) {
        return switch (parked) {
            case Parked.Signalling signalling -> onSignalled(signalling, response);
            case Parked.Following following -> List.of();
            case Parked.TellingPeer telling -> onTold(telling, response);
        };
    }

    List<Effect> onKill(Call<KillReply> call, ProcessId id, Signal signal) {
        Running process = table.running(id);
        return List.of(
                process == null
                        ? call.reply(new Refused(PlacementError.NO_SUCH_PROCESS))
                        : send(process, signal, new Parked.Signalling(call)));
    }

    List<Effect> onKillFamily(Call<KillReply> call, KillFamily kill) {
        List<Effect> effects = new ArrayList<>(onKill(call, kill.process(), kill.signal()));
        note(kill.process(), kill.signal());
        effects.addAll(children(List.of(kill.process()), kill.signal(), true));
        return effects;
    }

    List<Effect> onEndChildren(Call<ChildrenEnding> call, EndChildren news) {
        List<Effect> effects = new ArrayList<>();
        effects.add(call.reply(new ChildrenEnding()));
        news.parents().forEach(parent -> note(parent, news.signal()));
        effects.addAll(children(news.parents(), news.signal(), false));
        return effects;
    }

    /** How many families were signalled so far, for {@link #missed}. */
    long count() {
        return count;
    }

    /** What a child has missed whose parent had begun to start it at {@code count}; null where that is nothing. */
    @Nullable
    Signal missed(ProcessId parent, long since) {
        Sent last = sent.get(parent);
        return last == null || last.count() <= since ? null : last.signal();
    }

    /** A child of this node, or of the member where it was started instead, gets what its family got meanwhile. */
    List<Effect> follow(ProcessSpec spec, ProcessId parent, ProcessId child, long since) {
        Signal signal = missed(parent, since);
        if (signal == null) {
            return List.of();
        }
        Running here = table.running(child);
        return List.of(
                here != null
                        ? send(here, signal, new Parked.Following())
                        : new Effect.Call(
                                site.member(child.home()),
                                new HandedOn(
                                        new KillProcess(child, signal),
                                        spec.domain(),
                                        site.self.client(),
                                        site.self.tile()),
                                new Parked.Following(),
                                Site.PEER_PATIENCE_NANOS));
    }

    /** Only what {@link Signal#KILL} is said to will certainly end; what it starts from now on is to end too. */
    private boolean note(ProcessId id, Signal signal) {
        sent.remove(id);
        sent.put(id, new Sent(++count, signal));
        if (sent.size() > MOST_SIGNALLED) {
            sent.pollFirstEntry();
        }
        return signal != Signal.KILL || table.ending(id);
    }

    /** A process runs; nobody is left to end it where its parent's end came first. */
    List<Effect> runs(Running process) {
        table.started(process);
        return table.running(process.id()) != null && table.gone(process.parent())
                ? List.of(send(process, Signal.KILL, new Parked.Following()))
                : List.of();
    }

    private Effect send(Running process, Signal signal, Parked continuation) {
        if (signal == Signal.KILL) {
            table.ending(process.id());
        }
        return new Effect.Call(
                site.shim(process.tile()),
                new Delegation.StopClient(process.id().client(), signal),
                continuation,
                Site.TILE_PATIENCE_NANOS);
    }

    /** Signals what they have started here, and what that has; the other nodes are told of all of whom they do not know. */
    private List<Effect> children(List<ProcessId> parents, Signal signal, boolean tellOfParents) {
        List<Effect> effects = new ArrayList<>();
        Set<ProcessId> family = new LinkedHashSet<>(parents);
        List<ProcessId> found = new ArrayList<>(tellOfParents ? parents : List.of());
        for (Running process : table.running()) { // A parent comes before its children.
            if (family.contains(process.parent()) && family.add(process.id())) {
                if (note(process.id(), signal)) {
                    found.add(process.id());
                }
                effects.add(send(process, signal, new Parked.Following()));
            }
        }
        if (!found.isEmpty()) {
            site.peers()
                    .forEach(peer -> effects.add(tell(new Parked.TellingPeer(peer, new EndChildren(found, signal)))));
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

    private static List<Effect> onSignalled(Parked.Signalling signalling, Response response) {
        if (response instanceof Response.Answered) {
            return List.of(signalling.call().reply(new KillBegun()));
        }
        // Refused or late: nobody knows whether the client was reached, and the caller's deadline says as much.
        return List.of();
    }
}
