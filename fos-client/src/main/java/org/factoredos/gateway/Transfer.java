package org.factoredos.gateway;

import java.nio.charset.StandardCharsets;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.sftp.common.SftpConstants;
import org.jspecify.annotations.Nullable;

/**
 * A queued read or write of a session over SFTP, as far as it has to be understood to see which go together.
 *
 * @param request the whole of it, unread
 * @param dataAt where a write's bytes begin in it
 */
record Transfer(Buffer request, boolean reads, int id, String handle, long offset, int length, int dataAt) {
    /** Length, type, number. */
    private static final int HEAD_BYTES = 9;

    /** Null where it is something else, or makes no sense; then it is for others to say so. */
    static @Nullable Transfer of(@Nullable Buffer request) {
        if (request == null || request.available() < HEAD_BYTES) {
            return null;
        }
        int begin = request.rpos();
        try {
            request.getInt();
            int type = request.getUByte();
            int id = request.getInt();
            boolean reads = type == SftpConstants.SSH_FXP_READ;
            if (!reads && type != SftpConstants.SSH_FXP_WRITE) {
                return null;
            }
            String handle = request.getString(StandardCharsets.ISO_8859_1);
            long offset = request.getLong();
            int length = request.getInt();
            boolean sound = offset >= 0
                    && length > 0
                    && length <= FilesSubsystem.TRANSFER_BYTES
                    && (reads || request.available() >= length);
            return sound ? new Transfer(request, reads, id, handle, offset, length, request.rpos()) : null;
        } catch (RuntimeException e) {
            return null; // It ends too early.
        } finally {
            request.rpos(begin);
        }
    }

    boolean continues(Transfer before) {
        return reads == before.reads && handle.equals(before.handle) && offset == before.offset + before.length;
    }

    void copyData(byte[] into, int at) {
        System.arraycopy(request.array(), dataAt, into, at, length);
    }
}
