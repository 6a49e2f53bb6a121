package org.factoredos.lib;

import org.factoredos.kernel.Payload;

/** What people send each other from shells: a line of text. */
public record TextMessage(String text) implements Payload {
    @Override
    public int bytes() {
        return 64 + 2 * text.length();
    }
}
