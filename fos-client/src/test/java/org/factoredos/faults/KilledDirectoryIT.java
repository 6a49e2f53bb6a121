package org.factoredos.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The node is killed that owns some of the directory's slices (each of three has one at least): names that a tile knows go on
 * to be sent to, others are found again within fifteen seconds, and no name that was registered is lost.
 */
@Tag("N10")
class KilledDirectoryIT {
    private static final int KILLED = 1;
    private static final int FRESH = 600;
    private static final int SEEN = 20;
    private static final Duration LONGEST_GAP = Duration.ofSeconds(15);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration WHOLE = Duration.ofMinutes(2);

    /** One line of a log: what was done, and when it was settled. */
    private record Done(String name, long invokedNanos, long settledNanos, String how) {
        static List<Done> read(Path file) throws Exception {
            if (!Files.exists(file)) {
                return List.of();
            }
            return Files.readAllLines(file).stream()
                    .map(line -> line.split(" "))
                    .filter(words -> words.length == 4)
                    .map(words -> new Done(words[0], Long.parseLong(words[1]), Long.parseLong(words[2]), words[3]))
                    .toList();
        }

        long tookNanos() {
            return settledNanos - invokedNanos;
        }
    }

    @Test
    void namesAreFoundAgainAndNoneIsLost() throws Exception {
        try (HostsGrid grid = HostsGrid.probing("killed-directory", 3);
                Door door = grid.door(0)) {
            Path cached = grid.home().resolve("cached");
            Path fresh = grid.home().resolve("fresh");
            Path registered = grid.home().resolve("registered");
            Path prepared = grid.home().resolve("prepared");
            assertThat(door.run("spawn sink probe:sink && spawn register-on probe:fresh: " + prepared, PATIENCE)
                            .succeeded())
                    .isTrue();
            await().atMost(PATIENCE).until(() -> Done.read(prepared).size() > FRESH);
            String shoot = "spawn shoot probe:sink " + cached;
            String register = "spawn register-on probe:new: " + registered;
            String send = "spawn send-to-fresh probe:fresh: " + fresh;
            assertThat(door.run(shoot + " && " + register + " && " + send, PATIENCE)
                            .succeeded())
                    .isTrue();
            await().atMost(PATIENCE)
                    .until(() -> Done.read(fresh).size() > SEEN
                            && Done.read(registered).size() > SEEN);

            grid.kill(KILLED);
            long killed = System.nanoTime();
            await().atMost(WHOLE).until(grid::goesOnWithoutOne);
            long without = System.nanoTime();
            await("names registered in the grid without it")
                    .atMost(PATIENCE)
                    .until(() -> Done.read(registered).stream()
                                    .filter(done -> done.invokedNanos() > without)
                                    .count()
                            > SEEN);
            long end = System.nanoTime();

            SoftAssertions all = new SoftAssertions();
            Shots shots = Shots.read(cached);
            all.assertThat(shots.between(killed, end, true)).isNotEmpty();
            all.assertThat(shots.all().stream().filter(shot -> !shot.accepted()))
                    .as("sends by a cached name that were refused")
                    .isEmpty();
            List<Done> found = Done.read(fresh);
            List<Done> settled = Done.read(registered);
            long longest = found.stream().mapToLong(Done::tookNanos).max().orElseThrow();
            Report.say("killed directory: of " + found.size() + " names that no tile knew the slowest was found after "
                    + TimeUnit.NANOSECONDS.toMillis(longest) + " ms; " + settled.size() + " registered, the slowest in "
                    + settled.stream()
                            .max(Comparator.comparingLong(Done::tookNanos))
                            .orElseThrow());
            all.assertThat(Duration.ofNanos(longest)).isLessThan(LONGEST_GAP);
            all.assertThat(found.stream().map(Done::how).distinct()).containsExactly("ACCEPTED");
            all.assertThat(settled.getLast().settledNanos()).isGreaterThan(killed);
            Door.Answer listed = door.run("names 'probe:new:*'", PATIENCE);
            all.assertThat(settled.stream().map(Done::name))
                    .allSatisfy(name -> assertThat(listed.out()).containsPattern("(?m)^" + name + "\\s"));
            all.assertAll();
        }
    }
}
