package org.factoredos.server;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * What one reader is to get once and in order, though its questions or their answers be lost or repeated: each item has a
 * number, and is kept until the reader has said that it has it. Bounded by whoever adds.
 */
public final class Ring<T> {
    private final ArrayDeque<T> items = new ArrayDeque<>();
    private long first = 1;

    /** Before any has been shown: the reader has had all below that number from an earlier ring. */
    public void beginAt(long number) {
        first = number;
    }

    public void add(T item) {
        items.add(item);
    }

    /** The reader has everything up to that number. */
    public void seen(long upTo) {
        while (!items.isEmpty() && first <= upTo) {
            items.remove();
            first++;
        }
    }

    /** The number of the first item that is kept, or of the next to come. */
    public long first() {
        return first;
    }

    public boolean isEmpty() {
        return items.isEmpty();
    }

    public int size() {
        return items.size();
    }

    /** Everything that the reader has not said it has. */
    public List<T> all() {
        return List.copyOf(items);
    }

    /** The first items: at most so many, with at most so many bytes, but at least one where there is one. */
    public List<T> page(int mostItems, long mostBytes, ToIntFunction<? super T> bytes) {
        List<T> page = new ArrayList<>();
        long total = 0;
        for (T item : items) {
            total += bytes.applyAsInt(item);
            if (page.size() == mostItems || (total > mostBytes && !page.isEmpty())) {
                break;
            }
            page.add(item);
        }
        return page;
    }
}
