package org.factoredos.actor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Who rests, and for how long, by what was used of processors that others wanted. */
class PacingTest {
    private static final double BUSY = 0.95;
    private static final double CALM = 0.3;
    private static final double BETWEEN = 0.7;

    private static final long MILLI = 1_000_000L;

    private final Pacing pacing = new Pacing();

    private void look(int times, double busy, Map<String, Long> used) {
        for (int i = 0; i < times; i++) {
            pacing.look(busy, used);
        }
    }

    private static Map<String, Long> sharing(long hog, long other, int others) {
        Map<String, Long> used = new HashMap<>(Map.of("hog", hog * MILLI));
        for (int i = 0; i < others; i++) {
            used.put("other" + i, other * MILLI);
        }
        return used;
    }

    @Test
    void whoTakesMuchMoreThanOthersRestsLongerAndLonger() {
        look(1, BUSY, sharing(100, 5, 5));
        assertThat(pacing.times("hog")).isEqualTo(1);
        assertThat(pacing.times("other0")).isZero();

        look(1, BUSY, sharing(100, 5, 5));
        assertThat(pacing.times("hog")).isEqualTo(2);

        look(100, BUSY, sharing(100, 5, 5));
        assertThat(pacing.times("hog")).isEqualTo(Pacing.MOST_TIMES);
    }

    @Test
    void nobodyRestsWhoIsAlone() {
        look(100, BUSY, sharing(100, 5, 0));

        assertThat(pacing.times("hog")).isZero();
    }

    @Test
    void nobodyRestsWhileAllTakeAsMuch() {
        look(100, BUSY, sharing(100, 90, 5));

        assertThat(pacing.times("hog")).isZero();
    }

    @Test
    void nobodyRestsWhileTheProcessorsHaveTime() {
        look(100, BETWEEN, sharing(100, 5, 5));

        assertThat(pacing.times("hog")).isZero();
    }

    @Test
    void nobodyRestsWhoHasTakenLittleOfWhatOthersOfTheMachineAreBusyWith() {
        look(100, BUSY, sharing(10, 1, 5));

        assertThat(pacing.times("hog")).isZero();
    }

    @Test
    void whoTakesLessThanTheirShareIsForgivenWhileOthersKeepTheProcessorsBusy() {
        look(100, BUSY, sharing(100, 5, 5));
        look(3, BUSY, sharing(5, 90, 5));
        assertThat(pacing.times("hog")).isBetween(1, Pacing.MOST_TIMES / 2);

        look(10, BUSY, sharing(5, 90, 5));
        assertThat(pacing.times("hog")).isZero();
    }

    @Test
    void restsEndOnceTheProcessorsAreCalm() {
        look(100, BUSY, sharing(100, 5, 5));
        look(1, BETWEEN, sharing(50, 5, 5));
        assertThat(pacing.times("hog")).isEqualTo(Pacing.MOST_TIMES);

        look(1, CALM, sharing(50, 5, 5));
        assertThat(pacing.times("hog")).isEqualTo(Pacing.MOST_TIMES / 2);

        look(10, CALM, sharing(50, 5, 5));
        assertThat(pacing.times("hog")).isZero();
    }

    @Test
    void whoHasNothingLeftThatRunsIsForgotten() {
        look(100, BUSY, sharing(100, 5, 5));
        look(20, BUSY, Map.of("other0", 100 * MILLI));

        assertThat(pacing.times("hog")).isZero();
    }
}
