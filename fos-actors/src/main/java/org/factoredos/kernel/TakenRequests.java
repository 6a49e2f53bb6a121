package org.factoredos.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;
import org.jspecify.annotations.Nullable;

/**
 * How many requests one client has taken out of its mailboxes, by the tile that they came from; {@code fleets --hops} shows
 * it (§3.2: the nearest server of a fleet is asked first). What the members of a fleet ask each other does not count.
 *
 * <p>It is counted as a request is taken, not as it is deposited: there the one writer is the client in its own turn, so it
 * costs a plain read and write; deposits come from all tiles at once and would contend for the count. Only tiles of the
 * client's own node are told apart. The sender's tile is where it has opened its response mailbox: of one that has moved
 * within its node since, the one before.
 */
final class TakenRequests {
    private final NodeId node;
    private final Grid grid;
    private final AtomicLong elsewhere = new AtomicLong();
    /** By the number of the tile; most clients are programs and are never asked anything, so it comes with the first request. */
    private volatile @Nullable AtomicLongArray byTile;

    TakenRequests(NodeId node, Grid grid) {
        this.node = node;
        this.grid = grid;
    }

    /** The client's turn. */
    void took(TileId from) {
        if (!from.node().equals(node)) {
            elsewhere.setOpaque(elsewhere.getPlain() + 1);
            return;
        }
        AtomicLongArray counts = byTile;
        if (counts == null) {
            counts = new AtomicLongArray(grid.tilesPerNode());
            byTile = counts;
        }
        int tile = grid.indexOf(from);
        counts.setOpaque(tile, counts.getPlain(tile) + 1);
    }

    /** Any thread: recent values. */
    Delegation.Taken report() {
        List<Delegation.TakenFrom> here = new ArrayList<>();
        AtomicLongArray counts = byTile;
        if (counts != null) {
            List<TileId> tiles = grid.tilesOf(node);
            for (int tile = 0; tile < counts.length(); tile++) {
                long requests = counts.getOpaque(tile);
                if (requests > 0) {
                    here.add(new Delegation.TakenFrom(tiles.get(tile), requests));
                }
            }
        }
        return new Delegation.Taken(here, elsewhere.getOpaque());
    }
}
