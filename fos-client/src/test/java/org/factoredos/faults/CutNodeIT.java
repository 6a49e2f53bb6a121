package org.factoredos.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * G5 by a cut: one node of three loses the other two, all packets of theirs, while its own clients and the journal's database
 * still reach it. The two go on, the one refuses, and comes back as a new incarnation with nothing of its own.
 */
@Tag("G5")
class CutNodeIT {
    private static final int CUT = 2;
    private static final long LEASE_NANOS = TimeUnit.MILLISECONDS.toNanos(2100);
    private static final long CUT_SECONDS = 30;
    private static final Duration LONGEST_GAP = Duration.ofSeconds(15);
    private static final Duration WHOLE = Duration.ofMinutes(2);

    @Test
    void theTwoGoOnAndTheOneRefusesAndComesBack() throws Exception {
        List<Writer> writers = new ArrayList<>();
        try (HostsGrid grid = HostsGrid.start("cut-node", 3);
                Registers registers = new Registers(grid)) {
            int boot = grid.boot(CUT);
            for (String path : List.of("/log", "/home/log", "/tmp/log", "/srv/log")) {
                writers.add(Writer.start(grid, path, writers.size() % CUT));
            }
            // Whom the cut-off node has as a client: it writes there too, and that is not to be acknowledged.
            Writer lonely = Writer.start(grid, "/home/lonely", CUT);
            registers.writeAt(0);
            registers.readAt(1);
            registers.readAt(CUT);
            for (Writer writer : writers) {
                assertThat(writer.acknowledges(System.nanoTime(), System.nanoTime() + WHOLE.toNanos()))
                        .as(writer.path())
                        .isTrue();
            }

            grid.cut(CUT);
            long cut = System.nanoTime();
            TimeUnit.SECONDS.sleep(CUT_SECONDS); // The fault itself: a network that is broken for so long.
            long healed = System.nanoTime();
            grid.heal(CUT);
            await("the grid is whole again by itself").atMost(WHOLE).until(grid::whole);
            Report.say("cut for " + CUT_SECONDS + " s: whole again after "
                    + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - healed) + " ms");

            SoftAssertions all = new SoftAssertions();
            all.assertThat(grid.boot(CUT))
                    .as("the boots of the one that was cut off")
                    .isGreaterThan(boot);
            all.assertThat(registers.judge()).isEmpty();
            all.assertThat(registers.answered(CUT, cut + LEASE_NANOS, healed))
                    .as("reads that the one answered behind its lease")
                    .isEmpty();
            all.assertThat(lonely.lines().stream()
                            .filter(line -> line.acknowledged()
                                    && line.calledNanos() - (cut + LEASE_NANOS) > 0
                                    && line.returnedNanos() - healed < 0))
                    .as("writes that the one acknowledged behind its lease")
                    .isEmpty();
            for (Writer writer : writers) {
                Duration gap = writer.longestGap().length();
                Report.say(writer.path() + " through node " + (writer.node() + 1) + ": longest gap " + gap.toMillis()
                        + " ms");
                all.assertThat(gap).as("the longest gap at " + writer.path()).isLessThan(LONGEST_GAP);
            }
            writers.add(lonely);
            for (Writer writer : writers) {
                writer.close();
                for (int node = 0; node < grid.size(); node++) {
                    all.assertThat(writer.judgeAt(node)).isEmpty();
                }
            }
            all.assertAll();
        } finally {
            for (Writer writer : writers) {
                writer.close();
            }
        }
    }
}
