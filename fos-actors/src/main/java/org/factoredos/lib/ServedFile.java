package org.factoredos.lib;

import static org.factoredos.file.FileProtocol.LARGEST_TRANSFER_BYTES;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.factoredos.file.FileError;
import org.factoredos.file.FileProtocol;
import org.factoredos.file.FileProtocol.FileId;
import org.factoredos.file.FileProtocol.Status;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Destination;
import org.factoredos.lib.Caller.Begun;

/** An open file: its id and who serves it. The servers know nothing of it being open, but of its locks. */
final class ServedFile implements OpenFile {
    /** How many pieces of one long read or write are under way at a time. */
    private static final int MOST_PIECES = 8;

    private final Caller caller;
    private final Destination server;
    private final String path;
    private final FileId id;
    private final Set<Long> locks = Collections.synchronizedSet(new LinkedHashSet<>());

    ServedFile(Caller caller, Destination server, String path, FileId id) {
        this.caller = caller;
        this.server = server;
        this.path = path;
        this.id = id;
    }

    @Override
    public int read(long position, byte[] buffer, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, buffer.length);
        int done = 0;
        Deque<Begun<FileProtocol.ReadReply>> pieces = new ArrayDeque<>();
        try {
            for (int asked = 0; done < asked || asked < length; ) {
                if (asked < length && pieces.size() < MOST_PIECES) {
                    int most = Math.min(length - asked, LARGEST_TRANSFER_BYTES);
                    pieces.add(begin(new FileProtocol.ReadFile(id, position + asked, most)));
                    asked += most;
                    continue;
                }
                int most = Math.min(length - done, LARGEST_TRANSFER_BYTES);
                Bytes data = read(caller.finish(pieces.remove()));
                data.copyTo(0, buffer, offset + done, data.length());
                done += data.length();
                if (data.length() < most) {
                    break; // Only the end of the file makes an answer short.
                }
            }
        } finally {
            pieces.forEach(caller::forget);
        }
        return done;
    }

    private <R extends FileProtocol.Reply> Begun<R> begin(FileProtocol.Request<R> request) throws FosException {
        return caller.begin(path, server, request, Caller.FAILOVER_NANOS);
    }

    private Bytes read(FileProtocol.ReadReply reply) throws FosException {
        return switch (reply) {
            case FileProtocol.FileRead(Bytes data) -> data;
            case FileProtocol.Refused(FileError error) -> throw refused(path, error);
        };
    }

    @Override
    public void write(long position, byte[] buffer, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, buffer.length);
        Deque<Begun<FileProtocol.WriteReply>> pieces = new ArrayDeque<>();
        try {
            for (int asked = 0; asked < length || !pieces.isEmpty(); ) {
                if (asked < length && pieces.size() < MOST_PIECES) {
                    int most = Math.min(length - asked, LARGEST_TRANSFER_BYTES);
                    var data = Bytes.copyOf(buffer, offset + asked, most);
                    pieces.add(begin(new FileProtocol.WriteFile(id, position + asked, data)));
                    asked += most;
                } else {
                    written(caller.finish(pieces.remove()));
                }
            }
        } finally {
            pieces.forEach(caller::forget);
        }
    }

    @Override
    public void append(byte[] buffer, int offset, int length) throws IOException {
        for (int done = 0; done < length; ) {
            int most = Math.min(length - done, LARGEST_TRANSFER_BYTES);
            var data = Bytes.copyOf(buffer, offset + done, most);
            written(caller.call(path, server, new FileProtocol.AppendFile(id, data), Caller.FAILOVER_NANOS));
            done += most;
        }
    }

    private void written(FileProtocol.WriteReply reply) throws FosException {
        if (reply instanceof FileProtocol.Refused(FileError error)) {
            throw refused(path, error);
        }
    }

    @Override
    public void truncate(long sizeBytes) throws IOException {
        change(new FileProtocol.TruncateFile(id, sizeBytes));
    }

    @Override
    public void sync() throws IOException {
        change(new FileProtocol.SyncFile(id));
    }

    private void change(FileProtocol.Request<FileProtocol.ChangeReply> request) throws FosException {
        if (caller.call(path, server, request, Caller.FAILOVER_NANOS)
                instanceof FileProtocol.Refused(FileError error)) {
            throw refused(path, error);
        }
    }

    @Override
    public Status status() throws IOException {
        return switch (caller.call(path, server, new FileProtocol.StatFile(id), Caller.FAILOVER_NANOS)) {
            case FileProtocol.StatAnswered(Status status) -> status;
            case FileProtocol.Refused(FileError error) -> throw refused(path, error);
        };
    }

    @Override
    public Optional<Lock> tryLock(long from, long length, boolean shared) throws IOException {
        return tryLock(caller.nextNumber(), from, length, shared);
    }

    @Override
    public Lock lock(long from, long length, boolean shared) throws IOException {
        long number = caller.nextNumber();
        Backoff backoff = new Backoff();
        Optional<Lock> lock = tryLock(number, from, length, shared);
        while (lock.isEmpty()) {
            caller.pause(backoff.nextNanos());
            lock = tryLock(number, from, length, shared);
        }
        return lock.get();
    }

    private Optional<Lock> tryLock(long number, long from, long length, boolean shared) throws IOException {
        locks.add(number); // Also without an answer it may be locked.
        FileProtocol.LockReply reply = caller.call(
                path, server, new FileProtocol.LockFile(id, number, from, length, shared), Caller.FAILOVER_NANOS);
        if (reply instanceof FileProtocol.Locked) {
            return Optional.of(() -> unlock(number));
        }
        locks.remove(number);
        if (reply instanceof FileProtocol.Refused(FileError error)) {
            throw refused(path, error);
        }
        if (reply instanceof FileProtocol.LockedBy(var holder) && holder.equals(caller.self())) {
            throw refused(path, FileError.EDEADLK);
        }
        return Optional.empty();
    }

    private void unlock(long number) throws IOException {
        if (locks.contains(number)) {
            var unlock = new FileProtocol.UnlockFile(id, number);
            if (!caller.giveBackAtLast(server, unlock)) {
                change(unlock);
            }
            locks.remove(number);
        }
    }

    @Override
    public InputStream input() {
        return new PieceInput() {
            private long position;

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                if (length == 0) {
                    return 0;
                }
                int count = ServedFile.this.read(position, buffer, offset, length);
                position += count;
                return count == 0 ? -1 : count;
            }
        };
    }

    @Override
    public OutputStream appender() {
        return new OutputStream() {
            @Override
            public void write(int one) throws IOException {
                write(new byte[] {(byte) one}, 0, 1);
            }

            @Override
            public void write(byte[] buffer, int offset, int length) throws IOException {
                append(buffer, offset, length);
            }
        };
    }

    @Override
    public void close() throws IOException {
        IOException first = null;
        for (Long number : locks.toArray(new Long[0])) {
            try {
                unlock(number);
            } catch (IOException e) {
                first = first == null ? e : first;
            }
        }
        if (first != null) {
            throw first;
        }
    }

    static FosException refused(String path, FileError error) {
        return new FosException(error, path + ": " + error.sentence());
    }
}
