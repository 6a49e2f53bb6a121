package org.factoredos.faults;

import java.io.PrintStream;

/** Figures that a run is to show, whether it succeeds or not. */
final class Report {
    private static final PrintStream OUT = System.out;

    private Report() {}

    static void say(String line) {
        OUT.println("[faults] " + line);
        OUT.flush();
    }
}
