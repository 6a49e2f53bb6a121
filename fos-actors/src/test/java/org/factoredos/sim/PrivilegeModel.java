package org.factoredos.sim;

import java.util.List;
import org.factoredos.kernel.Payload;
import org.factoredos.privilege.PrivilegeError;
import org.factoredos.privilege.PrivilegeProtocol.GrantRight;
import org.factoredos.privilege.PrivilegeProtocol.ListRights;
import org.factoredos.privilege.PrivilegeProtocol.Refused;
import org.factoredos.privilege.PrivilegeProtocol.RevokeRight;
import org.factoredos.privilege.PrivilegeProtocol.RightGranted;
import org.factoredos.privilege.PrivilegeProtocol.RightRevoked;
import org.factoredos.sim.Linearizability.Operation;

/**
 * What becomes of one right of one domain on one target (G3): it is there or not, and a send is taken while it is. So none is
 * taken that began after a revoke returned, and none is denied that began after a grant.
 */
record PrivilegeModel() implements Linearizability.Model<Boolean, Payload, Payload> {
    /** A message that needs the right. */
    record Knock() implements Payload.Request<Opened> {}

    /** It was taken. */
    record Opened() implements Payload {}

    /** It was not. */
    record Denied() implements Payload {}

    /** What a listing says of the right. */
    record Listed(boolean there) implements Payload {}

    @Override
    public Boolean initial() {
        return false;
    }

    @Override
    public List<Boolean> next(Boolean there, Operation<Payload, Payload> operation) {
        return switch (operation.input()) {
            case GrantRight grant -> one(there, true, operation, new RightGranted());
            case RevokeRight revoke ->
                there
                        ? one(true, false, operation, new RightRevoked())
                        : one(false, false, operation, new Refused(PrivilegeError.NO_SUCH_RIGHT));
            case Knock knock -> one(there, there, operation, there ? new Opened() : new Denied());
            case ListRights list -> one(there, there, operation, new Listed(there));
            default -> throw new IllegalArgumentException("no client of this test asks " + operation.input());
        };
    }

    /** The one thing that can come of it, if that is what was answered. */
    private static List<Boolean> one(
            boolean before, boolean after, Operation<Payload, Payload> operation, Payload reply) {
        // Without an effect an indefinite operation need not be placed at all.
        boolean fits = operation.indefinite() ? after != before : reply.equals(operation.output());
        return fits ? List.of(after) : List.of();
    }
}
