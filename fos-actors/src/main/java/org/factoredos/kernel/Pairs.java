package org.factoredos.kernel;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What one client has under way to others that may have moved, receiver by receiver, so that a move puts no two of its
 * messages into another order (§3.1.1).
 *
 * <p>All sends of a pair that have no result yet went to the same stay of the receiver. When one comes back as {@link
 * SendResult#MOVED}, or the receiver is known to be elsewhere, the pair is held: later sends queue, and once everything
 * under way has its result the sender's shim finds the new place and {@link #release releases} what came back and then what
 * queued. A message whose send has no result is never sent a second time, so none arrives twice.
 *
 * <p>A pair is here only while it has something under way or held; messages inside a JVM need none, for their results are
 * known at once. Any thread: each step is atomic for its pair, and no result is told inside of one.
 */
final class Pairs {
    private static final int MOST_HELD = 4096;
    private static final long MOST_HELD_BYTES = 16L << 20;
    /** Longer than a failover: the receiver's node may have to be given up before anyone says where it is. */
    private static final long PATIENCE_NANOS = 15_000_000_000L;

    /** A message without a definite fate. */
    record Held(Envelope envelope, Sending sending) {
        int bytes() {
            return envelope.payload().bytes();
        }
    }

    /** How envelopes leave once their place is known. */
    interface Dispatch {
        void dispatch(Envelope envelope, Place place, Sending sending);
    }

    /** One receiver. */
    static final class Pair {
        private final Pairs pairs;
        private final ClientId to;
        private final ArrayDeque<Held> returned = new ArrayDeque<>();
        private final ArrayDeque<Held> queue = new ArrayDeque<>();
        private Place place;
        private int underWay;
        private long queuedBytes;
        /** Nothing passes by the queue. */
        private boolean holding;
        /** The shim is emptying the queue. */
        private boolean draining;
        /** How often in a row the place was wrong. */
        private int misses;

        private long untilNanos;

        private Pair(Pairs pairs, ClientId to, Place place) {
            this.pairs = pairs;
            this.to = to;
            this.place = place;
        }

        ClientId to() {
            return to;
        }

        Place place() {
            return place;
        }

        int misses() {
            return misses;
        }

        long untilNanos() {
            return untilNanos;
        }

        /** Everything goes there, in order; what is sent meanwhile behind it. In the shim's turn. */
        void release(Place found) {
            pairs.release(this, found);
        }

        /** Ends all that is held. In the shim's turn. */
        void fail(SendResult result) {
            pairs.fail(this, result);
        }
    }

    private enum Step {
        GO,
        HELD,
        FULL
    }

    private final Client from;
    private final Dispatch dispatch;
    private final Map<ClientId, Pair> pairs = new ConcurrentHashMap<>();

    Pairs(Client from, Dispatch dispatch) {
        this.from = from;
        this.dispatch = dispatch;
    }

    /** Whether nothing is under way or held: then a message inside the JVM overtakes none. */
    boolean isEmpty() {
        return pairs.isEmpty();
    }

    /** Sends to where the receiver is believed to be, unless it must wait its turn. */
    void send(Envelope envelope, Place place, Sending sending) {
        Held held = new Held(envelope, sending);
        Step[] step = {Step.GO};
        pairs.compute(envelope.to().client(), (to, known) -> {
            Pair pair = known == null ? new Pair(this, to, place) : known;
            if (!pair.holding && (pair.underWay == 0 || pair.place.isSameStay(place))) {
                pair.underWay++;
                pair.place = place;
            } else if (pair.queue.size() >= MOST_HELD || pair.queuedBytes + held.bytes() > MOST_HELD_BYTES) {
                step[0] = Step.FULL; // Definite: it has not left.
            } else {
                hold(pair);
                enqueue(pair, held);
                step[0] = Step.HELD;
            }
            return pair;
        });
        if (step[0] == Step.GO) {
            go(held, place);
        } else if (step[0] == Step.FULL) {
            sending.ended(SendResult.QUEUE_FULL);
        }
    }

    private void go(Held held, Place place) {
        dispatch.dispatch(held.envelope(), place, result -> ended(held, result));
    }

    private void ended(Held held, SendResult result) {
        ClientId to = held.envelope().to().client();
        boolean moved = result == SendResult.MOVED;
        @Nullable Pair[] stuck = {null};
        pairs.computeIfPresent(to, (id, pair) -> {
            pair.underWay--;
            if (moved) {
                hold(pair);
                pair.returned.add(held); // Results come in the order in which the messages went.
                pair.draining = false;
                pair.misses++;
            } else {
                pair.misses = 0;
                pair.untilNanos = pair.holding ? from.nanos() + PATIENCE_NANOS : 0;
            }
            if (pair.underWay > 0 || pair.draining) {
                return pair;
            }
            if (!pair.holding) {
                return null;
            }
            for (Held back = pair.returned.pollLast(); back != null; back = pair.returned.pollLast()) {
                pair.queue.addFirst(back);
                pair.queuedBytes += back.bytes();
            }
            stuck[0] = pair;
            return pair;
        });
        Pair waits = stuck[0];
        if (waits != null) {
            from.microkernel().relocate(waits);
        }
        if (!moved) {
            held.sending().ended(result);
            from.wakeToLeave();
        }
    }

    private void hold(Pair pair) {
        if (!pair.holding) {
            pair.holding = true;
            pair.untilNanos = pair.misses == 0 ? from.nanos() + PATIENCE_NANOS : pair.untilNanos;
        }
    }

    private static void enqueue(Pair pair, Held held) {
        pair.queue.add(held);
        pair.queuedBytes += held.bytes();
    }

    private void release(Pair pair, Place found) {
        pairs.computeIfPresent(pair.to, (to, known) -> {
            known.draining = known.holding && known.underWay == 0;
            return known;
        });
        for (Held next = next(pair, found); next != null; next = next(pair, found)) {
            go(next, found);
        }
    }

    /** Null: all are gone, or one has come back. */
    private @Nullable Held next(Pair pair, Place found) {
        @Nullable Held[] next = {null};
        pairs.computeIfPresent(pair.to, (to, known) -> {
            if (!known.draining) {
                return known;
            }
            next[0] = known.queue.pollFirst();
            if (next[0] == null) {
                known.holding = false;
                known.draining = false;
                return known.underWay == 0 ? null : known;
            }
            known.queuedBytes -= next[0].bytes();
            known.place = found;
            known.underWay++;
            return known;
        });
        return next[0];
    }

    private void fail(Pair pair, SendResult result) {
        List<Held> failed = new ArrayList<>();
        pairs.computeIfPresent(pair.to, (to, known) -> {
            failed.addAll(known.queue);
            return null;
        });
        failed.forEach(held -> held.sending().ended(result));
    }
}
