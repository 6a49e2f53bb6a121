package org.factoredos.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.factoredos.boot.StartedProcess;
import org.factoredos.driver.ConsoleDevice;
import org.factoredos.driver.ConsoleProtocol;
import org.factoredos.file.FileProtocol.OpenMode;
import org.factoredos.lib.Fos;
import org.factoredos.lib.FosException;
import org.factoredos.lib.OpenFile;
import org.factoredos.lib.Program;
import org.h2.tools.Server;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The journal's database comes late, dies and hangs under the hands of writers to all volumes; the node outlives it. */
@Timeout(180)
@Tag("G5")
class JournalOutageIT {
    private static final String HOST = "127.0.0.1";
    private static final List<String> FILES = List.of("/w", "/home/w", "/tmp/w", "/srv/w");
    private static final int LINES = 20;
    /** Five would do on an idle machine; a breaker that keeps owners from recovering takes 30 or 60. */
    private static final Duration BACK = Duration.ofSeconds(20);
    /** Longer than libfos goes on asking a fleet. */
    private static final Duration REFUSED = Duration.ofSeconds(40);

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    /** Of each file, the lines whose writing was acknowledged. */
    private final Map<String, List<Integer>> acknowledged = new ConcurrentHashMap<>();

    private final Map<String, Integer> refused = new ConcurrentHashMap<>();
    private final Map<String, String> contents = new ConcurrentHashMap<>();
    private final AtomicBoolean writing = new AtomicBoolean(true);
    private int journalPort;
    private int httpPort;
    private @Nullable Process server;

    @BeforeEach
    void choosePorts() throws IOException {
        journalPort = freePort();
        httpPort = freePort();
    }

    @AfterEach
    void stopServer() {
        kill();
    }

    @Test
    void whatWasAcknowledgedIsThereOnceAndWritesGoOnWhenTheDatabaseIsBack() throws Exception {
        try (Node node = startBeforeTheServer()) {
            List<StartedProcess> writers = new ArrayList<>();
            FILES.forEach(file -> writers.add(node.running().start("writer", List.of(file))));
            awaitLines();
            awaitStatus(GridStatus::healthy);

            kill();
            awaitOutage();
            startServer();
            awaitLines();
            awaitStatus(GridStatus::healthy);

            signal("STOP");
            awaitOutage();
            signal("CONT");
            awaitLines();
            awaitStatus(GridStatus::healthy);

            writing.set(false);
            for (StartedProcess writer : writers) {
                assertThat(writer.exit().get(30, TimeUnit.SECONDS)).isZero();
            }
            assertThat(node.running().start("reader", FILES).exit().get(30, TimeUnit.SECONDS))
                    .isZero();
        }

        for (String file : FILES) {
            List<Integer> lines = contents.getOrDefault(file, "")
                    .lines()
                    .map(Integer::valueOf)
                    .toList();
            assertThat(lines).as("lines of %s", file).doesNotHaveDuplicates();
            assertThat(lines).as("lines of %s, in order", file).containsSubsequence(written(file));
        }
    }

    private Node startBeforeTheServer() throws Exception {
        List<String> news = new CopyOnWriteArrayList<>();
        CompletableFuture<Node> starting = new CompletableFuture<>();
        Thread.ofPlatform().daemon().start(() -> {
            try {
                starting.complete(Node.start(settings(), equipment(), news::add));
            } catch (Node.CannotStart | RuntimeException e) {
                starting.completeExceptionally(e);
            }
        });
        await().atMost(BACK).until(() -> !news.isEmpty());
        startServer();
        Node node = starting.get(60, TimeUnit.SECONDS);
        node.announce();
        assertThat(news)
                .singleElement()
                .asString()
                .startsWith("the journal at jdbc:h2:tcp://" + HOST + ":" + journalPort)
                .endsWith("waiting for it, for up to 60 s");
        return node;
    }

    /** Until every writer has been refused: by then Akka's own breakers would have opened. */
    private void awaitOutage() {
        Map<String, Integer> before = new LinkedHashMap<>();
        FILES.forEach(file -> before.put(file, refused.getOrDefault(file, 0)));
        GridStatus status = awaitStatus(outage -> outage.journal().equals(GridStatus.DOWN)
                && outage.fleets().stream()
                        .anyMatch(fleet -> fleet.fleet().equals("file") && fleet.owned() < fleet.slices()));
        assertThat(status.healthy()).isFalse();
        assertThat(status.nodes()).extracting(GridStatus.OfNode::state).containsExactly(GridStatus.UP);
        await().atMost(REFUSED)
                .until(() ->
                        FILES.stream().allMatch(file -> refused.getOrDefault(file, 0) > before.getOrDefault(file, 0)));
    }

    /** Until every writer has written on. */
    private void awaitLines() {
        Map<String, Integer> before = new LinkedHashMap<>();
        FILES.forEach(file -> before.put(file, written(file).size()));
        await().atMost(BACK)
                .until(() ->
                        FILES.stream().allMatch(file -> written(file).size() >= before.getOrDefault(file, 0) + LINES));
    }

    private GridStatus awaitStatus(Predicate<GridStatus> wanted) {
        return await().atMost(BACK).until(this::status, status -> status != null && wanted.test(status));
    }

    private @Nullable GridStatus status() throws IOException {
        HttpURLConnection page = (HttpURLConnection) URI.create("http://" + HOST + ":" + httpPort + "/status")
                .toURL()
                .openConnection();
        page.setReadTimeout((int) BACK.toMillis());
        if (page.getResponseCode() != HttpURLConnection.HTTP_OK) {
            return null;
        }
        try (InputStream in = page.getInputStream()) {
            return JSON.readValue(in, GridStatus.class);
        }
    }

    private List<Integer> written(String file) {
        return acknowledged.computeIfAbsent(file, none -> new CopyOnWriteArrayList<>());
    }

    private @Nullable Program program(String name) {
        return switch (name) {
            case "writer" -> this::write;
            case "reader" -> this::read;
            default -> null;
        };
    }

    private int write(Fos fos, List<String> arguments) throws IOException {
        String path = arguments.getFirst();
        try (OpenFile file = fos.open(path, OpenMode.CREATE)) {
            for (int number = 0; writing.get(); number++) {
                byte[] line = (number + "\n").getBytes(StandardCharsets.UTF_8);
                try {
                    file.append(line, 0, line.length);
                    written(path).add(number);
                } catch (FosException e) {
                    refused.merge(path, 1, Integer::sum);
                }
            }
        }
        return 0;
    }

    private int read(Fos fos, List<String> paths) throws IOException {
        for (String path : paths) {
            try (InputStream in = fos.open(path, OpenMode.EXISTING).input()) {
                contents.put(path, new String(in.readAllBytes(), StandardCharsets.UTF_8));
            }
        }
        return 0;
    }

    private Settings settings() {
        return Settings.of(ConfigFactory.parseMap(Map.of(
                "fos.data",
                folder.resolve("node").toString(),
                "fos.node.host",
                HOST,
                "fos.node.http-port",
                httpPort,
                "fos.grid.nodes",
                HOST + ":" + httpPort,
                "fos.journal.url",
                "jdbc:h2:tcp://" + HOST + ":" + journalPort + "/./journal;WRITE_DELAY=0;DB_CLOSE_DELAY=-1",
                "fos.journal.user",
                "fos",
                "fos.journal.password",
                "secret")));
    }

    private Equipment equipment() {
        return new Equipment(
                (request, done) -> {
                    if (request instanceof ConsoleDevice.Write) {
                        done.accept(new ConsoleProtocol.ConsoleWritten());
                    }
                },
                this::program,
                Optional.empty(),
                "test");
    }

    private void startServer() throws IOException {
        server = JavaProcess.start(
                Server.class,
                "-tcp",
                "-tcpPort",
                String.valueOf(journalPort),
                "-baseDir",
                folder.resolve("journal").toString(),
                "-ifNotExists");
    }

    private void kill() {
        Process running = server;
        if (running != null) {
            running.destroyForcibly().onExit().orTimeout(10, TimeUnit.SECONDS).join();
        }
    }

    private void signal(String name) throws Exception {
        long pid = Optional.ofNullable(server).orElseThrow().pid();
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(pid))
                        .start()
                        .waitFor())
                .isZero();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.ofLiteral(HOST))) {
            return socket.getLocalPort();
        }
    }
}
