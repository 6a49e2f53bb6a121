package org.factoredos.kernel;

import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;

/**
 * Who a client is, wherever it runs: the node that made it, that node's boot count, and a number within the boot.
 *
 * <p>The boot count makes an address of before a restart reach nobody rather than a stranger. Numbers are never reused
 * within a boot. Prints as {@code n2/3.7}: node 2, its third boot, client 7.
 */
public record ClientId(NodeId node, int boot, int number) implements Comparable<ClientId> {
    /** The microkernel's own client: the first numbers of a boot, in the order of the tiles. */
    static ClientId ofShim(Incarnation life, Grid grid, TileId tile) {
        return new ClientId(life.node(), life.boot(), 1 + grid.indexOf(tile));
    }

    /** A server that boot places on {@code tile}: the numbers behind the shims'. */
    static ClientId ofBootstrap(Incarnation life, Grid grid, TileId tile) {
        return new ClientId(life.node(), life.boot(), 1 + grid.tilesPerNode() + grid.indexOf(tile));
    }

    /** Whether it is a microkernel's own. */
    public boolean isShim(Grid grid) {
        return number <= grid.tilesPerNode();
    }

    /** The number within its node of the tile that boot placed it on; below zero for other clients. */
    public int bootstrapTile(Grid grid) {
        int index = number - 1 - grid.tilesPerNode();
        return index < grid.tilesPerNode() ? index : -1;
    }

    @Override
    public int compareTo(ClientId other) {
        int byNode = node.compareTo(other.node);
        if (byNode != 0) {
            return byNode;
        }
        return boot != other.boot ? Integer.compare(boot, other.boot) : Integer.compare(number, other.number);
    }

    @Override
    public String toString() {
        return node + "/" + boot + "." + number;
    }
}
