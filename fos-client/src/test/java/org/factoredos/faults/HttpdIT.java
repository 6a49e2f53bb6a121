package org.factoredos.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A web server on a grid of three JVMs, asked by other people's programs at each node's address. */
@Tag("O7")
@Tag("S10")
@Tag("A6")
@Timeout(600)
class HttpdIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int LARGE_BYTES = 10 << 20;
    private static final Pattern RATE = Pattern.compile("Requests/sec:\\s+([0-9.]+)");
    private static final Pattern ROW =
            Pattern.compile("(n\\d)\\s+(\\S+)\\s+(\\S+)\\s+(\\S+)\\s+(\\d+)\\s+(\\d+)\\s+(\\S+)");

    @Test
    @Tag("O7")
    @Tag("S10")
    @Tag("A6")
    void aFileServerIsReachedAtEveryNodeAndLeavesNothingBehind() throws Exception {
        for (String tool : List.of("curl", "wrk")) {
            assumeTrue(Product.has(tool), "needs " + tool + ": apt-get install " + tool);
        }
        try (UpGrid grid = UpGrid.start("httpd", 3);
                Door door = grid.door(0);
                Door.Typist typist = grid.door(1).shell(new ByteArrayOutputStream())) {
            Path large = large(grid);
            grid.copy(large, "/home/large.bin");
            run(door, "echo small and right > /home/small.txt");
            List<String> before = netstat(door);

            typist.type("httpd /home --port 8000"); // A session's processes end with it.
            Awaitility.await("a listener at each node").atMost(PATIENCE).until(() -> listening(door) == 3);
            for (int node = 1; node <= 3; node++) {
                isRight(grid, node, large);
            }
            List<Row> meanwhile = load(grid, door);
            assertThat(meanwhile.stream()
                            .filter(row -> row.local().startsWith("127.0.0."))
                            .map(Row::node)
                            .distinct())
                    .as("connections at each node's own server")
                    .containsExactlyInAnyOrder("n1", "n2", "n3");

            String process = meanwhile.getFirst().process();
            long killed = System.nanoTime();
            run(door, "kill " + process);
            Awaitility.await("nothing is left of it")
                    .atMost(Duration.ofSeconds(5))
                    .until(() -> netstat(door).equals(before));
            Report.say("httpd: nothing left " + (System.nanoTime() - killed) / 1_000_000 + " ms after it was killed");
        }
    }

    private static Path large(UpGrid grid) throws IOException {
        byte[] bytes = new byte[LARGE_BYTES];
        new Random(1).nextBytes(bytes);
        return Files.write(grid.home().resolve("large.bin"), bytes);
    }

    private static void isRight(UpGrid grid, int node, Path large) throws Exception {
        String host = "http://127.0.0." + node + ":8000/";
        Path got = grid.home().resolve("got-" + node);
        long began = System.nanoTime();
        grid.tool("curl", "-sSf", "-o", got.toString(), host + "large.bin");
        long took = System.nanoTime() - began;
        Report.say(String.format("httpd: 10 MiB from node %d in %d ms", node, took / 1_000_000));
        assertThat(digest(got)).isEqualTo(digest(large));
        assertThat(grid.tool("curl", "-sSf", host + "small.txt")).isEqualTo("small and right\n");
        assertThat(grid.tool("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", host + "missing"))
                .isEqualTo("404");
        assertThat(grid.tool(
                        "curl", "-s", "--path-as-is", "-o", "/dev/null", "-w", "%{http_code}", host + "../etc/motd"))
                .isEqualTo("400");
    }

    private static String digest(Path file) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }

    /** Presses all three nodes at once; what {@code netstat} says meanwhile. */
    private static List<Row> load(UpGrid grid, Door door) throws Exception {
        List<Process> presses = new ArrayList<>();
        List<Path> outputs = new ArrayList<>();
        for (int node = 1; node <= 3; node++) {
            Path output = grid.home().resolve("wrk-" + node);
            outputs.add(output);
            presses.add(grid.start(
                    output, "wrk", "-t", "1", "-c", "64", "-d", "8s", "http://127.0.0." + node + ":8000/small.txt"));
        }
        List<Row> rows = new ArrayList<>();
        Awaitility.await("connections at three nodes").atMost(PATIENCE).until(() -> {
            rows.clear();
            rows.addAll(rows(netstat(door)).stream()
                    .filter(row -> row.state().equals("ESTABLISHED"))
                    .toList());
            return rows.stream().map(Row::node).distinct().count() == 3;
        });
        double total = 0;
        for (int i = 0; i < 3; i++) {
            assertThat(presses.get(i).waitFor(60, TimeUnit.SECONDS)).isTrue();
            String said = Files.readString(outputs.get(i));
            assertThat(said).doesNotContain("Socket errors").doesNotContain("Non-2xx");
            Matcher rate = RATE.matcher(said);
            assertThat(rate.find()).as(said).isTrue();
            total += Double.parseDouble(rate.group(1));
        }
        Report.say(String.format("httpd: %.0f requests a second from 192 connections at three nodes", total));
        return rows;
    }

    private record Row(String node, String state, String local, String process) {}

    private static List<Row> rows(List<String> lines) {
        return lines.stream()
                .map(ROW::matcher)
                .filter(Matcher::matches)
                .map(row -> new Row(row.group(1), row.group(2), row.group(3), row.group(7)))
                .toList();
    }

    private static long listening(Door door) throws IOException {
        return rows(netstat(door)).stream()
                .filter(row -> row.state().equals("LISTEN"))
                .count();
    }

    private static List<String> netstat(Door door) throws IOException {
        return run(door, "netstat").lines().toList();
    }

    private static String run(Door door, String command) throws IOException {
        Door.Answer answer = door.run(command, PATIENCE);
        assertThat(answer.status()).as(command + ": " + answer.error()).isZero();
        return answer.out();
    }
}
