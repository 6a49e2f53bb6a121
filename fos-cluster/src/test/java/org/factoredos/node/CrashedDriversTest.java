package org.factoredos.node;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.factoredos.driver.BlockDevice;
import org.factoredos.driver.CardDevice;
import org.factoredos.driver.ClockDevice;
import org.factoredos.driver.ConsoleDevice;
import org.factoredos.driver.ConsoleProtocol;
import org.factoredos.driver.EntropyDevice;
import org.factoredos.file.FileProtocol.OpenMode;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Payload;
import org.factoredos.lib.Fos;
import org.factoredos.lib.Network;
import org.factoredos.lib.OpenFile;
import org.factoredos.lib.Program;
import org.factoredos.server.Device;
import org.factoredos.server.DeviceRequest;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The drivers of a whole node that crash while programs use them, each with the request that it has just passed on to its
 * device: whatever the device has done, nobody is told.
 */
@Tag("O6")
@Timeout(120)
class CrashedDriversTest {
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();

    @TempDir
    Path folder;

    private final Map<String, Program> programs = Map.of("try", this::tryOut, "print", (fos, arguments) -> {
        printTen(fos);
        return 0;
    });
    private final AtomicInteger crashes = new AtomicInteger();
    private final Queue<String> printed = new ConcurrentLinkedQueue<>();
    /** Who has asked the terminal for input, one behind the other. */
    private final BlockingQueue<Consumer<Payload>> reading = new LinkedBlockingQueue<>();

    private final CompletableFuture<Void> tried = new CompletableFuture<>();
    private volatile Predicate<DeviceRequest<?>> harmed = request -> false;
    private volatile Task task = fos -> {};
    private @Nullable Node started;

    private interface Task {
        void run(Fos fos) throws IOException;
    }

    private final class Harmed implements Device {
        private final Device device;

        Harmed(Device device) {
            this.device = device;
        }

        @Override
        public void begin(DeviceRequest<?> request, Consumer<Payload> done) {
            device.begin(request, done);
            if (harmed.test(request)) {
                crashes.incrementAndGet();
                throw new IllegalStateException("the test has its driver crash, with " + request.getClass());
            }
        }

        @Override
        public void abandon() {
            device.abandon();
        }
    }

    private void print(DeviceRequest<?> request, Consumer<Payload> done) {
        if (request instanceof ConsoleDevice.Write(boolean error, Bytes data)) {
            printed.add(data.toUtf8());
            done.accept(new ConsoleProtocol.ConsoleWritten());
        } else if (!(request instanceof ConsoleDevice.AwaitInterrupt)) {
            reading.add(done);
        }
    }

    @BeforeEach
    void start() throws Exception {
        Settings settings = Settings.of(
                ConfigFactory.parseMap(Map.of("fos.data", folder.resolve("data").toString())));
        started = Node.start(
                settings,
                new Equipment(this::print, programs::get, Optional.empty(), "test"),
                sentence -> {},
                Harmed::new);
    }

    @AfterEach
    void stop() {
        harmed = request -> false;
        node().close();
    }

    private Node node() {
        return Objects.requireNonNull(started);
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
        tried.get(100, TimeUnit.SECONDS);
    }

    /** Every so many of them, and at most five: each costs its caller some patience. */
    private Predicate<DeviceRequest<?>> every(int count, Class<?> kind) {
        AtomicInteger seen = new AtomicInteger();
        return request -> kind.isInstance(request) && seen.incrementAndGet() % count == 0 && crashes.get() < 5;
    }

    @Test
    @Tag("O7")
    void aConnectionKeepsEveryByteThoughTheDriverOfItsCardCrashes() throws Exception {
        byte[] sent = new byte[3_000_000];
        for (int i = 0; i < sent.length; i++) {
            sent[i] = (byte) (i * 31 + (i >> 9));
        }
        try (ServerSocket listener = new ServerSocket(0, 1, HERE)) {
            CompletableFuture<byte[]> came = CompletableFuture.supplyAsync(() -> {
                try (Socket peer = listener.accept()) {
                    peer.getOutputStream().write(sent);
                    peer.shutdownOutput();
                    return peer.getInputStream().readAllBytes();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            harmed = every(7, CardDevice.class);
            inAProgram(fos -> {
                try (Network.Connection connection =
                        fos.network().connect(HERE.getHostAddress(), listener.getLocalPort())) {
                    connection.input().transferTo(connection.output());
                }
            });
            assertThat(Arrays.equals(came.get(30, TimeUnit.SECONDS), sent)).isTrue();
        }
        assertThat(crashes.get()).isEqualTo(5);
    }

    @Test
    @Tag("O6")
    void whatIsReadAndWrittenIsAnsweredThoughTheDriverOfTheDiskCrashes() throws Exception {
        byte[] data = "what is kept".repeat(20_000).getBytes(StandardCharsets.UTF_8);
        inAProgram(fos -> {
            harmed = every(2, BlockDevice.Put.class);
            try (OpenFile file = fos.open("/tmp/kept", OpenMode.CREATE_OR_TRUNCATE)) {
                file.appender().write(data);
            }
            assertThat(crashes.get()).isPositive();
            crashes.set(0);
            harmed = every(2, BlockDevice.Get.class);
            try (OpenFile file = fos.open("/tmp/kept", OpenMode.EXISTING)) {
                assertThat(Arrays.equals(file.input().readAllBytes(), data)).isTrue();
            }
        });
        assertThat(crashes.get()).isPositive();
    }

    @Test
    @Tag("O6")
    void theClockAndChanceAreAskedAgain() throws Exception {
        inAProgram(fos -> {
            harmed = every(1, ClockDevice.class);
            crashes.set(4);
            assertThat(fos.wallTime().epochNanos()).isPositive();
            harmed = every(1, EntropyDevice.class);
            crashes.set(4);
            byte[] random = new byte[100];
            fos.random(random);
            assertThat(random).isNotEqualTo(new byte[100]);
        });
        assertThat(crashes.get()).isEqualTo(5);
    }

    @Test
    @Tag("O6")
    void othersGoOnPrintingThoughTheDriverOfTheConsoleHasCrashedWithOnesLine() throws Exception {
        harmed = every(1, ConsoleDevice.Write.class);
        crashes.set(4);
        node().running()
                .start("print", List.of()); // It waits for its answer: whether its line was printed nobody can say.
        Awaitility.await("the crash").until(() -> crashes.get() == 5);
        inAProgram(CrashedDriversTest::printTen);
        assertThat(printed).hasSize(11);
    }

    @Test
    @Tag("O6")
    void whoWaitsForAPersonIsServedByTheDriverThatTakesTheCrashedOnesPlace() throws Exception {
        Bytes typed = Bytes.utf8("typed");
        List<Payload> answers = List.of(
                new ConsoleProtocol.LineRead("ls"),
                new ConsoleProtocol.ConsoleRead(typed),
                new ConsoleProtocol.ConsoleRead(typed));
        CompletableFuture<Void> person = CompletableFuture.runAsync(() -> {
            for (Payload answer : answers) {
                asked(); // By the driver that crashes with it.
                asked().accept(answer);
            }
        });
        Set<Class<?>> spared = ConcurrentHashMap.newKeySet();
        spared.add(ConsoleDevice.AwaitInterrupt.class);
        spared.add(ConsoleDevice.Write.class);
        harmed = request -> request instanceof ConsoleDevice && spared.add(request.getClass());
        inAProgram(fos -> {
            long begun = fos.nanoTime();
            assertThat(fos.readLine("$ ", List.of())).isEqualTo(answers.getFirst());
            byte[] read = new byte[10];
            assertThat(fos.in().read(read)).isEqualTo(typed.length());
            assertThat(fos.keys(Duration.ofHours(1))).contains(typed);
            assertThat(Duration.ofNanos(fos.nanoTime() - begun)).isLessThan(Duration.ofSeconds(60));
        });
        person.get(1, TimeUnit.SECONDS);
        assertThat(crashes.get()).isEqualTo(3);
    }

    private Consumer<Payload> asked() {
        try {
            return Objects.requireNonNull(reading.poll(60, TimeUnit.SECONDS), "nobody asks the terminal");
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void printTen(Fos fos) throws IOException {
        for (int i = 0; i < 10; i++) {
            fos.out().write(("line " + i + "\n").getBytes(StandardCharsets.UTF_8));
            fos.out().flush();
        }
    }
}
