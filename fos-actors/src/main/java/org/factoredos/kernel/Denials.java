package org.factoredos.kernel;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.LongStream;

/** What was denied on a tile lately; the oldest makes room. Written by the client's turn and the shim's, read by the shim. */
public final class Denials {
    private static final int MOST = 64;

    private final AtomicReferenceArray<Denial> ring = new AtomicReferenceArray<>(MOST);
    private final AtomicLong written = new AtomicLong();

    Denials() {}

    void add(Denial denial) {
        ring.set((int) (written.getAndIncrement() % MOST), denial);
    }

    /** The oldest first. */
    List<Denial> list() {
        long end = written.get();
        return LongStream.range(Math.max(0, end - MOST), end)
                .mapToObj(number -> ring.get((int) (number % MOST)))
                .filter(Objects::nonNull) // Counted, and not yet there.
                .toList();
    }
}
