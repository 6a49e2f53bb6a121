package org.factoredos.kernel;

/** A textual name of the naming layer (§3.4), such as {@code sys:fs}; parts are separated by colons. */
public record Name(String text) implements Destination {
    @Override
    public String toString() {
        return text;
    }
}
