package org.factoredos.actor;

import java.util.HashMap;
import java.util.Map;

/**
 * For how long processes rest before each of their system calls, by their domain: not at all, but where the tiles of this node
 * have more to do than the machine's processors can, and one domain takes much more of them than its share.
 *
 * <p>On a chip each tile is a processor, and nobody's loop slows down another's tile (§3.1). Here they share a few.
 */
final class Pacing {
    static final long LOOK_NANOS = 250_000_000L;
    static final long SHORTEST_REST_NANOS = 1_000_000L;
    static final long LONGEST_REST_NANOS = 64_000_000L;

    /** Of the processors' time: from here on others wait for it. */
    private static final double BUSY = 0.75;

    private static final double CALM = 0.5;
    /** So many times what each would have if all had the same. */
    private static final double MUCH_MORE = 1.5;
    /** A fifth of one processor since the last look; what is less slows nobody down. */
    private static final double NOTICED_NANOS = 0.2 * LOOK_NANOS;
    /** Whoever has less than this part of what all have together does not share with anybody. */
    private static final double SOME = 0.01;

    private final Map<String, Double> used = new HashMap<>();
    private final Map<String, Long> rests = new HashMap<>();

    /**
     * One look, of many.
     *
     * @param busy how much of all the machine's processors was in use since the last, from 0 to 1
     * @param nanos the processors' time that each domain's processes have used since then; none for a domain that has none
     */
    void look(double busy, Map<String, Long> nanos) {
        used.replaceAll((domain, before) -> before / 2);
        nanos.forEach((domain, more) -> used.merge(domain, (double) more, Double::sum));
        double all = used.values().stream().mapToDouble(Double::doubleValue).sum();
        used.values().removeIf(some -> some < SOME * all);
        double fair = all / Math.max(1, used.size());
        used.forEach((domain, some) -> {
            if (busy >= BUSY && some > MUCH_MORE * fair && some > NOTICED_NANOS) {
                rests.merge(domain, SHORTEST_REST_NANOS, (before, first) -> Math.min(2 * before, LONGEST_REST_NANOS));
            } else if (busy < CALM || some < fair) {
                rests.computeIfPresent(domain, (itself, rest) -> rest / 2);
            }
        });
        rests.entrySet().removeIf(each -> each.getValue() < SHORTEST_REST_NANOS || !used.containsKey(each.getKey()));
    }

    long restNanos(String domain) {
        return rests.getOrDefault(domain, 0L);
    }
}
