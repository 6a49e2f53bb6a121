package org.factoredos.router;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.receptionist.ServiceKey;
import java.util.OptionalLong;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Interconnect;

/**
 * Answers for one mailbox that is a member of sets, on the node where it is: that it is there, and how much waits in it
 * (§3.4). It ends with the mailbox.
 */
final class MemberRoutee {
    private static final String KEY = "fos-set:";

    /** For a send from {@code tile}. */
    record Bind(TileId tile, ActorRef<Bound> replyTo) implements RouterMessage {}

    /** {@code waiting}: messages that the member has not taken yet. */
    record Bound(Address member, long waiting) implements RouterMessage {}

    private MemberRoutee() {}

    static ServiceKey<Bind> key(String set) {
        return ServiceKey.create(Bind.class, KEY + set);
    }

    static Behavior<Bind> create(Interconnect node, Address member) {
        return Behaviors.receiveMessage(bind -> {
            OptionalLong waiting = node.waiting(member);
            if (waiting.isEmpty()) {
                return Behaviors.stopped();
            }
            bind.replyTo().tell(new Bound(member, waiting.getAsLong()));
            return Behaviors.same();
        });
    }
}
