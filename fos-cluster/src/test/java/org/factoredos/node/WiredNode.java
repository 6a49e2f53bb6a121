package org.factoredos.node;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Join;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.factoredos.actor.AkkaRoom;
import org.factoredos.actor.ServerActor;
import org.factoredos.grid.Grid;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.FixedRights;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Interconnect;
import org.factoredos.kernel.Link;
import org.factoredos.kernel.Microkernel;
import org.factoredos.lib.Program;
import org.factoredos.placement.PlacementServer;
import org.factoredos.privilege.PrivilegeProtocol;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Membership;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;
import org.factoredos.server.Server;
import org.factoredos.transport.ArteryWire;

/** Microkernels in a cluster, and above them only what is served. */
final class WiredNode implements AutoCloseable {
    static final long PATIENCE_SECONDS = 60;

    /** A program that runs until it is killed. */
    static final String LOOP = "loop";

    private static final Map<String, Program> PROGRAMS = Map.of(LOOP, (fos, arguments) -> {
        while (true) {
            fos.sleep(Duration.ofMillis(1));
        }
    });

    final Incarnation self;
    final Interconnect interconnect;
    final ActorSystem<Void> system;
    private final AkkaRoom room;
    private final CompletableFuture<Membership> complete = new CompletableFuture<>();
    private volatile Predicate<Membership> awaited = membership -> false;

    /**
     * Where a node is.
     *
     * @param host its address
     * @param bound the port that it listens on
     * @param port the one that others are told, which may be a relay's
     */
    record Place(String host, int bound, int port) {}

    WiredNode(Incarnation self, int columns, int rows, Place place) {
        this.self = self;
        Settings settings = Settings.of(ConfigFactory.parseMap(Map.of(
                "akka.remote.artery.canonical.hostname", place.host(),
                "akka.remote.artery.canonical.port", place.port(),
                "akka.remote.artery.bind.hostname", place.host(),
                "akka.remote.artery.bind.port", place.bound(),
                "akka.cluster.roles", Members.roles(self),
                "akka.extensions", List.of(),
                "akka.coordinated-shutdown.run-by-actor-system-terminate", false)));
        Grid shape = new Grid(
                columns, rows, settings.nodeHop(), new TreeMap<>(Map.of(self.node(), Members.position(self.node()))));
        system = ActorSystem.create(Behaviors.empty(), "fos", settings.akka());
        ArteryWire wire = new ArteryWire(system, Link.Settings.DEFAULT);
        interconnect = new Interconnect(self.node(), self.boot(), shape, FixedRights.ALL, System::nanoTime, wire);
        wire.attach(interconnect);
        room = AkkaRoom.start(system, interconnect, PROGRAMS::get);
        Members.follow(system, new Members(self, shape, System::nanoTime), wire, membership -> {
            room.tell(membership);
            if (awaited.test(membership)) {
                complete.complete(membership);
            }
        });
    }

    /** Joins the cluster of the node that is told as {@code host:port}; returns when both are members. */
    void join(String host, int port, int members) throws Exception {
        awaited = membership -> membership.up().size() == members;
        Cluster.get(system).manager().tell(Join.create(new akka.actor.Address("akka", "fos", host, port)));
        complete.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /** Runs a server on the tile of that number; its address is {@link #serverAddress}. */
    void serve(int tile, int mailboxMessages, Supplier<Server> core) throws Exception {
        Microkernel kernel = interconnect.microkernels().get(tile);
        CompletableFuture<Client> opened = new CompletableFuture<>();
        system.systemActorOf(
                ServerActor.create(new ServerActor.Hosting(
                        waker -> kernel.openBootstrap("test", 2, waker),
                        new ServerActor.RequestBounds(mailboxMessages, 64 << 20),
                        core,
                        (request, done) -> {},
                        () -> true,
                        opened::complete)),
                "server-" + tile,
                Props.empty());
        opened.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /** A privilege front that allows everything. */
    private static final class AllowingPrivileges implements Server {
        @Override
        public List<Effect> on(Envelope in, long nanos) {
            return in.payload() instanceof PrivilegeProtocol.AskRight ask
                    ? List.of(Call.of(in, ask).reply(new PrivilegeProtocol.RightAllowed()))
                    : List.of();
        }

        @Override
        public List<Effect> on(Continuation continuation, Response response, long nanos) {
            return List.of();
        }
    }

    /** Runs the node's placement server, and what it asks who may do what. */
    void place() throws Exception {
        room.serve(
                        Reserved.PRIVILEGE_FRONT,
                        Reserved.PRIVILEGE_FRONT.domain(),
                        AllowingPrivileges::new,
                        (request, done) -> {},
                        () -> true)
                .toCompletableFuture()
                .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        room.serve(
                        Reserved.PLACEMENT,
                        "sys:placement",
                        () -> new PlacementServer(self, interconnect.grid(), PROGRAMS::containsKey, new TreeMap<>()),
                        (request, done) -> {},
                        () -> true)
                .toCompletableFuture()
                .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /** Where the server on a node's tile of that number takes requests. */
    Address serverAddress(Incarnation node, int tile) {
        Grid grid = interconnect.grid();
        return Address.ofBootstrap(node, grid, grid.tilesOf(node.node()).get(tile));
    }

    @Override
    public void close() {
        system.terminate();
        system.getWhenTerminated()
                .toCompletableFuture()
                .orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .join();
    }
}
