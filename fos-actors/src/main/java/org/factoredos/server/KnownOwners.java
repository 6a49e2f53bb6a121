package org.factoredos.server;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Payload;
import org.factoredos.server.OwnerProtocol.AnnounceOwner;
import org.factoredos.server.OwnerProtocol.Forwarded;

/** Who owns which slice of a fleet, as one front has been told. */
public final class KnownOwners {
    private record Known(long epoch, Address address) {}

    private final Map<Integer, Known> owners = new TreeMap<>();

    /** Takes note; false for what was said before, or by one that has a successor. */
    public boolean note(AnnounceOwner announced) {
        Known known = owners.get(announced.slice());
        if (known != null && announced.epoch() <= known.epoch()) {
            return false;
        }
        owners.put(announced.slice(), new Known(announced.epoch(), announced.owner()));
        return true;
    }

    /** All of them, by slice. */
    public OwnerProtocol.OwnersListed list() {
        return new OwnerProtocol.OwnersListed(owners.entrySet().stream()
                .map(each -> new OwnerProtocol.KnownOwner(
                        each.getKey(), each.getValue().epoch(), each.getValue().address()))
                .toList());
    }

    /** Of the slice's owner; 0 while there is none. */
    long epoch(int slice) {
        Known owner = owners.get(slice);
        return owner == null ? 0 : owner.epoch();
    }

    /** Hands a client's request on to the owner, under the client's own number for it; empty while there is no owner. */
    public Optional<Effect> forward(
            int slice, Envelope in, Payload request, Continuation continuation, long patienceNanos) {
        Known owner = owners.get(slice);
        if (owner == null) {
            return Optional.empty();
        }
        Forwarded forwarded =
                new Forwarded(in.from().client(), in.domain(), in.call(), in.settled(), owner.epoch(), request);
        return Optional.of(new Effect.Call(owner.address(), forwarded, continuation, patienceNanos));
    }
}
