package org.factoredos.file;

import org.factoredos.kernel.Address;
import org.factoredos.kernel.Payload;

/** A front's request to an owner, with who asks the front: for what belongs to a process and not to its domain. */
public record OfClient(Address client, FileProtocol.Request<?> request) implements Payload {
    @Override
    public int bytes() {
        return 64 + request.bytes();
    }
}
