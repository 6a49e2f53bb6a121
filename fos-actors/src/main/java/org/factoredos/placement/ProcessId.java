package org.factoredos.placement;

import java.util.Optional;
import java.util.regex.Pattern;
import org.factoredos.grid.NodeId;

/** A process: the node whose placement server knows it, and a number within that node's boot; prints as {@code 1.17}. */
public record ProcessId(NodeId node, int number) implements Comparable<ProcessId> {
    private static final Pattern TEXT = Pattern.compile("(\\d{1,9})\\.(\\d{1,9})");

    /** Reads what {@link #toString} prints; empty for any other text. */
    public static Optional<ProcessId> parse(String text) {
        var match = TEXT.matcher(text);
        if (!match.matches() || Integer.parseInt(match.group(1)) < 1) {
            return Optional.empty();
        }
        return Optional.of(
                new ProcessId(new NodeId(Integer.parseInt(match.group(1))), Integer.parseInt(match.group(2))));
    }

    @Override
    public int compareTo(ProcessId other) {
        int byNode = node.compareTo(other.node);
        return byNode != 0 ? byNode : Integer.compare(number, other.number);
    }

    @Override
    public String toString() {
        return node.number() + "." + number;
    }
}
