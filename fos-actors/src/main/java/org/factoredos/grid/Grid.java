package org.factoredos.grid;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The shape of the machine: nodes form a mesh, and each holds a mesh of {@code width} x {@code height} tiles.
 *
 * <p>Distance is in hops: the Manhattan distance between two tiles, plus {@code nodeHop} for each border between nodes
 * that the way crosses. It stands for the on-chip network of the paper (§3.1.1), over which a fleet's nearest server is
 * chosen.
 */
public record Grid(int width, int height, int nodeHop, SortedMap<NodeId, Position> nodes) {
    /** A node's place in the mesh of nodes. */
    public record Position(int column, int row) {}

    public Grid {
        if (width < 1 || height < 1) {
            throw new IllegalArgumentException("a node has at least one tile, not " + width + "x" + height);
        }
        if (nodeHop < 0) {
            throw new IllegalArgumentException("crossing a node's border costs at least 0 hops, not " + nodeHop);
        }
        nodes = Collections.unmodifiableSortedMap(new TreeMap<>(nodes));
    }

    public static Grid ofOneNode(int width, int height) {
        return new Grid(width, height, 0, new TreeMap<>(Map.of(new NodeId(1), new Position(0, 0))));
    }

    public int tilesPerNode() {
        return width * height;
    }

    /** The tiles of one node, row by row. */
    public List<TileId> tilesOf(NodeId node) {
        List<TileId> tiles = new ArrayList<>(tilesPerNode());
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                tiles.add(new TileId(node, x, y));
            }
        }
        return tiles;
    }

    /** The number of a tile within its node, row by row from 0. */
    public int indexOf(TileId tile) {
        return tile.y() * width + tile.x();
    }

    /** Hops from {@code a} to {@code b}; a tile of a node that has left counts as farther than any that has not. */
    public int hops(TileId a, TileId b) {
        if (a.node().equals(b.node())) {
            return Math.abs(a.x() - b.x()) + Math.abs(a.y() - b.y());
        }
        Position from = nodes.get(a.node());
        Position to = nodes.get(b.node());
        if (from == null || to == null) {
            return Integer.MAX_VALUE / 2;
        }
        int across = Math.abs((from.column() * width + a.x()) - (to.column() * width + b.x()));
        int down = Math.abs((from.row() * height + a.y()) - (to.row() * height + b.y()));
        int borders = Math.abs(from.column() - to.column()) + Math.abs(from.row() - to.row());
        return across + down + borders * nodeHop;
    }
}
