package org.factoredos.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The memory of one node: 4 KiB frames, outside of the heap, in banks that are made, and with that filled with zeros, as a
 * frame of theirs is first touched. What of it is whose, memory servers decide and microkernels enforce.
 */
final class Ram {
    /** The longest run that is granted as one, so that it lies in one bank. */
    static final int FRAMES_PER_BANK = Paging.LONGEST_RUN;

    private final Arena arena = Arena.ofAuto();
    private final Map<Integer, MemorySegment> banks = new ConcurrentHashMap<>();

    /** The bank of the frame. */
    MemorySegment bank(int frame) {
        return banks.computeIfAbsent(
                frame / FRAMES_PER_BANK,
                bank -> arena.allocate((long) FRAMES_PER_BANK * Paging.FRAME_BYTES, Paging.FRAME_BYTES));
    }

    /** Where in its bank the frame begins. */
    static long offset(int frame) {
        return (long) (frame % FRAMES_PER_BANK) * Paging.FRAME_BYTES;
    }

    /** Before anybody else may see them: what was left there is nobody's business. */
    void clear(FrameRun run) {
        for (int frame = run.first(); frame < run.end(); ) {
            int end = Math.min(run.end(), (frame / FRAMES_PER_BANK + 1) * FRAMES_PER_BANK);
            MemorySegment bank = banks.get(frame / FRAMES_PER_BANK);
            if (bank != null) {
                bank.asSlice(offset(frame), (long) (end - frame) * Paging.FRAME_BYTES)
                        .fill((byte) 0);
            }
            frame = end;
        }
    }
}
