package org.factoredos.lib;

/** How a call can fail that no server refused. */
public enum CallError {
    /** Indefinite: the request may have been carried out. */
    TIMED_OUT("no answer came in time; it may or may not have been done"),
    TOO_MANY_CALLS("too many calls of this client wait for their answers"),
    TOO_MANY_MAILBOXES("this process has as many mailboxes as a client may have; destroy one first"),
    BROKEN_PIPE("nobody reads the other end of the pipe"),
    CONSOLE("the terminal is gone"),
    DEVICE("the device does not answer"),
    INTERRUPTED("interrupted at the terminal");

    private final String sentence;

    CallError(String sentence) {
        this.sentence = sentence;
    }

    /** One sentence for people. */
    public String sentence() {
        return sentence;
    }
}
