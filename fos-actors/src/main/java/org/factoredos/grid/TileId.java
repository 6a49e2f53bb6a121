package org.factoredos.grid;

import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Pattern;

/** One tile, which stands for a core: column {@code x} and row {@code y} of a node's mesh; prints as {@code n2:3,5}. */
public record TileId(NodeId node, int x, int y) implements Comparable<TileId> {
    private static final Pattern TEXT = Pattern.compile("n(\\d{1,9}):(\\d{1,5}),(\\d{1,5})");
    private static final Comparator<TileId> ORDER =
            Comparator.comparing(TileId::node).thenComparingInt(TileId::y).thenComparingInt(TileId::x);

    /** Reads what {@link #toString} prints; empty for any other text. */
    public static Optional<TileId> parse(String text) {
        var match = TEXT.matcher(text);
        if (!match.matches() || Integer.parseInt(match.group(1)) < 1) {
            return Optional.empty();
        }
        return Optional.of(new TileId(
                new NodeId(Integer.parseInt(match.group(1))),
                Integer.parseInt(match.group(2)),
                Integer.parseInt(match.group(3))));
    }

    @Override
    public int compareTo(TileId other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return node + ":" + x + "," + y;
    }
}
