package org.factoredos.lib;

import java.io.IOException;

/**
 * A system call that failed. The message is one line for people: what was asked, and the error's own sentence.
 *
 * <p>{@link #error} is a constant of the protocol that refused ({@code FileError}, {@code NameError},
 * {@code PlacementError}, {@code SendResult}) or {@link CallError}.
 */
public final class FosException extends IOException {
    private final Enum<?> error;

    public FosException(Enum<?> error, String message) {
        super(message);
        this.error = error;
    }

    public Enum<?> error() {
        return error;
    }
}
