package org.factoredos.node;

import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.factoredos.grid.NodeId;

/** Which node of which grid some data is; prints as {@code n2 of 0d4c...}. */
public record Identity(NodeId node, UUID grid) {
    private static final Pattern TEXT = Pattern.compile("n([1-9]\\d{0,8}) of (\\S+)");

    /** @throws IllegalArgumentException where the text is none */
    static Identity parse(String text) {
        Matcher matcher = TEXT.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException("\"" + text + "\" is no identity");
        }
        return new Identity(new NodeId(Integer.parseInt(matcher.group(1))), UUID.fromString(matcher.group(2)));
    }

    @Override
    public String toString() {
        return node + " of " + grid;
    }
}
