package org.factoredos.placement;

import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import org.factoredos.grid.Grid;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.server.Effect;
import org.factoredos.server.Membership;
import org.factoredos.server.Reserved;
import org.jspecify.annotations.Nullable;

/** Where one placement server stands, which all of its rooms share: its node, what that runs, and the other members. */
final class Site implements ElasticFleets.Space {
    /** How long a tile's microkernel may take to answer. */
    static final long TILE_PATIENCE_NANOS = 2_000_000_000L;
    /** A peer may have to try several tiles; less than what a caller waits. */
    static final long PEER_PATIENCE_NANOS = 4_000_000_000L;

    static final long LISTING_PATIENCE_NANOS = 2_000_000_000L;
    static final long RETRY_NANOS = 200_000_000L;

    final Incarnation node;
    final Grid ownGrid;
    final Address self;
    final ProcessTable table;
    private @Nullable Membership membership;
    private long watchingSinceNanos;

    /** {@code given}: tiles that are none of its own to give, and what runs there. */
    Site(Incarnation node, Grid grid, SortedMap<TileId, String> given) {
        this.node = node;
        this.ownGrid = grid;
        this.self = Reserved.PLACEMENT.address(node, grid);
        this.table = new ProcessTable(given);
    }

    /** Returns whether this is the first that it hears of others. */
    boolean on(Membership known, long nanos) {
        boolean first = membership == null;
        watchingSinceNanos = first ? nanos : watchingSinceNanos;
        membership = known;
        return first;
    }

    /** Null as long as this node has not been told who is in the grid. */
    @Nullable
    Membership membership() {
        return membership;
    }

    @Override
    public Grid grid() {
        Membership known = membership;
        return known == null ? ownGrid : known.grid();
    }

    @Override
    public List<TileId> free() {
        return ownGrid.tilesOf(node.node()).stream()
                .filter(tile -> !Reserved.keeps(ownGrid, tile) && !table.isTaken(tile))
                .toList();
    }

    @Override
    public void take(TileId tile, String client) {
        table.take(tile, client);
    }

    @Override
    public void give(TileId tile) {
        table.give(tile);
    }

    /** The microkernel of a tile of this node. */
    Address shim(TileId tile) {
        return Address.ofShim(node, ownGrid, tile);
    }

    Address member(Incarnation member) {
        return Reserved.PLACEMENT.address(member, grid());
    }

    boolean isUp(Incarnation member) {
        Membership known = membership;
        return known != null && known.up().contains(member);
    }

    /** Whether {@code client} is the placement server of some member. */
    boolean isMember(ClientId client) {
        Membership known = membership;
        return known != null
                && known.up().stream()
                        .anyMatch(member -> member(member).client().equals(client));
    }

    /** The members that may have room, the nearest first. */
    List<Incarnation> peers(TileId near) {
        Membership known = membership;
        if (known == null) {
            return List.of();
        }
        Grid grid = known.grid();
        return known.up().stream()
                .filter(member -> !member.equals(node) && !known.down().contains(member))
                .sorted(Comparator.comparingInt(
                        member -> grid.hops(near, Reserved.PLACEMENT.tile(member.node(), grid))))
                .toList();
    }

    List<Incarnation> peers() {
        return peers(self.tile());
    }

    /** Whether nothing runs any more in that life of a node. Its own earlier lives are known to be over without being told. */
    boolean gone(Incarnation home, long nanos) {
        Membership known = membership;
        return home.node().equals(node.node()) || (known != null && known.gone(home, nanos, watchingSinceNanos));
    }

    static Effect reply(Envelope in, Payload answer) {
        return new Effect.Reply(in.from(), in.call(), answer, in.trace());
    }
}
