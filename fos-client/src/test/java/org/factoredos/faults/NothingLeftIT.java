package org.factoredos.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** However a program ends, all that it had is given back: what the shell shows before and after is the same. */
@Tag("O3")
@Tag("O7")
@Tag("G7")
@Timeout(300)
class NothingLeftIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** Sockets of the dead are looked for every second. */
    private static final Duration SOON = Duration.ofSeconds(20);

    private static final List<String> SHOWN = List.of("mem", "tiles -a", "mbox list", "netstat", "names", "fleets");

    @Test
    void whatProgramsTookIsBack() throws Exception {
        try (HostsGrid grid = HostsGrid.probing("nothing-left", 3);
                Door door = grid.door(1)) {
            Map<String, String> before = shown(door);
            assertThat(run(door, "memhog").out()).as("up to what there is").contains("got ");
            isBack(door, before, "allocating all that there is");
            run(door, "memhog -n 500 --leak");
            isBack(door, before, "leaking memory");
            wreck(door, "return");
            isBack(door, before, "returning with everything");
            wreck(door, "crash");
            isBack(door, before, "crashing");
            run(door, "kill -KILL " + wreck(door, "loop"));
            isBack(door, before, "looping for ever");
        }
    }

    /** Returns the process, once it has all that it takes. */
    private static String wreck(Door door, String end) throws IOException {
        String process = run(door, "spawn wreck " + end).out().strip();
        await("some of everything")
                .atMost(SOON)
                .until(() -> run(door, "names 'wreck:*'").out().contains("wreck:" + end + ":7")
                        && run(door, "netstat").out().contains(process));
        return process;
    }

    private static Map<String, String> shown(Door door) throws IOException {
        Map<String, String> shown = new LinkedHashMap<>();
        for (String command : SHOWN) {
            shown.put(command, run(door, command).out());
        }
        return shown;
    }

    private static void isBack(Door door, Map<String, String> before, String what) {
        long ended = System.nanoTime();
        await(what).atMost(SOON).untilAsserted(() -> assertThat(shown(door)).isEqualTo(before));
        Report.say("nothing left of " + what + " after " + (System.nanoTime() - ended) / 1_000_000 + " ms");
    }

    private static Door.Answer run(Door door, String command) throws IOException {
        Door.Answer answer = door.run(command, PATIENCE);
        assertThat(answer.succeeded()).as(command + ": " + answer).isTrue();
        return answer;
    }
}
