package org.factoredos.kernel;

import org.factoredos.grid.TileId;

/**
 * Where a client was found: on which tile, in which life of that tile's node, and how often it had moved by then.
 *
 * <p>Of two places the one of more moves is the later one, so news of them may come in any order.
 */
public record Place(Incarnation life, TileId tile, int moves) {
    /** Whether two sends, one to each, go the same way to the same stay of the client, so that none overtakes the other. */
    boolean isSameStay(Place other) {
        return moves == other.moves && tile.node().equals(other.tile.node());
    }

    public boolean isLaterThan(Place other) {
        return moves > other.moves;
    }
}
