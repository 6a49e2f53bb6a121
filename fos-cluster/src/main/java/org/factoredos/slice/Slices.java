package org.factoredos.slice;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.Adapter;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.Cluster;
import akka.cluster.sharding.typed.ShardedDaemonProcessSettings;
import akka.cluster.sharding.typed.javadsl.ShardedDaemonProcess;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.factoredos.actor.ServerActor.RequestBounds;
import org.factoredos.boot.OwnerHost;
import org.factoredos.kernel.Interconnect;
import org.factoredos.kernel.Microkernel;
import org.factoredos.server.Device;
import org.factoredos.server.Membership;
import org.factoredos.slice.OwnerActor.Command;
import org.factoredos.slice.OwnerActor.Hosting;
import org.jspecify.annotations.Nullable;

/**
 * This node's share of the owners: the cluster's sharding decides which they are, by {@link SliceAllocation}, and keeps
 * each running on one node.
 *
 * <p>That is a matter of speed. What makes an owner the only one is its life ({@link org.factoredos.server.OwnerLife}) and
 * the journal's fence; sharding may err.
 */
public final class Slices implements OwnerHost {
    /** How many transactions an owner may have parked; a power of two. */
    private static final int OUTSTANDING_CALLS = 4096;

    private final ActorSystem<?> system;
    private final Interconnect node;
    private final Device journal;
    private final Set<ActorRef<Command>> owners = ConcurrentHashMap.newKeySet();
    private volatile @Nullable Membership membership;

    /** Owns nothing yet; {@code journal} flushes the journal for {@code fsync}. */
    public Slices(ActorSystem<?> system, Interconnect node, Device journal) {
        this.system = system;
        this.node = node;
        this.journal = journal;
    }

    @Override
    public void own(OwnedFleet fleet) {
        ShardedDaemonProcess.get(system)
                .init(
                        Command.class,
                        fleet.name(),
                        fleet.slices(),
                        slice -> owner(fleet, slice),
                        ShardedDaemonProcessSettings.create(system),
                        Optional.of(new OwnerActor.Withdraw()),
                        Optional.of(new SliceAllocation(fleet.name(), Cluster.get(Adapter.toClassic(system)))));
    }

    /** Tells every owner here, and each that comes later before anything else. */
    public void tell(Membership changed) {
        membership = changed;
        owners.forEach(owner -> owner.tell(new OwnerActor.MembershipChanged(changed)));
    }

    private Behavior<Command> owner(OwnedFleet fleet, int slice) {
        Microkernel tile = node.microkernel(fleet.place().apply(slice).tile(node.node(), node.grid()));
        Hosting hosting = new Hosting(
                fleet.name() + "-" + slice,
                () -> fleet.owners().apply(slice),
                waker -> tile.openBootstrap(fleet.domain(), OUTSTANDING_CALLS, waker),
                RequestBounds.USUAL,
                journal,
                node::leased);
        return Behaviors.setup(context -> {
            ActorRef<Command> self = context.getSelf();
            owners.add(self);
            Membership known = membership; // Read after the addition: a change in between is told twice, not never.
            if (known != null) {
                self.tell(new OwnerActor.MembershipChanged(known));
            }
            return OwnerActor.create(hosting, () -> owners.remove(self));
        });
    }
}
