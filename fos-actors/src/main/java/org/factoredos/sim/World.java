package org.factoredos.sim;

import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * Virtual time: a queue of events in a fixed order, and the one source of randomness.
 *
 * <p>The seed alone decides a run. Every event is mixed into {@link #hash}, so two runs that differ anywhere differ there;
 * that is how a habit that determinism forbids (a clock, a thread, the order of a hash table) is found.
 */
public final class World {
    public static final long MICROSECOND = 1_000L;
    public static final long MILLISECOND = 1_000_000L;
    public static final long SECOND = 1_000_000_000L;

    private final long seed;
    private final SplittableRandom random;
    private final PriorityQueue<Due> queue = new PriorityQueue<>();
    private Consumer<String> log = line -> {};
    private boolean logging;
    private long nanos;
    private long events;
    private long scheduled;
    private long hash;

    private record Due(long nanos, long order, String what, Runnable action) implements Comparable<Due> {
        @Override
        public int compareTo(Due other) {
            int byTime = Long.compare(nanos, other.nanos);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    public World(long seed) {
        this.seed = seed;
        this.random = new SplittableRandom(seed);
    }

    public long seed() {
        return seed;
    }

    /** Nanoseconds since the run began. */
    public long nanos() {
        return nanos;
    }

    /** How many events have happened. */
    public long events() {
        return events;
    }

    /** Of all events so far and of what was noted at them. */
    public long hash() {
        return hash;
    }

    /** Prints events and notes as they happen, to find out how a seed fails. */
    public void log(Consumer<String> to) {
        log = to;
        logging = true;
    }

    /** Does {@code action} after a time. Events of the same time happen in the order in which they were asked for. */
    public void after(long delayNanos, String what, Runnable action) {
        if (delayNanos < 0) {
            throw new IllegalArgumentException("nothing can be done " + -delayNanos + " ns ago: " + what);
        }
        queue.add(new Due(nanos + delayNanos, ++scheduled, what, action));
    }

    /** Mixes what has come of an event into the hash. */
    public void note(String what) {
        mix(what.hashCode());
        if (logging) {
            log.accept(String.format("%13.6f   %s", nanos / 1e9, what));
        }
    }

    void mix(long value) {
        hash = Long.rotateLeft((hash ^ value) * 0x9E37_79B9_7F4A_7C15L, 29);
    }

    /** The next event; false where nothing is left to happen. */
    public boolean step() {
        Due due = queue.poll();
        if (due == null) {
            return false;
        }
        nanos = due.nanos();
        events++;
        mix(nanos);
        mix(due.what().hashCode());
        if (logging) {
            log.accept(String.format("%13.6f %s", nanos / 1e9, due.what()));
        }
        due.action().run();
        return true;
    }

    /** Everything that happens within the next {@code forNanos}. */
    public void run(long forNanos) {
        long until = nanos + forNanos;
        for (Due next = queue.peek(); next != null && next.nanos() <= until; next = queue.peek()) {
            step();
        }
        nanos = until;
    }

    /** From 0 to less than {@code bound}. */
    public int random(int bound) {
        return random.nextInt(bound);
    }

    /** From {@code low} to {@code high}, both included. */
    public long between(long low, long high) {
        return low == high ? low : random.nextLong(low, high + 1);
    }

    public boolean chance(int perMille) {
        return perMille > 0 && random.nextInt(1000) < perMille;
    }

    /** A source of its own for a core that needs randomness, so that its use of it moves nobody else's. */
    public SplittableRandom split() {
        return random.split();
    }
}
