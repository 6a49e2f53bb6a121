package org.factoredos.node;

import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.factoredos.actor.AkkaRoom;
import org.factoredos.boot.Boot;
import org.factoredos.boot.BootFailed;
import org.factoredos.boot.RunningNode;
import org.factoredos.driver.ChunkStore;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Interconnect;
import org.factoredos.kernel.PrivilegeCache;
import org.factoredos.kernel.Wire;
import org.factoredos.lib.Program;
import org.factoredos.server.Device;
import org.factoredos.server.Membership;
import org.factoredos.slice.JournalFlush;
import org.factoredos.slice.SliceOwners;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A whole grid in this JVM: a cluster of one node, its fleets, and its terminal. */
public final class EmbeddedGrid implements AutoCloseable {
    private static final NodeId ONLY_NODE = new NodeId(1);

    private final Node<Void> node;
    private final JournalFlush flush;
    private final ChunkStore disk;
    private final RunningNode running;

    private EmbeddedGrid(Node<Void> node, JournalFlush flush, ChunkStore disk, RunningNode running) {
        this.node = node;
        this.flush = flush;
        this.disk = disk;
        this.running = running;
    }

    /**
     * Starts it; returns when every fleet serves.
     *
     * @param catalog the programs by name; null for a name that is none
     * @param console the terminal
     * @param host the driver of the host's file tree
     * @param version what the greeting says
     */
    public static EmbeddedGrid start(
            Settings settings,
            Function<String, @Nullable Program> catalog,
            Device console,
            Optional<Boot.Driver> host,
            String version)
            throws Node.CannotStart {
        Node<Void> node = Node.start(settings, Behaviors.empty());
        ChunkStore disk = null;
        try {
            disk = ChunkStore.open(node.data().chunks());
            return start(node, disk, settings, catalog, console, host, version);
        } catch (IOException | BootFailed e) {
            close(disk);
            node.close();
            throw new Node.CannotStart(String.valueOf(e.getMessage()), e);
        }
    }

    private static EmbeddedGrid start(
            Node<Void> node,
            ChunkStore disk,
            Settings settings,
            Function<String, @Nullable Program> catalog,
            Device console,
            Optional<Boot.Driver> host,
            String version)
            throws BootFailed {
        Logger log = LoggerFactory.getLogger(EmbeddedGrid.class);
        Grid grid = Grid.ofOneNode(settings.width(), settings.height());
        Interconnect interconnect = new Interconnect(
                ONLY_NODE, node.data().boot(), grid, PrivilegeCache.FIXED, System::nanoTime, Wire.none());
        JournalFlush flush = new JournalFlush(node.journal());
        AkkaRoom room = AkkaRoom.start(node.system(), interconnect, catalog);
        SliceOwners owners = new SliceOwners(node.system(), interconnect, flush);
        whenUp(node, () -> {
            Membership alone =
                    alone(grid, new Incarnation(ONLY_NODE, node.data().boot()));
            room.tell(alone);
            owners.tell(alone);
        });
        RunningNode running = Boot.start(new Boot.Ports(
                interconnect,
                room,
                owners,
                1,
                name -> catalog.apply(name) != null,
                console,
                disk,
                host,
                version,
                log::info));
        return new EmbeddedGrid(node, flush, disk, running);
    }

    /** Akka forms the cluster, also this one of a single member; nothing is believed before it has. */
    private static void whenUp(Node<Void> node, Runnable then) {
        Member self = Cluster.get(node.system()).selfMember();
        akka.cluster.Cluster cluster = akka.cluster.Cluster.get(node.system().classicSystem());
        if (self.status().equals(MemberStatus.up())) {
            then.run();
        } else {
            cluster.registerOnMemberUp(then);
        }
    }

    private static Membership alone(Grid grid, Incarnation self) {
        return new Membership(grid, new TreeSet<>(List.of(self)), Collections.emptySortedSet(), new TreeMap<>());
    }

    /** Where programs are started. */
    public RunningNode running() {
        return running;
    }

    /** Stops it in order; what was acknowledged is kept. */
    @Override
    public void close() {
        running.close();
        node.close();
        flush.close();
        close(disk);
    }

    private static void close(@Nullable ChunkStore disk) {
        if (disk != null) {
            disk.close();
        }
    }
}
