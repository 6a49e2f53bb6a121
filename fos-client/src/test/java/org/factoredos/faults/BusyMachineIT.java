package org.factoredos.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.factoredos.node.GridStatus;
import org.junit.jupiter.api.Test;

/**
 * Nobody is taken for dead because the machine is busy with something else.
 *
 * <p>{@code -Dfos.busy.seconds=600} watches for so long instead of half a minute.
 */
class BusyMachineIT {
    private static final long SECONDS = Long.getLong("fos.busy.seconds", 30);
    private static final int BURNERS = 2;
    private static final Duration WHOLE = Duration.ofSeconds(90);
    private static final Duration LOOK = Duration.ofMillis(500);
    private static final Pattern GAP = Pattern.compile("heartbeat interval is growing too large.*: (\\d+) millis");

    @Test
    void noNodeIsEverUnreachable() throws Exception {
        List<Process> burners = new ArrayList<>();
        try (UpGrid grid = UpGrid.start("busy-machine", 3)) {
            await("healthy and repaired").atMost(WHOLE).until(grid::whole);
            for (int i = 0; i < BURNERS; i++) {
                burners.add(new ProcessBuilder("sh", "-c", "while :; do :; done").start());
            }
            int looks = 0;
            for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS); System.nanoTime() < end; looks++) {
                for (GridStatus status : grid.statuses()) {
                    assertThat(status.nodes())
                            .extracting(GridStatus.OfNode::state)
                            .containsOnly("up");
                }
                TimeUnit.MILLISECONDS.sleep(LOOK.toMillis());
            }
            List<String> log = grid.log();
            Report.say("busy for " + SECONDS + " s, looked " + looks + " times: " + longestGap(log));
            assertThat(log).noneMatch(line -> line.contains("UNREACHABLE") || line.contains("Removed"));
        } finally {
            burners.forEach(Process::destroyForcibly);
        }
    }

    /** Akka tells of gaps that are longer than half of what it bears. */
    private static String longestGap(List<String> log) throws IOException {
        long longest = 0;
        for (String line : log) {
            Matcher gap = GAP.matcher(line);
            if (gap.find()) {
                longest = Math.max(longest, Long.parseLong(gap.group(1)));
            }
        }
        return longest == 0
                ? "no gap between heartbeats was worth a line"
                : "longest gap of heartbeats " + longest + " ms";
    }
}
