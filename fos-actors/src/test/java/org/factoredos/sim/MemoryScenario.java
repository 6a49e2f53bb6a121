package org.factoredos.sim;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.ClientHost;
import org.factoredos.kernel.Delegation;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.FixedRights;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Leaving;
import org.factoredos.kernel.Link;
import org.factoredos.kernel.Mailbox;
import org.factoredos.kernel.Migration;
import org.factoredos.kernel.PageTable;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.Sending;
import org.factoredos.memory.MemoryProtocol.FramesAllocated;
import org.factoredos.memory.MemoryServer;
import org.factoredos.privilege.PrivilegeProtocol;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;
import org.factoredos.server.Server;
import org.factoredos.sim.SimTile.Serving;
import org.jspecify.annotations.Nullable;

/**
 * The memory of one node: processes take, free and share it, move and die, while memory servers break and are replaced, later
 * ones come and go, microkernels lag and mailboxes overflow. For messages within a node are neither lost nor repeated, these
 * are what makes them late, refused and said again.
 */
final class MemoryScenario implements Seeds.Run {
    static final int FRAMES = 64;

    private static final MemoryServer.Settings SETTINGS = new MemoryServer.Settings(FRAMES, 8, 16);
    private static final int LATER_SERVERS = 2;
    private static final int USERS = 8;
    private static final long HOSTILE_NANOS = 12 * World.SECOND;
    private static final long MOST_SETTLING_NANOS = 40 * World.SECOND;
    /** More often than a server looks around, twice. */
    private static final long REST_NANOS = 11 * World.SECOND;

    private static final long CHECK_NANOS = 5 * World.MILLISECOND;

    /** What a test changes in a core, by the place of its server: 0 is the first. */
    interface Variant {
        Server of(Server core, int place);

        Variant NONE = (core, place) -> core;

        static Variant ofAll(UnaryOperator<Server> change) {
            return (core, place) -> change.apply(core);
        }
    }

    private record Program() implements Payload {}

    final World world;
    private final Grid grid = new Grid(7, 5, 4, new TreeMap<>(Map.of(new NodeId(1), new Grid.Position(0, 0))));
    private final Incarnation self = new Incarnation(new NodeId(1), 1);
    private final Variant variant;
    private final SimNode node;
    private final Client supervisor;
    private final Mailbox news;
    private final List<TileId> tiles;
    private final int roomForMessages;
    private final List<MemoryUser> users = new ArrayList<>();
    private final Map<Integer, Running> servers = new TreeMap<>();
    private boolean calm;
    private int allocated;
    private @Nullable String broken;

    private static final class Running {
        final SimTile.Served served;
        MemoryServer core;

        Running(SimTile.Served served, MemoryServer core) {
            this.served = served;
            this.core = core;
        }
    }

    MemoryScenario(long seed, Variant variant) {
        this.variant = variant;
        world = new World(seed);
        ClientHost host = (tile, spec) -> {
            Client client = tile.open(world.chance(300) ? "limited" : "user", 16, () -> {});
            client.createMailbox(1, 1);
            client.moves(Leaving.Reach.WITHIN_NODE);
            MemoryUser user = new MemoryUser(this, node(), client);
            users.add(user);
            node().after(World.MILLISECOND, "user", user::live);
            return client;
        };
        node = new SimNode(
                world, new Mesh(world, Mesh.Faults.NONE), self, grid, FixedRights.ALL, Link.Settings.DEFAULT, host);
        tiles = grid.tilesOf(self.node());
        // Longer than a server waits for a tile, at times.
        node.lagShims(world.chance(300) ? 3 * World.SECOND : world.between(0, 100 * World.MILLISECOND));
        roomForMessages = world.chance(300) ? 3 : 64;
        supervisor = node.tile(Reserved.PLACEMENT.tile(self.node(), grid))
                .kernel()
                .openBootstrap("sys:placement", 1024, () -> {});
        news = supervisor.createMailbox(64, 1 << 20);
        node.tile(Reserved.PRIVILEGE_FRONT.tile(self.node(), grid))
                .serve(Serving.as(Reserved.PRIVILEGE_FRONT.domain()), new Quotas());
        start(0);
    }

    private SimNode node() {
        return node;
    }

    /** Allows domain {@code limited} 30 frames, and does not answer everything. */
    private final class Quotas implements Server {
        @Override
        public List<Effect> on(Envelope in, long nanos) {
            if (!(in.payload() instanceof PrivilegeProtocol.AskRight ask) || (!calm && world.chance(30))) {
                return List.of();
            }
            boolean allowed = !ask.domain().equals("limited") || Integer.parseInt(ask.target()) <= 30;
            return List.of(Call.of(in, ask)
                    .reply(allowed ? new PrivilegeProtocol.RightAllowed() : new PrivilegeProtocol.RightDenied()));
        }

        @Override
        public List<Effect> on(Continuation continuation, Response response, long nanos) {
            return List.of();
        }
    }

    // Servers: the first on its own tile, later ones behind those that are kept.

    private TileId tile(int place) {
        return place == 0 ? Reserved.MEMORY.tile(self.node(), grid) : tiles.get(Reserved.COUNT + place - 1);
    }

    private MemoryServer core(int place) {
        return new MemoryServer(self, grid, Address.ofBootstrap(self, grid, tile(place)), SETTINGS);
    }

    private Server varied(MemoryServer core, int place) {
        Server inner = variant.of(core, place);
        return new Wrapped(inner) {
            @Override
            public List<Effect> on(Envelope in, long nanos) {
                List<Effect> effects = super.on(in, nanos);
                check();
                return effects;
            }

            @Override
            public List<Effect> on(Continuation continuation, Response response, long nanos) {
                List<Effect> effects = super.on(continuation, response, nanos);
                check();
                return effects;
            }
        };
    }

    private void start(int place) {
        MemoryServer core = core(place);
        Serving serving = Serving.as(Reserved.MEMORY.domain()).mailbox(roomForMessages);
        SimTile.Served served = node.tile(tile(place)).serve(serving, varied(core, place));
        servers.put(place, new Running(served, core));
        served.loop().tell(new Wake(), new Response.DeadlinePassed());
        if (place > 0) { // It begins with the first message, as the first one does with a client's.
            supervisor.send(Address.ofBootstrap(self, grid, tile(place)), new Program(), Sending.UNWATCHED);
        }
    }

    private record Wake() implements Continuation {}

    private void replace(int place) {
        Running running = servers.get(place);
        if (running != null) {
            world.note("server " + place + " breaks");
            running.core = core(place);
            running.served.replace(varied(running.core, place));
            supervisor.send(Address.ofBootstrap(self, grid, tile(place)), new Program(), Sending.UNWATCHED);
        }
    }

    private void stop(int place) {
        Running running = servers.remove(place);
        if (running != null) {
            world.note("server " + place + " stops");
            running.served.stop();
        }
    }

    Address someServer() {
        List<Integer> places = List.copyOf(servers.keySet());
        return Address.ofBootstrap(self, grid, tile(places.get(world.random(places.size()))));
    }

    // Users

    MemoryUser someUser() {
        List<MemoryUser> living = living();
        return living.get(world.random(living.size()));
    }

    private List<MemoryUser> living() {
        return users.stream().filter(user -> !user.ended()).toList();
    }

    private void askShim(TileId of, Payload.Request<?> request) {
        long call = supervisor.responses().reserve();
        if (call != 0) {
            supervisor.request(Address.ofShim(self, grid, of), request, call, 0, null, Sending.UNWATCHED);
        }
    }

    private TileId someTile() {
        return tiles.get(Reserved.COUNT + LATER_SERVERS + world.random(tiles.size() - Reserved.COUNT - LATER_SERVERS));
    }

    private void startUser() {
        askShim(someTile(), new Delegation.StartClient(new Program(), supervisor.addressOf(news)));
    }

    // The run

    @Override
    public void log(Consumer<String> to) {
        world.log(to);
    }

    long hash() {
        return world.hash();
    }

    String counts() {
        return allocated + " regions were seen, of " + users.size() + " users";
    }

    @Override
    public @Nullable String violation() {
        for (int i = 0; i < USERS; i++) {
            startUser();
        }
        world.after(CHECK_NANOS, "check", this::checkAgain);
        world.after(100 * World.MILLISECOND, "chaos", this::chaos);
        world.run(HOSTILE_NANOS);
        calm = true;
        node.lagShims(0);
        users.forEach(MemoryUser::beQuiet);
        if (broken != null) {
            return broken;
        }
        if (!cameTrue(() -> servers.values().stream().allMatch(running -> running.core.serving())
                && living().stream().noneMatch(MemoryUser::waits))) {
            return "though all is well, not all servers serve";
        }
        world.run(REST_NANOS);
        String unrest = atRest(true);
        if (unrest != null) {
            return unrest;
        }
        String unanswered = allIsTaken();
        if (unanswered != null) {
            return unanswered;
        }
        users.forEach(MemoryUser::end);
        world.run(REST_NANOS);
        return atRest(false);
    }

    private boolean cameTrue(BooleanSupplier condition) {
        long until = world.nanos() + MOST_SETTLING_NANOS;
        while (!condition.getAsBoolean() && broken == null) {
            if (world.nanos() > until) {
                return false;
            }
            world.run(200 * World.MILLISECOND);
        }
        return true;
    }

    private void chaos() {
        if (calm) {
            return;
        }
        world.after(world.between(10 * World.MILLISECOND, 700 * World.MILLISECOND), "chaos", this::chaos);
        for (Envelope in = supervisor.responses().take();
                in != null;
                in = supervisor.responses().take()) {}
        while (news.take() != null) {}
        int later = 1 + world.random(LATER_SERVERS);
        switch (world.random(8)) {
            case 0, 1 -> replace(0);
            case 2 -> replace(later);
            case 3, 4 -> {
                if (servers.containsKey(later)) {
                    stop(later);
                } else {
                    start(later);
                }
            }
            case 5 -> {
                replace(0); // All that knew where what is free was, at once.
                replace(1);
                replace(2);
            }
            case 6 -> {
                if (!living().isEmpty()) {
                    MemoryUser one = someUser();
                    if (world.chance(500)) {
                        one.end();
                    } else {
                        askShim(
                                one.client().tile(),
                                new Migration.MoveClient(
                                        one.client().id(),
                                        Address.ofShim(self, grid, someTile()),
                                        supervisor.addressOf(news)));
                    }
                }
            }
            default -> {}
        }
        if (living().size() < USERS) {
            startUser();
        }
    }

    // Judging

    void broken(String how) {
        if (broken == null) {
            broken = how;
        }
    }

    private void checkAgain() {
        check();
        world.after(CHECK_NANOS, "check", this::checkAgain);
    }

    /** At every step: no frame has two owners, and frames are free, held or on their way. */
    private void check() {
        if (broken != null) {
            return;
        }
        Map<Integer, MemoryUser.Origin> owners = new LinkedHashMap<>();
        for (MemoryUser user : living()) {
            for (PageTable.Region region : user.client().memory().regions()) {
                MemoryUser.Origin origin = user.origin(region.number());
                allocated = Math.max(allocated, (int) region.number());
                for (int frame : frames(region)) {
                    MemoryUser.Origin other = owners.putIfAbsent(frame, origin);
                    if (other != null && !other.equals(origin)) {
                        broken("frame " + frame + " belongs to " + origin + " and to " + other);
                    }
                }
            }
        }
        BitSet all = new BitSet();
        servers.forEach((place, running) -> {
            BitSet pool = running.core.pool();
            if (pool.intersects(all)) {
                broken("frames of server " + place + " are another's too: " + pool + " and " + all);
            }
            all.or(pool);
            running.core.free().stream()
                    .filter(owners::containsKey)
                    .findFirst()
                    .ifPresent(frame -> broken("frame " + frame + " is free on server " + place + ", and belongs to "
                            + owners.get(frame)));
        });
        MemoryServer first = firstCore();
        if (first.serving()) {
            BitSet accounted = first.pool();
            if (accounted.intersects(first.lent())) {
                broken("frames are lent, and here: " + first.lent());
            }
            accounted.or(first.lent());
            if (accounted.cardinality() != FRAMES) {
                broken(accounted.cardinality() + " frames are free, held or on their way, of " + FRAMES);
            }
        }
    }

    private MemoryServer firstCore() {
        return Objects.requireNonNull(servers.get(0)).core;
    }

    private static int[] frames(PageTable.Region region) {
        BitSet frames = new BitSet();
        region.runs().forEach(run -> frames.set(run.first(), run.end()));
        return frames.stream().toArray();
    }

    /** All that servers believe is so, and nothing is on its way. */
    private @Nullable String atRest(boolean usersLive) {
        check();
        if (broken != null) {
            return broken;
        }
        BitSet held = new BitSet();
        living().forEach(user -> user.client().memory().regions().forEach(region -> {
            for (int frame : frames(region)) {
                held.set(frame);
            }
        }));
        BitSet free = new BitSet();
        BitSet pools = new BitSet();
        servers.values().forEach(running -> {
            free.or(running.core.free());
            pools.or(running.core.pool());
        });
        if (pools.cardinality() != FRAMES) {
            return "at rest " + pools.cardinality() + " of " + FRAMES + " frames are in a pool";
        }
        if (free.cardinality() + held.cardinality() != FRAMES) {
            return "at rest " + free.cardinality() + " frames are free and " + held.cardinality() + " held, of "
                    + FRAMES;
        }
        return usersLive || held.isEmpty() ? null : "nobody lives, and frames are held: " + held;
    }

    /** Whoever is left frees everything and gets something new. */
    private @Nullable String allIsTaken() {
        for (MemoryUser user : living()) {
            user.freeAll();
        }
        if (!cameTrue(() -> living().stream().noneMatch(MemoryUser::waits))) {
            return "though all is well, not everything is freed";
        }
        world.run(REST_NANOS);
        for (MemoryUser user : living()) {
            user.allocate(1);
            if (!cameTrue(() -> !user.waits())) {
                return "though all is well, a call has not ended";
            }
            if (user.last() != null && !(user.last() instanceof FramesAllocated)) {
                return "though all is well and free, " + user.client().id() + " is answered " + user.last();
            }
        }
        return broken;
    }
}
