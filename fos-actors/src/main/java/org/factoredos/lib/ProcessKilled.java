package org.factoredos.lib;

import org.factoredos.kernel.Signal;

/** Unwinds a program whose process was killed: thrown by its next system call, caught by its host alone. */
public final class ProcessKilled extends Error {
    private final int status;

    public ProcessKilled() {
        this(Signal.KILL.status());
    }

    ProcessKilled(int status) {
        super("killed", null, false, false);
        this.status = status;
    }

    /** With which the process ends. */
    public int status() {
        return status;
    }
}
