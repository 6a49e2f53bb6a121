package org.factoredos.lib;

/** Unwinds a program whose process was killed: thrown by its next system call, caught by its host alone. */
public final class ProcessKilled extends Error {
    public ProcessKilled() {
        super("killed", null, false, false);
    }
}
