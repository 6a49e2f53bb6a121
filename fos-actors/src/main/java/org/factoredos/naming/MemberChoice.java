package org.factoredos.naming;

import java.util.List;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Payload;
import org.factoredos.server.Device;
import org.factoredos.server.DeviceRequest;

/**
 * The name front's device: the machine room's routers, which know what a core cannot, such as how long queues are, and
 * have luck.
 */
public interface MemberChoice {
    /** No routers: the front chooses. */
    Device NONE = (request, done) -> done.accept(new NobodyChosen());

    /**
     * To choose a member of a set for a tile.
     *
     * @param set all members of the set of that name, by the directory
     * @param members those of them that the front has left to choose from, at least two
     */
    record ChooseMember(String name, List<Address> set, List<Address> members, Policy policy, TileId tile)
            implements DeviceRequest<ChoiceReply> {
        public ChooseMember {
            set = List.copyOf(set);
            members = List.copyOf(members);
        }
    }

    sealed interface ChoiceReply extends Payload {}

    /** One of the members. */
    record MemberChosen(Address member) implements ChoiceReply {}

    /** There is no router yet, or it found nobody: the front chooses. */
    record NobodyChosen() implements ChoiceReply {}
}
