package org.factoredos.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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
    private static final int PROBERS = Integer.getInteger("fos.probers", 38);

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration LONGEST = Duration.ofMinutes(30);

    @Test
    void noTileBelievesWhatWasDeletedOrThatNothingWas() throws Exception {
        try (HostsGrid grid = HostsGrid.probing("deleted-names", 3);
                Running probers = new Running();
                Door door = grid.door(0)) {
            for (int node = 0; node < grid.size(); node++) {
                probers.begin(grid, node, "for i in $(seq " + PROBERS + "); do prober & done; wait");
            }
            String all = Integer.toString(PROBERS * grid.size());
            await().atMost(PATIENCE)
                    .until(() -> door.run("names 'probe:tile:*' | grep -c probe", PATIENCE)
                            .out()
                            .strip()
                            .equals(all));
            Door.Answer answer = door.run("delete-rounds " + ROUNDS, LONGEST);
            Report.say("deleted names: " + answer.out().strip());
            assertThat(answer.succeeded()).as(answer.out() + answer.error()).isTrue();
        }
    }
}
