package org.factoredos.server;

import java.util.List;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Payload;

/**
 * What a fleet's fronts and the owners of its slices say to each other: any client asks any front, and the front the owner.
 *
 * <p>An owner serves under an <em>epoch</em>, one more than its predecessor's. It announces itself to the front of every
 * member; the front drops what it held under an earlier epoch of that slice and answers. What a front asks, it asks of one
 * epoch: a request that comes late, when the slice has been elsewhere, is not carried out.
 */
public interface OwnerProtocol {
    /**
     * A client's request, passed on by a front, perhaps not for the first time.
     *
     * @param client who asked the front
     * @param domain the protection domain that it asked in
     * @param call that client's number for it; a request that changed something is answered again with its first reply
     * @param settled the client has ended its calls up to this number
     * @param epoch the owner that is meant
     */
    record Forwarded(ClientId client, String domain, long call, long settled, long epoch, Payload request)
            implements Payload.Request<ForwardReply> {
        @Override
        public int bytes() {
            return 64 + request.bytes();
        }
    }

    sealed interface ForwardReply extends Payload {}

    /**
     * The owner's answer.
     *
     * @param held whether the front may give this answer to others too, until the key is recalled, the owner has a
     *     successor, or the node lease is lost
     */
    record Answered(long epoch, boolean held, Payload answer) implements ForwardReply {
        @Override
        public int bytes() {
            return 64 + answer.bytes();
        }
    }

    /** Definite: nothing was done. Not the owner, not yet, not any more, of another epoch, or too busy. */
    record NotServing() implements ForwardReply {}

    /** To an owner, from one that is to succeed it and from whoever wants to know how the fleet is: does it serve? */
    record ReportServing() implements Payload.Request<ServingReported> {}

    /**
     * How it stands with that life of the owner: one that does not serve journals first that it has started.
     *
     * @param repaired whether all that it answers for is kept as safe as the grid's members allow
     */
    record ServingReported(boolean serving, boolean repaired) implements Payload {}

    /** To every member's front, again and again: who owns the slice. */
    record AnnounceOwner(int slice, long epoch, Address owner) implements Payload.Request<OwnerNoted> {}

    /** Nothing is held any more, here or on tiles that were told by this front, that an earlier owner had said. */
    record OwnerNoted() implements Payload {}

    /** To a front, by whoever wants to know how the fleet is. */
    record ListOwners() implements Payload.Request<OwnersListed> {}

    /** Who, as far as the front was told, serves; a slice without an owner is missing. */
    record OwnersListed(List<KnownOwner> owners) implements Payload {
        public OwnersListed {
            owners = List.copyOf(owners);
        }
    }

    record KnownOwner(int slice, long epoch, Address owner) {}

    /** To a front that holds answers about {@code key}: forget them. */
    record Recall(int slice, long epoch, String key) implements Payload.Request<Recalled> {}

    /** Nothing about the key is held any more, here or on tiles that were told by this front. */
    record Recalled() implements Payload {}
}
