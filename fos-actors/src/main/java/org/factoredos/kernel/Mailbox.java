package org.factoredos.kernel;

import java.util.concurrent.atomic.AtomicLong;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * A receive mailbox (§3.1.1): any client may deposit, its own client alone takes out. It is polled, or, where it was made with
 * a handler, raises {@link Interrupts}.
 *
 * <p>Its size is fixed in messages and in bytes. Both counts and the closed mark live in one atomic word, so a deposit
 * that races the mailbox's destruction is either counted or refused, never half of each; what was counted when it closed
 * is what {@link #close} reports as lost. The queue below grows in small chunks: thousands of empty mailboxes cost little.
 */
public final class Mailbox {
    static final int MOST_MESSAGES = (1 << 23) - 1;
    private static final int BYTES_BITS = 40;
    private static final long BYTES_MASK = (1L << BYTES_BITS) - 1;
    private static final long ONE_MESSAGE = 1L << BYTES_BITS;
    private static final long CLOSED = Long.MIN_VALUE;
    /** A burst takes one allocation for as many messages; an empty mailbox holds one such chunk. */
    private static final int CHUNK_MESSAGES = 16;

    private final Client owner;
    private final int number;
    private final int capacityMessages;
    private final long capacityBytes;
    private final boolean interrupts;
    /** Null for a while where the mailbox has come with its client: its host sets it before the client runs. */
    private Interrupts.@Nullable Handler handler;

    private final AtomicLong word = new AtomicLong();
    private final MpscUnboundedAtomicArrayQueue<Envelope> queue = new MpscUnboundedAtomicArrayQueue<>(CHUNK_MESSAGES);

    /** {@code handler}: null for a mailbox that is polled, and for one whose handler is still to be {@link #handleWith said}. */
    Mailbox(
            Client owner,
            int number,
            int capacityMessages,
            long capacityBytes,
            boolean interrupts,
            Interrupts.@Nullable Handler handler) {
        if (capacityMessages < 1 || capacityMessages > MOST_MESSAGES) {
            throw new IllegalArgumentException(
                    "a mailbox holds 1 to " + MOST_MESSAGES + " messages, not " + capacityMessages);
        }
        if (capacityBytes < 1 || capacityBytes > BYTES_MASK) {
            throw new IllegalArgumentException("a mailbox holds 1 to " + BYTES_MASK + " bytes, not " + capacityBytes);
        }
        this.owner = owner;
        this.number = number;
        this.capacityMessages = capacityMessages;
        this.capacityBytes = capacityBytes;
        this.interrupts = interrupts;
        this.handler = handler;
    }

    public int number() {
        return number;
    }

    /** Any thread: puts the message in and wakes the client, or says why not and leaves no trace. */
    SendResult deposit(Envelope envelope) {
        long bytes = envelope.payload().bytes();
        long now = word.get();
        while (true) {
            if (now < 0) {
                return SendResult.NO_SUCH_MAILBOX;
            }
            if (bytes > capacityBytes) {
                return SendResult.TOO_LARGE;
            }
            if (now >>> BYTES_BITS >= capacityMessages || (now & BYTES_MASK) + bytes > capacityBytes) {
                return SendResult.QUEUE_FULL;
            }
            long seen = word.compareAndExchange(now, now + ONE_MESSAGE + bytes);
            if (seen == now) {
                break;
            }
            now = seen;
        }
        queue.offer(envelope);
        if (interrupts) {
            owner.interrupts().raise(this);
        }
        owner.wake();
        return SendResult.ACCEPTED;
    }

    /** The client's turn only: the oldest message, or null where there is none. */
    public @Nullable Envelope take() {
        Envelope envelope = remove();
        if (envelope != null && envelope.kind() == Envelope.Kind.REQUEST && !isAmongMembers(envelope)) {
            owner.taken().took(envelope.from().tile());
        }
        return envelope;
    }

    /** What members of one fleet ask each other, such as recalls, is for that one server, and nobody chose the nearest (§3.2). */
    private boolean isAmongMembers(Envelope envelope) {
        return envelope.fromSystem() && envelope.domain().equals(owner.domain());
    }

    /** Likewise, of a client that moves: not for it to handle here. */
    @Nullable
    Envelope remove() {
        Envelope envelope = queue.poll();
        if (envelope != null) {
            word.addAndGet(-(ONE_MESSAGE + envelope.payload().bytes()));
        }
        return envelope;
    }

    /**
     * Whether a deposit has begun that {@link #take} has not yet returned. Reads the producers' index, which a deposit
     * moves before it looks whether the client is idle: so a client that says it is idle and then asks here cannot miss one.
     */
    public boolean isEmpty() {
        return queue.isEmpty();
    }

    public int messages() {
        return (int) ((word.get() & ~CLOSED) >>> BYTES_BITS);
    }

    public int capacityMessages() {
        return capacityMessages;
    }

    public long capacityBytes() {
        return capacityBytes;
    }

    /** Whether it raises interrupts, and so is not to be polled. */
    public boolean interrupts() {
        return interrupts;
    }

    /** Before its client runs again on another tile: who handles its interrupts, for handlers are no data that could move. */
    public void handleWith(Interrupts.Handler itsHandler) {
        handler = itsHandler;
    }

    /** The client's turn only: hands the oldest message to the handler. What a destroyed mailbox held is lost, and counted. */
    void interrupt() {
        Envelope message = word.get() < 0 ? null : take();
        if (handler != null && message != null) {
            handler.on(message);
        }
    }

    /** Refuses all further deposits; returns how many accepted messages nobody will take. */
    int close() {
        long before = word.getAndUpdate(now -> now | CLOSED);
        return before < 0 ? 0 : (int) (before >>> BYTES_BITS);
    }
}
