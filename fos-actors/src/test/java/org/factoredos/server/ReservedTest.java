package org.factoredos.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Incarnation;
import org.junit.jupiter.api.Test;

class ReservedTest {
    private static final Incarnation NODE = new Incarnation(new NodeId(1), 3);

    @Test
    void everyBootstrapServerHasItsOwnTileOnASmallNodeToo() {
        Grid grid = Grid.ofOneNode(4, 4);
        Set<TileId> tiles = new HashSet<>();
        Set<Address> addresses = new HashSet<>();
        Set<String> names = new HashSet<>();
        for (int i = 0; i < Reserved.COUNT; i++) {
            Reserved reserved = new Reserved(i);
            tiles.add(reserved.tile(NODE.node(), grid));
            addresses.add(reserved.address(NODE, grid));
            names.add(reserved.toString());
            assertThat(Reserved.of(grid, reserved.tile(NODE.node(), grid))).contains(reserved);
        }

        assertThat(tiles).hasSize(15);
        assertThat(addresses).hasSize(15);
        assertThat(names).hasSize(15);
        assertThat(grid.tilesOf(NODE.node())).containsAll(tiles);
        assertThat(Reserved.keeps(grid, new TileId(NODE.node(), 3, 3))).isFalse();
    }

    @Test
    void leaseServerAndNameFrontComeFirst() {
        Grid grid = Grid.ofOneNode(8, 8);

        assertThat(Reserved.LEASE.tile(NODE.node(), grid)).isEqualTo(new TileId(NODE.node(), 0, 0));
        assertThat(Reserved.NAME_FRONT.tile(NODE.node(), grid)).isEqualTo(new TileId(NODE.node(), 1, 0));
        assertThat(Reserved.fileOwner(3).tile(NODE.node(), grid)).isEqualTo(new TileId(NODE.node(), 6, 1));
    }
}
