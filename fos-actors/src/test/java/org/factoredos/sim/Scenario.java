package org.factoredos.sim;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.FixedRights;
import org.factoredos.kernel.Frame;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.SendResult;
import org.factoredos.server.Continuation;
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
 * Three nodes with lease servers, one fleet's fronts and owners, and its clients. For a while nodes crash and pause and are
 * condemned though they are well, the wire misbehaves, slices move and the journal fails; then all is well again, and every
 * client must be answered everything.
 */
abstract class Scenario implements Seeds.Run {
    static final int CLIENTS_PER_NODE = 2;
    static final long HOSTILE_NANOS = 20 * World.SECOND;
    private static final long MOST_SETTLING_NANOS = 90 * World.SECOND;
    private static final long MOST_ANSWERING_NANOS = 60 * World.SECOND;

    /** Begin to ask at random. */
    record Begin() implements Continuation {}

    /** All is well again: ask everything once more; each must be answered. */
    record AskLast() implements Continuation {}

    /** The core of a client. */
    interface User extends Server {
        /** What was asked last and is not answered; null where all is. */
        @Nullable
        String unanswered();
    }

    /** What a test changes in the real cores and their hosts to plant a fault. */
    record Variant(
            BiFunction<Server, Incarnation, Server> lease,
            UnaryOperator<Server> front,
            UnaryOperator<Owner> owner,
            Set<Habit> habits) {
        static final Variant NONE = new Variant((core, self) -> core, core -> core, core -> core, Set.of());

        static Variant ofLeases(BiFunction<Server, Incarnation, Server> lease) {
            return new Variant(lease, NONE.front, NONE.owner, Set.of());
        }

        static Variant ofFronts(UnaryOperator<Server> front) {
            return new Variant(NONE.lease, front, NONE.owner, Set.of());
        }

        static Variant ofOwners(UnaryOperator<Owner> owner) {
            return new Variant(NONE.lease, NONE.front, owner, Set.of());
        }

        static Variant of(Habit... bad) {
            return new Variant(NONE.lease, NONE.front, NONE.owner, Set.of(bad));
        }
    }

    /** Faults of hosts. */
    enum Habit {
        LINKS_REPEAT,
        /** Who sent to where a client was believes that it has arrived. */
        MOVED_IS_TAKEN_FOR_ACCEPTED,
        /** A client takes what was sent to an earlier stay of its on the node. */
        EVERY_STAY_TAKES_ALL,
        FRONTS_IGNORE_THE_LEASE,
        TILES_IGNORE_THE_LEASE,
        OWNERS_IGNORE_THE_LEASE
    }

    final World world;
    final SimJournal journal;
    final SimCluster cluster;
    final Grid grid;
    private final Mesh mesh;
    private final Variant variant;
    private final int slices;
    private final Map<Incarnation, List<Asking>> users = new TreeMap<>();
    private final Map<Incarnation, Map<Integer, Holding>> holdings = new TreeMap<>();
    private final Map<Incarnation, Runnable> fronts = new TreeMap<>();
    private final Set<String> requestsMet = new HashSet<>();
    /** Nodes are condemned sooner than their leases end, live on for long, and are cut off from all others. */
    private final boolean sharp;

    private boolean calmed;
    private @Nullable String repeated;

    private record Asking(User core, RunLoop loop) {}

    /** A slice on a node. */
    private static final class Holding {
        SimTile.@Nullable Owned owned;

        @Nullable
        OwnerLife life;

        boolean withdrawn;
    }

    Scenario(long seed, Variant variant, int slices) {
        this(seed, variant, slices, 4);
    }

    /** {@code rows}: of tiles, seven in each. */
    Scenario(long seed, Variant variant, int slices, int rows) {
        this.variant = variant;
        this.slices = slices;
        world = new World(seed);
        mesh = new Mesh(world, Mesh.Faults.HOSTILE);
        journal = new SimJournal(world, SimJournal.Faults.HOSTILE);
        Map<NodeId, Grid.Position> places = new LinkedHashMap<>();
        for (int i = 1; i <= 3; i++) {
            places.put(new NodeId(i), new Grid.Position(i - 1, 0));
        }
        grid = new Grid(7, rows, 4, new TreeMap<>(places));
        sharp = world.chance(500);
        // The quicker the cluster is, the more of a lease is left when a successor comes.
        var usual = world.chance(500) ? SimCluster.Settings.DEFAULT : SimCluster.Settings.QUICK;
        var speed = sharp ? SimCluster.Settings.SHARP : usual;
        cluster = new SimCluster(world, mesh, grid, speed, new Host());
        watchForRepeats();
        mesh.distort(this::distorted);
    }

    // The fleet's part.

    /** Where the owner of the slice runs on any node; its journal has the place's name. */
    abstract Reserved place(int slice);

    /** Places the fleet's servers other than owners; {@link #serveFront} for those that requests come to. */
    abstract void boot(SimNode node);

    abstract OwnerLife owner(int slice, SimNode node);

    abstract User user(Address self, String domain, Incarnation life);

    /** In which domain the clients of that number act, on each node. */
    String domain(int client) {
        return "user" + client;
    }

    /** What microkernels have from the start. */
    FixedRights fixedRights() {
        return FixedRights.ALL;
    }

    /** How the fleet's own fault is done; without one a slice moves. */
    void ownFault() {
        cluster.move(world.random(slices));
    }

    /** When the first fault comes. */
    long quietNanos() {
        return World.SECOND;
    }

    /** When all is well again. */
    long hostileNanos() {
        return HOSTILE_NANOS;
    }

    /** The longest time from one fault to the next. */
    long mostRestNanos() {
        return 3 * World.SECOND;
    }

    /** From now on nothing fails. */
    void calm() {}

    /** The grid has given up a life of a node, which may still run for a while. */
    void condemned(Incarnation life) {}

    /** What is still to be tried when all is well and was answered; null where every promise was kept. */
    @Nullable
    String epilogue() {
        return null;
    }

    /** Null where all that was answered can be true. */
    @Nullable
    abstract String judgement();

    abstract String counts();

    // The run.

    long hash() {
        return world.hash();
    }

    String summary() {
        return world.events() + " events, " + counts();
    }

    @Override
    public void log(Consumer<String> to) {
        world.log(to);
    }

    @Override
    public @Nullable String violation() {
        cluster.start(slices);
        world.after(quietNanos(), "chaos", this::chaos);
        world.run(hostileNanos());
        calmed = true;
        calm();
        mesh.become(Mesh.Faults.NONE);
        mesh.healAll();
        journal.become(SimJournal.Faults.NONE);
        cluster.nodes().stream().filter(SimNode::paused).forEach(SimNode::resume);
        String unsettled = settle();
        String unanswered = unsettled == null ? askLast() : unsettled;
        if (unanswered == null) {
            unanswered = epilogue();
        }
        if (repeated != null) {
            return repeated;
        }
        String judgement = judgement();
        return judgement == null ? unanswered : judgement;
    }

    /** Waits until every node serves; null where that came. */
    final @Nullable String settle() {
        if (!cameTrue(this::settled, MOST_SETTLING_NANOS)) {
            return "the cluster did not settle: " + unsettled();
        }
        world.run(2 * World.SECOND);
        return null;
    }

    /** Lets every client of now ask everything; null where all was answered. */
    final @Nullable String askLast() {
        List<Asking> last = users.entrySet().stream()
                .filter(each -> lives(each.getKey()))
                .flatMap(each -> each.getValue().stream())
                .toList();
        last.forEach(user -> user.loop().tell(new AskLast(), new Response.DeadlinePassed()));
        world.run(World.MILLISECOND);
        cameTrue(() -> last.stream().allMatch(user -> user.core().unanswered() == null), MOST_ANSWERING_NANOS);
        for (Asking user : last) {
            if (user.core().unanswered() != null) {
                return "though all is well, not everything is answered: "
                        + user.loop().client().id() + " " + user.core().unanswered();
            }
        }
        return null;
    }

    final boolean lives(Incarnation life) {
        SimNode node = cluster.node(life.node());
        return node.self().equals(life) && !node.ended();
    }

    final boolean cameTrue(BooleanSupplier condition, long withinNanos) {
        long until = world.nanos() + withinNanos;
        while (!condition.getAsBoolean()) {
            if (world.nanos() > until) {
                return false;
            }
            world.run(500 * World.MILLISECOND);
        }
        return true;
    }

    private boolean settled() {
        return cluster.settled()
                && cluster.nodes().stream().allMatch(node -> node.interconnect().leased())
                && allServed();
    }

    private String unsettled() {
        List<Object> what = new ArrayList<>();
        if (!cluster.settled()) {
            what.add("members are on their way");
        }
        cluster.nodes().stream()
                .filter(node -> !node.interconnect().leased())
                .forEach(node -> what.add(node.self() + " has no lease as it sees " + node.membership()));
        for (int slice = 0; slice < slices; slice++) {
            Incarnation owner = cluster.ownerOf(slice);
            Holding holding = owner == null
                    ? null
                    : holdings.getOrDefault(owner, Map.of()).get(slice);
            if (holding == null || holding.life == null || !holding.life.serving()) {
                what.add("slice " + slice + " is not served by " + owner);
            }
        }
        return what.toString();
    }

    private boolean allServed() {
        return owners(OwnerLife::serving);
    }

    /** Whether it is so for the owner of every slice, where the cluster wants it. */
    final boolean owners(Predicate<OwnerLife> so) {
        for (int slice = 0; slice < slices; slice++) {
            Incarnation owner = cluster.ownerOf(slice);
            Holding holding = owner == null
                    ? null
                    : holdings.getOrDefault(owner, Map.of()).get(slice);
            OwnerLife life = holding == null ? null : holding.life;
            if (life == null || !so.test(life)) {
                return false;
            }
        }
        return true;
    }

    /** One fault after another, until all shall be well. */
    private void chaos() {
        if (world.nanos() > hostileNanos() - World.SECOND) {
            return;
        }
        NodeId one = new NodeId(1 + world.random(3));
        NodeId other = new NodeId(1 + (one.number() + world.random(2)) % 3);
        SimNode node = cluster.node(one);
        long lasting = world.between(100 * World.MILLISECOND, 5 * World.SECOND);
        world.after(world.between(200 * World.MILLISECOND, mostRestNanos()), "chaos", this::chaos);
        if (sharp && world.chance(400)) {
            isolate(one, 2 * World.SECOND + lasting);
            return;
        }
        switch (world.random(8)) {
            case 0 -> cluster.crash(one, lasting / 2);
            case 1, 2 -> cluster.err(one);
            case 3 -> {
                if (node.running()) {
                    world.note(node.self() + " pauses");
                    if (world.chance(500)) {
                        node.sleep();
                    } else {
                        node.pause();
                    }
                    world.after(2 * lasting, "resume", () -> {
                        if (node.paused()) {
                            node.resume();
                        }
                    });
                }
            }
            case 4 -> {
                mesh.cut(one, other);
                world.after(lasting, "heal", () -> mesh.heal(one, other));
            }
            case 5 -> {
                mesh.cut(one, other);
                mesh.cut(other, one);
                world.after(lasting, "heal", () -> {
                    mesh.heal(one, other);
                    mesh.heal(other, one);
                });
            }
            case 6 -> ownFault();
            default -> cluster.move(world.random(slices));
        }
    }

    /** Cuts what the node says to the others, or what it hears from them, or both. */
    final void isolate(NodeId one, long lasting) {
        int ways = 1 + world.random(3);
        world.note(one + " is isolated " + ways);
        for (NodeId other : grid.nodes().keySet()) {
            if (other.equals(one)) {
                continue;
            }
            if ((ways & 1) != 0) {
                mesh.cut(one, other);
            }
            if ((ways & 2) != 0) {
                mesh.cut(other, one);
            }
            world.after(lasting, "heal", () -> {
                mesh.heal(one, other);
                mesh.heal(other, one);
            });
        }
    }

    private void watchForRepeats() {
        Set<String> arrived = new HashSet<>();
        mesh.tap(frame -> {
            if (!variant.habits().contains(Habit.LINKS_REPEAT)) {
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

    private Frame distorted(Frame frame) {
        List<Envelope> envelopes = variant.habits().contains(Habit.EVERY_STAY_TAKES_ALL)
                ? frame.envelopes().stream()
                        .map(envelope ->
                                forAnyStay(envelope, cluster.node(frame.to().node())))
                        .toList()
                : frame.envelopes();
        List<SendResult> results = variant.habits().contains(Habit.MOVED_IS_TAKEN_FOR_ACCEPTED)
                ? frame.results().stream()
                        .map(result -> result == SendResult.MOVED ? SendResult.ACCEPTED : result)
                        .toList()
                : frame.results();
        return new Frame(
                frame.from(),
                frame.to(),
                frame.firstSequence(),
                envelopes,
                frame.firstResult(),
                results,
                frame.resultsSeen());
    }

    private static Envelope forAnyStay(Envelope envelope, SimNode there) {
        Client receiver = there.interconnect().client(envelope.to().client());
        return receiver == null
                ? envelope
                : new Envelope(
                        envelope.to(),
                        envelope.from(),
                        envelope.domain(),
                        envelope.kind(),
                        envelope.call(),
                        envelope.settled(),
                        envelope.payload(),
                        envelope.trace(),
                        receiver.moves());
    }

    // Placing servers.

    /** The fleet's front on a node. */
    final void serveFront(SimNode node, Reserved place, Serving serving, Supplier<Server> cores) {
        Supplier<Server> variants = () -> met(variant.front().apply(cores.get()), node.self());
        SimTile.Served front = node.tile(place.tile(node.self().node(), grid)).serve(serving, variants.get());
        fronts.put(node.self(), () -> front.replace(variants.get()));
    }

    /** The fronts of all nodes fail at once, whatever they had under way, and others take their places (M15). */
    final void failFronts() {
        world.note("all fronts fail");
        cluster.nodes().stream()
                .filter(SimNode::running)
                .map(node -> fronts.get(node.self()))
                .filter(Objects::nonNull)
                .forEach(Runnable::run);
    }

    private NodeLease.Holder leasing(SimNode node) {
        return variant.habits().contains(Habit.TILES_IGNORE_THE_LEASE)
                ? (asked, until) -> node.interconnect().leaseGranted(asked, asked + 3600 * World.SECOND)
                : node.interconnect()::leaseGranted;
    }

    /** Whether a front may still believe what it was told. */
    final BooleanSupplier leased(SimNode node) {
        return leased(node, Habit.FRONTS_IGNORE_THE_LEASE);
    }

    private BooleanSupplier leased(SimNode node, Habit ignored) {
        return variant.habits().contains(ignored) ? () -> true : node.interconnect()::leased;
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
                    .serve(Serving.as("sys:lease"), variant.lease().apply(new NodeLease(self, leasing(node)), self));
            boot(node);
            List<Asking> mine = new ArrayList<>();
            for (int i = 0; i < CLIENTS_PER_NODE; i++) {
                TileId tile = grid.tilesOf(self.node()).get(Reserved.COUNT + i);
                String domain = domain(i);
                User core = user(Address.ofBootstrap(self, grid, tile), domain, self);
                RunLoop loop = node.tile(tile)
                        .serve(Serving.as(domain), met(core, self))
                        .loop();
                if (!calmed) {
                    loop.tell(new Begin(), new Response.DeadlinePassed());
                }
                mine.add(new Asking(core, loop));
            }
            users.put(self, mine);
        }

        @Override
        public FixedRights fixedRights() {
            return Scenario.this.fixedRights();
        }

        @Override
        public void condemned(Incarnation life) {
            Scenario.this.condemned(life);
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
            holding.owned = node.tile(place(slice).tile(node.self().node(), grid))
                    .own(
                            Serving.as(place(slice).domain())
                                    .answersIf(leased(node, Habit.OWNERS_IGNORE_THE_LEASE))
                                    .device(journal.device(node)),
                            journal,
                            place(slice).toString(),
                            () -> {
                                OwnerLife life = owner(slice, node);
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
