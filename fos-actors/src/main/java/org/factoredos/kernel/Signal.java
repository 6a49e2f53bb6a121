package org.factoredos.kernel;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What one process may tell another to do, whatever that computes; the numbers are POSIX's. */
public enum Signal {
    /** Ctrl-C at a terminal. */
    INTERRUPT(2, "INT"),
    /** Cuts the client off: no program handles it. */
    KILL(9, "KILL"),
    /** To end in its own time, which it may do some work before. */
    TERMINATE(15, "TERM");

    private final int number;
    private final String word;

    Signal(int number, String word) {
        this.number = number;
        this.word = word;
    }

    /** The exit status of a process that it has ended: what shells make of it. */
    public int status() {
        return 128 + number;
    }

    /** By its word, with or without {@code SIG} before it, or its number; empty for any other text. */
    public static Optional<Signal> parse(String text) {
        String upper = text.toUpperCase(Locale.ROOT);
        String bare = upper.startsWith("SIG") ? upper.substring(3) : upper;
        return Arrays.stream(values())
                .filter(signal -> signal.word.equals(bare)
                        || Integer.toString(signal.number).equals(text))
                .findFirst();
    }

    /** As {@code kill} takes it. */
    @Override
    public String toString() {
        return word;
    }
}
