package org.factoredos.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A file that all nodes read again and again, so that every front holds where its bytes are: whoever has written has the last
 * word everywhere, also when a node that held it is killed, and what a process of that node had locked is free.
 */
@Tag("O5")
@Tag("S8")
@Timeout(300)
class SharedFilesIT {
    private static final int NODES = 3;
    private static final int KILLED = 2;
    private static final int ROUNDS = 60;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** To find out that a node is dead, to remove it, and a lease more. */
    private static final Duration LONGEST_GAP = Duration.ofSeconds(30);
    /** And as long as anything that was asked on it may be under way. */
    private static final Duration LONGEST_LOCK = LONGEST_GAP.plusSeconds(35);

    private static final String READ = "for i in 1 2 3 4 5; do cat /tmp/hot; done";

    @Test
    void whatWasWrittenLastIsReadEverywhereAndLocksEndWithTheirNode() throws Exception {
        try (HostsGrid grid = HostsGrid.probing("shared-files", NODES)) {
            List<Door> doors = new ArrayList<>();
            try {
                for (int node = 0; node < NODES; node++) {
                    doors.add(grid.door(node));
                }
                for (int round = 0; round < ROUNDS; round++) {
                    write(doors.get(round % NODES), round);
                    for (Door door : doors) {
                        readsAre(door, round);
                    }
                }
                locksEnd(grid, doors);
            } finally {
                for (Door door : doors) {
                    door.close();
                }
            }
        }
    }

    private static void locksEnd(HostsGrid grid, List<Door> doors) throws IOException {
        Door first = doors.getFirst();
        run(doors.get(KILLED), "spawn flock /tmp/lock -c 'sleep 1000'");
        await("the lock").atMost(PATIENCE).until(() -> !mayLock(first));
        readsAre(doors.get(KILLED), ROUNDS - 1);

        grid.kill(KILLED);
        long killed = System.nanoTime();
        await("a write to what the dead node held")
                .atMost(LONGEST_GAP)
                .until(() ->
                        first.run("echo " + ROUNDS + " > /tmp/hot", PATIENCE).succeeded());
        Report.say("a file that a killed node held is written after " + millisSince(killed) + " ms");
        readsAre(first, ROUNDS);
        await("the dead process's lock").atMost(LONGEST_LOCK).until(() -> mayLock(first));
        Report.say("what a process of a killed node had locked is free after " + millisSince(killed) + " ms");
    }

    private static boolean mayLock(Door door) throws IOException {
        return door.run("flock -n /tmp/lock -c true", PATIENCE).succeeded();
    }

    private static void write(Door door, int round) throws IOException {
        run(door, "echo " + round + " > /tmp/hot");
    }

    private static void readsAre(Door door, int round) throws IOException {
        assertThat(run(door, READ).strip().lines().distinct()).containsExactly(Integer.toString(round));
    }

    private static long millisSince(long nanos) {
        return (System.nanoTime() - nanos) / 1_000_000;
    }

    private static String run(Door door, String command) throws IOException {
        Door.Answer answer = door.run(command, PATIENCE);
        assertThat(answer.succeeded()).as(command + ": " + answer).isTrue();
        return answer.out();
    }
}
