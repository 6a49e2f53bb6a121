package org.factoredos.kernel;

import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * A tile's name cache (§3.1.1): which mailbox a name means here, or that nobody has it.
 *
 * <p>An immutable snapshot, published by the shim and read by the client's sends. It is bounded; the entry that was
 * learned first makes room. No entry outlives the node lease: whoever looks one up checks that.
 */
final class NameCache {
    static final NameCache EMPTY = new NameCache(new LinkedHashMap<>());
    private static final int MOST_ENTRIES = 1024;

    /** What is known of a name; {@code mailbox} is null where the directory has no such name. */
    record Known(@Nullable Address mailbox) {}

    private final SequencedMap<String, Known> entries;

    private NameCache(SequencedMap<String, Known> entries) {
        this.entries = entries;
    }

    /** Null: not cached. */
    @Nullable
    Known get(String name) {
        return entries.get(name);
    }

    int size() {
        return entries.size();
    }

    NameCache with(String name, Known known) {
        LinkedHashMap<String, Known> next = new LinkedHashMap<>(entries);
        next.remove(name);
        if (next.size() == MOST_ENTRIES) {
            next.pollFirstEntry();
        }
        next.put(name, known);
        return new NameCache(next);
    }

    NameCache without(String name) {
        if (!entries.containsKey(name)) {
            return this;
        }
        LinkedHashMap<String, Known> next = new LinkedHashMap<>(entries);
        next.remove(name);
        return new NameCache(next);
    }
}
