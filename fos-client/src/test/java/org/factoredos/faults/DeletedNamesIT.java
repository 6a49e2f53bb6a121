package org.factoredos.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * G2 on every tile of three JVMs: behind a returned {@code delete} no tile sends to what had the name, and behind a returned
 * {@code register} none remembers that nobody had it.
 */
@Tag("N5")
@Tag("G2")
class DeletedNamesIT {
    /** For a full run: {@code -Dfos.rounds=1000}. */
    private static final int ROUNDS = Integer.getInteger("fos.rounds", 60);
    /** On as many tiles of each node; the others are the system's, and those of the test's own shells. */
    private static final int PROBERS = Integer.getInteger("fos.probers", 35);

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration LONGEST = Duration.ofMinutes(30);

    @Test
    void noTileBelievesWhatWasDeletedOrThatNothingWas() throws Exception {
        try (HostsGrid grid = HostsGrid.probing("deleted-names", 3);
                Door door = grid.door(0)) {
            for (int node = 0; node < grid.size(); node++) {
                try (Door own = grid.door(node)) {
                    Door.Answer started =
                            own.run("for i in $(seq " + PROBERS + "); do spawn prober || exit 1; done", PATIENCE);
                    assertThat(started.succeeded()).as(started.toString()).isTrue();
                }
            }
            int all = PROBERS * grid.size();
            await("a prober on each tile").atMost(PATIENCE).untilAsserted(() -> {
                Door.Answer names = door.run("names 'probe:tile:*'", PATIENCE);
                assertThat(names.out().lines())
                        .as(names.toString())
                        .filteredOn(line -> line.startsWith("probe:"))
                        .hasSize(all);
            });
            Path verdict = grid.home().resolve("verdict");
            Door.Answer begun = door.run("spawn delete-rounds " + ROUNDS + " " + verdict, PATIENCE);
            assertThat(begun.succeeded()).as(begun.toString()).isTrue();
            await().atMost(LONGEST).until(() -> Files.exists(verdict));
            Report.say("deleted names: " + Files.readString(verdict).strip());
            assertThat(Files.readString(verdict)).isEqualTo(ROUNDS + " rounds, " + all + " tiles, 0 wrong\n");
        }
    }
}
