package org.factoredos.lib;

import java.util.Objects;
import java.util.Optional;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Mailbox;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.Sending;
import org.factoredos.lib.PipeProtocol.PipeBroken;
import org.factoredos.lib.PipeProtocol.PipeConsumed;
import org.factoredos.lib.PipeProtocol.PipeEnded;
import org.factoredos.lib.PipeProtocol.WritePipe;

/** The reading end of a pipe: the process's first mailbox. */
final class PipeReader extends PieceInput implements InputAhead {
    private final Calls calls;
    private final Mailbox mailbox;
    private final Runnable beforeWait;
    private int writers;
    private Bytes current = Bytes.EMPTY;

    /** @param writers how many ends make the end of the file */
    PipeReader(Calls calls, Mailbox mailbox, int writers, Runnable beforeWait) {
        this.calls = calls;
        this.mailbox = mailbox;
        this.writers = writers;
        this.beforeWait = beforeWait;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, buffer.length);
        if (length == 0) {
            return 0;
        }
        while (current.isEmpty()) {
            Envelope next = mailbox.take();
            if (next != null) {
                onMessage(next);
            } else if (writers <= 0) {
                return -1;
            } else {
                beforeWait.run();
                calls.await(() -> !mailbox.isEmpty(), Long.MAX_VALUE);
            }
        }
        int count = Math.min(length, current.length());
        current.copyTo(0, buffer, offset, count);
        current = current.slice(count, current.length() - count);
        return count;
    }

    @Override
    public boolean ready() {
        return !current.isEmpty() || !mailbox.isEmpty() || writers <= 0;
    }

    @Override
    public Optional<Bytes> take() {
        while (current.isEmpty()) {
            Envelope next = mailbox.take();
            if (next == null) {
                return writers <= 0 ? Optional.of(Bytes.EMPTY) : Optional.empty();
            }
            onMessage(next);
        }
        Bytes taken = current;
        current = Bytes.EMPTY;
        return Optional.of(taken);
    }

    private void onMessage(Envelope in) {
        switch (in.payload()) {
            case WritePipe(Bytes data) -> {
                current = data;
                calls.inTurn(() -> answer(calls.client(), in, new PipeConsumed()));
            }
            case PipeEnded() -> writers--;
            default -> {
                // A probe, or a stranger's message: a pipe carries bytes and nothing else.
            }
        }
    }

    private static void answer(Client client, Envelope in, Payload answer) {
        client.reply(in.from(), in.call(), answer, in.trace(), Sending.UNWATCHED); // Refused: the writer has gone.
    }

    /** The process ends: no more is taken, and those whose writes lie here are told. Works for a closed client too. */
    static void abandon(Client client, Mailbox mailbox) {
        client.destroyMailbox(mailbox.number());
        for (Envelope in = mailbox.take(); in != null; in = mailbox.take()) {
            if (in.payload() instanceof WritePipe) {
                answer(client, in, new PipeBroken());
            }
        }
    }
}
