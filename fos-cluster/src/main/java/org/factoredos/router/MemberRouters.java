package org.factoredos.router;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.receptionist.Receptionist;
import java.util.LinkedHashMap;
import java.util.Set;
import java.util.function.Consumer;
import org.factoredos.kernel.Interconnect;
import org.factoredos.kernel.Payload;
import org.factoredos.naming.MemberChoice.ChooseMember;
import org.factoredos.server.Device;
import org.factoredos.server.DeviceRequest;

/**
 * The cluster-aware routers of one node, by which the name front chooses a set's member (§3.4): a {@link SetRouter} for each
 * set that was asked for lately.
 */
public final class MemberRouters implements Device {
    /** The set that was first asked for makes room. */
    private static final int MOST_SETS = 1024;

    private final ActorRef<Command> routers;

    private sealed interface Command {}

    private record Begin(ChooseMember choose, Consumer<Payload> done) implements Command {}

    private record Nodes(Receptionist.Listing listing) implements Command {}

    private MemberRouters(ActorRef<Command> routers) {
        this.routers = routers;
    }

    /** Starts the node's routers, and its routees, which answer those of all nodes. */
    public static MemberRouters start(ActorSystem<?> system, Interconnect node) {
        system.systemActorOf(MemberRoutees.create(node), "fos-member-routees", Props.empty());
        return new MemberRouters(system.systemActorOf(Behaviors.setup(Sets::new), "fos-member-routers", Props.empty()));
    }

    @Override
    public void begin(DeviceRequest<?> request, Consumer<Payload> done) {
        routers.tell(new Begin((ChooseMember) request, done));
    }

    private static final class Sets extends AbstractBehavior<Command> {
        private final LinkedHashMap<String, ActorRef<SetRouter.Command>> sets = new LinkedHashMap<>();
        /** Written here, and read by the sets' routers. */
        private volatile Set<ActorRef<MemberRoutees.Command>> nodes = Set.of();

        Sets(ActorContext<Command> context) {
            super(context);
            context.getSystem()
                    .receptionist()
                    .tell(Receptionist.subscribe(
                            MemberRoutees.KEY, context.messageAdapter(Receptionist.Listing.class, Nodes::new)));
        }

        @Override
        public Receive<Command> createReceive() {
            return newReceiveBuilder()
                    .onMessage(Begin.class, this::onBegin)
                    .onMessage(Nodes.class, this::onNodes)
                    .build();
        }

        private Behavior<Command> onNodes(Nodes news) {
            nodes = Set.copyOf(news.listing().getServiceInstances(MemberRoutees.KEY));
            return this;
        }

        private Behavior<Command> onBegin(Begin begin) {
            sets.computeIfAbsent(begin.choose().name(), this::router)
                    .tell(new SetRouter.Choose(begin.choose(), SetRouter.ATTEMPTS, begin.done()));
            if (sets.size() > MOST_SETS) {
                getContext().stop(sets.pollFirstEntry().getValue());
            }
            return this;
        }

        private ActorRef<SetRouter.Command> router(String set) {
            return getContext()
                    .spawnAnonymous(SetRouter.create(set, command -> nodes.forEach(node -> node.tell(command))));
        }
    }
}
