package org.factoredos.placement;

import java.util.Collection;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.placement.PlacementProtocol.ListProcesses;
import org.factoredos.placement.PlacementProtocol.ListTiles;
import org.factoredos.placement.PlacementProtocol.ProcessesListed;
import org.factoredos.placement.PlacementProtocol.ReportTiles;
import org.factoredos.placement.PlacementProtocol.TilesListed;
import org.factoredos.placement.PlacementProtocol.TilesReported;
import org.factoredos.server.Effect;

/** A listing of the whole grid: each member of the fleet lists its own node, in its own time. */
final class Listing {
    private final Envelope in;
    private final SortedSet<Incarnation> waitedFor;
    private final SortedMap<NodeId, Payload> parts = new TreeMap<>();
    private final SortedSet<NodeId> silent = new TreeSet<>();

    /** {@code silent}: nodes that need not be asked to know that they do not answer. */
    Listing(Envelope in, Collection<Incarnation> asked, Collection<NodeId> silent) {
        this.in = in;
        this.waitedFor = new TreeSet<>(asked);
        this.silent.addAll(silent);
    }

    /** {@code part}: empty where the member did not answer. Returns the answer once nobody is waited for. */
    Optional<Effect> heard(Incarnation member, Optional<Payload> part) {
        part.ifPresentOrElse(listed -> parts.put(member.node(), listed), () -> silent.add(member.node()));
        waitedFor.remove(member);
        return waitedFor.isEmpty()
                ? Optional.of(new Effect.Reply(in.from(), in.call(), whole(), in.trace()))
                : Optional.empty();
    }

    private Payload whole() {
        return switch (in.payload()) {
            case ListProcesses list ->
                new ProcessesListed(
                        parts.values().stream()
                                .flatMap(part -> ((ProcessesListed) part).processes().stream())
                                .toList(),
                        silent.stream().toList());
            case ListTiles list ->
                new TilesListed(
                        parts.values().stream()
                                .flatMap(part -> ((TilesListed) part).tiles().stream())
                                .toList(),
                        silent.stream().toList());
            case ReportTiles report ->
                new TilesReported(
                        parts.values().stream()
                                .flatMap(part -> ((TilesReported) part).tiles().stream())
                                .toList(),
                        silent.stream().toList());
            default -> throw new IllegalStateException("no listing is asked for by " + in.payload());
        };
    }
}
