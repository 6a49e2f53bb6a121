package org.factoredos.program;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Delegation.Taken;
import org.factoredos.kernel.Delegation.TakenFrom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** §3.2: how far requests have come, by what the tiles of a fleet's servers have counted. */
@Tag("S8")
class HopsTest {
    private static final TileId LEFT = tile(1, 0);
    private static final TileId RIGHT = tile(1, 7);
    private static final TileId ON_NODE_TWO = tile(2, 0);

    private static TileId tile(int node, int x) {
        return new TileId(new NodeId(node), x, 0);
    }

    private static Taken taken(long elsewhere, TakenFrom... here) {
        return new Taken(List.of(here), elsewhere);
    }

    private static SortedSet<TileId> on(TileId... tiles) {
        return new TreeSet<>(Arrays.asList(tiles));
    }

    @Test
    void theHistogramCountsRequestsByTheirWayAndNotTilesOrServers() {
        Hops hops = Hops.of(
                on(LEFT, RIGHT),
                Map.of(
                        LEFT, taken(0, new TakenFrom(LEFT, 5), new TakenFrom(tile(1, 3), 2)),
                        RIGHT, taken(0, new TakenFrom(tile(1, 4), 4))));

        assertThat(hops.byHops()).isEqualTo(Map.of(0, 5L, 3, 6L));
        assertThat(hops.requests()).isEqualTo(11);
        assertThat(hops.mean()).isEqualTo(18.0 / 11);
        assertThat(hops.between(1, 2)).isZero();
        assertThat(hops.between(3, 4)).isEqualTo(6);
        assertThat(hops.farthest()).isEqualTo(3);
    }

    @Test
    void aRequestThatPassedANearerServerByIsNotAmongTheNearest() {
        Hops hops = Hops.of(
                on(LEFT, RIGHT),
                Map.of(LEFT, taken(0, new TakenFrom(tile(1, 3), 9), new TakenFrom(tile(1, 6), 1)), RIGHT, Taken.NONE));

        assertThat(hops.choices()).isEqualTo(10);
        assertThat(hops.nearest()).isEqualTo(9);
    }

    @Test
    void aServerThatIsAloneIsNoChoice() {
        Hops hops = Hops.of(on(LEFT), Map.of(LEFT, taken(3, new TakenFrom(tile(1, 6), 2))));

        assertThat(hops.choices()).isZero();
        assertThat(hops.requests()).isEqualTo(5);
        assertThat(hops.elsewhere()).isEqualTo(3);
    }

    @Test
    void whatComesFromAnotherNodeHasPassedItsOwnServerByWhereEachNodeHasOne() {
        Map<TileId, Taken> taken = Map.of(
                LEFT,
                taken(0, new TakenFrom(tile(1, 6), 6)),
                ON_NODE_TWO,
                taken(2, new TakenFrom(tile(2, 1), 4)),
                RIGHT,
                Taken.NONE);

        Hops everywhere = Hops.of(on(LEFT, ON_NODE_TWO), taken);
        assertThat(everywhere.choices()).isEqualTo(12);
        assertThat(everywhere.nearest()).isEqualTo(10);

        Map<TileId, Taken> ofThree = new TreeMap<>(taken);
        ofThree.put(tile(3, 0), Taken.NONE);
        Hops notOnThree = Hops.of(on(LEFT, ON_NODE_TWO), ofThree);
        assertThat(notOnThree.choices()).as("node 3 may have had nobody nearer").isEqualTo(10);
    }

    @Test
    void whoTookNothingHasNoMean() {
        Hops hops = Hops.of(on(LEFT), Map.of());

        assertThat(hops.requests()).isZero();
        assertThat(hops.mean()).isZero();
    }
}
