package org.factoredos.actor;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.factoredos.boot.MachineRoom;
import org.factoredos.kernel.Interconnect;
import org.factoredos.kernel.Microkernel;
import org.factoredos.lib.Program;
import org.factoredos.server.Membership;
import org.factoredos.server.Reserved;
import org.jspecify.annotations.Nullable;

/** The guardian of one node: a microkernel's actor for each tile, and the servers that boot places. */
public final class NodeActor extends AbstractBehavior<NodeActor.Command> {
    /** What boot and the cluster ask of it. */
    public sealed interface Command {}

    /** Runs a server; {@link ServerActor.Hosting#opened} is told when it takes requests. */
    public record HostServer(ServerActor.Hosting hosting) implements Command {}

    /** Told to every server here, and to each that comes later before anything else. */
    public record MembershipChanged(Membership membership) implements Command {}

    private record Ended(ActorRef<ServerActor.Command> server) implements Command {}

    private final List<ActorRef<ServerActor.Command>> servers = new ArrayList<>();
    private @Nullable Membership membership;

    /**
     * Starts the microkernels.
     *
     * @param catalog the programs by name; null for a name that is none
     * @param offers the servers that tiles may be told to start, by their fleet's name; null likewise
     */
    public static Behavior<Command> create(
            Interconnect node,
            Function<String, @Nullable Program> catalog,
            Function<String, MachineRoom.@Nullable Offer> offers) {
        return Behaviors.setup(context -> new NodeActor(context, node, catalog, offers));
    }

    private NodeActor(
            ActorContext<Command> context,
            Interconnect node,
            Function<String, @Nullable Program> catalog,
            Function<String, MachineRoom.@Nullable Offer> offers) {
        super(context);
        FurtherServers further = new FurtherServers(offers, context.getSelf());
        for (Microkernel microkernel : node.microkernels()) {
            context.spawn(
                    MicrokernelActor.create(
                            microkernel, tile -> Reserved.elsewhere(new TileHost(tile, catalog, further))),
                    "tile-" + microkernel.tile().x() + "-" + microkernel.tile().y());
        }
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessage(HostServer.class, this::onHostServer)
                .onMessage(MembershipChanged.class, this::onMembership)
                .onMessage(Ended.class, ended -> {
                    servers.remove(ended.server());
                    return this;
                })
                .build();
    }

    private Behavior<Command> onHostServer(HostServer host) {
        ActorRef<ServerActor.Command> server = getContext().spawnAnonymous(ServerActor.create(host.hosting()));
        servers.add(server);
        getContext().watchWith(server, new Ended(server));
        Membership known = membership;
        if (known != null) {
            server.tell(new ServerActor.MembershipChanged(known));
        }
        return this;
    }

    private Behavior<Command> onMembership(MembershipChanged changed) {
        membership = changed.membership();
        servers.forEach(server -> server.tell(new ServerActor.MembershipChanged(changed.membership())));
        return this;
    }
}
