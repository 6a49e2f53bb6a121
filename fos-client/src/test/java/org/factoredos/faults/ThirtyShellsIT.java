package org.factoredos.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.factoredos.file.FileError;
import org.factoredos.kernel.SendResult;
import org.factoredos.placement.PlacementError;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Thirty people in shells of one grid. One of them forks for ever, fills their disk, loops and floods mailboxes, all at once: they
 * are told what they may not have, and the others should hardly notice. They do notice yet, so it runs only with {@code fos.hostile}.
 *
 * <p>{@code fos.spell}: for how many seconds the others work with, and without, the hostile one; {@code fos.hostility}: what that does, all
 * unless told.
 */
@Timeout(900)
class ThirtyShellsIT {
    private static final int NODES = 3;
    private static final int OTHERS = 29;
    private static final Duration SPELL = Duration.ofSeconds(Integer.getInteger("fos.spell", 30));
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int SHORTEST_THOUGHT_MILLIS = 1000;
    private static final int LONGEST_THOUGHT_MILLIS = 3000;

    /** What people do all day, and what the last line of it is. */
    private record Task(String line, String end) {}

    private static final List<Task> TASKS = List.of(
            new Task("seq 1 200 | sort -r | head -n 1", "99"),
            new Task("echo some text > note; cat note | wc -c", "10"),
            new Task("seq 100 | grep 7 | wc -l", "19"),
            new Task("for i in 1 2 3; do echo $i; done | tail -n 1", "3"));

    /** What somebody hostile does, and what they are told. */
    private record Hostility(String name, String line, String told) {}

    /** The last one leaves the others no tile for a program more. */
    private static final List<Hostility> HOSTILITIES = List.of(
            new Hostility(
                    "mailboxes",
                    "mbox create -m 100 hostile:inbox; while X=1; do msend hostile:inbox flood; msend sys:fs flood; done",
                    SendResult.QUEUE_FULL.sentence()),
            new Hostility("disk", "while X=1; do cat /dev/zero >> fill; done", FileError.EDQUOT.sentence()),
            new Hostility(
                    "loops",
                    "for i in 1 2; do while X=1; do true; done & while X=1; do X=2; done & done; echo 'forever';"
                            + " while X=1; do true; done",
                    "forever\r\n"),
            new Hostility(
                    "forks",
                    "export B='sh -c \"$B\" & sh -c \"$B\"'; while X=1; do sh -c \"$B\" & done",
                    PlacementError.QUOTA_REACHED.sentence()));

    private static final String ONLY = System.getProperty("fos.hostility", "");

    @Test
    void whoTakesAllThatTheyCanGetIsToldAndSlowsNobodyDown() throws Exception {
        assumeTrue(
                Boolean.getBoolean("fos.hostile"),
                "the others are slowed down, so it runs only with -Dfos.hostile=true");
        KeyPair key = KeyPairGenerator.getInstance("EC").generateKeyPair();
        List<Person> others = new ArrayList<>();
        List<Person> hostile = new ArrayList<>();
        try (UpGrid grid = UpGrid.start("thirty-shells", NODES);
                Door operator = grid.door(0)) {
            try {
                for (int i = 0; i < OTHERS; i++) {
                    String name = "person" + i;
                    add(operator, "--disk 10M " + name, key);
                    others.add(new Person(grid.door(i % NODES, name, key)));
                }
                add(operator, "--tiles 16 --disk 10M hostile", key);
                Figures first = work(others, SPELL.multipliedBy(2));
                Figures usual = work(others, SPELL);
                Report.say("thirty shells: at first " + first + ", usually " + usual);

                for (Hostility hostility : HOSTILITIES) {
                    if (ONLY.isEmpty() || ONLY.contains(hostility.name())) {
                        Person one = new Person(grid.door(hostile.size() % NODES, "hostile", key));
                        hostile.add(one);
                        one.types(hostility.line());
                        await(hostility.name())
                                .atMost(PATIENCE)
                                .untilAsserted(() -> assertThat(one.screen()).contains(hostility.told()));
                    }
                }
                Figures meanwhile = work(others, SPELL);
                Report.say("thirty shells: with a hostile one " + meanwhile);

                run(operator, "user remove hostile");
                await("all of the hostile one's processes have ended")
                        .atMost(PATIENCE)
                        .until(() -> run(operator, "ps").lines().noneMatch(line -> line.contains(" hostile ")));
                Figures afterwards = work(others, SPELL);
                Report.say("thirty shells: afterwards " + afterwards);

                assertThat(meanwhile.median()).isLessThan(2 * usual.median());
                assertThat(meanwhile.slow()).isLessThan(2 * usual.slow());
            } finally {
                others.forEach(Person::close);
                hostile.forEach(Person::close);
            }
        }
    }

    private static void add(Door operator, String user, KeyPair key) throws IOException {
        run(operator, "user add " + user + " '" + PublicKeyEntry.toString(key.getPublic()) + "'");
    }

    /**
     * How long lines of shells took, in milliseconds.
     *
     * @param slow all but one of twenty were faster
     */
    private record Figures(int lines, double median, double slow) {
        static Figures of(List<Long> nanos) {
            double[] sorted =
                    nanos.stream().mapToDouble(took -> took / 1e6).sorted().toArray();
            return new Figures(sorted.length, sorted[sorted.length / 2], sorted[sorted.length * 19 / 20]);
        }

        @Override
        public String toString() {
            return String.format("%d lines, the median %.0f ms, 95 of 100 within %.0f ms", lines, median, slow);
        }
    }

    /** All of them at once, each line's output looked at. */
    private static Figures work(List<Person> people, Duration spell) throws Exception {
        List<Long> nanos = new ArrayList<>();
        try (ExecutorService each = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<List<Long>>> working = new ArrayList<>();
            for (int i = 0; i < people.size(); i++) {
                Person person = people.get(i);
                Random random = new Random(i);
                working.add(each.submit(() -> work(person, random, spell)));
            }
            for (Future<List<Long>> one : working) {
                nanos.addAll(one.get());
            }
        }
        return Figures.of(nanos);
    }

    private static List<Long> work(Person person, Random random, Duration spell) throws Exception {
        List<Long> nanos = new ArrayList<>();
        long last = System.nanoTime() + spell.toNanos();
        while (true) {
            Thread.sleep(random.nextInt(SHORTEST_THOUGHT_MILLIS, LONGEST_THOUGHT_MILLIS));
            if (System.nanoTime() > last) {
                return nanos;
            }
            Task task = TASKS.get(random.nextInt(TASKS.size()));
            long begun = System.nanoTime();
            String shown = person.says(task.line(), PATIENCE);
            nanos.add(System.nanoTime() - begun);
            assertThat(shown.lines()).as(task.line()).endsWith(task.end());
        }
    }

    private static String run(Door door, String command) throws IOException {
        Door.Answer answer = door.run(command, PATIENCE);
        assertThat(answer.succeeded()).as(command + ": " + answer).isTrue();
        return answer.out();
    }
}
