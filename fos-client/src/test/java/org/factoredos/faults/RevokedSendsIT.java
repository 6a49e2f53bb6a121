package org.factoredos.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.assertj.core.api.SoftAssertions;
import org.factoredos.faults.RightChanges.Without;
import org.factoredos.faults.RightsProbes.RacedSend;
import org.factoredos.kernel.SendResult;
import org.factoredos.node.GridStatus;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * G3 on two JVMs, and a third for the majority: programs on both send to their own node and to the other one, the right to
 * that is granted and revoked at either, and one of the two is cut off, for a moment again and again, and then until it is
 * removed. No send is accepted that began when a revoke had returned, and ended before the next grant.
 *
 * <p>The senders hold up their own microkernels, which so drop the right late: a revoke that did not wait for them would be
 * found out.
 */
@Tag("M14")
@Tag("P4")
class RevokedSendsIT {
    /** For a longer run: {@code -Dfos.sends=1000000}. */
    private static final long SENDS = Long.getLong("fos.sends", 100_000);

    private static final int NEAR = 0;
    private static final int CUT = 2;
    private static final List<Integer> BOTH = List.of(NEAR, CUT);
    private static final String DOMAIN = "raced";
    private static final String SINKS = "probe:sink:";
    /** Shorter than the failure detector's patience by far. */
    private static final long MOMENT_MILLIS = 600;

    private static final long BETWEEN_MILLIS = 2000;
    private static final int FEWEST_REVOKES = 15;
    private static final int FEWEST = 100;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration LONGEST = Duration.ofMinutes(2);

    private final List<Path> sends = new ArrayList<>();
    private final List<Path> changes = new ArrayList<>();
    private int cuts;

    @Test
    void noSendIsAcceptedThatBeganOnceARevokeHadReturned() throws Exception {
        try (HostsGrid grid = HostsGrid.probing("revoked-sends", 3)) {
            int boot = grid.boot(CUT);
            start(grid);
            for (int administrator : BOTH) {
                long enough = SENDS * (changes.size() + 1) / BOTH.size();
                Path log = administrate(grid, administrator);
                while (revokes(log, 0) < FEWEST_REVOKES || countSends() < enough) {
                    grid.cut(CUT);
                    cuts++;
                    TimeUnit.MILLISECONDS.sleep(MOMENT_MILLIS); // The fault itself.
                    grid.heal(CUT);
                    TimeUnit.MILLISECONDS.sleep(BETWEEN_MILLIS); // Or the next cut would be the same.
                }
                stop(log);
            }
            assertThat(grid.boot(CUT))
                    .as("lives of the node that was cut off for moments")
                    .isEqualTo(boot);

            Path log = administrate(grid, NEAR);
            await().atMost(PATIENCE).until(() -> revokes(log, 0) > 0);
            grid.cut(CUT);
            cuts++;
            await("it is removed")
                    .atMost(LONGEST)
                    .until(() -> grid.statuses().stream().anyMatch(RevokedSendsIT::lacksOne));
            long alone = System.nanoTime();
            await("revokes without it").atMost(LONGEST).until(() -> revokes(log, alone) > 0);
            grid.heal(CUT);
            stop(log);

            SoftAssertions all = new SoftAssertions();
            judge(RightChanges.read(changes), all);
            all.assertAll();
        }
    }

    private void start(HostsGrid grid) throws Exception {
        String key = PublicKeyEntry.toString(
                KeyPairGenerator.getInstance("EC").generateKeyPair().getPublic());
        run(grid, NEAR, "user add " + DOMAIN + " '" + key + "'; grant " + DOMAIN + " send sys:kernel");
        for (int node : BOTH) {
            String sink = SINKS + node;
            run(grid, node, "spawn sink " + sink + "; until ping -c 1 " + sink + "; do sleep 1; done");
        }
        for (int node : BOTH) {
            for (int to : BOTH) {
                Path log = grid.home().resolve("sends-" + node + "-" + to);
                run(grid, node, "su " + DOMAIN + " -c 'spawn hammer " + SINKS + to + " " + log + "'");
                sends.add(log);
            }
        }
    }

    /** What one of the others says; the one that was cut off misses two. */
    private static boolean lacksOne(GridStatus status) {
        return status.nodes().stream()
                        .filter(node -> node.state().equals(GridStatus.DOWN))
                        .count()
                == 1;
    }

    private Path administrate(HostsGrid grid, int node) throws Exception {
        Path log = grid.home().resolve("changes-" + changes.size());
        changes.add(log);
        run(grid, node, "spawn change-rights " + DOMAIN + " '" + SINKS + "*' " + log);
        return log;
    }

    private static void stop(Path log) throws IOException {
        Files.createFile(Path.of(log + ".stop"));
        await().atMost(LONGEST).until(() -> RightChanges.ended(log));
    }

    private static void run(HostsGrid grid, int node, String commands) throws Exception {
        try (Door door = grid.door(node)) {
            Door.Answer answer = door.run(commands, PATIENCE);
            assertThat(answer.succeeded()).as(answer.toString()).isTrue();
        }
    }

    private static long revokes(Path log, long sinceNanos) throws IOException {
        return RightChanges.read(List.of(log)).revokes(sinceNanos);
    }

    private long countSends() throws IOException {
        long count = 0;
        for (Path log : sends) {
            count += RightChanges.countSends(log);
        }
        return count;
    }

    private void judge(RightChanges changed, SoftAssertions all) throws IOException {
        NavigableMap<Long, Without> without = new TreeMap<>();
        changed.without().forEach(time -> without.put(time.fromNanos(), time));
        long ran = 0;
        long late = 0;
        Map<SendResult, Long> results = new EnumMap<>(SendResult.class);
        for (Path log : sends) {
            List<RacedSend> raced = RightChanges.sends(log);
            Map<SendResult, Long> here = new EnumMap<>(SendResult.class);
            List<String> wrong = new ArrayList<>();
            for (RacedSend send : raced) {
                here.merge(send.result(), 1L, Long::sum);
                Map.Entry<Long, Without> last = without.floorEntry(send.invokedNanos());
                if (last == null || !last.getValue().holds(send.invokedNanos())) {
                    continue;
                }
                ran++;
                if (send.result() == SendResult.ACCEPTED) {
                    long after = send.invokedNanos() - last.getValue().fromNanos();
                    if (last.getValue().holds(send.endedNanos())) {
                        wrong.add(after / 1000 + " µs after a revoke");
                    } else {
                        late++; // It may have waited for the grant.
                    }
                }
            }
            all.assertThat(wrong)
                    .as("sends of %s that were accepted without the right", log.getFileName())
                    .isEmpty();
            all.assertThat(here.getOrDefault(SendResult.ACCEPTED, 0L))
                    .as("accepted of " + log.getFileName())
                    .isGreaterThan(FEWEST);
            all.assertThat(here.getOrDefault(SendResult.PERMISSION_DENIED, 0L))
                    .as("denied of " + log.getFileName())
                    .isGreaterThan(FEWEST);
            here.forEach((result, count) -> results.merge(result, count, Long::sum));
        }
        Report.say("revoked sends: " + results + "; " + ran + " began between a revoke and the next grant, " + late
                + " of them were accepted after that grant; " + changed.revokes(0) + " revokes answered of "
                + changed.all().size() + " changes, " + cuts + " cuts");
        all.assertThat(results.values().stream().mapToLong(Long::longValue).sum())
                .as("sends")
                .isGreaterThanOrEqualTo(SENDS);
    }
}
