package org.factoredos.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.factoredos.fleet.KeptServer;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Mailbox;
import org.factoredos.kernel.Name;
import org.factoredos.kernel.Payload;
import org.factoredos.lib.TextRequest;
import org.factoredos.naming.MemberChoice;
import org.factoredos.naming.MemberChoice.ChooseMember;
import org.factoredos.naming.NameFront;
import org.factoredos.naming.NameOwner;
import org.factoredos.naming.NameProtocol.Flags;
import org.factoredos.naming.NameProtocol.RegisterName;
import org.factoredos.placement.ProcessSpec;
import org.factoredos.placement.Stream;
import org.factoredos.server.Continuation;
import org.factoredos.server.DeviceRequest;
import org.factoredos.server.Effect;
import org.factoredos.server.Fleet;
import org.factoredos.server.Membership;
import org.factoredos.server.OwnerLife;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;
import org.factoredos.server.Server;
import org.factoredos.sim.SimTile.Serving;
import org.jspecify.annotations.Nullable;

/**
 * A user's fleet that keeps values by keys, as it is kept on real nodes, over the name fleet and the file fleet. Its cores throw,
 * its processes are replaced, and what a server was asked another one is asked too, under the same number, at once or later:
 * as libfos does where the first is silent.
 */
final class KvScenario extends FileScenario {
    private static final Name FLEET = new Name("kv");
    private static final List<String> ARGUMENTS = List.of("/home/kv.log");
    private static final String DOMAIN = ProcessSpec.OPERATOR;
    private static final int MOST_PER_NODE = 2;
    /** Nobody starts it here. */
    private static final ProcessSpec FURTHER = new ProcessSpec(
            "/home/kv.jar",
            ARGUMENTS,
            "/",
            new TreeMap<>(),
            new Stream.Nothing(),
            new Stream.Nothing(),
            new Stream.Nothing(),
            ProcessSpec.Tracing.NONE);

    private static final int THROWING_PER_MILLE = 15;
    private static final int REPEATED_PER_MILLE = 250;
    private static final long SOON_NANOS = 200 * World.MILLISECOND;
    /** Later than its asker waits, sometimes. */
    private static final long LATEST_REPEAT_NANOS = 8 * World.SECOND;

    private static final long LOOK_NANOS = 500 * World.MILLISECOND;

    private final Fleet fleet;
    private final int perNode;
    private final History<KvModel.Asked, String> history = new History<>();
    private final List<Hosted> processes = new ArrayList<>();
    private final List<KvUser> users = new ArrayList<>();
    private final SplittableRandom faults;
    private boolean calmed;
    private int thrown;
    private int repeated;
    private int retired;

    KvScenario(long seed, Variant variant, Fleet fleet) {
        super(seed, variant, Reserved.NAME_SLICES + Reserved.FILE_SLICES, 0);
        this.fleet = fleet;
        this.perNode = 1 + world.random(MOST_PER_NODE);
        this.faults = world.split();
        ownFaultsFromNowOn();
    }

    @Override
    Reserved place(int slice) {
        return slice < Reserved.NAME_SLICES ? Reserved.nameOwner(slice) : super.place(slice - Reserved.NAME_SLICES);
    }

    @Override
    OwnerLife owner(int slice, SimNode node) {
        return slice < Reserved.NAME_SLICES
                ? new OwnerLife(
                        new NameOwner(slice, node.self()), slice, node.self(), place(slice), Reserved.NAME_FRONT)
                : super.owner(slice - Reserved.NAME_SLICES, node);
    }

    @Override
    void boot(SimNode node) {
        super.boot(node);
        Incarnation self = node.self();
        node.tile(Reserved.NAME_FRONT.tile(self.node(), grid))
                .serve(
                        Serving.as(Reserved.NAME_FRONT.domain()).device(this::choose),
                        new NameFront(self, leased(node), Optional.empty()));
        Address front = Reserved.NAME_FRONT.address(self, grid);
        node.interconnect().microkernels().forEach(kernel -> kernel.delegateNamesTo(front));
        name(node, Reserved.NAME_FRONT, Reserved.CONSOLE);
        name(node, Reserved.FILE_FRONT, Reserved.HOST);
        List<TileId> tiles = grid.tilesOf(self.node());
        for (int i = 0; i < perNode; i++) {
            processes.add(new Hosted(node, tiles.get(Reserved.COUNT + CLIENTS_PER_NODE + i)));
        }
    }

    /** Any member, and now and then none. */
    private void choose(DeviceRequest<?> request, Consumer<Payload> done) {
        List<Address> members = ((ChooseMember) request).members();
        done.accept(
                world.chance(100)
                        ? new MemberChoice.NobodyChosen()
                        : new MemberChoice.MemberChosen(members.get(world.random(members.size()))));
    }

    /** Enters a front of the node under its fleet's name, as boot does. */
    private void name(SimNode node, Reserved front, Reserved from) {
        Address names = Reserved.NAME_FRONT.address(node.self(), grid);
        var registration = new RegisterName(front.address(node.self(), grid), front.domain(), Flags.FLEET);
        node.tile(from.tile(node.self().node(), grid))
                .serve(Serving.as(front.domain()), new Registrar(names, registration));
    }

    /** Registers over and over: whoever was thought dead is in the name again. */
    private record Registrar(Address names, RegisterName registration) implements Server, Membership.Watcher {
        private record Asked() implements Continuation {}

        private record Resting() implements Continuation {}

        @Override
        public List<Effect> on(Membership membership, long nanos) {
            return membership.up().isEmpty() ? List.of() : register();
        }

        private List<Effect> register() {
            return List.of(new Effect.Call(names, registration, new Asked(), 2 * World.SECOND));
        }

        @Override
        public List<Effect> on(Envelope in, long nanos) {
            return List.of();
        }

        @Override
        public List<Effect> on(Continuation continuation, Response response, long nanos) {
            return continuation instanceof Asked
                    ? List.of(new Effect.Timer(new Resting(), 2 * World.SECOND))
                    : register();
        }
    }

    /** One of the fleet's servers on a tile; when it has retired another one takes its place. */
    private final class Hosted {
        private final SimNode node;
        private final Address address;
        private final SimTile.Served served;
        private KeptServer server;

        Hosted(SimNode node, TileId tile) {
            this.node = node;
            address = Address.ofBootstrap(node.self(), grid, tile);
            server = fresh();
            served = node.tile(tile).serve(Serving.as(DOMAIN), new Repeating(server));
            begin();
            look();
        }

        private KeptServer fresh() {
            return new KeptServer(
                    site -> new Throwing(fleet.server(site)),
                    new Fleet.Site(FLEET.text(), address, DOMAIN, ARGUMENTS),
                    new KeptServer.Bounds(3 * perNode, 3 * perNode),
                    FURTHER,
                    this::queued,
                    e -> {
                        if (!(e instanceof Told)) {
                            throw new IllegalStateException("a core has failed by itself", e);
                        }
                    });
        }

        private int queued() {
            Mailbox requests = served.loop().client().mailbox(Client.FIRST_MAILBOX);
            return requests == null ? 0 : requests.messages();
        }

        private void begin() {
            served.loop().tell(new KeptServer.Begun(), new Response.DeadlinePassed());
        }

        void renew() {
            server = fresh();
            served.replace(new Repeating(server));
            begin();
        }

        private void look() {
            node.after(LOOK_NANOS, "look", () -> {
                if (server.over()) {
                    retired++;
                    renew();
                }
                look();
            });
        }
    }

    private static final class Told extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /** Throws now and then. */
    private final class Throwing extends Wrapped {
        Throwing(Server core) {
            super(core);
        }

        @Override
        public List<Effect> on(Envelope in, long nanos) {
            perhapsThrow();
            return super.on(in, nanos);
        }

        @Override
        public List<Effect> on(Continuation continuation, Response response, long nanos) {
            perhapsThrow();
            return super.on(continuation, response, nanos);
        }

        private void perhapsThrow() {
            if (!calmed && faults.nextInt(1000) < THROWING_PER_MILLE) {
                thrown++;
                throw new Told();
            }
        }
    }

    /** What somebody asked another server. */
    private record AskedOf(Envelope first) implements Payload {}

    private record AskingOther(Address other, Envelope first) implements Continuation {}

    /** Hands on what it is asked, now and then, and it may keep silent. */
    private final class Repeating extends Wrapped {
        Repeating(Server server) {
            super(server);
        }

        @Override
        public List<Effect> on(Envelope in, long nanos) {
            if (in.payload() instanceof AskedOf(Envelope first)) {
                return super.on(first, nanos);
            }
            if (calmed || !(in.payload() instanceof TextRequest) || faults.nextInt(1000) >= REPEATED_PER_MILLE) {
                return super.on(in, nanos);
            }
            repeated++;
            Address other = processes.get(faults.nextInt(processes.size())).address;
            List<Effect> effects = new ArrayList<>();
            long later = faults.nextLong(faults.nextInt(3) == 0 ? LATEST_REPEAT_NANOS : SOON_NANOS);
            effects.add(new Effect.Timer(new AskingOther(other, in), later));
            if (faults.nextBoolean()) {
                effects.addAll(super.on(in, nanos));
            }
            return effects;
        }

        @Override
        public List<Effect> on(Continuation continuation, Response response, long nanos) {
            return continuation instanceof AskingOther(Address other, Envelope first)
                    ? List.of(new Effect.Send(other, new AskedOf(first), null))
                    : super.on(continuation, response, nanos);
        }
    }

    private void ownFaultsFromNowOn() {
        world.after(world.between(World.SECOND, mostRestNanos()), "own fault", () -> {
            if (!calmed) {
                ownFault();
                ownFaultsFromNowOn();
            }
        });
    }

    @Override
    void ownFault() {
        if (world.chance(500)) {
            Hosted process = processes.get(world.random(processes.size()));
            if (process.node.running()) {
                world.note(process.address + " fails");
                process.renew();
            }
        } else {
            super.ownFault();
        }
    }

    // Three fleets stand on each other here: each fault leaves less of the time than it does of one alone.

    @Override
    long quietNanos() {
        return 3 * World.SECOND;
    }

    @Override
    long hostileNanos() {
        return 2 * HOSTILE_NANOS;
    }

    @Override
    long mostRestNanos() {
        return 8 * World.SECOND;
    }

    @Override
    void calm() {
        super.calm();
        calmed = true;
    }

    @Override
    User user(Address self, String domain, Incarnation life) {
        KvUser user = new KvUser(FLEET, world.split(), history);
        users.add(user);
        return user;
    }

    @Override
    @Nullable
    String judgement() {
        String files = super.judgement();
        if (files != null) {
            return files;
        }
        Set<String> seen = new TreeSet<>();
        users.forEach(user -> seen.addAll(user.seen()));
        users.forEach(user -> user.forgetUnless(seen));
        return history.violation(new KvModel());
    }

    @Override
    String counts() {
        return history.counts() + ", " + thrown + " cores threw, " + repeated + " calls repeated, " + retired
                + " retired";
    }
}
