package org.factoredos.program;

import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Delegation;

/**
 * How far the requests have come that the servers of one fleet took (§3.2: a client asks the nearest).
 *
 * @param byHops how many have come so many hops, of those that came from a tile of the server's node
 * @param elsewhere how many came from other nodes
 * @param choices how many of all had more than one server to choose from, as far as is known: of those from other nodes
 *     only where every node has a server of the fleet
 * @param nearest how many of those went to a server than which no other is nearer; any of one's own node is nearer than one
 *     of another node
 */
record Hops(SortedMap<Integer, Long> byHops, long elsewhere, long choices, long nearest) {
    Hops {
        byHops = Collections.unmodifiableSortedMap(new TreeMap<>(byHops));
    }

    /** Of a fleet with servers on the tiles {@code servers}, by what those tiles' clients have {@code taken}. */
    static Hops of(SortedSet<TileId> servers, Map<TileId, Delegation.Taken> taken) {
        SortedMap<Integer, Long> byHops = new TreeMap<>();
        long elsewhere = 0;
        long choices = 0;
        long nearest = 0;
        boolean choice = servers.size() > 1;
        boolean everywhere = choice && nodes(servers).containsAll(nodes(taken.keySet()));
        for (TileId server : servers) {
            Delegation.Taken requests = taken.getOrDefault(server, Delegation.Taken.NONE);
            elsewhere += requests.elsewhere();
            choices += everywhere ? requests.elsewhere() : 0;
            for (Delegation.TakenFrom from : requests.here()) {
                int hops = between(from.tile(), server);
                byHops.merge(hops, from.requests(), Long::sum);
                choices += choice ? from.requests() : 0;
                nearest += choice && hops == toNearest(from.tile(), servers) ? from.requests() : 0;
            }
        }
        return new Hops(byHops, elsewhere, choices, nearest);
    }

    private static Set<NodeId> nodes(Collection<TileId> tiles) {
        return tiles.stream().map(TileId::node).collect(Collectors.toSet());
    }

    private static int toNearest(TileId from, SortedSet<TileId> servers) {
        return servers.stream()
                .filter(server -> server.node().equals(from.node()))
                .mapToInt(server -> between(from, server))
                .min()
                .orElseThrow(() -> new IllegalArgumentException(from + " has asked a server that is not on its node"));
    }

    /** As {@code Grid} counts within one node. */
    private static int between(TileId a, TileId b) {
        return Math.abs(a.x() - b.x()) + Math.abs(a.y() - b.y());
    }

    /** All that were taken. */
    long requests() {
        return here() + elsewhere;
    }

    /** Those that came from a tile of the server's node. */
    long here() {
        return byHops.values().stream().mapToLong(Long::longValue).sum();
    }

    /** How many have come {@code least} to {@code most} hops. */
    long between(int least, int most) {
        return byHops.subMap(least, most + 1).values().stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    /** How far those have come on average that did not come from another node. */
    double mean() {
        double hops = 0;
        for (Map.Entry<Integer, Long> of : byHops.entrySet()) {
            hops += (double) of.getKey() * of.getValue();
        }
        return hops / Math.max(1, here());
    }

    /** The longest way of one that did not come from another node. */
    int farthest() {
        return byHops.isEmpty() ? 0 : byHops.lastKey();
    }
}
