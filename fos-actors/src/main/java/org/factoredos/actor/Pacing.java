package org.factoredos.actor;

import java.util.HashMap;
import java.util.Map;

/**
 * How much processes rest, by their domain, in the midst of their system calls: not at all, but where the tiles of this node have more
 * to do than the machine's processors can, and one of several domains takes much more of them than its share.
 *
 * <p>On a chip each tile is a processor, and nobody's loop slows down another's tile (§3.1). Here they share a few.
 */
final class Pacing {
    static final long LOOK_NANOS = 250_000_000L;
    /** Times as long as a process has computed. */
    static final int MOST_TIMES = 32;

    /** Of the processors' time: from here on others wait for it. */
    private static final double BUSY = 0.8;

    private static final double CALM = 0.6;
    /** So many times what each would have if all had the same. */
    private static final double MUCH_MORE = 1.5;
    /** A fifth of one processor since the last look; what is less slows nobody down. */
    private static final double NOTICED_NANOS = 0.2 * LOOK_NANOS;
    /** Whoever has less than this part of what all have together does not share with anybody. */
    private static final double SOME = 0.01;

    private final Map<String, Double> used = new HashMap<>();
    private final Map<String, Integer> times = new HashMap<>();

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
                times.merge(domain, 1, (before, first) -> Math.min(2 * before, MOST_TIMES));
            } else if (busy < CALM || some < fair) {
                times.computeIfPresent(domain, (itself, before) -> before / 2);
            }
        });
        times.entrySet().removeIf(each -> each.getValue() == 0 || !used.containsKey(each.getKey()));
    }

    /** So many times as long as it computes a process of that domain rests; 0 for not at all. */
    int times(String domain) {
        return times.getOrDefault(domain, 0);
    }
}
