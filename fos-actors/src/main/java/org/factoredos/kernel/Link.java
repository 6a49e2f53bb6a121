package org.factoredos.kernel;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * One node's end of the reliable messaging between two incarnations of two nodes (§3.1.1), over a {@link Transport} that
 * is not reliable.
 *
 * <p>Envelopes are numbered; the receiver takes them in order, skips what it has had, deposits each once, and keeps its
 * result until the sender says that it has seen it. Silence is answered by sending again from the first envelope without a
 * result. So each accepted message arrives exactly once and in order while both incarnations are members, and a send's
 * result says truly whether it did; {@link #end} turns what has no result yet into {@link SendResult#UNREACHABLE}.
 *
 * <p>A state machine: time is an argument, its machine room calls it from one thread at a time, and its only timer is the
 * wire's ({@link #nextDeadlineNanos}).
 */
public final class Link {
    /**
     * How much a link has under way, and how long it waits.
     *
     * @param windowMessages how many envelopes may be under way without a result
     * @param windowBytes the same in bytes; one envelope always fits
     * @param queueMessages how many more may wait behind the window before a send is refused as full
     * @param queueBytes the same in bytes
     * @param frameBytes when a frame is full; one envelope always fits
     * @param retransmitNanos how long a silence lasts before the first repetition; doubled with each up to
     *     {@code longestRetransmitNanos}
     */
    public record Settings(
            int windowMessages,
            long windowBytes,
            int queueMessages,
            long queueBytes,
            long frameBytes,
            long retransmitNanos,
            long longestRetransmitNanos) {
        public static final Settings DEFAULT =
                new Settings(4096, 16 << 20, 65_536, 64 << 20, 128 << 10, 200_000_000L, 2_000_000_000L);
    }

    private final Incarnation self;
    private final Incarnation peer;
    private final Settings settings;
    private final Transport transport;
    private final Function<Envelope, SendResult> deliver;

    private final ArrayDeque<Outgoing> waiting = new ArrayDeque<>();
    private final ArrayDeque<Outgoing> underWay = new ArrayDeque<>();
    private long lastSent;
    private long waitingBytes;
    private long underWayBytes;
    private long resultsSeen;
    private long silentUntilNanos;
    private long patienceNanos;

    private long received;
    private long firstKeptResult = 1;
    private final ArrayDeque<SendResult> keptResults = new ArrayDeque<>();
    private boolean owesResults;
    private boolean ended;

    private record Outgoing(Envelope envelope, Sending sending) {
        int bytes() {
            return envelope.payload().bytes();
        }
    }

    /**
     * One end of a link; the other end is made by the other node.
     *
     * @param deliver hands an envelope that has arrived to its mailbox and says how that went
     */
    public Link(
            Incarnation self,
            Incarnation peer,
            Settings settings,
            Transport transport,
            Function<Envelope, SendResult> deliver) {
        this.self = self;
        this.peer = peer;
        this.settings = settings;
        this.transport = transport;
        this.deliver = deliver;
        this.patienceNanos = settings.retransmitNanos();
    }

    public Incarnation peer() {
        return peer;
    }

    /**
     * Takes a message for the other node; {@link #flush} puts it on the wire. An answer is always taken: its place was
     * reserved as the call was made, so there are no more of them than calls.
     */
    public void offer(Envelope envelope, Sending sending) {
        Outgoing offered = new Outgoing(envelope, sending);
        if (ended) {
            sending.ended(SendResult.UNREACHABLE);
        } else if (envelope.kind() != Envelope.Kind.REPLY && !fitsQueue(offered)) {
            sending.ended(SendResult.QUEUE_FULL); // Definite: it has not left.
        } else {
            waiting.add(offered);
            waitingBytes += offered.bytes();
        }
    }

    /** Fills the window and sends what is owed. Called after a batch of offers or frames, so that frames are full. */
    public void flush(long nanos) {
        if (ended) {
            return;
        }
        boolean sent = false;
        List<Envelope> batch = new ArrayList<>();
        long batchBytes = 0;
        while (!waiting.isEmpty() && fitsWindow(waiting.getFirst())) {
            Outgoing next = waiting.removeFirst();
            waitingBytes -= next.bytes();
            if (underWay.isEmpty()) {
                silentUntilNanos = nanos + patienceNanos;
            }
            if (!batch.isEmpty() && batchBytes + next.bytes() > settings.frameBytes()) {
                transmit(lastSent - batch.size() + 1, batch);
                sent = true;
                batch = new ArrayList<>();
                batchBytes = 0;
            }
            underWay.add(next);
            underWayBytes += next.bytes();
            lastSent++;
            batch.add(next.envelope());
            batchBytes += next.bytes();
        }
        if (!batch.isEmpty() || (owesResults && !sent)) {
            transmit(lastSent - batch.size() + 1, batch);
        }
    }

    /** A frame has arrived, perhaps late, repeated or out of order. */
    public void receive(Frame frame, long nanos) {
        if (ended || !frame.to().equals(self) || !frame.from().equals(peer)) {
            return; // Another life of either node: what it says was never meant for this one.
        }
        onResults(frame, nanos);
        onEnvelopes(frame);
    }

    private void onResults(Frame frame, long nanos) {
        long first = lastSent - underWay.size() + 1;
        for (int i = 0; i < frame.results().size(); i++) {
            if (frame.firstResult() + i != first) {
                continue; // Seen before; a gap cannot be, for results are kept until seen.
            }
            Outgoing done = underWay.removeFirst();
            underWayBytes -= done.bytes();
            resultsSeen = first++;
            owesResults = true; // The receiver keeps the results until it hears that they were seen.
            patienceNanos = settings.retransmitNanos();
            silentUntilNanos = nanos + patienceNanos;
            done.sending().ended(frame.results().get(i));
        }
    }

    private void onEnvelopes(Frame frame) {
        while (!keptResults.isEmpty() && firstKeptResult <= frame.resultsSeen()) {
            keptResults.removeFirst();
            firstKeptResult++;
        }
        long sequence = frame.firstSequence();
        for (Envelope envelope : frame.envelopes()) {
            owesResults = true; // Also for one that was had before: its result may have been lost.
            if (sequence == received + 1) {
                received++;
                keptResults.add(deliver.apply(envelope));
            } else if (sequence > received) {
                return; // A frame before this one is missing; the sender will repeat from there.
            }
            sequence++;
        }
    }

    /** Repeats what has been without a result for too long. */
    public void tick(long nanos) {
        if (ended || underWay.isEmpty() || nanos - silentUntilNanos < 0) {
            return;
        }
        patienceNanos = Math.min(2 * patienceNanos, settings.longestRetransmitNanos());
        silentUntilNanos = nanos + patienceNanos;
        long sequence = lastSent - underWay.size() + 1;
        List<Envelope> batch = new ArrayList<>();
        long batchBytes = 0;
        for (Outgoing again : underWay) {
            if (!batch.isEmpty() && batchBytes + again.bytes() > settings.frameBytes()) {
                transmit(sequence, batch);
                sequence += batch.size();
                batch = new ArrayList<>();
                batchBytes = 0;
            }
            batch.add(again.envelope());
            batchBytes += again.bytes();
        }
        transmit(sequence, batch);
    }

    /** When {@link #tick} is due, on the monotonic clock; {@link Long#MAX_VALUE} while nothing waits for a result. */
    public long nextDeadlineNanos() {
        return ended || underWay.isEmpty() ? Long.MAX_VALUE : silentUntilNanos;
    }

    /** The other incarnation is gone: what is under way may or may not have arrived. */
    public void end() {
        if (ended) {
            return;
        }
        ended = true;
        underWay.forEach(lost -> lost.sending().ended(SendResult.UNREACHABLE));
        waiting.forEach(lost -> lost.sending().ended(SendResult.UNREACHABLE));
        underWay.clear();
        waiting.clear();
    }

    private boolean fitsQueue(Outgoing offered) {
        return waiting.size() < settings.queueMessages()
                && (waiting.isEmpty() || waitingBytes + offered.bytes() <= settings.queueBytes());
    }

    private boolean fitsWindow(Outgoing next) {
        return underWay.isEmpty()
                || (underWay.size() < settings.windowMessages()
                        && underWayBytes + next.bytes() <= settings.windowBytes());
    }

    private void transmit(long firstSequence, List<Envelope> envelopes) {
        owesResults = false;
        transport.transmit(new Frame(
                self, peer, firstSequence, envelopes, firstKeptResult, List.copyOf(keptResults), resultsSeen));
    }
}
