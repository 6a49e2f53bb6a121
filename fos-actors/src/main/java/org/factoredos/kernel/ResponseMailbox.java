package org.factoredos.kernel;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * A client's mailbox for responses (§3.2.1): a slot for each call that waits, reserved as the call is made.
 *
 * <p>So the one answer to a call never meets a full queue, and a late or repeated one, whose slot is gone or another
 * call's by then, is turned away at the door. A slot holds its call's number; minus that once the answer is in.
 *
 * <p>An answer needs no right: being asked is the right to one answer (§3.1.2). So it is taken from the client that the call
 * was sent to last, and from nobody else.
 */
public final class ResponseMailbox {
    /** The number that every client's response mailbox has. */
    public static final int NUMBER = 0;

    private final Client owner;
    private final AtomicLongArray slots;
    private final AtomicReferenceArray<@Nullable Asked> asked;
    private final MpscUnboundedAtomicArrayQueue<Envelope> answers;
    private volatile boolean closed;
    private long lastCall;

    /** Whom a call was sent to. */
    private record Asked(long call, ClientId client) {}

    /**
     * @param capacity how many calls may wait at once; a power of two
     * @param lastCall a multiple of it that no call of the same client id has reached: a bootstrap server keeps its id when
     *     it is replaced, and neither an answer to its predecessor nor its predecessor's number may be taken for its own
     */
    ResponseMailbox(Client owner, int capacity, long lastCall) {
        if (capacity < 2 || Integer.bitCount(capacity) != 1) {
            throw new IllegalArgumentException(
                    "a response mailbox has 2 slots, or a larger power of two, not " + capacity);
        }
        this.owner = owner;
        this.lastCall = lastCall;
        this.slots = new AtomicLongArray(capacity);
        this.asked = new AtomicReferenceArray<>(capacity);
        this.answers = new MpscUnboundedAtomicArrayQueue<>(Math.min(capacity, 16));
    }

    /** The client's turn only: a number for a new call, larger than all before; 0 where every slot is taken. */
    public long reserve() {
        for (int tried = 0; tried < slots.length(); tried++) {
            lastCall++;
            int slot = slot(lastCall);
            if (slots.get(slot) == 0) {
                slots.set(slot, lastCall);
                return lastCall;
            }
        }
        return 0;
    }

    /**
     * The call leaves for {@code client} now, in the client's own turn or, where it was held, in the shim's: the call may
     * have ended since, and its slot be a later call's.
     */
    void sent(long call, ClientId client) {
        Asked now = new Asked(call, client);
        int slot = slot(call);
        Asked before = asked.get(slot);
        while ((before == null || before.call() <= call) && !asked.compareAndSet(slot, before, now)) {
            before = asked.get(slot);
        }
    }

    /** The client's turn only: gives the slot up; false where the answer is in already and {@link #take} will return it. */
    public boolean cancel(long call) {
        return slots.compareAndSet(slot(call), call, 0);
    }

    /** The client's turn only: the next answer, its slot free again; null where there is none. */
    public @Nullable Envelope take() {
        Envelope answer = answers.poll();
        if (answer != null) {
            slots.set(slot(answer.call()), 0);
        }
        return answer;
    }

    /** Like {@link Mailbox#isEmpty}. */
    public boolean isEmpty() {
        return answers.isEmpty();
    }

    int capacity() {
        return slots.length();
    }

    /** The client's turn only: no call has a larger number. */
    long lastCall() {
        return lastCall;
    }

    /** Any thread. */
    SendResult deposit(Envelope answer) {
        long call = answer.call();
        if (closed || call <= 0 || !expected(answer) || !slots.compareAndSet(slot(call), call, -call)) {
            return SendResult.NO_SUCH_MAILBOX;
        }
        answers.offer(answer);
        owner.wake();
        return SendResult.ACCEPTED;
    }

    /** From whom it was asked, or from the client's own tile. */
    private boolean expected(Envelope answer) {
        ClientId from = answer.from().client();
        Asked whom = asked.get(slot(answer.call()));
        return from.equals(owner.id())
                || (whom != null
                        && whom.call() == answer.call()
                        && whom.client().equals(from));
    }

    void close() {
        closed = true;
    }

    private int slot(long call) {
        return (int) (call & (slots.length() - 1));
    }
}
