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
