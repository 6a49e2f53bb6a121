package org.factoredos.kernel;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.factoredos.grid.TileId;
import org.jspecify.annotations.Nullable;

/**
 * The way of one traced message, step by step as in Figure 3: the latest step, and those before it.
 *
 * <p>It travels in the envelope, as data, and comes back in the reply; envelopes that nobody traces carry none.
 *
 * @param nanos the monotonic clock of the tile's node
 */
public record Trace(
        Step step, TileId tile, long nanos, @Nullable Trace before) {
    /** The nine steps of Figure 3. */
    public enum Step {
        CALLED(1, "the application calls read"),
        CONSTRUCTED(2, "the message proxy library constructs the message"),
        SENT(3, "the library calls the microkernel to send it"),
        LOOKED_UP(4, "the microkernel looks up the destination in its name cache"),
        TRANSPORTED(5, "the microkernels transport the message"),
        DEPOSITED(6, "the receiving microkernel deposits it in the request mailbox"),
        PROCESSED(7, "the server processes the request"),
        REPLIED(8, "the server returns the data to the library's mailbox"),
        UNPACKAGED(9, "the library unpackages the response and returns the data");

        private final int number;
        private final String sentence;

        Step(int number, String sentence) {
            this.number = number;
            this.sentence = sentence;
        }

        public int number() {
            return number;
        }

        public String sentence() {
            return sentence;
        }
    }

    public static Trace begin(TileId tile, long nanos) {
        return new Trace(Step.CALLED, tile, nanos, null);
    }

    public Trace then(Step next, TileId where, long when) {
        return new Trace(next, where, when, this);
    }

    /** All steps, the first one first. */
    public List<Trace> steps() {
        List<Trace> steps = new ArrayList<>();
        for (Trace at = this; at != null; at = at.before) {
            steps.add(at);
        }
        Collections.reverse(steps);
        return steps;
    }
}
