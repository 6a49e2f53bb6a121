package org.factoredos.sim;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.naming.NameFront;
import org.factoredos.naming.NameOwner;
import org.factoredos.server.Effect;
import org.factoredos.server.NodeLease;
import org.factoredos.server.Owner;
import org.factoredos.server.OwnerLife;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;
import org.factoredos.server.RunLoop;
import org.factoredos.server.Server;
import org.factoredos.sim.SimTile.Serving;
import org.jspecify.annotations.Nullable;

/**
 * Three nodes with lease servers, name fronts, owners and clients, while nodes crash and pause, the wire misbehaves, slices
 * move and the journal fails; then all is well again, and every client must be answered everything.
 */
final class NameScenario {
    private static final int CLIENTS_PER_NODE = 2;
    private static final int SLICES = Reserved.NAME_SLICES;
    private static final long HOSTILE_NANOS = 20 * World.SECOND;
    private static final long MOST_SETTLING_NANOS = 90 * World.SECOND;

    /** What a test puts around the real cores to plant a fault. */
    record Variant(UnaryOperator<Server> front, UnaryOperator<Owner> owner, boolean linkRepeats) {
        static final Variant NONE = new Variant(core -> core, core -> core, false);
    }

    private final World world;
    private final Mesh mesh;
    private final SimJournal journal;
    private final SimCluster cluster;
    private final Grid grid;
    private final Variant variant;
    private final NameHistory history = new NameHistory();
    private final Map<Incarnation, List<User>> users = new TreeMap<>();
    private final Map<Incarnation, Map<Integer, Holding>> holdings = new TreeMap<>();
    private final Set<String> requestsMet = new HashSet<>();
    private @Nullable String repeated;

    private record User(NameUser core, RunLoop loop) {}

    /** A slice on a node. */
    private static final class Holding {
        SimTile.@Nullable Owned owned;

        @Nullable
        OwnerLife life;

        boolean withdrawn;
    }

    NameScenario(long seed, Variant variant) {
        this.variant = variant;
        world = new World(seed);
        mesh = new Mesh(world, Mesh.Faults.HOSTILE);
        journal = new SimJournal(world, SimJournal.Faults.HOSTILE);
        Map<NodeId, Grid.Position> places = new LinkedHashMap<>();
        for (int i = 1; i <= 3; i++) {
            places.put(new NodeId(i), new Grid.Position(i - 1, 0));
        }
        grid = new Grid(6, 3, 4, new TreeMap<>(places));
        cluster = new SimCluster(world, mesh, grid, SimCluster.Settings.DEFAULT, new Host());
        watchForRepeats();
    }

    long hash() {
        return world.hash();
    }

    String summary() {
        return world.events() + " events, " + history.counts();
    }

    void log(Consumer<String> to) {
        world.log(to);
    }

    /** Null where the run kept every promise. */
    @Nullable
    String violation() {
        cluster.start(SLICES);
        world.after(World.SECOND, "chaos", this::chaos);
        world.run(HOSTILE_NANOS);
        mesh.become(Mesh.Faults.NONE);
        mesh.healAll();
        journal.become(SimJournal.Faults.NONE);
        cluster.nodes().stream().filter(SimNode::paused).forEach(SimNode::resume);
        long until = world.nanos() + MOST_SETTLING_NANOS;
        while (!settled()) {
            if (world.nanos() > until) {
                return "the cluster did not settle";
            }
            world.run(500 * World.MILLISECOND);
        }
        world.run(2 * World.SECOND);
        List<User> last = users.entrySet().stream()
                .filter(each -> !cluster.node(each.getKey().node()).ended()
                        && cluster.node(each.getKey().node()).self().equals(each.getKey()))
                .flatMap(each -> each.getValue().stream())
                .toList();
        last.forEach(user -> user.loop().tell(new NameUser.AskLast(), new Response.DeadlinePassed()));
        for (int i = 0; i < 40 && !last.stream().allMatch(user -> user.core().finished()); i++) {
            world.run(500 * World.MILLISECOND);
        }
        if (repeated != null) {
            return repeated;
        }
        String violation =
                history.violation(life -> !cluster.node(life.node()).self().equals(life));
        if (violation != null) {
            return violation;
        }
        for (User user : last) {
            if (!user.core().finished()) {
                return "though all is well, not everything is answered: "
                        + user.loop().client().id() + " " + user.core().stuck();
            }
        }
        return null;
    }

    private boolean settled() {
        return cluster.settled()
                && cluster.nodes().stream().allMatch(node -> node.interconnect().leased())
                && allServed();
    }

    private boolean allServed() {
        for (int slice = 0; slice < SLICES; slice++) {
            Incarnation owner = cluster.ownerOf(slice);
            Holding holding = owner == null
                    ? null
                    : holdings.getOrDefault(owner, Map.of()).get(slice);
            OwnerLife life = holding == null ? null : holding.life;
            if (life == null || !life.serving()) {
                return false;
            }
        }
        return true;
    }

    /** One fault after another, until all shall be well. */
    private void chaos() {
        if (world.nanos() > HOSTILE_NANOS - World.SECOND) {
            return;
        }
        NodeId one = new NodeId(1 + world.random(3));
        NodeId other = new NodeId(1 + world.random(3));
        long lasting = world.between(100 * World.MILLISECOND, 5 * World.SECOND);
        switch (world.random(6)) {
            case 0, 1 -> {
                SimNode node = cluster.node(one);
                if (!node.ended()) {
                    cluster.crash(one, lasting / 2);
                }
            }
            case 2 -> {
                SimNode node = cluster.node(one);
                if (node.running()) {
                    world.note(node.self() + " pauses");
                    node.pause();
                    world.after(lasting, "resume", () -> {
                        if (node.paused()) {
                            node.resume();
                        }
                    });
                }
            }
            case 3 -> {
                mesh.cut(one, other);
                world.after(lasting, "heal", () -> mesh.heal(one, other));
            }
            case 4 -> {
                mesh.cut(one, other);
                mesh.cut(other, one);
                world.after(lasting, "heal", () -> {
                    mesh.heal(one, other);
                    mesh.heal(other, one);
                });
            }
            default -> cluster.move(world.random(SLICES));
        }
        world.after(world.between(200 * World.MILLISECOND, 3 * World.SECOND), "chaos", this::chaos);
    }

    private void watchForRepeats() {
        Set<String> arrived = new HashSet<>();
        mesh.tap(frame -> {
            if (!variant.linkRepeats()) {
                return;
            }
            SimNode node = cluster.node(frame.to().node());
            for (int i = 0; i < frame.envelopes().size(); i++) {
                // A link without its filter would deposit again what it has had.
                boolean again = !arrived.add(frame.from() + ">" + frame.to() + ":" + (frame.firstSequence() + i));
                if (again && node.running() && node.self().equals(frame.to())) {
                    node.interconnect().deliver(frame.envelopes().get(i));
                }
            }
        });
    }

    /** Sees every request that a core meets: none may come twice (G1). */
    private Server met(Server core, Incarnation where) {
        return new Wrapped(core) {
            @Override
            public List<Effect> on(Envelope in, long nanos) {
                if (in.call() != 0 && !requestsMet.add(in.from().client() + " " + in.call() + " " + in.to())) {
                    repeated = "met twice on " + where + ": " + in;
                }
                return super.on(in, nanos);
            }
        };
    }

    private final class Host implements SimCluster.Host {
        @Override
        public void booted(SimNode node) {
            Incarnation self = node.self();
            node.tile(Reserved.LEASE.tile(self.node(), grid))
                    .serve(Serving.as("sys:lease"), new NodeLease(self, node.interconnect()::leaseGranted));
            Server front = new NameFront(self, node.interconnect()::leased);
            node.tile(Reserved.NAME_FRONT.tile(self.node(), grid))
                    .serve(Serving.as("sys:name"), met(variant.front().apply(front), self));
            var frontAddress = Reserved.NAME_FRONT.address(self, grid);
            node.interconnect().microkernels().forEach(kernel -> kernel.delegateNamesTo(frontAddress));
            List<User> mine = new ArrayList<>();
            for (int i = 0; i < CLIENTS_PER_NODE; i++) {
                TileId tile = grid.tilesOf(self.node()).get(Reserved.COUNT + i);
                var address = Address.ofBootstrap(self, grid, tile);
                NameUser core = new NameUser(address, frontAddress, world.split(), history);
                RunLoop loop = node.tile(tile)
                        .serve(Serving.as("user"), met(core, self))
                        .loop();
                loop.tell(new NameUser.Begin(), new Response.DeadlinePassed());
                mine.add(new User(core, loop));
            }
            users.put(self, mine);
        }

        @Override
        public void granted(SimNode node, int slice) {
            Holding holding = new Holding();
            Holding before =
                    holdings.computeIfAbsent(node.self(), n -> new TreeMap<>()).put(slice, holding);
            if (before != null && before.owned != null) {
                before.withdrawn = true;
                before.owned.withdraw();
            }
            holding.owned = node.tile(Reserved.nameOwner(slice).tile(node.self().node(), grid))
                    .own(
                            Serving.as("sys:name").answersIf(node.interconnect()::leased),
                            journal,
                            "name-" + slice,
                            () -> {
                                OwnerLife life = new OwnerLife(
                                        new NameOwner(),
                                        slice,
                                        node.self(),
                                        Reserved.nameOwner(slice),
                                        Reserved.NAME_FRONT);
                                holding.life = life;
                                return variant.owner().apply(life);
                            },
                            loop -> loop.tell(
                                    holding.withdrawn ? new OwnerLife.SliceWithdrawn() : new OwnerLife.SliceGranted(),
                                    new Response.DeadlinePassed()));
        }

        @Override
        public void withdrawn(SimNode node, int slice, Runnable stopped) {
            Holding holding = holdings.getOrDefault(node.self(), Map.of()).get(slice);
            if (holding == null || holding.owned == null) {
                stopped.run();
                return;
            }
            holding.withdrawn = true;
            holding.owned.retire();
            if (holding.owned.served() != null) {
                holding.owned.served().loop().tell(new OwnerLife.SliceWithdrawn(), new Response.DeadlinePassed());
            }
            awaitStopped(node, holding, stopped);
        }

        private void awaitStopped(SimNode node, Holding holding, Runnable stopped) {
            node.after(20 * World.MILLISECOND, "await stop", () -> {
                boolean steppedDown = holding.life != null
                        && holding.life.stopped()
                        && holding.owned != null
                        && holding.owned.served() != null
                        && holding.owned.written();
                if (holding.owned != null && (steppedDown || holding.owned.over())) {
                    holding.owned.withdraw();
                    stopped.run();
                } else {
                    awaitStopped(node, holding, stopped);
                }
            });
        }
    }
}
