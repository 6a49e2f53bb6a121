package org.factoredos.shell;

import java.io.IOException;
import java.util.List;
import org.factoredos.lib.Fos;
import org.factoredos.placement.ProcessId;

/**
 * What Ctrl-C interrupts while the shell at a terminal runs a line. Other shells are interrupted by nobody: they end with
 * the process in the foreground that they, or those who started them, are.
 */
final class Foreground {
    private final Fos fos;
    private final boolean atTerminal;

    Foreground(Fos fos, boolean atTerminal) {
        this.fos = fos;
        this.atTerminal = atTerminal;
    }

    /** From now on Ctrl-C ends these; where it came before, they are being ended. */
    void enter(List<ProcessId> processes) throws IOException {
        if (atTerminal && !processes.isEmpty()) {
            fos.setForeground(processes);
        }
    }

    /** Only the shell itself is left in the foreground: goes on with the line unless there was a Ctrl-C. */
    void leave() throws IOException {
        if (!atTerminal) {
            fos.giveWay();
        } else if (fos.setForeground(List.of())) {
            throw new InterruptedByUser();
        }
    }
}
