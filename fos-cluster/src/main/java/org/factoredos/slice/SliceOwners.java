package org.factoredos.slice;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.Adapter;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.Cluster;
import akka.cluster.sharding.typed.ShardedDaemonProcessSettings;
import akka.cluster.sharding.typed.javadsl.ShardedDaemonProcess;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.factoredos.actor.ServerActor.RequestBounds;
import org.factoredos.boot.OwnerHost;
import org.factoredos.kernel.Interconnect;
import org.factoredos.kernel.Microkernel;
import org.factoredos.server.Device;
import org.factoredos.server.Membership;
import org.jspecify.annotations.Nullable;

/** Runs the owners of every fleet's slices, each on the node where the cluster wants it, on the tile kept for it there. */
public final class SliceOwners implements OwnerHost {
    /** How many calls an owner may have waiting: recalls to fronts, chunks under way; a power of two. */
    private static final int OUTSTANDING_CALLS = 4096;

    private final ActorSystem<?> system;
    private final Interconnect node;
    private final Device journalSync;
    /** The owners that run here, by persistence id; one that replaces another takes its entry. */
    private final Map<String, ActorRef<OwnerActor.Command>> running = new ConcurrentHashMap<>();

    private volatile @Nullable Membership membership;

    public SliceOwners(ActorSystem<?> system, Interconnect node, Device journalSync) {
        this.system = system;
        this.node = node;
        this.journalSync = journalSync;
    }

    @Override
    public void own(OwnedFleet fleet) {
        ShardedDaemonProcess.get(system)
                .init(
                        OwnerActor.Command.class,
                        fleet.name(),
                        fleet.slices(),
                        slice -> owner(fleet, slice),
                        ShardedDaemonProcessSettings.create(system),
                        Optional.of(new OwnerActor.Withdraw()),
                        Optional.of(new SliceAllocation(fleet.name(), Cluster.get(Adapter.toClassic(system)))));
    }

    /** Any thread: tells the owners that run here, and each that will. */
    public void tell(Membership changed) {
        membership = changed;
        running.values().forEach(owner -> owner.tell(new OwnerActor.MembershipChanged(changed)));
    }

    private Behavior<OwnerActor.Command> owner(OwnedFleet fleet, int slice) {
        String persistenceId = fleet.name() + "-" + slice;
        Microkernel tile = node.microkernel(fleet.place().apply(slice).tile(node.node(), node.grid()));
        return Behaviors.setup(context -> {
            // Known to tell() before it is asked for here: a change in between is told twice, never not at all.
            running.put(persistenceId, context.getSelf());
            Membership known = membership;
            if (known != null) {
                context.getSelf().tell(new OwnerActor.MembershipChanged(known));
            }
            return OwnerActor.create(new OwnerActor.Hosting(
                    persistenceId,
                    () -> fleet.owners().apply(slice),
                    waker -> tile.openBootstrap("sys:" + fleet.name(), OUTSTANDING_CALLS, waker),
                    RequestBounds.USUAL,
                    journalSync,
                    node::leased));
        });
    }
}
