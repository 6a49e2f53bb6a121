package org.factoredos.server;

import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** What a request to an owner touches, which decides for whom it waits ({@link Callbacks}). */
public sealed interface Access {
    /** Waits for nothing, and fronts may not hold the answer. */
    record Free() implements Access {}

    /** Waits for writes of the key; the front may hold the answer until the next one. */
    record Read(String key) implements Access {}

    /** Waits for nothing; the front may hold the answer until the next change of a key, unless one is under way. */
    record Look(SortedSet<String> keys) implements Access {
        public Look {
            keys = Collections.unmodifiableSortedSet(new TreeSet<>(keys));
        }

        public static Look of(String... keys) {
            return new Look(new TreeSet<>(List.of(keys)));
        }
    }

    /**
     * Begins once no front holds anything about the keys, and shares them with other changes: the core puts those in order. What
     * it touches may be other things by then, so its keys are asked for once more before it begins.
     */
    record Change(SortedSet<String> keys) implements Access {
        public Change {
            keys = Collections.unmodifiableSortedSet(new TreeSet<>(keys));
        }
    }

    /** Begins once no front holds anything about the keys. */
    record Write(SortedSet<String> keys) implements Access {
        public Write {
            keys = Collections.unmodifiableSortedSet(new TreeSet<>(keys));
        }

        public static Write of(String... keys) {
            return new Write(new TreeSet<>(List.of(keys)));
        }
    }
}
