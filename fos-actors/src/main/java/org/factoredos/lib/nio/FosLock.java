package org.factoredos.lib.nio;

import java.io.IOException;
import java.nio.channels.FileLock;
import org.factoredos.lib.OpenFile;

/** A lock on a file, valid until it is released, its channel closed, or the process ends. */
final class FosLock extends FileLock {
    private final OpenFile.Lock lock;
    private boolean released;

    FosLock(FosChannel channel, long from, long size, boolean shared, OpenFile.Lock lock) {
        super(channel, from, size, shared);
        this.lock = lock;
    }

    @Override
    public boolean isValid() {
        return !released && acquiredBy().isOpen();
    }

    @Override
    public void release() throws IOException {
        if (isValid()) {
            lock.close();
            released = true;
        }
    }
}
