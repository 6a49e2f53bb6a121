package org.factoredos.lib;

import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.SendResult;
import org.factoredos.lib.PipeProtocol.PipeBroken;
import org.factoredos.lib.PipeProtocol.PipeEnded;
import org.factoredos.lib.PipeProtocol.PipeProbed;
import org.factoredos.lib.PipeProtocol.WritePipe;
import org.factoredos.lib.PipeProtocol.WriteReply;
import org.jspecify.annotations.Nullable;

/** The writing end of a pipe; unbuffered. */
final class PipeWriter extends OutputStream {
    static final int LARGEST_WRITE_BYTES = 64 * 1024;
    /** Enough that writer and reader work at the same time; small, for the data waits in the reader's mailbox. */
    private static final int WINDOW = 8;
    /** How long no write is consumed before the writer looks whether the reader is still there. */
    private static final long PROBE_NANOS = 1_000_000_000L;

    private static final long FULL_BACKOFF_NANOS = 1_000_000L;
    /** A reader that lets its mailbox stay full for longer than this is not told of the end. */
    private static final int MOST_END_TRIES = 30_000;

    private final Calls calls;
    private final Address reader;
    private final boolean ends;
    private final ArrayDeque<Calls.Pending<WriteReply>> unconsumed = new ArrayDeque<>();
    private boolean closed;

    PipeWriter(Calls calls, Address reader, boolean ends) {
        this.calls = calls;
        this.reader = reader;
        this.ends = ends;
    }

    @Override
    public void write(int one) throws FosException {
        write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] buffer, int offset, int length) throws FosException {
        Objects.checkFromIndexSize(offset, length, buffer.length);
        for (int done = 0; done < length; ) {
            int most = Math.min(length - done, LARGEST_WRITE_BYTES);
            writeOnce(Bytes.copyOf(buffer, offset + done, most));
            done += most;
        }
    }

    private void writeOnce(Bytes data) throws FosException {
        while (true) {
            while (!calls.await(this::hasRoom, calls.client().nanos() + PROBE_NANOS)) {
                check(calls.send(reader, new PipeProbed()));
            }
            Calls.Pending<WriteReply> write = calls.begin(reader, new WritePipe(data), null);
            // Only when its fate is known may the next follow: a refused write must not be overtaken.
            calls.await(() -> write.sent() != null, Long.MAX_VALUE);
            SendResult sent = write.sent();
            check(sent);
            if (sent == SendResult.ACCEPTED) {
                unconsumed.add(write);
                return;
            }
            calls.await(() -> false, calls.client().nanos() + FULL_BACKOFF_NANOS);
        }
    }

    private boolean hasRoom() {
        return unconsumed.size() < WINDOW || unconsumed.element().done();
    }

    private void check(@Nullable SendResult sent) throws FosException {
        while (!unconsumed.isEmpty() && unconsumed.element().done()) {
            if (unconsumed.remove().answer() instanceof PipeBroken) {
                throw broken();
            }
        }
        if (sent != SendResult.ACCEPTED && sent != SendResult.QUEUE_FULL) {
            throw broken();
        }
    }

    private static FosException broken() {
        return new FosException(CallError.BROKEN_PIPE, CallError.BROKEN_PIPE.sentence());
    }

    @Override
    public void close() {
        if (!closed && ends) {
            calls.inTurn(() -> sayEnd(calls.client(), reader));
        }
        closed = true;
    }

    /**
     * Tells the reader that this writer will write no more. Works for a client that is closed too: a killed writer's reader
     * must not wait for ever.
     */
    static void sayEnd(Client client, Address reader) {
        Thread self = Thread.currentThread();
        for (int tries = 0; tries < MOST_END_TRIES; tries++) {
            AtomicReference<@Nullable SendResult> sent = new AtomicReference<>();
            client.send(reader, new PipeEnded(), result -> {
                sent.set(result);
                LockSupport.unpark(self);
            });
            while (sent.get() == null) {
                LockSupport.parkNanos(client, FULL_BACKOFF_NANOS);
            }
            if (sent.get() != SendResult.QUEUE_FULL) {
                return;
            }
            LockSupport.parkNanos(client, FULL_BACKOFF_NANOS);
        }
    }
}
