package org.factoredos.memory;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.TreeSet;
import org.factoredos.kernel.FrameRun;
import org.factoredos.kernel.Paging;

/**
 * Free frames as runs of powers of two (Knowlton's buddy system): a run is halved as often as needed, and two halves that are
 * free again become one. No run is longer than {@link Paging#LONGEST_RUN}; who wants more frames gets several runs.
 */
final class Buddy {
    private static final int ORDERS = Integer.numberOfTrailingZeros(Paging.LONGEST_RUN) + 1;

    /** By the power of two: the first frames of free runs; the lowest is given first. */
    private final List<TreeSet<Integer>> runs = new ArrayList<>();

    private int free;

    Buddy() {
        for (int order = 0; order < ORDERS; order++) {
            runs.add(new TreeSet<>());
        }
    }

    int free() {
        return free;
    }

    /** Adds frames that are free from now on, wherever they lie. */
    void add(FrameRun run) {
        int first = run.first();
        while (first < run.end()) {
            int order = Math.min(ORDERS - 1, Integer.numberOfTrailingZeros(first == 0 ? Paging.LONGEST_RUN : first));
            while (first + (1 << order) > run.end()) {
                order--;
            }
            add(first, order);
            first += 1 << order;
        }
        free += run.count();
    }

    private void add(int first, int order) {
        int buddy = first ^ (1 << order);
        if (order < ORDERS - 1 && runs.get(order).remove(buddy)) {
            add(Math.min(first, buddy), order + 1);
        } else if (!runs.get(order).add(first)) {
            throw new IllegalStateException("frame " + first + " is freed, and is free");
        }
    }

    /** Takes so many frames in as few runs as there are; none at all where there are fewer. */
    List<FrameRun> take(int frames) {
        List<FrameRun> taken = new ArrayList<>();
        if (frames > free) {
            return taken;
        }
        int left = frames;
        while (left > 0) {
            int order = Math.min(ORDERS - 1, 31 - Integer.numberOfLeadingZeros(left));
            int found = order;
            while (found < ORDERS && runs.get(found).isEmpty()) {
                found++;
            }
            if (found == ORDERS) { // None is that long: the longest that there is.
                found = order - 1;
                while (runs.get(found).isEmpty()) {
                    found--;
                }
                order = found;
            }
            int first = runs.get(found).removeFirst();
            for (int half = found - 1; half >= order; half--) {
                runs.get(half).add(first + (1 << half));
            }
            taken.add(new FrameRun(first, 1 << order));
            left -= 1 << order;
        }
        free -= frames;
        return taken;
    }

    BitSet frames() {
        BitSet frames = new BitSet();
        for (int order = 0; order < ORDERS; order++) {
            for (int first : runs.get(order)) {
                frames.set(first, first + (1 << order));
            }
        }
        return frames;
    }
}
