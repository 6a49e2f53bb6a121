package org.factoredos.server;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Incarnation;

/** Memberships of small grids for tests. */
public final class Members {
    public static final Incarnation N1 = new Incarnation(new NodeId(1), 1);
    public static final Incarnation N2 = new Incarnation(new NodeId(2), 1);
    public static final Incarnation N3 = new Incarnation(new NodeId(3), 1);

    public static final Grid GRID = grid();

    private Members() {}

    public static Membership up(Incarnation... up) {
        return new Membership(
                GRID, new TreeSet<>(Arrays.asList(up)), new TreeSet<>(), new TreeSet<>(), new TreeMap<>());
    }

    public static Membership joining(Membership before, Incarnation... nodes) {
        return new Membership(
                GRID, before.up(), new TreeSet<>(Arrays.asList(nodes)), before.down(), before.removedNanos());
    }

    public static Membership condemned(Membership before, Incarnation node) {
        return new Membership(
                GRID, before.up(), before.joining(), new TreeSet<>(Arrays.asList(node)), before.removedNanos());
    }

    public static Membership without(Membership before, Incarnation node, long nanos) {
        TreeSet<Incarnation> up = new TreeSet<>(before.up());
        up.remove(node);
        return new Membership(GRID, up, before.joining(), new TreeSet<>(), new TreeMap<>(Map.of(node, nanos)));
    }

    private static Grid grid() {
        TreeMap<NodeId, Grid.Position> nodes = new TreeMap<>();
        for (int i = 1; i <= 3; i++) {
            nodes.put(new NodeId(i), new Grid.Position(i - 1, 0));
        }
        return new Grid(4, 6, 4, nodes);
    }
}
