package org.factoredos.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.factoredos.boot.StartedProcess;
import org.factoredos.lib.Fos;
import org.factoredos.lib.Network;
import org.factoredos.lib.Program;
import org.factoredos.network.NetworkProtocol.SocketStatus;
import org.factoredos.network.NetworkProtocol.SocketsListed;
import org.factoredos.network.NetworkProtocol.State;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * One program of a node, one listener, and as many peers at once as {@code fos.connections} says: each sends a line and gets it
 * back while all the others are there, and of none is anything left.
 */
@Tag("O7")
@Timeout(300)
class ManyConnectionsTest {
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();
    private static final int COUNT = Integer.getInteger("fos.connections", 2000);
    private static final int BYTES = 256;
    /** Of all that a connection takes in this JVM, its peer's end too. */
    private static final long MOST_HEAP_BYTES_EACH = 32 * 1024;

    private final BlockingQueue<Integer> ports = new LinkedBlockingQueue<>();
    private final BlockingQueue<SocketsListed> listings = new LinkedBlockingQueue<>();

    @Test
    void thousandsOfConnectionsAtOnceAreServedAndOfNoneAnythingIsLeft(@TempDir Path folder) throws Exception {
        Settings settings = Settings.of(
                ConfigFactory.parseMap(Map.of("fos.data", folder.resolve("data").toString())));
        Map<String, Program> programs = Map.of("echo-server", this::echo, "list", this::list);
        List<Socket> peers = new ArrayList<>();
        try (Node node =
                Node.start(settings, new Equipment((request, done) -> {}, programs::get, Optional.empty(), "test"))) {
            StartedProcess server = node.running().start("echo-server", List.of());
            int port = ports.take();
            long before = heap();
            long start = System.nanoTime();
            for (int i = 0; i < COUNT; i++) {
                peers.add(new Socket(HERE, port));
                peers.getLast().setSoTimeout(60_000);
            }
            exchange(peers);
            long opened = System.nanoTime();
            exchange(peers);
            long again = System.nanoTime();
            long each = Math.max(0, heap() - before) / COUNT;
            assertThat(count(node, State.ESTABLISHED)).isEqualTo(COUNT);

            long closing = System.nanoTime();
            for (Socket peer : peers) {
                peer.close();
            }
            Awaitility.await("only the listener is left")
                    .atMost(Duration.ofSeconds(30))
                    .pollInterval(Duration.ofMillis(100))
                    .until(() -> count(node, State.LISTEN) == 1
                            && count(node, State.CLOSE_WAIT) == 0
                            && count(node, State.ESTABLISHED) == 0);
            long closed = System.nanoTime();
            System.out.printf(
                    "[many] %d connections: open and a line each %d ms, another line each %d ms, all closed %d ms, %d bytes of heap each%n",
                    COUNT, millis(opened - start), millis(again - opened), millis(closed - closing), each);
            assertThat(each).isLessThan(MOST_HEAP_BYTES_EACH);
            server.kill().get(30, TimeUnit.SECONDS);
            Awaitility.await("nothing").until(() -> count(node, State.LISTEN) == 0);
        } finally {
            for (Socket peer : peers) {
                peer.close();
            }
        }
    }

    private static void exchange(List<Socket> peers) throws IOException {
        for (int i = 0; i < peers.size(); i++) {
            peers.get(i).getOutputStream().write(line(i));
        }
        for (int i = 0; i < peers.size(); i++) {
            assertThat(peers.get(i).getInputStream().readNBytes(BYTES))
                    .as("peer %d", i)
                    .isEqualTo(line(i));
        }
    }

    private static byte[] line(int number) {
        return String.format("%" + BYTES + "d", number).getBytes(StandardCharsets.US_ASCII);
    }

    private static long heap() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private static long millis(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(nanos);
    }

    private long count(Node node, State state) throws Exception {
        node.running().start("list", List.of()).exit().get(30, TimeUnit.SECONDS);
        SocketsListed listed = listings.take();
        long shown = listed.sockets().stream()
                .map(SocketStatus::state)
                .filter(state::equals)
                .count();
        return state == State.LISTEN ? shown : shown + listed.omitted();
    }

    private int list(Fos fos, List<String> arguments) throws IOException {
        listings.add(fos.network().sockets());
        return 0;
    }

    /** One thread for all: whatever has news is served. */
    private int echo(Fos fos, List<String> arguments) throws IOException {
        byte[] buffer = new byte[64 * 1024];
        try (Network.Listener listener = fos.network().listen(0)) {
            ports.add(listener.port());
            while (true) {
                for (Network.Socket ready : fos.network().ready(Duration.ofDays(1))) {
                    switch (ready) {
                        case Network.Listener port -> {
                            while (port.poll().isPresent()) {
                                // It is served as soon as it has news.
                            }
                        }
                        case Network.Connection connection -> Echo.once(connection, buffer);
                        default -> throw new AssertionError("nothing else was opened: " + ready);
                    }
                }
            }
        }
    }
}
