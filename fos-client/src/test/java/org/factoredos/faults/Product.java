package org.factoredos.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The built product, run as the launcher does: its jars, its options, and a cache of what a start loads. */
final class Product {
    private static final Path TARGET = Path.of("target").toAbsolutePath();
    private static final Path JAR = TARGET.resolve("fos-client.jar");
    private static final Path CACHE = TARGET.resolve("faults").resolve("fos.aot");
    private static final String MAIN = "org.factoredos.cli.Main";
    private static final List<String> OPTIONS = List.of(
            "--sun-misc-unsafe-memory-access=allow",
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+UseCompactObjectHeaders",
            "-Xlog:aot=off",
            "-XX:+UseSerialGC",
            "-Xms32m",
            "-Xmx512m",
            "-XX:MinHeapFreeRatio=20",
            "-XX:MaxHeapFreeRatio=40");

    private Product() {}

    /** The command line of {@code ./fos} with these arguments. */
    static List<String> fos(String... arguments) throws IOException, InterruptedException {
        train();
        return command("-XX:AOTCache=" + CACHE, arguments);
    }

    /** The command line of a node that has {@link Probes} among its programs. */
    static List<String> probeNode() {
        List<String> command = new ArrayList<>(List.of(java()));
        command.addAll(OPTIONS);
        String classes = JAR + ":" + TARGET.resolve("test-classes");
        command.addAll(List.of("-cp", classes, "org.factoredos.cli.ProbeNode"));
        return command;
    }

    /** H2's own server, from the product's jars. */
    static List<String> journalServer(String host, int port, Path folder) throws IOException {
        try (Stream<Path> jars = Files.list(TARGET.resolve("lib"))) {
            Path h2 = jars.filter(jar -> jar.getFileName().toString().startsWith("h2-"))
                    .findFirst()
                    .orElseThrow();
            return List.of(
                    java(),
                    "-Dh2.bindAddress=" + host,
                    "-cp",
                    h2.toString(),
                    "org.h2.tools.Server",
                    "-tcp",
                    "-tcpAllowOthers",
                    "-tcpPort",
                    Integer.toString(port),
                    "-baseDir",
                    folder.toString(),
                    "-ifNotExists");
        }
    }

    /** Whether this machine has a program of that name. */
    static boolean has(String tool) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(":", -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, tool)));
    }

    private static synchronized void train() throws IOException, InterruptedException {
        if (Files.exists(CACHE) && Files.getLastModifiedTime(CACHE).compareTo(Files.getLastModifiedTime(JAR)) > 0) {
            return;
        }
        Path home = UpGrid.emptyHome("training"); // Data of an earlier build may be of another format.
        ProcessBuilder training = new ProcessBuilder(command(
                        "-XX:AOTCacheOutput=" + CACHE, "shell", "-c", "seq 1 1000 | sort -n | tail -n 1; ls /; ps"))
                .redirectErrorStream(true)
                .redirectOutput(home.resolve("output").toFile());
        training.environment().put("HOME", home.toString());
        if (training.start().waitFor() != 0) {
            throw new IOException("the product does not run: see " + home.resolve("output"));
        }
    }

    private static List<String> command(String cache, String... arguments) {
        List<String> command = new ArrayList<>(List.of(java()));
        command.addAll(OPTIONS);
        command.addAll(List.of(cache, "-cp", JAR.toString(), MAIN));
        command.addAll(List.of(arguments));
        return command;
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }
}
