package org.factoredos.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * docs/fleets.md, word for word; there a server is killed, and another. Then a node is, while a caller asks without pause: it is
 * answered all the same, nothing is lost, and as many servers as before are on the nodes that are left.
 */
@Tag("A3")
@Timeout(600)
class FleetsPageIT {
    private static final int HOME_NODE = 0;
    private static final int KILLED = 1;
    private static final int CALLS = 200;
    private static final Pattern ROW = Pattern.compile("(?m)^kv +\\S+ +(\\d+) +\\d+ +\\d+ +\\S+ +(.*)$");
    private static final Pattern NODE = Pattern.compile("n\\d+(?=:)");
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @Test
    void whatThePageSaysIsSoAndANodeMayDieToo() throws Exception {
        try (UpGrid grid = UpGrid.start("fleets-page", 3)) {
            WrittenPage.follow(grid, "fleets");
            try (Door door = grid.door(HOME_NODE);
                    Door other = grid.door(HOME_NODE)) {
                assertThat(Standing.of(other).nodes())
                        .as("one server on each node")
                        .hasSize(3);
                AtomicReference<Object> said = new AtomicReference<>("it has not ended");
                Thread calling = Thread.ofPlatform().start(() -> {
                    try {
                        said.set(door.run(
                                "for i in $(seq 1 " + CALLS + "); do mcall kv put m$i $i; done | uniq -c", PATIENCE));
                    } catch (IOException e) {
                        said.set(e);
                    }
                });
                long begun = System.nanoTime();
                grid.kill(KILLED);
                await("three servers on two nodes").atMost(PATIENCE).until(() -> {
                    Standing now = Standing.of(other);
                    return now.nodes().size() == 2 && now.servers() == 3;
                });
                Report.say("three servers again " + (System.nanoTime() - begun) / 1_000_000
                        + " ms after the node of one was killed");
                calling.join(PATIENCE);
                assertThat(said.get()).isInstanceOf(Door.Answer.class);
                assertThat(((Door.Answer) said.get()).out().strip())
                        .as(said.toString())
                        .isEqualTo(CALLS + " ok");
                assertThat(run(other, "mcall kv count")).isEqualTo(101 + CALLS + "\n");
                assertThat(run(other, "fleet remove kv; pgrep kv.jar || echo none"))
                        .isEqualTo("none\n");
            }
        }
    }

    /** How many servers there are, and on which nodes. */
    private record Standing(int servers, SortedSet<String> nodes) {
        static Standing of(Door door) throws IOException {
            Matcher row = ROW.matcher(door.run("fleet list", PATIENCE).out());
            if (!row.find()) {
                return new Standing(0, new TreeSet<>());
            }
            SortedSet<String> nodes = new TreeSet<>();
            for (Matcher node = NODE.matcher(row.group(2)); node.find(); ) {
                nodes.add(node.group());
            }
            return new Standing(Integer.parseInt(row.group(1)), nodes);
        }
    }

    private static String run(Door door, String command) throws IOException {
        Door.Answer answer = door.run(command, PATIENCE);
        assertThat(answer.succeeded()).as(command + ": " + answer).isTrue();
        return answer.out();
    }
}
