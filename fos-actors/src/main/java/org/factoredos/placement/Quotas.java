package org.factoredos.placement;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.factoredos.kernel.Incarnation;
import org.factoredos.placement.PlacementProtocol.Holder;
import org.factoredos.placement.PlacementProtocol.TilesHeld;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Membership;

/**
 * How many tiles each domain holds, over the grid: this node's exactly, the others' as they last told.
 *
 * <p>A domain can hold more than it may for a while, by what it has started on other nodes within the last second or so: no
 * member waits for the others' word. No more is given to it then.
 */
final class Quotas {
    private static final long TELL_NANOS = 1_000_000_000L;
    /** A message that was lost matters no longer than this, though nothing changes. */
    private static final int MOST_SILENT_ROUNDS = 5;
    /** Of a refusal that says who holds the tiles. */
    private static final int MOST_HOLDERS = 8;

    record Telling() implements Continuation {}

    private final Site site;
    private final SortedMap<Incarnation, SortedMap<String, Integer>> others = new TreeMap<>();
    /** Handed on to another member, which has not answered. */
    private final SortedMap<String, Integer> underWay = new TreeMap<>();

    private SortedMap<String, Integer> told = new TreeMap<>();
    private int silentRounds;

    Quotas(Site site) {
        this.site = site;
    }

    Effect begin() {
        return new Effect.Timer(new Telling(), TELL_NANOS);
    }

    List<Effect> tell() {
        List<Effect> effects = new ArrayList<>();
        SortedMap<String, Integer> held = site.table.held();
        if (!held.equals(told) || ++silentRounds == MOST_SILENT_ROUNDS) {
            told = held;
            silentRounds = 0;
            for (Incarnation peer : site.peers()) {
                effects.add(new Effect.Send(site.member(peer), new TilesHeld(site.node, held), null));
            }
        }
        effects.add(begin());
        return effects;
    }

    void on(TilesHeld held) {
        others.put(held.member(), held.byDomain());
    }

    void on(Membership membership) {
        others.keySet().retainAll(membership.up());
    }

    /** Another member was asked to place a process, and has answered, or nobody knows. */
    void handedOn(String domain, int tiles) {
        underWay.merge(domain, tiles, (before, more) -> before + more == 0 ? null : before + more);
    }

    int held(String domain) {
        return byDomain().getOrDefault(domain, 0);
    }

    private SortedMap<String, Integer> byDomain() {
        SortedMap<String, Integer> all = new TreeMap<>(site.table.held());
        underWay.forEach((domain, tiles) -> all.merge(domain, tiles, Integer::sum));
        others.values().forEach(held -> held.forEach((domain, tiles) -> all.merge(domain, tiles, Integer::sum)));
        return all;
    }

    /** Those with the most tiles, the largest first. */
    List<Holder> holders() {
        return byDomain().entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .limit(MOST_HOLDERS)
                .map(held -> new Holder(held.getKey(), held.getValue()))
                .toList();
    }
}
