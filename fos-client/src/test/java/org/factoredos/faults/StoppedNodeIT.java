package org.factoredos.faults;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * G5 by SIGSTOP: a node sleeps for longer than the others wait for it, and wakes up with everything that it believed.
 *
 * <p>People at its terminals type commands while it sleeps, which it carries out in its first moments: what it answers then
 * must not be older than what others were told before the commands were typed.
 */
@Tag("G5")
class StoppedNodeIT {
    private static final int STOPPED = 2;
    private static final long SECONDS = 30;
    private static final Duration WHOLE = Duration.ofSeconds(90);

    @Test
    void aNodeThatSleptAnswersNothingStaleAndComesBack() throws Exception {
        try (UpGrid grid = UpGrid.start("stopped-node", 3);
                Registers registers = new Registers(grid)) {
            await("healthy and repaired").atMost(WHOLE).until(grid::whole);
            registers.writeAt(0);
            registers.readAt(1);
            registers.typeAt(STOPPED);

            long[] stopped = new long[1];
            registers.rest(() -> {
                grid.signal(STOPPED, "STOP");
                stopped[0] = System.nanoTime();
                await("the others go on").atMost(WHOLE).until(grid::goesOnWithoutOne);
            });
            long slept = System.nanoTime() - stopped[0];
            TimeUnit.NANOSECONDS.sleep(TimeUnit.SECONDS.toNanos(SECONDS) - slept); // The fault itself.
            grid.signal(STOPPED, "CONT");
            long continued = System.nanoTime();
            SoftAssertions all = new SoftAssertions();
            all.assertThatCode(() -> await().atMost(WHOLE).until(grid::whole))
                    .as("the grid is whole again by itself")
                    .doesNotThrowAnyException();
            long whole = System.nanoTime();

            all.assertThat(registers.judge()).isEmpty();
            Report.say("stopped for " + SECONDS + " s: whole again after "
                    + TimeUnit.NANOSECONDS.toMillis(whole - continued) + " ms; "
                    + registers.answered(STOPPED, stopped[0], continued).size()
                    + " answers to what was asked meanwhile");
            all.assertAll();
        }
    }
}
