package org.factoredos.kernel;

/**
 * Frames of a node's memory that lie one behind the other.
 *
 * @param first the number of the first, from 0
 * @param count how many, at least 1
 */
public record FrameRun(int first, int count) {
    public FrameRun {
        if (first < 0 || count < 1 || first > Integer.MAX_VALUE - count) {
            throw new IllegalArgumentException("no run of frames: " + count + " from " + first);
        }
    }

    /** The number behind the last. */
    public int end() {
        return first + count;
    }
}
