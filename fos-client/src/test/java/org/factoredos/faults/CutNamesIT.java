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
 * G2 and G3 by a cut: tiles of the one node that was cut off send, by a name and by an address that needs nothing but the
 * right, to a mailbox on the same node, so nothing but the lease can stop them; tiles of the two others go on.
 */
@Tag("G2")
@Tag("G3")
@Tag("N9")
@Tag("P4")
class CutNamesIT {
    private static final int CUT = 2;
    private static final long LEASE_NANOS = TimeUnit.MILLISECONDS.toNanos(2100);
    private static final long CUT_SECONDS = 20;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration WHOLE = Duration.ofMinutes(2);
    /** For owners of what the one owned to begin anew; what is cached needs none of them. */
    private static final int FEWEST = 100;

    @Test
    void cachedNamesAndRightsDieWithTheLeaseAndTheMajorityGoesOn() throws Exception {
        try (HostsGrid grid = HostsGrid.probing("cut-names", 3)) {
            List<List<Path>> logs = new ArrayList<>();
            for (int node = 0; node < grid.size(); node++) {
                logs.add(shooting(grid, node));
            }
            await().atMost(PATIENCE).untilAsserted(() -> {
                for (Path log : logs.stream().flatMap(List::stream).toList()) {
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
            for (Path log : logs.get(CUT)) {
                all.assertThat(Shots.read(log).between(cut + LEASE_NANOS, healed, true))
                        .as("sends by what was cached, of " + log + ", that the one accepted behind its lease")
                        .isEmpty();
            }
            for (int node = 0; node < grid.size(); node++) {
                for (Path log : logs.get(node)) {
                    Shots shots = Shots.read(log);
                    if (node != CUT) {
                        all.assertThat(shots.between(cut, healed, false))
                                .as("sends by what was cached, of " + log + ", that the majority refused")
                                .isEmpty();
                    }
                    Report.say("cut names: " + log.getFileName() + ": accepted " + shots.accepted() + " of "
                            + shots.all().size());
                }
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

    /** On a node: one that sends by a sink's name, and one that sends to its address. */
    private static List<Path> shooting(HostsGrid grid, int node) throws Exception {
        String sink = "probe:sink:" + node;
        Path byName = grid.home().resolve("shots-by-name-" + (node + 1));
        Path byAddress = grid.home().resolve("shots-by-address-" + (node + 1));
        try (Door door = grid.door(node)) {
            Door.Answer found = door.run(
                    "spawn sink " + sink + "; until ping -c 1 " + sink + "; do sleep 1; done > /dev/null; resolve "
                            + sink,
                    PATIENCE);
            String address = found.out()
                    .lines()
                    .filter(line -> line.startsWith("@"))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError(found.toString()));
            Door.Answer started = door.run(
                    "spawn shoot " + sink + " " + byName + "; spawn shoot '" + address + "' " + byAddress, PATIENCE);
            assertThat(started.succeeded()).as(started.toString()).isTrue();
        }
        return List.of(byName, byAddress);
    }
}
