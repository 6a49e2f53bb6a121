package org.factoredos.lib;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;
import org.factoredos.file.FileError;
import org.factoredos.file.FileProtocol.Status;

/** {@code /dev/console}: the terminal of the process itself, which has no positions. */
final class ConsoleFile implements OpenFile {
    private final String path;
    private final Status status;
    private final InputStream in;
    private final OutputStream out;

    ConsoleFile(String path, Status status, InputStream in, OutputStream out) {
        this.path = path;
        this.status = status;
        this.in = in;
        this.out = out;
    }

    @Override
    public int read(long position, byte[] buffer, int offset, int length) throws IOException {
        return Math.max(0, in.read(buffer, offset, length));
    }

    @Override
    public void write(long position, byte[] buffer, int offset, int length) throws IOException {
        out.write(buffer, offset, length);
    }

    @Override
    public void append(byte[] buffer, int offset, int length) throws IOException {
        out.write(buffer, offset, length);
    }

    @Override
    public void truncate(long sizeBytes) throws IOException {
        throw ServedFile.refused(path, FileError.EINVAL);
    }

    @Override
    public void sync() throws IOException {
        throw ServedFile.refused(path, FileError.EINVAL);
    }

    @Override
    public Optional<Lock> tryLock(long from, long length, boolean shared) throws IOException {
        throw ServedFile.refused(path, FileError.ENOTSUP);
    }

    @Override
    public Lock lock(long from, long length, boolean shared) throws IOException {
        throw ServedFile.refused(path, FileError.ENOTSUP);
    }

    @Override
    public Status status() {
        return status;
    }

    @Override
    public InputStream input() {
        return in;
    }

    @Override
    public OutputStream appender() {
        return out;
    }

    @Override
    public void close() {
        // The terminal is not this file's to close.
    }
}
