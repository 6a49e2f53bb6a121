package org.factoredos.sim;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.factoredos.grid.Grid;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.ClientHost;
import org.factoredos.kernel.Clock;
import org.factoredos.kernel.FixedRights;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Interconnect;
import org.factoredos.kernel.Link;
import org.factoredos.kernel.Microkernel;
import org.factoredos.server.Membership;
import org.factoredos.server.NodeLease;
import org.jspecify.annotations.Nullable;

/**
 * One life of a node in virtual time: what a JVM is in the other machine room.
 *
 * <p>A crash ends it with everything in it; a restart is another life, of another boot. A paused node takes no turn while
 * its clock goes on, as under SIGSTOP: what came due meanwhile happens when it is resumed, in any order. A node that sleeps is
 * paused with its monotonic clock; only its wall clock goes on.
 */
public final class SimNode {
    private static final long AWAKE = -1;
    /** Far more than a quartz errs. Two such clocks, one slow and one fast, are apart by what {@link NodeLease} allows. */
    private static final long MOST_FAST_PPM = 10_000;

    private final World world;
    private final Incarnation self;
    private final Interconnect interconnect;
    private final SimWire wire;
    private final Map<TileId, SimTile> tiles = new LinkedHashMap<>();
    private final List<Deferred> deferred = new ArrayList<>();
    /** No two boots, and no two nodes, count their nanoseconds from the same moment, and none counts them right. */
    private final long clockOffset;

    private final long clockFastPpm;
    private long sleptNanos;
    private long asleepSince = AWAKE;

    private long shimLagNanos;
    private boolean paused;
    private boolean ended;
    private @Nullable Membership membership;

    private record Deferred(String what, Runnable action) {}

    public SimNode(
            World world,
            Mesh mesh,
            Incarnation self,
            Grid grid,
            FixedRights fixed,
            Link.Settings settings,
            ClientHost host) {
        this.world = world;
        this.self = self;
        this.clockOffset = world.between(-1L << 45, 1L << 45);
        this.clockFastPpm = world.between(-MOST_FAST_PPM, MOST_FAST_PPM);
        this.wire = new SimWire(this, settings, mesh.transport());
        this.interconnect = new Interconnect(self.node(), self.boot(), grid, fixed, clock(), wire);
        for (Microkernel kernel : interconnect.microkernels()) {
            tiles.put(kernel.tile(), new SimTile(this, kernel, host));
        }
        mesh.attach(self.node(), frame -> now("frame", () -> wire.receive(frame)));
    }

    /** Runs no programs, and everybody may do everything. */
    public SimNode(World world, Mesh mesh, Incarnation self, Grid grid) {
        this(world, mesh, self, grid, FixedRights.ALL);
    }

    /** Runs no programs. */
    public SimNode(World world, Mesh mesh, Incarnation self, Grid grid, FixedRights fixed) {
        this(world, mesh, self, grid, fixed, Link.Settings.DEFAULT, (tile, spec) -> {
            throw new IllegalArgumentException("no program runs here");
        });
    }

    public World world() {
        return world;
    }

    public Incarnation self() {
        return self;
    }

    public Interconnect interconnect() {
        return interconnect;
    }

    /** Its monotonic clock. */
    public long nanos() {
        long counted = (asleepSince == AWAKE ? world.nanos() : asleepSince) - sleptNanos;
        return clockOffset + counted + counted * clockFastPpm / 1_000_000;
    }

    private Clock clock() {
        return new Clock() {
            @Override
            public long nanos() {
                return SimNode.this.nanos();
            }

            @Override
            public long wallNanos() {
                return world.nanos();
            }
        };
    }

    public SimTile tile(TileId tile) {
        SimTile found = tiles.get(tile);
        if (found == null) {
            throw new IllegalArgumentException(self + " has no tile " + tile);
        }
        return found;
    }

    public Iterable<SimTile> tiles() {
        return tiles.values();
    }

    /** Does something in this life after a time; never once it has ended, and not while it is paused. */
    public void after(long delayNanos, String what, Runnable action) {
        world.after(delayNanos, self + " " + what, () -> now(what, action));
    }

    /** The same at a time on this node's clock; at once where that has passed. */
    void at(long nanos, String what, Runnable action) {
        long counted = Math.max(0, nanos - nanos());
        after(counted * 1_000_000 / (1_000_000 + clockFastPpm) + 1, what, action);
    }

    private void now(String what, Runnable action) {
        if (paused) {
            deferred.add(new Deferred(what, action));
        } else if (!ended) {
            action.run();
        }
    }

    public void pause() {
        paused = true;
    }

    /** Pauses it with its monotonic clock, as a closed laptop does. */
    public void sleep() {
        if (!paused) {
            paused = true;
            asleepSince = world.nanos();
        }
    }

    /** Ends a pause or a sleep. */
    public void resume() {
        paused = false;
        if (asleepSince != AWAKE) {
            sleptNanos += world.nanos() - asleepSince;
            asleepSince = AWAKE;
        }
        List<Deferred> due = List.copyOf(deferred);
        deferred.clear();
        due.forEach(late -> after(world.between(0, World.MILLISECOND), late.what(), late.action()));
    }

    /** From now on a microkernel's turn comes this late at times, as where its thread has much to do. */
    public void lagShims(long mostNanos) {
        shimLagNanos = mostNanos;
    }

    long shimLagNanos() {
        return shimLagNanos;
    }

    /** Everything volatile is lost. */
    public void crash() {
        ended = true;
        deferred.clear();
    }

    public boolean paused() {
        return paused;
    }

    public boolean ended() {
        return ended;
    }

    public boolean running() {
        return !paused && !ended;
    }

    /** What this node has last been told of the grid; null before the first news. */
    public @Nullable Membership membership() {
        return membership;
    }

    /** Tells the wire and every server of the node. */
    public void tell(Membership news) {
        membership = news;
        news.removedNanos().keySet().forEach(wire::removed);
        tiles.values().forEach(tile -> tile.tell(news));
    }
}
