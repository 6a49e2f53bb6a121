package org.factoredos.shell;

/**
 * How a command ended, and where evaluation goes on.
 *
 * @param levels how many loops a {@code break} or {@code continue} still has to leave, at least 1
 */
record Outcome(int status, Flow flow, int levels) {
    enum Flow {
        /** With the next command. */
        ON,
        BREAK,
        CONTINUE,
        EXIT
    }

    static Outcome of(int status) {
        return new Outcome(status, Flow.ON, 0);
    }

    static Outcome exit(int status) {
        return new Outcome(status, Flow.EXIT, 0);
    }

    boolean leaves() {
        return flow != Flow.ON;
    }

    /** Seen from the loop around: it takes one level, and the last one ends with the loop itself. */
    Outcome outsideOfLoop() {
        if (flow == Flow.EXIT) {
            return this;
        }
        return levels > 1 ? new Outcome(status, flow, levels - 1) : of(status);
    }
}
