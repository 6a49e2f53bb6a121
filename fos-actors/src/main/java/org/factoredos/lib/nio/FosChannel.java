package org.factoredos.lib.nio;

import static org.factoredos.file.FileProtocol.LARGEST_TRANSFER_BYTES;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.OverlappingFileLockException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;
import java.util.Objects;
import org.factoredos.file.FileError;
import org.factoredos.lib.FosException;
import org.factoredos.lib.OpenFile;
import org.jspecify.annotations.Nullable;

/**
 * An open file. What it reads and writes goes in pieces of what one message carries, and nothing is
 * held back. Any thread of its process; reads and writes at the channel's own position wait for each other.
 */
final class FosChannel extends FileChannel {
    private final FosPath path;
    private final OpenFile file;
    private final Opening opening;
    private long position;

    FosChannel(FosPath path, OpenFile file, Opening opening) {
        this.path = path;
        this.file = file;
        this.opening = opening;
    }

    private void reading() throws ClosedChannelException {
        if (!isOpen()) {
            throw new ClosedChannelException();
        }
        if (!opening.read()) {
            throw new NonReadableChannelException();
        }
    }

    private void writing() throws ClosedChannelException {
        if (!isOpen()) {
            throw new ClosedChannelException();
        }
        if (!opening.write()) {
            throw new NonWritableChannelException();
        }
    }

    @Override
    public synchronized int read(ByteBuffer dst) throws IOException {
        int count = read(dst, position);
        position += Math.max(0, count);
        return count;
    }

    @Override
    public int read(ByteBuffer dst, long from) throws IOException {
        reading();
        notNegative(from);
        if (!dst.hasRemaining()) {
            return 0;
        }
        if (dst.hasArray()) {
            int count = read(from, dst.array(), dst.arrayOffset() + dst.position(), dst.remaining());
            dst.position(dst.position() + count);
            return count == 0 ? -1 : count;
        }
        int done = 0;
        byte[] piece = new byte[Math.min(dst.remaining(), LARGEST_TRANSFER_BYTES)];
        while (dst.hasRemaining()) {
            int most = Math.min(dst.remaining(), piece.length);
            int count = read(from + done, piece, 0, most);
            dst.put(piece, 0, count);
            done += count;
            if (count < most) {
                break;
            }
        }
        return done == 0 ? -1 : done;
    }

    private int read(long from, byte[] buffer, int offset, int length) throws IOException {
        return FileErrors.named(path, () -> file.read(from, buffer, offset, length));
    }

    @Override
    public synchronized long read(ByteBuffer[] dsts, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, dsts.length);
        long done = 0;
        for (ByteBuffer dst : Arrays.asList(dsts).subList(offset, offset + length)) {
            int wanted = dst.remaining();
            int count = wanted == 0 ? 0 : read(dst);
            if (count < 0) {
                return done == 0 ? -1 : done;
            }
            done += count;
            if (count < wanted) {
                break;
            }
        }
        return done;
    }

    @Override
    public synchronized int write(ByteBuffer src) throws IOException {
        writing();
        if (!opening.append()) {
            int count = write(src, position);
            position += count;
            return count;
        }
        int count = src.remaining();
        byte[] data = taken(src);
        FileErrors.done(path, () -> file.append(data, 0, data.length));
        synced();
        position = size();
        return count;
    }

    @Override
    public int write(ByteBuffer src, long at) throws IOException {
        writing();
        notNegative(at);
        int count = src.remaining();
        if (src.hasArray()) {
            int offset = src.arrayOffset() + src.position();
            FileErrors.done(path, () -> file.write(at, src.array(), offset, count));
            src.position(src.limit());
        } else {
            byte[] data = taken(src);
            FileErrors.done(path, () -> file.write(at, data, 0, count));
        }
        synced();
        return count;
    }

    private static byte[] taken(ByteBuffer src) {
        byte[] data = new byte[src.remaining()];
        src.get(data);
        return data;
    }

    private void synced() throws IOException {
        if (opening.sync()) {
            force(true);
        }
    }

    @Override
    public synchronized long write(ByteBuffer[] srcs, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, srcs.length);
        long done = 0;
        for (ByteBuffer src : Arrays.asList(srcs).subList(offset, offset + length)) {
            done += write(src);
        }
        return done;
    }

    @Override
    public synchronized long position() throws IOException {
        if (!isOpen()) {
            throw new ClosedChannelException();
        }
        return position;
    }

    @Override
    public synchronized FileChannel position(long newPosition) throws IOException {
        if (!isOpen()) {
            throw new ClosedChannelException();
        }
        notNegative(newPosition);
        position = newPosition;
        return this;
    }

    private static void notNegative(long position) {
        if (position < 0) {
            throw new IllegalArgumentException("a file has no position " + position);
        }
    }

    @Override
    public long size() throws IOException {
        if (!isOpen()) {
            throw new ClosedChannelException();
        }
        return FileErrors.named(path, file::status).sizeBytes();
    }

    @Override
    public synchronized FileChannel truncate(long size) throws IOException {
        writing();
        notNegative(size);
        if (size < size()) {
            FileErrors.done(path, () -> file.truncate(size));
        }
        position = Math.min(position, size);
        return this;
    }

    @Override
    public void force(boolean metaData) throws IOException {
        if (!isOpen()) {
            throw new ClosedChannelException();
        }
        FileErrors.done(path, file::sync);
    }

    @Override
    public long transferTo(long from, long count, WritableByteChannel target) throws IOException {
        reading();
        notNegative(from);
        long done = 0;
        while (done < count) {
            ByteBuffer piece = ByteBuffer.allocate((int) Math.min(count - done, LARGEST_TRANSFER_BYTES));
            if (read(piece, from + done) < 0) {
                break;
            }
            piece.flip();
            int taken = target.write(piece);
            done += taken;
            if (piece.hasRemaining()) {
                break; // The target takes no more now.
            }
        }
        return done;
    }

    @Override
    public long transferFrom(ReadableByteChannel src, long at, long count) throws IOException {
        writing();
        notNegative(at);
        long done = 0;
        while (done < count && at <= size()) {
            ByteBuffer piece = ByteBuffer.allocate((int) Math.min(count - done, LARGEST_TRANSFER_BYTES));
            if (src.read(piece) <= 0) {
                break;
            }
            done += write(piece.flip(), at + done);
        }
        return done;
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long from, long size) {
        throw new UnsupportedOperationException("fos has no memory that a file could be mapped to");
    }

    @Override
    public FileLock lock(long from, long size, boolean shared) throws IOException {
        locking(shared);
        try {
            OpenFile.Lock lock = file.lock(from, length(from, size), shared);
            if (!isOpen()) { // Another thread has closed it, before there was anything to unlock.
                lock.close();
                throw new AsynchronousCloseException();
            }
            return new FosLock(this, from, size, shared, lock);
        } catch (FosException e) {
            throw lockFailure(e);
        }
    }

    @Override
    public @Nullable FileLock tryLock(long from, long size, boolean shared) throws IOException {
        locking(shared);
        try {
            OpenFile.Lock lock = file.tryLock(from, length(from, size), shared).orElse(null);
            return lock == null ? null : new FosLock(this, from, size, shared, lock);
        } catch (FosException e) {
            throw lockFailure(e);
        }
    }

    private void locking(boolean shared) throws ClosedChannelException {
        if (shared) {
            reading();
        } else {
            writing();
        }
    }

    /** A size of 0 means as far as the file goes. */
    private static long length(long from, long size) {
        if (from < 0 || size < 0) {
            throw new IllegalArgumentException("a lock begins at 0 or later, and no size is below 0");
        }
        return size == 0 ? Long.MAX_VALUE - from : size;
    }

    private IOException lockFailure(FosException failure) {
        if (failure.error() == FileError.EDEADLK) {
            throw new OverlappingFileLockException();
        }
        return FileErrors.named(path, failure);
    }

    @Override
    protected void implCloseChannel() throws IOException {
        file.close();
        if (opening.deleteOnClose()) {
            path.getFileSystem().provider().deleteIfExists(path);
        }
    }
}
