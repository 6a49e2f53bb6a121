package org.factoredos.lib;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;
import org.factoredos.file.FileProtocol.Status;

/** A file that a process has open. Its threads may share it, but for what {@link #input} and {@link #appender} give. */
public interface OpenFile extends Closeable {
    /** Reads at {@code position}; the count is less than {@code length} only at the file's end or of a device, and 0 behind the end. */
    int read(long position, byte[] buffer, int offset, int length) throws IOException;

    void write(long position, byte[] buffer, int offset, int length) throws IOException;

    /** Writes at the end, wherever it is by then. */
    void append(byte[] buffer, int offset, int length) throws IOException;

    void truncate(long sizeBytes) throws IOException;

    /** Returns when all that was written would survive a loss of power. */
    void sync() throws IOException;

    Status status() throws IOException;

    /** Locked bytes; closing it unlocks them. */
    interface Lock extends Closeable {}

    /**
     * Locks bytes of the file for this process, until the lock or the file is closed or the process ends. A lock keeps others
     * from locking the same bytes, unless both are shared, and from nothing else.
     *
     * @return empty where another process has locked some of them
     * @throws FosException EDEADLK where this one has; EACCES where it could not read the file, or for a lock that is not
     *     shared not write it
     */
    Optional<Lock> tryLock(long from, long length, boolean shared) throws IOException;

    /** The same, and waits until the others have unlocked them. */
    Lock lock(long from, long length, boolean shared) throws IOException;

    /** Reads from the first byte on; closing it closes the file. Unbuffered, but reads ahead no further than asked. */
    InputStream input();

    /** Appends; closing it closes the file. Unbuffered. */
    OutputStream appender();

    @Override
    void close() throws IOException;
}
