package org.factoredos.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("N10")
class LeaseTest {
    private static final long MILLISECOND = 1_000_000L;
    private static final long SECOND = 1_000 * MILLISECOND;
    private static final long LENGTH = 2 * SECOND;

    private final HandClock clock = new HandClock();
    private final Lease lease = new Lease(clock);

    private static final class HandClock implements Clock {
        long nanos = -5;
        long wallNanos = 1_800_000_000 * SECOND;

        @Override
        public long nanos() {
            return nanos;
        }

        @Override
        public long wallNanos() {
            return wallNanos;
        }

        void pass(long time) {
            nanos += time;
            wallNanos += time;
        }

        void sleep(long time) {
            wallNanos += time;
        }
    }

    @Test
    void itHoldsFromItsGrantUntilItsEnd() {
        assertThat(lease.holds()).isFalse();
        grantWhatWasAskedAt(clock.nanos);
        assertThat(lease.holds()).isTrue();

        clock.pass(LENGTH - 1);
        assertThat(lease.holds()).isTrue();
        clock.pass(1);
        assertThat(lease.holds()).isFalse();
    }

    @Test
    void itIsLostInASleepUntilWhatWasAskedForAfterwardsIsGranted() {
        grantWhatWasAskedAt(clock.nanos);
        long asked = clock.nanos;
        clock.sleep(3 * SECOND);
        assertThat(lease.holds()).isFalse();

        grantWhatWasAskedAt(asked);
        assertThat(lease.holds()).isFalse();
        clock.pass(SECOND / 2);
        grantWhatWasAskedAt(clock.nanos);
        assertThat(lease.holds()).isTrue();
    }

    @Test
    void itIsNotGrantedForWhatWasAskedBeforeASleepEvenWhereThatWasTheFirst() {
        long asked = clock.nanos;
        clock.sleep(3 * SECOND);
        grantWhatWasAskedAt(asked);

        assertThat(lease.holds()).isFalse();
    }

    @Test
    void aWallClockThatIsSetBackHarmsNothing() {
        grantWhatWasAskedAt(clock.nanos);
        clock.sleep(-3600 * SECOND);
        assertThat(lease.holds()).isTrue();

        grantWhatWasAskedAt(clock.nanos);
        clock.sleep(3 * SECOND);
        assertThat(lease.holds()).isFalse();
    }

    @Test
    void aWallClockThatIsSlewedForHoursHarmsNothing() {
        for (int round = 0; round < 10_000; round++) {
            clock.pass(SECOND / 2);
            clock.sleep(SECOND / 2 / 1000);
            grantWhatWasAskedAt(clock.nanos);
            assertThat(lease.holds()).isTrue();
        }
    }

    private void grantWhatWasAskedAt(long nanos) {
        lease.granted(nanos, nanos + LENGTH);
    }
}
