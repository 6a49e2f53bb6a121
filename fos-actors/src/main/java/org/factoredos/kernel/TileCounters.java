package org.factoredos.kernel;

import static java.util.Objects.requireNonNull;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * What a tile's clients have done since their node started; {@code top} shows it.
 *
 * <p>What is counted at every send has one writer, the client in its own turn, so it costs a plain read and write, with
 * nobody to contend with; a reader sees a recent value. Only what is rare is counted atomically, by whoever learns of it.
 */
public final class TileCounters {
    private static final int CACHE_LINE_LONGS = 16;
    private static final int SENDS = CACHE_LINE_LONGS;
    private static final int HITS = SENDS + 1;
    private static final int MISSES = SENDS + 2;

    /** With room on both sides, so that no two tiles write to one cache line. */
    private final AtomicLongArray own = new AtomicLongArray(MISSES + 1 + CACHE_LINE_LONGS);
    /** An entry for every result from the beginning, so that threads only ever read the map. */
    private final Map<SendResult, AtomicLong> refused = new EnumMap<>(SendResult.class);

    private final AtomicLong discarded = new AtomicLong();

    TileCounters() {
        for (SendResult result : SendResult.values()) {
            refused.put(result, new AtomicLong());
        }
    }

    /** The client's turn: a send begins; {@code told} is told its result. */
    Sending sendBegun(Sending told) {
        add(SENDS);
        return result -> {
            if (result != SendResult.ACCEPTED) {
                requireNonNull(refused.get(result)).incrementAndGet();
            }
            told.ended(result);
        };
    }

    /** The client's turn: a name was looked for in the tile's name cache. */
    void lookedUp(boolean hit) {
        add(hit ? HITS : MISSES);
    }

    private void add(int count) {
        own.setOpaque(count, own.getPlain(count) + 1);
    }

    /** Any thread: messages went with a client that has ended. */
    void discarded(long messages) {
        discarded.addAndGet(messages);
    }

    long sends() {
        return own.getOpaque(SENDS);
    }

    long hits() {
        return own.getOpaque(HITS);
    }

    long misses() {
        return own.getOpaque(MISSES);
    }

    long discarded() {
        return discarded.get();
    }

    List<Delegation.Refusals> refused() {
        return refused.entrySet().stream()
                .map(of -> new Delegation.Refusals(of.getKey(), of.getValue().get()))
                .filter(refusals -> refusals.sends() > 0)
                .toList();
    }
}
