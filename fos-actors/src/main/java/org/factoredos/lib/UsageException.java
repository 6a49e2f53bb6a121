package org.factoredos.lib;

/** Arguments that a program cannot use; the message is one line that says what it takes. */
public final class UsageException extends RuntimeException {
    public UsageException(String message) {
        super(message);
    }
}
