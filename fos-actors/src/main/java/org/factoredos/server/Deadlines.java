package org.factoredos.server;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/**
 * When parked continuations are due: a timing wheel without rim, whose buckets are a few milliseconds wide.
 *
 * <p>A number is due at most one bucket late, never early.
 */
final class Deadlines {
    private static final int BUCKET_BITS = 22; // 4.2 ms

    private final TreeMap<Long, Set<Long>> buckets = new TreeMap<>();

    void add(long number, long deadlineNanos) {
        buckets.computeIfAbsent(bucket(deadlineNanos), bucket -> new LinkedHashSet<>())
                .add(number);
    }

    /** It waits no more. */
    void remove(long number, long deadlineNanos) {
        buckets.computeIfPresent(bucket(deadlineNanos), (bucket, numbers) -> {
            numbers.remove(number);
            return numbers.isEmpty() ? null : numbers;
        });
    }

    private static long bucket(long deadlineNanos) {
        return (deadlineNanos >> BUCKET_BITS) + 1;
    }

    /** When something may be due; {@link Long#MAX_VALUE} for never. */
    long nextNanos() {
        return buckets.isEmpty() ? Long.MAX_VALUE : buckets.firstKey() << BUCKET_BITS;
    }

    /** Takes out what is due. */
    List<Long> due(long nanos) {
        if (buckets.isEmpty() || buckets.firstKey() << BUCKET_BITS > nanos) {
            return List.of();
        }
        List<Long> due = new ArrayList<>();
        while (!buckets.isEmpty() && buckets.firstKey() << BUCKET_BITS <= nanos) {
            due.addAll(buckets.pollFirstEntry().getValue());
        }
        return due;
    }
}
