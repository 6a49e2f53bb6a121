package org.factoredos.node;

import akka.Done;
import akka.actor.CoordinatedShutdown;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Join;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValueFactory;
import java.io.IOException;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.factoredos.slice.JournalDatabase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One JVM of the grid, from its data folder to its place in the cluster, and back.
 *
 * <p>Started in this order and stopped in the other: data folder (lock, boot count), log, journal, Akka. The embedded grid
 * is a cluster of one node: there is no second way to boot.
 */
public final class Node<T> implements AutoCloseable {
    /** For the slices to be handed over, and the cluster to be left. */
    private static final long STOP_SECONDS = 20;

    private final DataFolder data;
    private final JournalDatabase journal;
    private final ActorSystem<T> system;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Node(DataFolder data, JournalDatabase journal, ActorSystem<T> system) {
        this.data = data;
        this.journal = journal;
        this.system = system;
    }

    /** The node cannot start; the message is one sentence for people that says what to do. */
    public static final class CannotStart extends Exception {
        CannotStart(String sentence, Throwable cause) {
            super(sentence, cause);
        }
    }

    /** Why Akka is being stopped. */
    private static final class Stopped implements CoordinatedShutdown.Reason {}

    /**
     * Starts the node as a cluster of its own.
     *
     * @param guardian what runs on it; started once the journal has its tables
     */
    public static <T> Node<T> start(Settings settings, Behavior<T> guardian) throws CannotStart {
        DataFolder data;
        try {
            data = DataFolder.open(settings.data());
        } catch (DataFolder.Unusable e) {
            throw new CannotStart(String.valueOf(e.getMessage()), e);
        }
        try {
            // Read by logback.xml, so before anything has a logger.
            System.setProperty("fos.log.folder", data.log().toString());
            System.setProperty("fos.log.level", settings.logLevel());
            Node<T> node = start(settings, guardian, data);
            // Akka's own hook would not wait for the journal.
            Runtime.getRuntime().addShutdownHook(new Thread(node::close, "fos-stop"));
            return node;
        } catch (CannotStart | RuntimeException e) {
            closeQuietly(data);
            throw e;
        }
    }

    private static <T> Node<T> start(Settings settings, Behavior<T> guardian, DataFolder data) throws CannotStart {
        JournalDatabase journal = journal(settings, data);
        CompletableFuture<Void> prepared = prepare(journal);
        ActorSystem<T> system = ActorSystem.create(guardian, "fos", akka(settings, journal));
        Node<T> node = new Node<>(data, journal, system);
        try {
            prepared.join();
        } catch (CompletionException e) {
            node.close();
            throw new CannotStart(
                    "the journal at " + journal.url() + " cannot be used (" + e.getCause()
                            + "): see to it that its database is there and may be written",
                    e);
        }
        Cluster cluster = Cluster.get(system);
        cluster.manager().tell(new Join(cluster.selfMember().address()));
        logger().info(
                        "boot {} on {} at {}",
                        data.boot(),
                        data.folder(),
                        cluster.selfMember().address());
        return node;
    }

    /** H2 opens its file while Akka starts: on two cores that is 0.1 s of every start. */
    private static CompletableFuture<Void> prepare(JournalDatabase journal) {
        return CompletableFuture.runAsync(() -> {
            try {
                journal.prepare();
            } catch (SQLException e) {
                throw new CompletionException(e);
            }
        });
    }

    private static JournalDatabase journal(Settings settings, DataFolder data) {
        Settings.Journal chosen = settings.journal();
        return chosen.url().isEmpty()
                ? JournalDatabase.inFolder(data.journal())
                : JournalDatabase.at(chosen.url(), chosen.user(), chosen.password());
    }

    /** What of Akka's configuration follows from the settings. */
    private static Config akka(Settings settings, JournalDatabase journal) {
        int connections = settings.journal().connections();
        Map<String, Object> database = Map.of(
                "url",
                journal.url(),
                "user",
                journal.user(),
                "password",
                journal.password(),
                "driver",
                journal.h2() ? "org.h2.Driver" : "org.postgresql.Driver",
                "numThreads",
                connections,
                "maxConnections",
                connections,
                "minConnections",
                1,
                // Akka's default of three minutes would hide a dead database from its callers.
                "connectionTimeout",
                5000);
        return ConfigFactory.parseMap(Map.of(
                        "akka.remote.artery.canonical.hostname",
                        settings.host(),
                        "akka.remote.artery.canonical.port",
                        settings.port(),
                        "akka.loglevel",
                        settings.logLevel().equals("WARN") ? "WARNING" : settings.logLevel(),
                        "akka-persistence-jdbc.shared-databases.slick.profile",
                        journal.h2() ? "slick.jdbc.H2Profile$" : "slick.jdbc.PostgresProfile$"))
                .withValue("akka-persistence-jdbc.shared-databases.slick.db", ConfigValueFactory.fromMap(database))
                .withFallback(settings.akka());
    }

    public DataFolder data() {
        return data;
    }

    public JournalDatabase journal() {
        return journal;
    }

    public ActorSystem<T> system() {
        return system;
    }

    /** Hands over what it owns, leaves the cluster, and lets go of its data. Also what SIGTERM does. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        try {
            CoordinatedShutdown.get(system)
                    .runAll(new Stopped())
                    .thenCombine(system.getWhenTerminated(), (Done done, Done terminated) -> done)
                    .toCompletableFuture()
                    .get(STOP_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            logger().warn("the stop was not clean", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try {
            journal.close();
        } catch (SQLException e) {
            logger().warn("the journal was not closed", e); // It recovers when it is opened next.
        }
        closeQuietly(data);
    }

    private static void closeQuietly(DataFolder data) {
        try {
            data.close();
        } catch (IOException e) {
            logger().warn("the data folder was not closed", e); // The end of the process does it.
        }
    }

    /** Only once the log has a place. */
    private static Logger logger() {
        return LoggerFactory.getLogger(Node.class);
    }
}
