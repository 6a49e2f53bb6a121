package org.factoredos.file;

import org.factoredos.kernel.Payload;

/**
 * An owner's answer to a front whose request's path leads out of the owner's volumes: nothing was done.
 *
 * @param request the same with the path that is left
 * @param volume the one that hangs there; empty where the path's beginning says it
 * @param owner whose that volume's root is, where the volume has not been begun
 */
public record Redirected(FileProtocol.Request<?> request, String volume, String owner) implements Payload {}
