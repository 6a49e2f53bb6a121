package org.factoredos.lib;

import org.factoredos.kernel.Payload;

/** A line of text that is to be answered by one: what jars, which do not know each other's classes, can ask each other. */
public record TextRequest(String text) implements Payload.Request<TextMessage> {
    @Override
    public int bytes() {
        return 64 + 2 * text.length();
    }
}
