package org.factoredos.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.factoredos.boot.StartedProcess;
import org.factoredos.kernel.Bytes;
import org.factoredos.lib.Fos;
import org.factoredos.lib.FosException;
import org.factoredos.lib.Network;
import org.factoredos.lib.Program;
import org.factoredos.network.NetworkError;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Programs of a whole node, and their sockets at the host's own network. */
@Tag("O7")
@Timeout(60)
class SocketsOfProgramsTest {
    private static final InetAddress HERE_ADDRESS = InetAddress.getLoopbackAddress();
    private static final String HERE = HERE_ADDRESS.getHostAddress();

    @TempDir
    Path folder;

    private final Map<String, Program> programs = Map.of(
            "echo-server", this::echo,
            "deaf", this::acceptAndReadNothing,
            "try", this::tryOut);
    private final BlockingQueue<Integer> ports = new LinkedBlockingQueue<>();
    private final CompletableFuture<Void> tried = new CompletableFuture<>();
    private volatile Task task = fos -> {};
    private @Nullable Node started;

    private interface Task {
        void run(Fos fos) throws IOException;
    }

    @BeforeEach
    void start() throws Exception {
        Settings settings = Settings.of(
                ConfigFactory.parseMap(Map.of("fos.data", folder.resolve("data").toString())));
        started = Node.start(settings, new Equipment((request, done) -> {}, programs::get, Optional.empty(), "test"));
    }

    @AfterEach
    void stop() {
        node().close();
    }

    private Node node() {
        return Objects.requireNonNull(started);
    }

    /** Sends back what it gets, until its peer ends. */
    private int echo(Fos fos, List<String> arguments) throws IOException {
        try (Network.Listener listener = fos.network().listen(0)) {
            ports.add(listener.port());
            while (true) {
                try (Network.Connection connection = listener.accept()) {
                    connection.input().transferTo(connection.output());
                }
            }
        }
    }

    private int acceptAndReadNothing(Fos fos, List<String> arguments) throws IOException {
        try (Network.Listener listener = fos.network().listen(0)) {
            ports.add(listener.port());
            Network.Connection connection = listener.accept();
            fos.sleep(Duration.ofDays(1));
            connection.close();
        }
        return 0;
    }

    private int tryOut(Fos fos, List<String> arguments) {
        try {
            task.run(fos);
            tried.complete(null);
        } catch (IOException | RuntimeException | Error e) {
            tried.completeExceptionally(e);
        }
        return 0;
    }

    private void inAProgram(Task what) throws Exception {
        task = what;
        node().running().start("try", List.of());
        tried.get(50, TimeUnit.SECONDS);
    }

    private int port() throws InterruptedException {
        Integer port = ports.poll(30, TimeUnit.SECONDS);
        assertThat(port).isNotNull();
        return port == null ? 0 : port;
    }

    @Test
    @Tag("O7")
    void whatAPeerSendsComesBackAndBothEndsEnd() throws Exception {
        node().running().start("echo-server", List.of());
        int port = port();
        byte[] sent = new byte[3_000_000];
        for (int i = 0; i < sent.length; i++) {
            sent[i] = (byte) (i * 31 + (i >> 9));
        }
        try (Socket peer = new Socket(HERE_ADDRESS, port)) {
            CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> {
                try {
                    peer.getOutputStream().write(sent);
                    peer.shutdownOutput();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            assertThat(Arrays.equals(peer.getInputStream().readAllBytes(), sent))
                    .isTrue();
            writing.join();
        }
    }

    @Test
    @Tag("O7")
    void aPeerIsHeldBackByAProgramThatReadsNothingAndFreedByItsDeath() throws Exception {
        StartedProcess deaf = node().running().start("deaf", List.of());
        AtomicInteger written = new AtomicInteger();
        try (Socket peer = new Socket(HERE_ADDRESS, port())) {
            peer.setSendBufferSize(64 * 1024);
            CompletableFuture<Boolean> broken = CompletableFuture.supplyAsync(() -> {
                try {
                    while (true) {
                        peer.getOutputStream().write(new byte[64 * 1024]);
                        written.addAndGet(64 * 1024);
                    }
                } catch (IOException e) {
                    return true;
                }
            });
            AtomicInteger before = new AtomicInteger(-1);
            Awaitility.await("the peer is stuck")
                    .pollInterval(Duration.ofMillis(500))
                    .until(() -> written.get() > 0 && before.getAndSet(written.get()) == written.get());
            assertThat(written.get())
                    .as("what the host's buffers and the first credit hold")
                    .isLessThan(16 << 20);

            assertThat(deaf.kill().get(30, TimeUnit.SECONDS)).isTrue();
            assertThat(broken.get(5, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    @Tag("O7")
    void aPortIsFreeAgainSoonAfterItsOwnerWasKilled() throws Exception {
        StartedProcess server = node().running().start("echo-server", List.of());
        int port = port();
        new Socket(HERE_ADDRESS, port).close();

        assertThat(server.kill().get(30, TimeUnit.SECONDS)).isTrue();
        Awaitility.await("nobody listens").atMost(Duration.ofSeconds(5)).until(() -> {
            try (ServerSocket _ = new ServerSocket(port, 1, HERE_ADDRESS)) {
                return true;
            } catch (IOException e) {
                return false;
            }
        });
    }

    @Test
    @Tag("O7")
    void whatCannotBeReachedSaysWhy() throws Exception {
        int free;
        try (ServerSocket probe = new ServerSocket(0, 1, HERE_ADDRESS)) {
            free = probe.getLocalPort();
            inAProgram(fos -> {
                fails(NetworkError.PORT_IN_USE, () -> fos.network().listen(free));
                fails(NetworkError.UNKNOWN_HOST, () -> fos.network().connect("no-such-host.invalid", 80));
                fails(NetworkError.BAD_PORT, () -> fos.network().connect(HERE, 0));
            });
        }
    }

    private static void fails(NetworkError error, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        FosException.class, e -> assertThat(e.error()).isEqualTo(error));
    }

    @Test
    @Tag("O7")
    void aRefusedConnectionIsRefusedAtOnce() throws Exception {
        int free;
        try (ServerSocket probe = new ServerSocket(0, 1, HERE_ADDRESS)) {
            free = probe.getLocalPort();
        }
        inAProgram(fos ->
                fails(NetworkError.CONNECTION_REFUSED, () -> fos.network().connect(HERE, free)));
    }

    @Test
    @Tag("O7")
    void datagramsGoThereAndBack() throws Exception {
        inAProgram(fos -> {
            try (Network.Datagrams one = fos.network().datagrams(0);
                    Network.Datagrams other = fos.network().datagrams(0)) {
                one.send(new Network.Datagram(HERE, other.port(), Bytes.utf8("ping")));
                Network.Datagram got = other.receive(Duration.ofSeconds(20)).orElseThrow();
                assertThat(got.data().toUtf8()).isEqualTo("ping");
                other.send(new Network.Datagram(got.host(), got.port(), Bytes.utf8("pong")));
                assertThat(one.receive(Duration.ofSeconds(20))
                                .orElseThrow()
                                .data()
                                .toArray())
                        .isEqualTo("pong".getBytes(StandardCharsets.UTF_8));
            }
        });
    }

    @Test
    @Tag("O6")
    void theClockAndChanceAreTheHosts() throws Exception {
        inAProgram(fos -> {
            long millis = fos.wallTime().epochNanos() / 1_000_000;
            assertThat(Math.abs(System.currentTimeMillis() - millis)).isLessThan(60_000);
            byte[] random = new byte[10_000];
            fos.random(random);
            assertThat(random).contains((byte) 0, (byte) 77, (byte) -1);
        });
    }
}
