package org.factoredos.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
    /** Tiles that are kept for the shells and programs of the test itself. */
    private static final int SPARE = 4;

    private static final Duration PATIENCE = Duration.ofMinutes(15);

    @Test
    void noTileBelievesWhatWasDeletedOrThatNothingWas() throws Exception {
        List<Door> doors = new ArrayList<>();
        try (HostsGrid grid = HostsGrid.probing("deleted-names", 3)) {
            for (int node = 0; node < grid.size(); node++) {
                Door door = grid.door(node);
                doors.add(door);
                int free = Integer.parseInt(door.run("tiles | grep 'n" + (node + 1) + ":' | grep -c free", PATIENCE)
                        .out()
                        .strip());
                String probers = "for i in $(seq 1 " + (free - SPARE) + "); do prober & done; sleep 5";
                assertThat(door.run(probers, PATIENCE).succeeded()).isTrue();
            }
            Door.Answer answer = doors.getFirst().run("delete-rounds " + ROUNDS, PATIENCE);
            Report.say("deleted names: " + answer.out().strip());
            assertThat(answer.succeeded()).as(answer.out() + answer.error()).isTrue();
        } finally {
            doors.forEach(Door::close);
        }
    }
}
