package org.factoredos.shell;

/** Ctrl-C: unwinds all that a line has begun, back to the prompt. */
final class InterruptedByUser extends RuntimeException {
    private static final long serialVersionUID = 1L;

    InterruptedByUser() {
        super("interrupted at the terminal", null, false, false);
    }
}
