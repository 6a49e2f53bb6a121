package org.factoredos.boot;

/** The node cannot serve; the message is one sentence for people. */
public final class BootFailed extends Exception {
    private static final long serialVersionUID = 1L;

    BootFailed(String sentence, Throwable cause) {
        super(sentence, cause);
    }
}
