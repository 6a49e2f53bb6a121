package org.factoredos.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * docs/programs.md, word for word: its sources are written, its commands run, and what it says they print is compared. Then what it
 * claims of the database is tried: rows are committed, the process is killed, and the node, and none that was committed is gone.
 *
 * <p>{@code fos.commits}: how many rows before each of the two.
 */
@Tag("A3")
@Timeout(900)
class ProgramsPageIT {
    private static final int COMMITS = Integer.getInteger("fos.commits", 300);
    private static final int HOME_NODE = 0;
    private static final int KILLED = 1;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** Until a dead node is removed, and what its processes had locked is free. */
    private static final Duration LONGEST_LOCK = Duration.ofMinutes(4);

    private static final Duration LONGEST_RUN = Duration.ofMinutes(10);

    private static final Pattern ROWS = Pattern.compile("(\\d+) rows, the last is (\\d+)\n");

    @Test
    void whatThePageSaysIsSo() throws Exception {
        try (UpGrid grid = UpGrid.start("programs-page", 3)) {
            WrittenPage.follow(grid, "programs");
            try (Door door = grid.door(HOME_NODE)) {
                processIsKilled(grid, door);
                nodeIsKilled(grid, door);
            }
        }
    }

    private static void processIsKilled(UpGrid grid, Door door) throws Exception {
        int known = rows(door);
        try (Door other = grid.door(KILLED)) {
            Writing writing = new Writing(other);
            String process = process(door);
            await("rows").atMost(LONGEST_RUN).until(() -> said(door) - known >= COMMITS);
            run(door, "kill -KILL " + process);
            writing.ended();
        }
        nothingIsLost(door, "its process was killed");
    }

    private static void nodeIsKilled(UpGrid grid, Door door) throws Exception {
        int known = rows(door);
        try (Door other = grid.door(KILLED)) {
            Writing writing = new Writing(other);
            await("rows").atMost(LONGEST_RUN).until(() -> said(door) - known >= COMMITS);
            assertThat(run(door, "ps | grep 'ledger 10000000'")
                            .lines()
                            .filter(line -> !line.contains("grep"))
                            .map(line -> line.replaceFirst("^\\S+ +(n\\d+):.*", "$1")))
                    .as("where it runs, and the shell behind that node's door")
                    .hasSize(2)
                    .hasSameElementsAs(List.of(node(other)));
            grid.kill(KILLED);
            writing.ended();
        }
        nothingIsLost(door, "its node was killed");
    }

    /** Such as {@code n2}. */
    private static String node(Door door) throws IOException {
        return run(door, "ps | grep 'operator *ps$'").replaceFirst("(?s)^\\S+ +(n\\d+):.*", "$1");
    }

    private static void nothingIsLost(Door door, String when) throws IOException {
        int said = said(door);
        long begun = System.nanoTime();
        int rows = rows(door);
        assertThat(rows).as("rows that are there").isGreaterThanOrEqualTo(said);
        Report.say("a database of " + rows + " rows, of which " + said + " were said to be committed when " + when
                + ", is open again after " + (System.nanoTime() - begun) / 1_000_000 + " ms");
    }

    /** Commits rows until it is ended, and has what it says in a file of fos. */
    private static final class Writing {
        private final Thread thread;
        private final AtomicReference<Object> end = new AtomicReference<>("it has not ended");

        Writing(Door door) throws IOException {
            run(door, "rm -f /tmp/said; touch /tmp/said");
            thread = Thread.ofPlatform().start(() -> {
                try {
                    end.set(door.run("/home/accounts.jar /home/ledger 10000000 >> /tmp/said", LONGEST_RUN));
                } catch (IOException e) {
                    end.set(e);
                }
            });
        }

        void ended() throws InterruptedException {
            thread.join(PATIENCE);
            assertThat(thread.isAlive()).as(() -> end.toString()).isFalse();
            assertThat(end.get() instanceof Door.Answer answer && answer.succeeded())
                    .as(end.toString())
                    .isFalse();
        }
    }

    /** The number of the last row that was said to be committed, as a whole line. */
    private static int said(Door door) throws IOException {
        List<Integer> numbers = new ArrayList<>(List.of(0));
        String all = run(door, "tail -n 2 /tmp/said");
        Matcher line = Pattern.compile("(?m)^(\\d+)\n").matcher(all);
        while (line.find()) {
            numbers.add(Integer.parseInt(line.group(1)));
        }
        return numbers.getLast();
    }

    private static String process(Door door) {
        AtomicReference<String> process = new AtomicReference<>("");
        await("its process").atMost(PATIENCE).until(() -> {
            process.set(run(door, "ps | grep 'operator */home/accounts' || true"));
            return !process.get().isBlank();
        });
        return process.get().split(" ", 2)[0];
    }

    /** How many rows the database has, without a gap. */
    private static int rows(Door door) {
        AtomicReference<String> last = new AtomicReference<>("");
        await("the database")
                .atMost(LONGEST_LOCK)
                .pollInterval(Duration.ofSeconds(1))
                .until(() -> {
                    Door.Answer answer = door.run("/home/accounts.jar /home/ledger 0", PATIENCE);
                    last.set(answer.succeeded() ? answer.out() : "");
                    return answer.succeeded();
                });
        Matcher rows = ROWS.matcher(last.get());
        assertThat(rows.matches()).as(last.get()).isTrue();
        assertThat(rows.group(1)).as("no number is missing").isEqualTo(rows.group(2));
        return Integer.parseInt(rows.group(1));
    }

    private static String run(Door door, String command) throws IOException {
        Door.Answer answer = door.run(command, PATIENCE);
        assertThat(answer.succeeded()).as(command + ": " + answer).isTrue();
        return answer.out();
    }
}
