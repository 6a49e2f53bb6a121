package org.factoredos.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import org.factoredos.kernel.FrameRun;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("O3")
class BuddyTest {
    private final Buddy buddy = new Buddy();

    @Test
    void halvesThatAreFreeAgainBecomeOne() {
        buddy.add(new FrameRun(0, 512));
        List<FrameRun> one = buddy.take(1);
        List<FrameRun> other = buddy.take(200);
        assertThat(one).containsExactly(new FrameRun(0, 1));
        assertThat(other).containsExactly(new FrameRun(128, 128), new FrameRun(64, 64), new FrameRun(8, 8));

        one.forEach(buddy::add);
        other.forEach(buddy::add);

        assertThat(buddy.take(512)).containsExactly(new FrameRun(0, 512));
    }

    @Test
    void framesThatLieApartAreTakenInSeveralRuns() {
        buddy.add(new FrameRun(3, 1));
        buddy.add(new FrameRun(10, 2));

        assertThat(buddy.take(4)).isEmpty();
        assertThat(buddy.take(3)).containsExactly(new FrameRun(10, 2), new FrameRun(3, 1));
        assertThat(buddy.free()).isZero();
    }

    @Test
    void noFrameIsGivenTwiceAndNoneIsLost() {
        SplittableRandom random = new SplittableRandom(0xF05);
        int frames = 3000; // No power of two, and more than the longest run.
        buddy.add(new FrameRun(17, frames));
        List<List<FrameRun>> taken = new ArrayList<>();
        for (int round = 0; round < 5_000; round++) {
            if (random.nextBoolean() || taken.isEmpty()) {
                int wanted = 1 + random.nextInt(700);
                List<FrameRun> runs = buddy.take(wanted);
                if (!runs.isEmpty()) {
                    assertThat(FrameSet.count(runs)).isEqualTo(wanted);
                    taken.add(runs);
                }
            } else {
                taken.remove(random.nextInt(taken.size())).forEach(buddy::add);
            }
            BitSet all = buddy.frames();
            assertThat(all.cardinality()).isEqualTo(buddy.free());
            for (List<FrameRun> runs : taken) {
                assertThat(all.intersects(FrameSet.of(runs))).isFalse();
                all.or(FrameSet.of(runs));
            }
            assertThat(FrameSet.runs(all)).containsExactly(new FrameRun(17, frames));
        }
    }
}
