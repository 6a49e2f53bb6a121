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
     * @param windowMessages how many envelopes may be under way without a result. Each may have a frame of its own, and so
     *     may each result of the other end's: the transport's queue is to hold twice as many frames
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
                new Settings(1024, 16 << 20, 65_536, 64 << 20, 128 << 10, 200_000_000L, 2_000_000_000L);
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
    /** Everything up to here has its result; told with the next frame that leaves anyway. */
    private long resultsSeen;
    /** Everything up to here was sent before the last silence, and may be lost. */
    private long suspectUpTo;
    /** Of that, everything up to here has been repeated. */
    private long repeatedUpTo;

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
        repeatWhatWasLost();
        List<Outgoing> next = new ArrayList<>();
        while (!waiting.isEmpty() && fitsWindow(waiting.getFirst())) {
            if (underWay.isEmpty()) {
                silentUntilNanos = nanos + patienceNanos;
            }
            Outgoing first = waiting.removeFirst();
            waitingBytes -= first.bytes();
            underWay.add(first);
            underWayBytes += first.bytes();
            next.add(first);
        }
        lastSent += next.size();
        transmitAll(lastSent - next.size() + 1, next);
        if (owesResults) {
            transmit(lastSent + 1, List.of());
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
        for (int i = 0; i < frame.results().size(); i++) {
            if (frame.firstResult() + i != resultsSeen + 1) {
                continue; // Seen before; a gap cannot be, for results are kept until seen.
            }
            Outgoing done = underWay.removeFirst();
            underWayBytes -= done.bytes();
            resultsSeen++;
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

    /**
     * Repeats the first frame of what has been without a result for too long. One is enough to hear whether the other end
     * is there, and to it alone a window would be repeated over and over while a wire is cut.
     */
    public void tick(long nanos) {
        if (ended || underWay.isEmpty() || nanos - silentUntilNanos < 0) {
            return;
        }
        patienceNanos = Math.min(2 * patienceNanos, settings.longestRetransmitNanos());
        silentUntilNanos = nanos + patienceNanos;
        List<Outgoing> suspect = List.copyOf(underWay);
        int count = endOfFrame(suspect, 0);
        transmitAll(resultsSeen + 1, suspect.subList(0, count));
        repeatedUpTo = resultsSeen + count;
        suspectUpTo = lastSent;
    }

    /** The other end has what {@link #tick} repeated and nothing behind it: so what followed then was lost too. */
    private void repeatWhatWasLost() {
        if (resultsSeen < repeatedUpTo || repeatedUpTo == suspectUpTo) {
            return;
        }
        if (resultsSeen == repeatedUpTo) {
            List<Outgoing> lost =
                    underWay.stream().limit(suspectUpTo - repeatedUpTo).toList();
            transmitAll(repeatedUpTo + 1, lost);
        }
        repeatedUpTo = suspectUpTo;
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

    /** Sends {@code all}, the first of which has the number {@code sequence}, in frames as full as they may be. */
    private void transmitAll(long sequence, List<Outgoing> all) {
        for (int begin = 0, end; begin < all.size(); begin = end) {
            end = endOfFrame(all, begin);
            transmit(
                    sequence + begin,
                    all.subList(begin, end).stream().map(Outgoing::envelope).toList());
        }
    }

    private int endOfFrame(List<Outgoing> all, int begin) {
        long bytes = all.get(begin).bytes();
        int end = begin + 1;
        while (end < all.size() && bytes + all.get(end).bytes() <= settings.frameBytes()) {
            bytes += all.get(end).bytes();
            end++;
        }
        return end;
    }

    private void transmit(long firstSequence, List<Envelope> envelopes) {
        owesResults = false;
        transport.transmit(new Frame(
                self, peer, firstSequence, envelopes, firstKeptResult, List.copyOf(keptResults), resultsSeen));
    }
}
