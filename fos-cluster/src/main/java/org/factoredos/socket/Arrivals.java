package org.factoredos.socket;

import java.util.Comparator;

/** What one server is told of the connections that come to a port, which it may share with others. */
final class Arrivals {
    /** Less than a second: a server that is merely busy asks within that. */
    private static final int FEW_TICKS = 3;

    /**
     * Who gets the next one: of those that allow one more who has nothing left to look at, then who was heard of
     * lately, for the others may have crashed, then who has fewest sockets, then whose turn it is.
     */
    static final Comparator<Arrivals> NEXT = Comparator.comparing((Arrivals one) -> one.room() <= 0)
            .thenComparing(one -> !one.line.attends())
            .thenComparing(one -> one.line.silentTicks() > FEW_TICKS)
            .thenComparingInt(one -> one.line.sockets.size())
            .thenComparingLong(one -> one.turn);

    final CardLine line;
    final long number;
    private long allowed;
    private long arrived;
    private long turn;

    Arrivals(CardLine line, long number) {
        this.line = line;
        this.number = number;
    }

    void allow(long upTo) {
        allowed = Math.max(allowed, upTo);
    }

    long room() {
        return allowed - arrived;
    }

    void arrived(long count) {
        arrived++;
        turn = count;
    }
}
