package org.factoredos.faults;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * G5 by kill -9: writers go on while each node in turn is killed and started again, and the journal's database once.
 *
 * <p>{@code -Dfos.kills=20} kills so many instead of each node once.
 */
@Tag("G5")
class KilledNodesIT {
    private static final int NODES = 3;
    private static final int KILLS = Integer.getInteger("fos.kills", NODES);
    private static final Duration LONGEST_GAP = Duration.ofSeconds(15);
    /** Longer than the longest gap, so that a longer one is measured. */
    private static final Duration PATIENCE = Duration.ofSeconds(45);

    private static final Duration WHOLE = Duration.ofSeconds(90);

    private final List<Writer> writers = new ArrayList<>();

    @Test
    void everyAcknowledgedLineIsThereOnceWhateverIsKilled() throws Exception {
        try (UpGrid grid = UpGrid.start("killed-nodes", NODES)) {
            for (String path : List.of("/log", "/home/log", "/tmp/log", "/srv/log")) {
                writers.add(Writer.start(grid, path, writers.size() % NODES));
            }
            for (int kill = 0; kill < KILLS; kill++) {
                awaitWhole(grid);
                if (kill == NODES / 2) {
                    killJournal(grid);
                    awaitWhole(grid);
                }
                killAndStartAgain(grid, kill);
            }
            awaitWhole(grid);
            for (Writer writer : writers) {
                writer.close();
            }
            judge();
        }
    }

    private static void awaitWhole(UpGrid grid) {
        await("healthy and repaired").atMost(WHOLE).until(grid::whole);
    }

    private void killAndStartAgain(UpGrid grid, int kill) throws Exception {
        int victim = kill % NODES;
        for (Writer writer : writers) {
            if (writer.node() == victim) {
                writer.moveTo((victim + 1 + kill / NODES % (NODES - 1)) % NODES);
            }
        }
        grid.kill(victim);
        String goesOn = goesOn();
        await("the others go on").atMost(WHOLE).until(grid::goesOnWithoutOne);
        Duration took = grid.up();
        Report.say("kill " + (kill + 1) + " of " + KILLS + ", node " + (victim + 1) + ": " + goesOn
                + "; up again after " + took.toMillis() + " ms");
    }

    private void killJournal(UpGrid grid) throws Exception {
        grid.killJournal();
        Report.say("the journal's database killed: " + goesOn());
    }

    private String goesOn() throws InterruptedException {
        long killed = System.nanoTime();
        List<String> each = new ArrayList<>();
        for (Writer writer : writers) {
            boolean acknowledged = writer.acknowledges(killed, killed + PATIENCE.toNanos());
            Duration after = Duration.ofNanos(System.nanoTime() - killed);
            each.add(writer.path() + (acknowledged ? " by " + after.toMillis() + " ms" : " NOT"));
        }
        return "acknowledges " + String.join(", ", each);
    }

    private void judge() throws Exception {
        SoftAssertions all = new SoftAssertions();
        for (Writer writer : writers) {
            List<Writer.Line> failed =
                    writer.lines().stream().filter(line -> !line.acknowledged()).toList();
            Report.say(writer.path() + ": " + writer.lines().size() + " lines, " + failed.size()
                    + " not acknowledged "
                    + failed.stream().map(Writer.Line::wrong).distinct().toList());
            for (int node = 0; node < NODES; node++) {
                all.assertThat(writer.judgeAt(node)).isEmpty();
            }
        }
        Writer.Gap longest = writers.stream()
                .map(Writer::longestGap)
                .max(Comparator.comparing(Writer.Gap::length))
                .orElseThrow();
        Report.say("longest gap: " + longest.length().toMillis() + " ms, at " + longest.path());
        all.assertThat(longest.length()).as("the longest gap").isLessThan(LONGEST_GAP);
        all.assertAll();
    }
}
