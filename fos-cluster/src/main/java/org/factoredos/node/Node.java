package org.factoredos.node;

import akka.Done;
import akka.actor.CoordinatedShutdown;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Adapter;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.typed.Cluster;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValueFactory;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.factoredos.actor.AkkaRoom;
import org.factoredos.actor.HostClock;
import org.factoredos.boot.Boot;
import org.factoredos.boot.BootFailed;
import org.factoredos.boot.RunningNode;
import org.factoredos.driver.ChunkStore;
import org.factoredos.driver.HostEntropy;
import org.factoredos.driver.HostTree;
import org.factoredos.driver.WallClock;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Interconnect;
import org.factoredos.kernel.Link;
import org.factoredos.kernel.Wire;
import org.factoredos.privilege.StaticRights;
import org.factoredos.router.MemberRouters;
import org.factoredos.server.Device;
import org.factoredos.slice.JournalDatabase;
import org.factoredos.slice.JournalFlush;
import org.factoredos.slice.Slices;
import org.factoredos.socket.NetworkCard;
import org.factoredos.transport.ArteryWire;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One JVM of the grid, from its data folder to its place in the cluster, and back.
 *
 * <p>Started in this order and stopped in the other: data folder (lock, boot count), log, journal and chunk store, Akka,
 * microkernels, fleets. The embedded grid is a cluster of one node: there is no second way to boot.
 */
public final class Node implements AutoCloseable {
    /** For the slices to be handed over, and the cluster to be left. */
    private static final long STOP_SECONDS = 20;

    /** What is to be closed, the latest first. */
    private final Deque<Opened> opened = new ArrayDeque<>();

    private final Thread hook = new Thread(this::close, "fos-stop");
    private final CompletableFuture<Done> expelled = new CompletableFuture<>();
    private @Nullable Incarnation incarnation;
    /** Told by the cluster, read by whoever asks how the grid is. */
    private volatile SortedSet<Incarnation> seceded = Collections.emptySortedSet();

    private @Nullable RunningNode running;
    private Runnable announcing = () -> {};

    private record Opened(String what, AutoCloseable closing) {}

    /** The node cannot start; the message is one sentence for people that says what to do. */
    public static final class CannotStart extends Exception {
        CannotStart(String sentence, Throwable cause) {
            super(sentence, cause);
        }

        CannotStart(String sentence) {
            super(sentence);
        }
    }

    /** Why Akka is being stopped. */
    private static final class Stopped implements CoordinatedShutdown.Reason {}

    private UnaryOperator<Device> around = UnaryOperator.identity();

    private Node() {}

    /** Starts the node; returns when all its fleets serve. */
    public static Node start(Settings settings, Equipment equipment) throws CannotStart {
        return start(settings, equipment, sentence -> {});
    }

    /** Likewise; {@code news} is told in a sentence what the start waits for. */
    public static Node start(Settings settings, Equipment equipment, Consumer<String> news) throws CannotStart {
        return start(settings, equipment, news, UnaryOperator.identity());
    }

    /** Likewise, with each device behind what {@code around} makes of it. */
    static Node start(Settings settings, Equipment equipment, Consumer<String> news, UnaryOperator<Device> around)
            throws CannotStart {
        Node node = new Node();
        node.around = around;
        try {
            node.open(settings, equipment, news);
        } catch (CannotStart | RuntimeException e) {
            node.close();
            throw e;
        }
        // Akka's own hook would not wait for the journal.
        Runtime.getRuntime().addShutdownHook(node.hook);
        return node;
    }

    private HostTree hostTree(Path root, Incarnation self) {
        HostTree tree = new HostTree(root, self.boot());
        closing("host files", tree);
        return tree;
    }

    /** Done when Akka has stopped: after {@link #close}, or because the others have removed this node from the grid. */
    public CompletionStage<Done> expelled() {
        return expelled;
    }

    /** Which life of which node this is. */
    public Incarnation incarnation() {
        if (incarnation == null) {
            throw new IllegalStateException("only a node that has started is handed out");
        }
        return incarnation;
    }

    /** From now on its status page says that it serves: all that people reach it by is open. */
    public void announce() {
        announcing.run();
    }

    /** Where programs are started. */
    public RunningNode running() {
        if (running == null) {
            throw new IllegalStateException("only a node that has started is handed out");
        }
        return running;
    }

    private synchronized void open(Settings settings, Equipment equipment, Consumer<String> news) throws CannotStart {
        DataFolder data = dataFolder(settings);
        // Read by logback.xml, so before anything has a logger.
        System.setProperty("fos.log.folder", data.log().toString());
        System.setProperty("fos.log.level", settings.logLevel());
        // H2 and RocksDB open their files while Akka starts: on two cores that is 0.2 s of every start.
        JournalDatabase journal = journal(settings, data);
        NodeRegister register = new NodeRegister(journal);
        Optional<Identity> known = identity(data);
        JournalPatience patience =
                new JournalPatience(journal, settings.journal().patience(), news);
        CompletableFuture<Identity> identified = begin(() -> patience.insist(() -> {
            journal.prepare();
            return register.identify(data);
        }));
        closing("journal", () -> journal.close());
        closing("wait for the journal", patience);
        CompletableFuture<ChunkStore> chunks = begin(() -> ChunkStore.open(data.chunks()));
        closing("chunk store", () -> chunks.join().close());
        String journalUnusable = "the journal at " + journal.place() + " cannot be used";
        String journalAdvice = "see to it that its database is there and may be written";
        NodeId number = known.isPresent()
                ? known.get().node()
                : await(identified, journalUnusable, journalAdvice).node();
        Incarnation self = new Incarnation(number, data.boot());
        incarnation = self;
        ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "fos", akka(settings, journal, self));
        closing("cluster", () -> stop(system));
        var _ = system.getWhenTerminated().thenAccept(expelled::complete);
        await(identified, journalUnusable, journalAdvice);
        ChunkStore disk = await(
                chunks,
                "the chunk store in " + data.chunks() + " cannot be used",
                "restore it from a backup, or choose another data folder");
        ArteryWire wire = new ArteryWire(system, Link.Settings.DEFAULT);
        Interconnect node = interconnect(settings, self, wire);
        wire.attach(node);
        running = boot(settings, equipment, self, node, wire, system, journal, disk);
        closing("programs", running);
        note(register, patience, settings, self);
        if (!settings.nodes().isEmpty()) {
            Health health = new Health(system, node, register::entries, running, () -> seceded);
            announcing = () -> StatusPage.of(Adapter.toClassic(system)).serve(health::now);
        }
    }

    private RunningNode boot(
            Settings settings,
            Equipment equipment,
            Incarnation self,
            Interconnect node,
            ArteryWire wire,
            ActorSystem<?> system,
            JournalDatabase journal,
            ChunkStore disk)
            throws CannotStart {
        AkkaRoom room = AkkaRoom.start(system, node, equipment.programs());
        Slices slices = new Slices(system, node, new JournalFlush(journal));
        CompletableFuture<Boolean> member = new CompletableFuture<>();
        Members.follow(system, new Members(self, node.grid(), node::nanos), wire, membership -> {
            member.complete(true);
            seceded = membership.seceded();
            room.tell(membership);
            slices.tell(membership);
        });
        Logger log = LoggerFactory.getLogger(Node.class);
        log.info("{} starts at {} on {}", self, Cluster.get(system).selfMember().address(), settings.data());
        Forming.begin(system, settings);
        // The others may be started much later, or never.
        if (!member.applyToEither(expelled.thenApply(stopped -> false), in -> in)
                .join()) {
            throw new CannotStart("the grid does not take this node: see the log in " + settings.data());
        }
        try {
            return Boot.start(new Boot.Ports(
                    node,
                    room,
                    slices,
                    MemberRouters.start(system, node),
                    settings.files(),
                    settings.memory(),
                    name -> equipment.programs().apply(name) != null,
                    around.apply(equipment.console()),
                    around.apply(disk),
                    equipment.host().map(root -> hostTree(root, self)),
                    around.apply(NetworkCard.start(system, settings.networkHost(), settings.host())),
                    around.apply(new WallClock()),
                    around.apply(new HostEntropy()),
                    settings.mostServers(),
                    equipment.version(),
                    log::info));
        } catch (BootFailed e) {
            throw new CannotStart(String.valueOf(e.getMessage()), e);
        }
    }

    private static Interconnect interconnect(Settings settings, Incarnation self, Wire wire) {
        Grid shape = new Grid(
                settings.width(),
                settings.height(),
                settings.nodeHop(),
                new TreeMap<>(Map.of(self.node(), Members.position(self.node()))));
        return new Interconnect(self.node(), self.boot(), shape, new StaticRights(shape), new HostClock(), wire);
    }

    private DataFolder dataFolder(Settings settings) throws CannotStart {
        try {
            DataFolder data = DataFolder.open(settings.data());
            closing("data folder", data);
            return data;
        } catch (DataFolder.Unusable e) {
            throw new CannotStart(String.valueOf(e.getMessage()), e);
        }
    }

    private static void note(NodeRegister register, JournalPatience patience, Settings settings, Incarnation self)
            throws CannotStart {
        int http = settings.nodes().isEmpty() ? 0 : settings.httpPort();
        int ssh = settings.sshKeys().isEmpty() ? 0 : settings.sshPort();
        NodeRegister.Entry entry = new NodeRegister.Entry(
                self.node(), self.boot(), ProcessHandle.current().pid(), settings.host(), http, ssh);
        await(
                begin(() -> patience.insist(() -> {
                    register.note(entry);
                    return Done.getInstance();
                })),
                "the journal does not take this node's address",
                "see to it that its database is there and may be written");
    }

    private static Optional<Identity> identity(DataFolder data) throws CannotStart {
        try {
            return data.identity();
        } catch (DataFolder.Unusable e) {
            throw new CannotStart(String.valueOf(e.getMessage()), e);
        }
    }

    private static JournalDatabase journal(Settings settings, DataFolder data) {
        Settings.Journal chosen = settings.journal();
        return chosen.url().isEmpty()
                ? JournalDatabase.inFolder(data.journal())
                : JournalDatabase.at(chosen.url(), chosen.user(), chosen.password());
    }

    /** What of Akka's configuration follows from the settings and from who this is. */
    private static Config akka(Settings settings, JournalDatabase journal, Incarnation self) {
        int connections = settings.journal().connections();
        Map<String, Object> database = new HashMap<>(Map.of(
                "url",
                journal.url(),
                "user",
                journal.user(),
                "password",
                journal.password(),
                "driver",
                journal.h2() ? "org.h2.Driver" : "org.postgresql.Driver",
                "properties",
                journal.limits(JournalDatabase.ANSWER),
                "numThreads",
                connections,
                "maxConnections",
                connections));
        journal.greeting().ifPresent(sql -> database.put("connectionInitSql", sql));
        return ConfigFactory.parseMap(Map.of(
                        "akka.remote.artery.canonical.hostname", settings.host(),
                        "akka.remote.artery.canonical.port", settings.port(),
                        "akka.cluster.roles", Members.roles(self),
                        "akka.loglevel", settings.logLevel().equals("WARN") ? "WARNING" : settings.logLevel(),
                        "akka-persistence-jdbc.shared-databases.slick.profile",
                                journal.h2() ? "slick.jdbc.H2Profile$" : "slick.jdbc.PostgresProfile$"))
                .withValue("akka-persistence-jdbc.shared-databases.slick.db", ConfigValueFactory.fromMap(database))
                .withFallback(ConfigFactory.parseMap(Forming.config(settings)))
                .withFallback(settings.akka());
    }

    private void closing(String what, AutoCloseable closing) {
        opened.push(new Opened(what, closing));
    }

    private static <T> CompletableFuture<T> begin(Callable<T> work) {
        CompletableFuture<T> done = new CompletableFuture<>();
        Thread.ofPlatform().name("fos-start").daemon().start(() -> {
            try {
                done.complete(work.call());
            } catch (Exception e) {
                done.completeExceptionally(e);
            }
        });
        return done;
    }

    private static <T> T await(CompletableFuture<T> done, String what, String advice) throws CannotStart {
        try {
            return done.join();
        } catch (CompletionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            if (cause instanceof DataFolder.Unusable unusable) {
                throw new CannotStart(String.valueOf(unusable.getMessage()), e);
            }
            throw new CannotStart(what + " (" + cause.getMessage() + "): " + advice, e);
        }
    }

    /** Hands over what the node owns, leaves the cluster, and lets go of the data. Also what SIGTERM does. */
    @Override
    public synchronized void close() {
        while (!opened.isEmpty()) {
            Opened last = opened.pop();
            try {
                last.closing().close();
            } catch (Exception e) {
                // What is not closed in order recovers when it is opened next.
                LoggerFactory.getLogger(Node.class).warn("{}: not closed in order", last.what(), e);
            }
        }
        if (Thread.currentThread() != hook) {
            forgetHook();
        }
    }

    private void forgetHook() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The process is ending: the hook finds everything closed.
        }
    }

    private static void stop(ActorSystem<?> system) throws ExecutionException, InterruptedException, TimeoutException {
        CoordinatedShutdown.get(system)
                .runAll(new Stopped())
                .thenCombine(system.getWhenTerminated(), (Done done, Done terminated) -> done)
                .toCompletableFuture()
                .get(STOP_SECONDS, TimeUnit.SECONDS);
    }
}
