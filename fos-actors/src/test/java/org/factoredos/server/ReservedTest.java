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
        Grid grid = Grid.ofOneNode(4, 6);
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

        assertThat(tiles).hasSize(Reserved.COUNT);
        assertThat(addresses).hasSize(Reserved.COUNT);
        assertThat(names).hasSize(Reserved.COUNT);
        assertThat(grid.tilesOf(NODE.node())).containsAll(tiles);
        assertThat(Reserved.keeps(grid, new TileId(NODE.node(), 3, 5))).isFalse();
    }

    /** The owners of a fleet act in the domain of its fronts. */
    @Test
    void everyServerActsInTheDomainOfItsFleet() {
        assertThat(Reserved.nameOwner(3).domain()).isEqualTo(Reserved.NAME_FRONT.domain());
        assertThat(Reserved.fileOwner(0).domain()).isEqualTo(Reserved.FILE_FRONT.domain());
        assertThat(Reserved.fileOwner(3).domain()).isEqualTo(Reserved.FILE_FRONT.domain());
        assertThat(Reserved.privilegeOwner(0).domain()).isEqualTo(Reserved.PRIVILEGE_FRONT.domain());
        assertThat(Reserved.privilegeOwner(1).toString()).isEqualTo("privilege owner 1");
    }

    @Test
    void leaseServerAndNameFrontComeFirst() {
        Grid grid = Grid.ofOneNode(8, 8);

        assertThat(Reserved.LEASE.tile(NODE.node(), grid)).isEqualTo(new TileId(NODE.node(), 0, 0));
        assertThat(Reserved.NAME_FRONT.tile(NODE.node(), grid)).isEqualTo(new TileId(NODE.node(), 1, 0));
        assertThat(Reserved.fileOwner(3).tile(NODE.node(), grid)).isEqualTo(new TileId(NODE.node(), 4, 2));
    }
}
