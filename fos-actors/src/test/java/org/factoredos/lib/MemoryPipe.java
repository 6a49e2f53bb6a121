package org.factoredos.lib;

import java.io.InputStream;
import java.io.OutputStream;

/** A bounded pipe between two threads. */
final class MemoryPipe {
    /** Small, so that tests meet a full pipe. */
    private static final int CAPACITY_BYTES = 1024;

    private final byte[] buffer = new byte[CAPACITY_BYTES];
    private int start;
    private int count;
    private int writers;
    private boolean readerGone;

    MemoryPipe(int writers) {
        this.writers = writers;
    }

    InputStream input() {
        return new PieceInput() {
            @Override
            public int read(byte[] target, int offset, int length) {
                return take(target, offset, length);
            }
        };
    }

    OutputStream output() {
        return new OutputStream() {
            @Override
            public void write(int b) throws FosException {
                write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] source, int offset, int length) throws FosException {
                for (int i = 0; i < length; i++) {
                    put(source[offset + i]);
                }
            }
        };
    }

    private synchronized int take(byte[] target, int offset, int length) {
        while (count == 0) {
            if (writers == 0) {
                return -1;
            }
            block();
        }
        int taken = Math.min(length, count);
        for (int i = 0; i < taken; i++) {
            target[offset + i] = buffer[start];
            start = (start + 1) % CAPACITY_BYTES;
        }
        count -= taken;
        notifyAll();
        return taken;
    }

    private synchronized void put(byte b) throws FosException {
        while (count == CAPACITY_BYTES && !readerGone) {
            block();
        }
        if (readerGone) {
            throw new FosException(CallError.BROKEN_PIPE, CallError.BROKEN_PIPE.sentence());
        }
        buffer[(start + count++) % CAPACITY_BYTES] = b;
        notifyAll();
    }

    synchronized void endWriter() {
        writers--;
        notifyAll();
    }

    synchronized void endReader() {
        readerGone = true;
        notifyAll();
    }

    /** Until something changes; callers look again. */
    @SuppressWarnings("WaitNotInLoop")
    private void block() {
        try {
            wait();
        } catch (InterruptedException e) {
            throw new ProcessKilled();
        }
    }
}
