package org.factoredos.lib;

import java.io.IOException;
import java.io.InputStream;

/** Input that comes in pieces: a byte of it is a piece of one. */
public abstract class PieceInput extends InputStream {
    @Override
    public final int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public abstract int read(byte[] buffer, int offset, int length) throws IOException;
}
