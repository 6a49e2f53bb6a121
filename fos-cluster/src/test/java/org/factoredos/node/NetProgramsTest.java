package org.factoredos.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.factoredos.file.FileProtocol.OpenMode;
import org.factoredos.lib.Fos;
import org.factoredos.lib.OpenFile;
import org.factoredos.lib.Program;
import org.factoredos.placement.ProcessId;
import org.factoredos.placement.ProcessSpec;
import org.factoredos.placement.Stream;
import org.factoredos.program.Programs;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code nc}, {@code fetch} and {@code httpd} on a whole node, with peers on the host. */
@Tag("O7")
@Timeout(90)
class NetProgramsTest {
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();
    private static final String HOST = HERE.getHostAddress();

    @TempDir
    Path folder;

    private final CompletableFuture<Void> tried = new CompletableFuture<>();
    private volatile Task task = fos -> {};
    private @Nullable Node started;

    private interface Task {
        void run(Fos fos) throws IOException, InterruptedException;
    }

    /** What a program has done: its status, and what it has printed. */
    private record Done(int status, String out, String err) {}

    @BeforeEach
    void start() throws Exception {
        Map<String, Program> programs = new HashMap<>(Programs.all());
        programs.put("try", this::tryOut);
        Settings settings = Settings.of(
                ConfigFactory.parseMap(Map.of("fos.data", folder.resolve("data").toString())));
        started = Node.start(settings, new Equipment((request, done) -> {}, programs::get, Optional.empty(), "test"));
    }

    @AfterEach
    void stop() {
        Objects.requireNonNull(started).close();
    }

    private int tryOut(Fos fos, List<String> arguments) {
        try {
            task.run(fos);
            tried.complete(null);
        } catch (IOException | InterruptedException | RuntimeException | Error e) {
            tried.completeExceptionally(e);
        }
        return 0;
    }

    private void inAProgram(Task what) throws Exception {
        task = what;
        Objects.requireNonNull(started).running().start("try", List.of());
        tried.get(80, TimeUnit.SECONDS);
    }

    private static ProcessId begin(Fos fos, Stream in, String... words) throws IOException {
        for (String file : List.of("/tmp/out", "/tmp/err")) {
            fos.open(file, OpenMode.CREATE_OR_TRUNCATE).close();
        }
        return fos.spawn(new ProcessSpec(
                        words[0],
                        List.of(words).subList(1, words.length),
                        "/",
                        new TreeMap<>(),
                        in,
                        new Stream.File("/tmp/out"),
                        new Stream.File("/tmp/err"),
                        ProcessSpec.Tracing.NONE))
                .process();
    }

    private static Stream input(Fos fos, String text) throws IOException {
        try (OpenFile in = fos.open("/tmp/in", OpenMode.CREATE_OR_TRUNCATE)) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            in.append(bytes, 0, bytes.length);
        }
        return new Stream.File("/tmp/in");
    }

    private static Done run(Fos fos, String input, String... words) throws IOException {
        ProcessId process = begin(fos, input(fos, input), words);
        return new Done(fos.waitFor(process), text(fos, "/tmp/out"), text(fos, "/tmp/err"));
    }

    private static String text(Fos fos, String path) throws IOException {
        try (OpenFile file = fos.open(path, OpenMode.EXISTING)) {
            return new String(file.input().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static void awaitText(Fos fos, String path, String wanted) throws IOException {
        long until = fos.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!text(fos, path).contains(wanted)) {
            assertThat(fos.nanoTime()).as("%s never says %s", path, wanted).isLessThan(until);
            fos.sleep(Duration.ofMillis(50));
        }
    }

    @Test
    void ncPrintsWhatComesWhileItWaitsForInput() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, HERE)) {
            inAProgram(fos -> {
                ProcessId nc = begin(fos, new Stream.FromPipe(1), "nc", HOST, Integer.toString(server.getLocalPort()));
                try (Socket peer = server.accept()) {
                    peer.getOutputStream().write("who is there?\n".getBytes(StandardCharsets.UTF_8));
                    awaitText(fos, "/tmp/out", "who is there?\n");
                }
                fos.kill(nc);
            });
        }
    }

    @Test
    void ncEndsWhatItSendsWithItsInputAndPrintsTheAnswer() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, HERE)) {
            CompletableFuture<String> asked = CompletableFuture.supplyAsync(() -> {
                try (Socket peer = server.accept()) {
                    String all = new String(peer.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                    peer.getOutputStream().write("an answer\n".getBytes(StandardCharsets.UTF_8));
                    return all;
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            inAProgram(fos -> assertThat(run(fos, "a question\n", "nc", HOST, Integer.toString(server.getLocalPort())))
                    .isEqualTo(new Done(0, "an answer\n", "")));
            assertThat(asked.get(10, TimeUnit.SECONDS)).isEqualTo("a question\n");
        }
    }

    @Test
    void ncGivesUpWhereNothingHappens() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, HERE)) {
            inAProgram(fos -> {
                Done done = run(fos, "", "nc", "-w", "1", HOST, Integer.toString(server.getLocalPort()));
                assertThat(done.status()).isEqualTo(1);
                assertThat(done.err()).isEqualTo("nc: nothing has happened for 1 s\n");
            });
        }
    }

    @Test
    void ncAnswersWhoHasSentLast() throws Exception {
        try (DatagramSocket second = new DatagramSocket(0, HERE)) {
            int port;
            try (DatagramSocket free = new DatagramSocket(0, HERE)) {
                port = free.getLocalPort();
            }
            second.setSoTimeout(1000);
            inAProgram(fos -> {
                ProcessId nc = begin(fos, input(fos, "one\ntwo\n"), "nc", "-u", "-l", Integer.toString(port));
                byte[] hello = "hello\n".getBytes(StandardCharsets.UTF_8);
                DatagramPacket got = new DatagramPacket(new byte[100], 100);
                boolean answered = false;
                for (int tries = 0; tries < 30 && !answered; tries++) {
                    second.send(new DatagramPacket(hello, hello.length, HERE, port)); // It may not listen yet.
                    try {
                        second.receive(got);
                        answered = true;
                    } catch (SocketTimeoutException e) {
                        // Once more.
                    }
                }
                assertThat(new String(got.getData(), 0, got.getLength(), StandardCharsets.UTF_8))
                        .isEqualTo("one\n");
                second.receive(got);
                assertThat(new String(got.getData(), 0, got.getLength(), StandardCharsets.UTF_8))
                        .isEqualTo("two\n");
                awaitText(fos, "/tmp/out", "hello\n");
                fos.kill(nc);
            });
        }
    }

    @Test
    void ncSaysWhichPortsAreOpen() throws Exception {
        int closed;
        try (ServerSocket free = new ServerSocket(0, 1, HERE)) {
            closed = free.getLocalPort();
        }
        try (ServerSocket server = new ServerSocket(0, 1, HERE)) {
            String open = Integer.toString(server.getLocalPort());
            inAProgram(fos -> {
                assertThat(run(fos, "", "nc", "-z", HOST, open))
                        .isEqualTo(new Done(0, HOST + " " + open + ": open\n", ""));
                assertThat(run(fos, "", "nc", "-z", HOST, Integer.toString(closed)))
                        .isEqualTo(new Done(1, HOST + " " + closed + ": nobody listens there\n", ""));
            });
        }
    }

    @Test
    void httpdServesWhatHasNoSizeToItsEnd() throws Exception {
        inAProgram(fos -> {
            ProcessId httpd = begin(fos, new Stream.Nothing(), "httpd", "/", "--port", "0");
            awaitText(fos, "/tmp/out", "on port ");
            String said = text(fos, "/tmp/out");
            String base = "http://" + HOST + ":"
                    + said.substring(said.lastIndexOf(' ') + 1).strip();
            HttpClient client = HttpClient.newHttpClient();

            HttpResponse<String> got = client.send(
                    HttpRequest.newBuilder(URI.create(base + "/proc/version")).build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(got.statusCode()).isEqualTo(200);
            assertThat(got.body()).isEqualTo(text(fos, "/proc/version")).isNotEmpty();
            assertThat(got.headers().firstValue("Content-Type")).hasValue("text/plain; charset=utf-8");
            assertThat(got.headers().firstValue("Last-Modified")).isEmpty();

            HttpResponse<String> head = client.send(
                    HttpRequest.newBuilder(URI.create(base + "/proc/version"))
                            .method("HEAD", HttpRequest.BodyPublishers.noBody())
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(head.headers().firstValue("Content-Length"))
                    .hasValue(Integer.toString(got.body().length()));
            assertThat(head.body()).isEmpty();

            HttpResponse<String> zero = client.send(
                    HttpRequest.newBuilder(URI.create(base + "/dev/zero")).build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(zero.statusCode()).isEqualTo(403);
            assertThat(zero.body()).isEqualTo("that is a device: it has no end, or nothing to read\n");

            HttpResponse<String> empty = client.send(
                    HttpRequest.newBuilder(URI.create(base + "/tmp/err")).build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(empty.statusCode()).isEqualTo(200);
            assertThat(empty.body()).isEmpty();
            fos.kill(httpd);
        });
    }

    @Test
    void fetchGoesWhereTheServerSaysButNotForEver() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 10, HERE)) {
            Thread.ofPlatform().daemon().start(() -> {
                try {
                    while (true) {
                        redirect(server.accept());
                    }
                } catch (IOException e) {
                    // The test is over.
                }
            });
            String base = "http://" + HOST + ":" + server.getLocalPort();
            inAProgram(fos -> {
                assertThat(run(fos, "", "fetch", base + "/old")).isEqualTo(new Done(0, "here it is\n", ""));
                Done circle = run(fos, "", "fetch", base + "/circle");
                assertThat(circle.status()).isEqualTo(1);
                assertThat(circle.err()).contains("it leads on and on");
                Done silent = run(fos, "", "fetch", "-w", "1", base + "/silent");
                assertThat(silent.status()).isEqualTo(1);
                assertThat(silent.err()).contains("nothing has come for 1 s");
            });
        }
    }

    private static void redirect(Socket peer) throws IOException {
        String line =
                new BufferedReader(new InputStreamReader(peer.getInputStream(), StandardCharsets.UTF_8)).readLine();
        String answer = line.contains("/old")
                ? "HTTP/1.1 301 Moved\r\nLocation: /new\r\n\r\n"
                : line.contains("/circle")
                        ? "HTTP/1.1 302 Found\r\nLocation: /circle\r\n\r\n"
                        : "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhere it is\n";
        if (!line.contains("/silent")) {
            peer.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
            peer.close();
        }
    }
}
