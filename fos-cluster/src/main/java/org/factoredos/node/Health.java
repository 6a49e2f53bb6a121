package org.factoredos.node;

import akka.actor.typed.ActorSystem;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.factoredos.boot.RunningNode;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Interconnect;
import org.factoredos.server.OwnerProtocol.ServingReported;
import org.factoredos.server.Reserved;

/**
 * What one node can say of the grid: from the register, the cluster, and the owners themselves. It says so also while the
 * journal's database, where the register is, does not answer.
 */
final class Health {
    /** More than a database needs for a few rows. */
    private static final long REGISTER_MILLIS = 1500;
    /** The front and then the owners each have a second. */
    private static final long OWNERS_SECONDS = 5;

    private final ActorSystem<?> system;
    private final Interconnect node;
    private final LastRead<List<NodeRegister.Entry>> register;
    private final RunningNode running;
    private final Supplier<SortedSet<Incarnation>> seceded;

    /** {@code register} reads all nodes that the grid has ever had, and may hang; {@code seceded}: who may have, as in a {@link org.factoredos.server.Membership}. */
    Health(
            ActorSystem<?> system,
            Interconnect node,
            Callable<List<NodeRegister.Entry>> register,
            RunningNode running,
            Supplier<SortedSet<Incarnation>> seceded) {
        this.system = system;
        this.node = node;
        this.register = new LastRead<>(register, List.of());
        this.running = running;
        this.seceded = seceded;
    }

    GridStatus now() throws ExecutionException, InterruptedException, TimeoutException {
        var privileges = running.owners(Reserved.PRIVILEGE_FRONT);
        var names = running.owners(Reserved.NAME_FRONT);
        var files = running.owners(Reserved.FILE_FRONT);
        LastRead.Read<List<NodeRegister.Entry>> entries = register.read(REGISTER_MILLIS);
        List<GridStatus.OfNode> nodes = nodes(entries.value());
        List<GridStatus.OfFleet> fleets = List.of(
                fleet("privilege", Reserved.PRIVILEGE_SLICES, reports(privileges)),
                fleet("name", Reserved.NAME_SLICES, reports(names)),
                fleet("file", Reserved.FILE_SLICES, reports(files)));
        boolean healthy = entries.fresh()
                && nodes.stream().allMatch(each -> each.state().equals(GridStatus.UP))
                && node.leased()
                && fleets.stream().allMatch(fleet -> fleet.owned() == fleet.slices());
        boolean repaired =
                repaired(Reserved.NAME_SLICES, reports(names)) && repaired(Reserved.FILE_SLICES, reports(files));
        return new GridStatus(
                healthy,
                repaired,
                entries.fresh() ? GridStatus.UP : GridStatus.DOWN,
                nodes,
                fleets,
                seceded.get().stream().map(one -> one.node().number()).toList());
    }

    private List<GridStatus.OfNode> nodes(List<NodeRegister.Entry> entries) {
        var cluster = Cluster.get(system).state();
        List<GridStatus.OfNode> nodes = new ArrayList<>();
        for (NodeRegister.Entry entry : entries) {
            Incarnation latest = new Incarnation(entry.node(), entry.boot());
            String state = GridStatus.DOWN;
            for (Member member : cluster.getMembers()) {
                if (Members.incarnation(member).filter(latest::equals).isPresent()) {
                    state = state(member, cluster.getUnreachable().contains(member));
                }
            }
            nodes.add(new GridStatus.OfNode(
                    entry.node().number(),
                    entry.pid(),
                    entry.ssh() == 0 ? "" : entry.host() + ":" + entry.ssh(),
                    entry.host() + ":" + entry.http(),
                    state));
        }
        return nodes;
    }

    private static String state(Member member, boolean unreachable) {
        if (unreachable) {
            return "unreachable";
        }
        return member.status().equals(MemberStatus.up()) ? GridStatus.UP : "leaving";
    }

    /** By slice. */
    private static Map<Integer, ServingReported> reports(CompletableFuture<Map<Integer, ServingReported>> owners)
            throws ExecutionException, InterruptedException, TimeoutException {
        return owners.get(OWNERS_SECONDS, TimeUnit.SECONDS);
    }

    private static GridStatus.OfFleet fleet(String name, int slices, Map<Integer, ServingReported> reports) {
        long serving =
                reports.values().stream().filter(ServingReported::serving).count();
        return new GridStatus.OfFleet(name, slices, (int) serving);
    }

    private static boolean repaired(int slices, Map<Integer, ServingReported> reports) {
        return reports.size() == slices && reports.values().stream().allMatch(ServingReported::repaired);
    }
}
