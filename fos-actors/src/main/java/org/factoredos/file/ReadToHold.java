package org.factoredos.file;

import org.factoredos.kernel.Payload;

/** A front's read of a file that is read often: it may hold the answer ({@link HeldReads}), if the owner's says so. */
public record ReadToHold(FileProtocol.ReadFile read) implements Payload {
    @Override
    public int bytes() {
        return read.bytes();
    }
}
