package org.factoredos.naming;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** How a member of a set is chosen for a tile (§3.4). */
public enum Policy {
    /** The fewest hops away. */
    NEAREST,
    /** The fewest messages waiting. */
    LEAST_LOADED,
    ROUND_ROBIN,
    RANDOM,
    /** The same for the same tile, also when others come and go. */
    CONSISTENT_HASH;

    /** Reads what {@link #toString} prints; empty for any other text. */
    public static Optional<Policy> parse(String text) {
        return Stream.of(values())
                .filter(policy -> policy.toString().equals(text))
                .findFirst();
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
