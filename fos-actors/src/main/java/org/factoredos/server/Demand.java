package org.factoredos.server;

/**
 * Whether a fleet is to have a server more or a server fewer, by how many messages wait at its servers (§3.2): they are looked
 * at twice a second.
 */
public final class Demand {
    public static final long LOOK_NANOS = 500_000_000L;

    /** So many messages wait at each server, on the average, where it is worth another tile. */
    private static final int LONG_QUEUE = 8;
    /** In so many looks one after the other: two seconds. */
    private static final int LOOKS_TO_GROW = 4;
    /**
     * Ten seconds, on the average: a server more costs less than one that comes and goes, and what waits for a moment now and
     * then is no load.
     */
    private static final int LOOKS_TO_SHRINK = 20;

    /** What it comes to. */
    public enum Wish {
        AS_MANY,
        ONE_MORE,
        ONE_FEWER
    }

    private int looksLong;
    /** Looks, and what waited at them, since one that a server fewer could not have borne was over. */
    private int looksCalm;

    private long queuedCalm;

    /** At one look {@code queued} messages wait, at all of {@code servers} together. A wish is said once. */
    public Wish look(long queued, int servers) {
        looksLong = queued >= (long) LONG_QUEUE * servers ? looksLong + 1 : 0;
        long fewerBear = (long) LONG_QUEUE * (servers - 1);
        looksCalm = queued < fewerBear ? looksCalm + 1 : 0;
        queuedCalm = queued < fewerBear ? queuedCalm + queued : 0;
        if (looksLong == LOOKS_TO_GROW) {
            looksLong = 0;
            return Wish.ONE_MORE;
        }
        if (looksCalm == LOOKS_TO_SHRINK) {
            // What waits would be far from long for the others too.
            boolean idle = 4 * queuedCalm < fewerBear * LOOKS_TO_SHRINK;
            looksCalm = 0;
            queuedCalm = 0;
            return idle ? Wish.ONE_FEWER : Wish.AS_MANY;
        }
        return Wish.AS_MANY;
    }
}
