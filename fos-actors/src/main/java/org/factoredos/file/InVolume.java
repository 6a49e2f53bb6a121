package org.factoredos.file;

import org.factoredos.kernel.Payload;

/**
 * A front's request to the owner of a volume that a mount point has led to. What is not there yet is begun: only a mount
 * point makes a front ask so.
 *
 * @param owner whose the volume's root is, where it has not been begun
 */
public record InVolume(String volume, String owner, FileProtocol.Request<?> request) implements Payload {
    @Override
    public int bytes() {
        return 64 + request.bytes();
    }
}
