package org.factoredos.actor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.factoredos.boot.BootFailed;
import org.factoredos.boot.StartedProcess;
import org.factoredos.load.BuiltJar;
import org.factoredos.program.Programs;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Jars of users, on a whole node. */
@Tag("A3")
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BroughtProgramsTest {
    private static final String PROGRAM = """
            import java.io.*;
            import java.net.URI;
            import java.nio.file.*;
            import java.util.*;
            import java.util.concurrent.*;
            import org.factoredos.lib.*;

            public final class NAME implements Program {
                @Override
                public int run(Fos fos, List<String> arguments) throws IOException {
                    try {
                        BODY
                    } catch (RuntimeException e) {
                        throw e;
                    } catch (Exception e) {
                        throw new IOException(e);
                    }
                }

                static Path path(String name) {
                    return Path.of(URI.create("fos://" + name));
                }
            }
            """;

    private WholeNode node;
    private Path host;

    @BeforeAll
    void boot(@TempDir Path folder) throws BootFailed {
        host = folder;
        node = new WholeNode(Map.copyOf(Programs.all()), folder);
    }

    @AfterAll
    void stop() {
        node.close();
    }

    /** Builds it, copies it in and has its path. */
    private String brought(String name, String body) throws IOException {
        BuiltJar.of(host, name, PROGRAM.replace("NAME", name).replace("BODY", body));
        assertThat(node.run("cp", "/host/" + name + ".jar", "/tmp/")).isZero();
        return "/tmp/" + name + ".jar";
    }

    @Test
    void itsArgumentsStreamsAndStatusAreThoseOfAnyProgram() throws IOException {
        String jar = brought("Says", """
                fos.out().write(("it says " + arguments + " in " + fos.domain() + "\\n").getBytes());
                return 7;
                """);

        assertThat(node.run(jar, "a b", "c")).isEqualTo(7);
        assertThat(node.text()).contains("it says [a b, c] in operator\n");
    }

    @Test
    void ordinaryFilesOfJavaAreFilesOfFos() throws IOException {
        String jar = brought("Files", """
                java.nio.file.Files.writeString(path("/tmp/ordinary"), "written by java.nio\\n");
                return java.nio.file.Files.readAllLines(path("/etc/motd")).size();
                """);

        assertThat(node.run(jar)).isEqualTo(2);
        assertThat(node.run("cat", "/tmp/ordinary")).isZero();
        assertThat(node.text()).contains("written by java.nio\n");
    }

    @Test
    void itsThreadsUseFilesBesideEachOtherAndBesideItsOwn() throws IOException {
        String jar = brought("Many", """
                ExecutorService pool = Executors.newFixedThreadPool(8);
                List<Future<Integer>> parts = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    Path file = path("/tmp/many" + i);
                    byte mine = (byte) ('a' + i);
                    parts.add(pool.submit(() -> {
                        byte[] expected = new byte[100];
                        for (int n = 0; n < 100; n++) {
                            expected[n] = mine;
                            java.nio.file.Files.write(file, Arrays.copyOf(expected, n + 1));
                            if (!Arrays.equals(java.nio.file.Files.readAllBytes(file), Arrays.copyOf(expected, n + 1))) {
                                return n;
                            }
                        }
                        return 100;
                    }));
                }
                while (!parts.stream().allMatch(Future::isDone)) {
                    fos.stat("/etc/motd");
                    fos.sleep(java.time.Duration.ofMillis(3));
                }
                int sum = 0;
                for (Future<Integer> part : parts) {
                    sum += part.get();
                }
                pool.shutdown();
                fos.out().write(("right rounds: " + sum + "\\n").getBytes());
                return 0;
                """);

        assertThat(node.run(jar)).as(node::text).isZero();
        assertThat(node.text()).contains("right rounds: 800\n");
    }

    @Test
    void aThreadIsServedWhileItsProcessWaitsForItOutsideOfAnySystemCall() throws IOException {
        String jar = brought("Joined", """
                Thread other = new Thread(() -> {
                    try {
                        for (int i = 0; i < 200; i++) {
                            java.nio.file.Files.writeString(path("/tmp/joined"), "round " + i + "\\n");
                        }
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
                other.start();
                other.join();
                return 0;
                """);

        assertThat(node.run(jar)).isZero();
        assertThat(node.run("cat", "/tmp/joined")).isZero();
        assertThat(node.text()).contains("round 199\n");
    }

    @Test
    void anInterruptedThreadWaitsWithoutSpinningAndStaysInterrupted() throws IOException {
        String jar = brought("Interrupted", """
                Thread.currentThread().interrupt();
                var threads = java.lang.management.ManagementFactory.getThreadMXBean();
                long begun = threads.getCurrentThreadCpuTime();
                fos.sleep(java.time.Duration.ofMillis(500));
                boolean rested = threads.getCurrentThreadCpuTime() - begun < 100_000_000L;
                return rested && Thread.interrupted() ? 0 : 1;
                """);

        assertThat(node.run(jar)).isZero();
    }

    @Test
    void whatItBringsIsItsOwnAndTheSystemsRestIsNotThere() throws IOException {
        String jar = brought("Looks", """
                for (String name : List.of(
                        "akka.actor.typed.ActorSystem", "org.factoredos.actor.AkkaRoom", "org.rocksdb.RocksDB")) {
                    try {
                        Class.forName(name);
                        return 1;
                    } catch (ClassNotFoundException e) {
                        // As it is to be.
                    }
                }
                return Class.forName("org.factoredos.sim.World") == null ? 1 : 0;
                """);

        assertThat(node.run(jar)).isZero();
    }

    @Test
    void whatCannotBeRunSaysWhy() throws IOException {
        Files.writeString(host.resolve("text.jar"), "no jar at all\n");
        assertThat(node.run("cp", "/host/text.jar", "/tmp/")).isZero();

        assertThat(node.run("/tmp/none.jar")).isEqualTo(127);
        assertThat(node.run("/tmp/text.jar")).isEqualTo(126);
        assertThat(node.run("/tmp")).isEqualTo(126);
        assertThat(node.run("/dev/zero")).isEqualTo(126);
        assertThat(node.text())
                .contains("/tmp/none.jar: there is no such file\n")
                .contains("/tmp/text.jar: it is no jar\n")
                .contains("/tmp: it is a directory\n")
                .contains("/dev/zero: it is no file\n");

        BuiltJar.of(host, "Other", "public final class Other {}");
        assertThat(node.run("cp", "/host/Other.jar", "/tmp/")).isZero();
        assertThat(node.run("/tmp/Other.jar")).isEqualTo(126);
        assertThat(node.text())
                .contains("/tmp/Other.jar: its Main-Class Other is neither a org.factoredos.lib.Program nor a"
                        + " org.factoredos.server.Fleet\n");

        String jar = brought("Crashes", "throw new IllegalStateException(\"on purpose\");");
        assertThat(node.run(jar)).isEqualTo(70);
        assertThat(node.text()).contains("/tmp/Crashes.jar: crashed: java.lang.IllegalStateException: on purpose\n");
    }

    @Test
    void cutOffItSendsNothingMore() throws IOException {
        String jar = brought("Stubborn", """
                try (var out = fos.open("/tmp/here", org.factoredos.file.FileProtocol.OpenMode.CREATE)) {}
                try {
                    fos.sleep(java.time.Duration.ofHours(1));
                } catch (Throwable e) {
                    fos.rename("/tmp/here", "/tmp/there");
                }
                return 0;
                """);
        StartedProcess stubborn = node.running().start(jar, List.of());
        await().atMost(Duration.ofSeconds(30)).until(() -> node.run("ls", "/tmp/here") == 0);

        assertThat(stubborn.kill().orTimeout(30, TimeUnit.SECONDS).join()).isTrue();
        assertThat(stubborn.exit().orTimeout(30, TimeUnit.SECONDS).join()).isEqualTo(137);

        assertThat(node.run("ls", "/tmp/here")).isZero();
    }

    @Test
    void killedItIsCutOffAtOnceAndNothingOfItStays() throws IOException {
        String jar = brought("Loops", """
                while (true) {
                    fos.sleep(java.time.Duration.ofMillis(1));
                }
                """);
        StartedProcess loops = node.running().start(jar, List.of());

        assertThat(loops.kill().orTimeout(30, TimeUnit.SECONDS).join()).isTrue();
        assertThat(loops.exit().orTimeout(30, TimeUnit.SECONDS).join()).isEqualTo(137);
        try (Stream<Path> left = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            assertThat(left.map(file -> file.getFileName().toString()))
                    .noneMatch(name -> name.startsWith("fos-Loops-"));
        }
    }
}
