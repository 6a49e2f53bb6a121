package org.factoredos.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.factoredos.file.FileError;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * OpenSSH's {@code sftp} with a grid of three JVMs: long files, strange names, and two who write to one file.
 *
 * <p>{@code fos.megabytes}: how long the long file is.
 */
@Tag("A3")
@Tag("O5")
@Timeout(1800)
class SftpIT {
    private static final int MEGABYTES = Integer.getInteger("fos.megabytes", 512);
    private static final int NODES = 3;
    /** Of what is copied first, until the nodes have the memory that copying takes. */
    private static final int FIRST_MEGABYTES = 256;

    private static final double MOST_GROWTH = 1.25;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int LONGEST_NAME = 255;
    private static final int LINES = 200;
    private static final int SHARED_BYTES = 24 << 20;
    private static final Pattern RESIDENT = Pattern.compile("RssAnon:\\s+(\\d+) kB");

    @Test
    void longFilesStrangeNamesAndTwoWriters() throws Exception {
        assumeTrue(Product.has("sftp"), "needs sftp: apt-get install openssh-client");
        try (UpGrid grid = UpGrid.start("sftp", NODES)) {
            strangeNamesComeBack(grid);
            twoWritersLeaveWhatOneOfThemWrote(grid);
            twoWhoAppendLoseNoLine(grid);
            aLongFileTakesNoMoreMemoryThanAShorterOne(grid);
        }
    }

    private static void strangeNamesComeBack(UpGrid grid) throws Exception {
        Path names = Files.createDirectories(grid.home().resolve("names"));
        List<String> strange = List.of(
                "two words",
                "two\nlines",
                " blank at both ends ",
                "\u00e4\u6f22\ud83d\udc1a",
                "-r",
                "*?[a-z]",
                "a'b\"c\\d$e`f",
                "...",
                "x".repeat(LONGEST_NAME),
                "\u6f22".repeat(LONGEST_NAME / 3));
        for (String name : strange) {
            Files.writeString(names.resolve(name), name);
        }
        Path directory = Files.createDirectories(names.resolve("a\tdirectory"));
        Files.writeString(directory.resolve("in\tit"), "in it");

        sftp(grid, 0, "put -r " + names + " /home/names");
        Path back = grid.home().resolve("back");
        sftp(grid, 1, "get -r /home/names " + back);
        assertThat(grid.tool("diff", "-r", names.toString(), back.toString())).isEmpty();

        try (Door door = grid.door(2)) {
            assertThat(run(door, "cat '/home/names/two\nlines'")).isEqualTo("two\nlines");
            Door.Answer tooLong = door.run("touch /home/" + "y".repeat(LONGEST_NAME + 1), PATIENCE);
            assertThat(tooLong.error()).contains(FileError.ENAMETOOLONG.sentence());
            run(door, "rm -r /home/names");
        }
    }

    /** At each place the bytes of one of them, the same at each node. */
    private static void twoWritersLeaveWhatOneOfThemWrote(UpGrid grid) throws Exception {
        List<byte[]> written = new ArrayList<>();
        List<Process> writers = new ArrayList<>();
        for (int writer = 0; writer < 2; writer++) {
            byte[] bytes = new byte[SHARED_BYTES];
            new Random(writer).nextBytes(bytes);
            written.add(bytes);
            Path file = Files.write(grid.home().resolve("written-" + writer), bytes);
            writers.add(begin(grid, writer, "put " + file + " /home/shared"));
        }
        for (Process writer : writers) {
            assertThat(writer.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(writer.exitValue()).isZero();
        }
        byte[] first = written.getFirst();
        byte[] second = written.getLast();
        List<byte[]> read = new ArrayList<>();
        for (int node = 0; node < NODES; node++) {
            Path file = grid.home().resolve("shared-" + node);
            sftp(grid, node, "get /home/shared " + file);
            read.add(Files.readAllBytes(file));
        }
        byte[] shared = read.getFirst();
        assertThat(read).allSatisfy(bytes -> assertThat(bytes).isEqualTo(shared));
        assertThat(shared).hasSize(SHARED_BYTES);
        assertThat(IntStream.range(0, SHARED_BYTES).filter(i -> shared[i] != first[i] && shared[i] != second[i]))
                .as("bytes that nobody has written there")
                .isEmpty();
        Report.say("sftp: two wrote to one file, and " + share(shared, first) + " of 100 bytes are the first one's");
    }

    private static int share(byte[] shared, byte[] of) {
        return (int) (100L
                * IntStream.range(0, shared.length)
                        .filter(i -> shared[i] == of[i])
                        .count()
                / shared.length);
    }

    private static void twoWhoAppendLoseNoLine(UpGrid grid) throws Exception {
        List<Thread> writers = new ArrayList<>();
        List<Door.Answer> answers = new ArrayList<>();
        for (int writer = 0; writer < 2; writer++) {
            String line = "writer " + writer + " line ";
            Door door = grid.door(writer);
            writers.add(Thread.ofVirtual().start(() -> {
                try (door) {
                    Door.Answer answer = door.run(
                            "for i in $(seq " + LINES + "); do echo " + line + "$i >> /home/lines || exit 1; done",
                            PATIENCE);
                    synchronized (answers) {
                        answers.add(answer);
                    }
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            }));
        }
        for (Thread writer : writers) {
            writer.join();
        }
        assertThat(answers).hasSize(2).allMatch(Door.Answer::succeeded);
        List<String> expected = IntStream.range(0, 2)
                .boxed()
                .flatMap(writer -> IntStream.rangeClosed(1, LINES).mapToObj(i -> "writer " + writer + " line " + i))
                .toList();
        try (Door door = grid.door(2)) {
            assertThat(run(door, "cat /home/lines").lines()).containsExactlyInAnyOrderElementsOf(expected);
        }
    }

    private static void aLongFileTakesNoMoreMemoryThanAShorterOne(UpGrid grid) throws Exception {
        long first = copied(grid, FIRST_MEGABYTES);
        long second = copied(grid, MEGABYTES);
        assertThat(second).isLessThan((long) (MOST_GROWTH * first));
    }

    /** Puts so much, and gets it at another node; how much memory the nodes have had at most, in KiB. */
    private static long copied(UpGrid grid, int megabytes) throws Exception {
        Path file = grid.home().resolve("long");
        String digest = write(file, megabytes);
        Peak peak = new Peak(grid);
        long begun = System.nanoTime();
        sftp(grid, 0, "put " + file + " /home/long");
        long put = System.nanoTime();
        Files.delete(file);
        sftp(grid, 1, "get /home/long " + file);
        long got = System.nanoTime();
        long most = peak.end();
        assertThat(digest(file)).isEqualTo(digest);
        Files.delete(file);
        try (Door door = grid.door(2)) {
            run(door, "rm /home/long");
        }
        Report.say(String.format(
                "sftp: %d MiB put at %.0f MiB/s, got at %.0f MiB/s; the nodes took %d MiB at most",
                megabytes, megabytes / ((put - begun) / 1e9), megabytes / ((got - put) / 1e9), most >> 10));
        return most;
    }

    /** The most memory that the nodes take together, looked at twice a second until the end. */
    private static final class Peak {
        private final Thread looking;
        private long most;

        Peak(UpGrid grid) throws IOException {
            List<Path> status = new ArrayList<>();
            for (int node = 0; node < NODES; node++) {
                status.add(Path.of("/proc", Long.toString(grid.pid(node)), "status"));
            }
            looking = Thread.ofPlatform().daemon().start(() -> {
                try {
                    while (true) {
                        long sum = 0;
                        for (Path each : status) {
                            Matcher resident = RESIDENT.matcher(Files.readString(each));
                            sum += resident.find() ? Long.parseLong(resident.group(1)) : 0;
                        }
                        most = Math.max(most, sum);
                        Thread.sleep(500);
                    }
                } catch (IOException | InterruptedException e) {
                    return;
                }
            });
        }

        long end() throws InterruptedException {
            looking.interrupt();
            looking.join();
            return most;
        }
    }

    private static String write(Path file, int megabytes) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        byte[] block = new byte[1 << 20];
        Random random = new Random(megabytes);
        try (OutputStream out = new DigestOutputStream(Files.newOutputStream(file), digest)) {
            for (int i = 0; i < megabytes; i++) {
                random.nextBytes(block);
                out.write(block);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static String digest(Path file) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        try (InputStream in = Files.newInputStream(file);
                OutputStream out = new DigestOutputStream(OutputStream.nullOutputStream(), digest)) {
            in.transferTo(out);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static void sftp(UpGrid grid, int node, String... commands) throws Exception {
        grid.tool(command(grid, node, commands));
    }

    private static Process begin(UpGrid grid, int node, String... commands) throws IOException {
        return grid.start(grid.home().resolve("sftp-" + node), command(grid, node, commands));
    }

    private static String[] command(UpGrid grid, int node, String... commands) throws IOException {
        Path batch = Files.write(grid.home().resolve("batch-" + node), List.of(commands));
        return new String[] {
            "sftp",
            "-q",
            "-P",
            Integer.toString(grid.sshPort(node)),
            "-i",
            grid.key().toString(),
            "-o",
            "StrictHostKeyChecking=no",
            "-o",
            "UserKnownHostsFile=/dev/null",
            "-b",
            batch.toString(),
            "operator@" + grid.sshHost(node)
        };
    }

    private static String run(Door door, String command) throws IOException {
        Door.Answer answer = door.run(command, PATIENCE);
        assertThat(answer.succeeded()).as(command + ": " + answer).isTrue();
        return answer.out();
    }
}
