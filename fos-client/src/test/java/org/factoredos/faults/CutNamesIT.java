package org.factoredos.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * G2 by a cut: a tile of the one node that was cut off sends by a name whose mailbox is on the same node, so nothing but its
 * lease can stop it; tiles of the two others go on.
 */
@Tag("G2")
@Tag("N9")
class CutNamesIT {
    private static final int CUT = 2;
    private static final long LEASE_NANOS = TimeUnit.MILLISECONDS.toNanos(2100);
    private static final long CUT_SECONDS = 20;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration WHOLE = Duration.ofMinutes(2);
    /** For owners of what the one owned to begin anew; what is cached needs none of them. */
    private static final int FEWEST = 100;

    @Test
    void cachedNamesDieWithTheLeaseAndTheMajorityGoesOn() throws Exception {
        try (HostsGrid grid = HostsGrid.probing("cut-names", 3);
                Running running = new Running()) {
            List<Path> logs = new ArrayList<>();
            for (int node = 0; node < grid.size(); node++) {
                Path log = grid.home().resolve("shots-" + node);
                logs.add(log);
                String sink = "probe:sink:" + node;
                running.begin(grid, node, "sink " + sink);
                running.begin(grid, node, "until ping -c 1 " + sink + "; do sleep 1; done; shoot " + sink + " " + log);
            }
            await().atMost(PATIENCE).untilAsserted(() -> {
                for (Path log : logs) {
                    assertThat(Shots.read(log).accepted()).isGreaterThan(FEWEST);
                }
            });

            grid.cut(CUT);
            long cut = System.nanoTime();
            TimeUnit.SECONDS.sleep(CUT_SECONDS); // The fault itself: a network that is broken for so long.
            long healed = System.nanoTime();
            grid.heal(CUT);
            await("the grid is whole again by itself").atMost(WHOLE).until(grid::whole);

            SoftAssertions all = new SoftAssertions();
            Shots lonely = Shots.read(logs.get(CUT));
            all.assertThat(lonely.between(cut + LEASE_NANOS, healed, true))
                    .as("sends by a cached name that the one accepted behind its lease")
                    .isEmpty();
            for (int node = 0; node < grid.size(); node++) {
                Shots shots = Shots.read(logs.get(node));
                if (node != CUT) {
                    all.assertThat(shots.between(cut, healed, false))
                            .as("sends by a cached name that node " + (node + 1) + " refused")
                            .isEmpty();
                }
                Report.say("cut names: node " + (node + 1) + ": accepted " + shots.accepted() + " of "
                        + shots.all().size());
            }
            try (Door back = grid.door(CUT)) {
                // What was on the node that was cut off is gone with that life of it; no tile may believe otherwise.
                Door.Answer gone = back.run("ping -c 1 probe:sink:" + CUT, PATIENCE);
                all.assertThat(gone.succeeded()).as(gone.toString()).isFalse();
                Door.Answer there = back.run("ping -c 1 probe:sink:0", PATIENCE);
                all.assertThat(there.succeeded()).as(there.toString()).isTrue();
            }
            all.assertAll();
        }
    }
}
