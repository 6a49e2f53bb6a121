package org.factoredos.node;

import akka.actor.typed.ActorSystem;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.factoredos.boot.RunningNode;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Interconnect;
import org.factoredos.server.OwnerProtocol.KnownOwner;
import org.factoredos.server.Reserved;

/** What one node can say of the grid: from the register, the cluster, and its own fronts. */
final class Health {
    private static final long PATIENCE_SECONDS = 5;

    private final ActorSystem<?> system;
    private final Interconnect node;
    private final NodeRegister register;
    private final RunningNode running;

    Health(ActorSystem<?> system, Interconnect node, NodeRegister register, RunningNode running) {
        this.system = system;
        this.node = node;
        this.register = register;
        this.running = running;
    }

    GridStatus now() throws SQLException, ExecutionException, InterruptedException, TimeoutException {
        var cluster = Cluster.get(system).state();
        List<Incarnation> up = new ArrayList<>();
        List<GridStatus.OfNode> nodes = new ArrayList<>();
        for (NodeRegister.Entry entry : register.entries()) {
            Incarnation latest = new Incarnation(entry.node(), entry.boot());
            String state = "down";
            for (Member member : cluster.getMembers()) {
                if (Members.incarnation(member).filter(latest::equals).isPresent()) {
                    state = state(member, cluster.getUnreachable().contains(member));
                }
            }
            if (state.equals("up")) {
                up.add(latest);
            }
            nodes.add(new GridStatus.OfNode(
                    entry.node().number(),
                    entry.pid(),
                    entry.ssh() == 0 ? "" : entry.host() + ":" + entry.ssh(),
                    entry.host() + ":" + entry.http(),
                    state));
        }
        List<GridStatus.OfFleet> fleets = List.of(
                fleet("name", Reserved.NAME_FRONT, Reserved.NAME_SLICES, up),
                fleet("file", Reserved.FILE_FRONT, Reserved.FILE_SLICES, up));
        boolean healthy = up.size() == nodes.size()
                && node.leased()
                && fleets.stream().allMatch(fleet -> fleet.owned() == fleet.slices());
        return new GridStatus(healthy, healthy, nodes, fleets);
    }

    private static String state(Member member, boolean unreachable) {
        if (unreachable) {
            return "unreachable";
        }
        return member.status().equals(MemberStatus.up()) ? "up" : "leaving";
    }

    private GridStatus.OfFleet fleet(String name, Reserved front, int slices, List<Incarnation> up)
            throws ExecutionException, InterruptedException, TimeoutException {
        long owned = running.owners(front).get(PATIENCE_SECONDS, TimeUnit.SECONDS).owners().stream()
                .map(KnownOwner::owner)
                .map(owner -> owner.client())
                .filter(owner -> up.contains(incarnation(owner)))
                .count();
        return new GridStatus.OfFleet(name, slices, (int) owned);
    }

    private static Incarnation incarnation(ClientId client) {
        return new Incarnation(client.node(), client.boot());
    }
}
