package org.factoredos.memory;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.factoredos.kernel.FrameRun;

/** Sets of frames, as they are said in messages. */
final class FrameSet {
    private FrameSet() {}

    static BitSet of(List<FrameRun> runs) {
        BitSet frames = new BitSet();
        runs.forEach(run -> frames.set(run.first(), run.end()));
        return frames;
    }

    /** In as few runs as possible. */
    static List<FrameRun> runs(BitSet frames) {
        List<FrameRun> runs = new ArrayList<>();
        for (int first = frames.nextSetBit(0); first >= 0; ) {
            int end = frames.nextClearBit(first);
            runs.add(new FrameRun(first, end - first));
            first = frames.nextSetBit(end);
        }
        return runs;
    }

    static BitSet without(BitSet frames, BitSet others) {
        BitSet left = (BitSet) frames.clone();
        left.andNot(others);
        return left;
    }

    static int count(List<FrameRun> runs) {
        return runs.stream().mapToInt(FrameRun::count).sum();
    }
}
