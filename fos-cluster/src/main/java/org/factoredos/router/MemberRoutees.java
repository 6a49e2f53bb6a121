package org.factoredos.router;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.receptionist.Receptionist;
import akka.actor.typed.receptionist.ServiceKey;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Interconnect;

/**
 * The routees of one node. A router that misses a member's asks every node; the one where the mailbox is makes it, and
 * Akka's Receptionist tells all routers.
 */
final class MemberRoutees extends AbstractBehavior<MemberRoutees.Command> {
    static final ServiceKey<Command> KEY = ServiceKey.create(Command.class, "fos-member-routees");

    sealed interface Command extends RouterMessage {}

    /** The member is in the set; may be said often, and to nodes where it is not. */
    record Serve(String set, Address member) implements Command {}

    /** The member is in the set no more. */
    record Retire(String set, Address member) implements Command {}

    private final Interconnect node;

    static Behavior<Command> create(Interconnect node) {
        return Behaviors.setup(context -> {
            context.getSystem().receptionist().tell(Receptionist.register(KEY, context.getSelf()));
            return new MemberRoutees(context, node);
        });
    }

    private MemberRoutees(ActorContext<Command> context, Interconnect node) {
        super(context);
        this.node = node;
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessage(Serve.class, this::onServe)
                .onMessage(Retire.class, this::onRetire)
                .build();
    }

    private Behavior<Command> onServe(Serve serve) {
        if (node.waiting(serve.member()).isPresent()) {
            ActorRef<MemberRoutee.Bind> routee = routee(serve.member())
                    .orElseGet(() ->
                            getContext().spawn(MemberRoutee.create(node, serve.member()), nameOf(serve.member())));
            getContext().getSystem().receptionist().tell(Receptionist.register(MemberRoutee.key(serve.set()), routee));
        }
        return this;
    }

    private Behavior<Command> onRetire(Retire retire) {
        routee(retire.member())
                .ifPresent(routee -> getContext()
                        .getSystem()
                        .receptionist()
                        .tell(Receptionist.deregister(MemberRoutee.key(retire.set()), routee)));
        return this;
    }

    private Optional<ActorRef<MemberRoutee.Bind>> routee(Address member) {
        return getContext().getChild(nameOf(member)).map(ActorRef::unsafeUpcast);
    }

    private static String nameOf(Address member) {
        return URLEncoder.encode(member.toString(), StandardCharsets.US_ASCII);
    }

    /** For which mailbox a routee answers. */
    static Optional<Address> member(ActorRef<MemberRoutee.Bind> routee) {
        return Address.parse(URLDecoder.decode(routee.path().name(), StandardCharsets.US_ASCII));
    }
}
