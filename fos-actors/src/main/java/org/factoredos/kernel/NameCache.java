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

    /** What is known of a name. */
    static final class Known {
        /** The directory has no such name. */
        static final Known NOBODY = new Known(null, Delegation.Kind.SINGLE, Delegation.UNLIMITED);

        private final @Nullable Address mailbox;
        private final Delegation.Kind kind;
        private final int renewAt;
        /** Belongs to the client's turn; everything else here never changes. */
        private int left;

        private Known(@Nullable Address mailbox, Delegation.Kind kind, int uses) {
            this.mailbox = mailbox;
            this.kind = kind;
            this.renewAt = uses / 2;
            this.left = uses;
        }

        static Known of(Delegation.NameBound bound) {
            return new Known(bound.mailbox(), bound.kind(), bound.uses());
        }

        /** Null: nobody has the name. */
        @Nullable
        Address mailbox() {
            return mailbox;
        }

        Delegation.Kind kind() {
            return kind;
        }

        /** In the client's turn: takes one use; below zero where it is used up. */
        int use() {
            return left == Delegation.UNLIMITED ? left : --left;
        }

        /** Whether it is time to ask for the next member, while there is still something left of this one. */
        boolean toBeRenewed(int usesLeft) {
            return usesLeft == renewAt;
        }
    }

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
