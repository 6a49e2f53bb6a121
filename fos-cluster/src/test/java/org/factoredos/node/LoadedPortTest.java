package org.factoredos.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.factoredos.boot.StartedProcess;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Name;
import org.factoredos.kernel.SendResult;
import org.factoredos.lib.Calls;
import org.factoredos.lib.Fos;
import org.factoredos.lib.FosException;
import org.factoredos.lib.LibFos;
import org.factoredos.lib.Network;
import org.factoredos.lib.Program;
import org.factoredos.network.NetworkProtocol.ListSockets;
import org.factoredos.network.NetworkProtocol.Reach;
import org.factoredos.network.NetworkProtocol.SocketsListed;
import org.factoredos.network.NetworkProtocol.State;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * One port of a node whose network fleet grows and shrinks (§3.2): what comes in is spread over its servers, and each line that is
 * sent comes back, on connections that are there all the while and on such as come and go.
 */
@Tag("O7")
@Tag("S1")
@Timeout(240)
class LoadedPortTest {
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();
    private static final Name NETWORK = new Name("sys:net");
    /** What a server has to look through for each question of the load, so that it has more to do than who asks. */
    private static final int BEFORE = 300;

    private static final int LATER = 60;
    private static final int FLOODS = 4;
    private static final int AT_ONCE = 24;
    private static final Duration MOST = Duration.ofSeconds(90);

    @TempDir
    Path folder;

    private final CompletableFuture<Integer> port = new CompletableFuture<>();
    private final AtomicBoolean calm = new AtomicBoolean();
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicLong shortOnes = new AtomicLong();
    private final List<Socket> peers = new ArrayList<>();
    private volatile Question<?> question = fos -> "";
    private volatile CompletableFuture<Object> answer = new CompletableFuture<>();

    private interface Question<T> {
        T ask(Fos fos) throws IOException;
    }

    @Test
    void aLoadedPortIsSharedAndNoConnectionBreaksAsTheFleetShrinks() throws Exception {
        Settings settings = Settings.of(
                ConfigFactory.parseMap(Map.of("fos.data", folder.resolve("data").toString())));
        Map<String, Program> programs =
                Map.of("echo-server", this::echo, "flood", this::flood, "question", this::answerQuestion);
        try (Node node =
                Node.start(settings, new Equipment((request, done) -> {}, programs::get, Optional.empty(), "test"))) {
            node.running().start("echo-server", List.of());
            connect(BEFORE);
            CompletableFuture<Void> comingAndGoing =
                    CompletableFuture.runAsync(this::comeAndGo, Thread::startVirtualThread);
            List<StartedProcess> floods = new ArrayList<>();
            for (int i = 0; i < FLOODS; i++) {
                floods.add(node.running().start("flood", List.of()));
            }
            await("the fleet grows", () -> servers(node).size() > 1);
            // A server takes its share of a port within two seconds of its start.
            await("what comes is spread", () -> {
                connect(LATER);
                exchange();
                return connections(node, servers(node)).stream()
                                .filter(held -> held >= 5)
                                .count()
                        > 1;
            });
            List<Address> grown = servers(node);

            calm.set(true);
            for (StartedProcess flood : floods) {
                assertThat(flood.exit().get(60, TimeUnit.SECONDS)).isZero();
            }
            await("the fleet shrinks", () -> {
                exchange();
                return servers(node).size() == 1;
            });
            exchange();
            assertThat(connections(node, grown).stream()
                            .filter(held -> held > 0)
                            .count())
                    .as("servers that have left the name serve what they have")
                    .isGreaterThan(1);

            over.set(true);
            comingAndGoing.get(30, TimeUnit.SECONDS);
            assertThat(shortOnes.get()).isGreaterThan(20);
            close();
            await(
                    "they go with their last connection",
                    () -> connections(node, grown).size() == 1);
            connect(1);
            exchange();
        } finally {
            over.set(true);
            calm.set(true);
            close();
        }
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(String what, Condition condition) {
        Awaitility.await(what).atMost(MOST).pollInterval(Duration.ofMillis(250)).until(condition::holds);
    }

    // Peers

    private void connect(int count) throws Exception {
        for (int i = 0; i < count; i++) {
            Socket peer = new Socket(HERE, port.get(30, TimeUnit.SECONDS));
            peer.setSoTimeout(30_000);
            peers.add(peer);
        }
    }

    /** A line on each connection, and back. */
    private void exchange() throws IOException {
        for (int i = 0; i < peers.size(); i++) {
            peers.get(i).getOutputStream().write(line(i));
        }
        for (int i = 0; i < peers.size(); i++) {
            assertThat(peers.get(i).getInputStream().readNBytes(line(i).length))
                    .as("peer %d", i)
                    .isEqualTo(line(i));
        }
    }

    private static byte[] line(int number) {
        return String.format("%20d\n", number).getBytes(StandardCharsets.US_ASCII);
    }

    private void comeAndGo() {
        for (int i = 0; !over.get(); i++) {
            try (Socket peer = new Socket(HERE, port.join())) {
                peer.setSoTimeout(30_000);
                peer.getOutputStream().write(line(i));
                assertThat(peer.getInputStream().readNBytes(line(i).length))
                        .as("connection %d of those that come and go", i)
                        .isEqualTo(line(i));
                shortOnes.incrementAndGet();
            } catch (IOException e) {
                throw new AssertionError("connection " + i + " of those that come and go", e);
            }
        }
    }

    private void close() throws IOException {
        for (Socket peer : peers) {
            peer.close();
        }
        peers.clear();
    }

    // Programs

    private <T> T ask(Node node, Question<T> what, Class<T> kind) throws Exception {
        answer = new CompletableFuture<>();
        question = what;
        node.running().start("question", List.of());
        return kind.cast(answer.get(60, TimeUnit.SECONDS));
    }

    private int answerQuestion(Fos fos, List<String> arguments) {
        try {
            answer.complete(question.ask(fos));
        } catch (IOException | RuntimeException e) {
            answer.completeExceptionally(e);
        }
        return 0;
    }

    private record Servers(List<Address> all) {}

    private record Held(List<Long> connections) {}

    private List<Address> servers(Node node) throws Exception {
        return ask(node, fos -> new Servers(fos.resolve(NETWORK.text()).mailboxes()), Servers.class)
                .all();
    }

    /** How many each of those has that are there yet. */
    private List<Long> connections(Node node, List<Address> servers) throws Exception {
        return ask(
                        node,
                        fos -> {
                            List<Long> held = new ArrayList<>();
                            for (Address server : servers) {
                                try {
                                    SocketsListed listed =
                                            (SocketsListed) fos.call(server, new ListSockets(Reach.SERVER));
                                    held.add(listed.sockets().stream()
                                            .filter(socket -> socket.state() == State.ESTABLISHED)
                                            .count());
                                } catch (FosException e) {
                                    if (e.error() != SendResult.NO_SUCH_MAILBOX) {
                                        throw e;
                                    }
                                }
                            }
                            return new Held(held);
                        },
                        Held.class)
                .connections();
    }

    /** Keeps many questions under way, so that they queue. */
    private int flood(Fos fos, List<String> arguments) {
        Calls calls = ((LibFos) fos).calls();
        List<Calls.Pending<?>> pending = new ArrayList<>();
        while (!calm.get() || !pending.isEmpty()) {
            while (!calm.get() && pending.size() < AT_ONCE) {
                try {
                    pending.add(calls.begin(NETWORK, new ListSockets(Reach.SERVER), null));
                } catch (FosException e) {
                    return 1;
                }
            }
            calls.await(() -> pending.stream().anyMatch(Calls.Pending::done), fos.nanoTime() + MOST.toNanos());
            pending.removeIf(Calls.Pending::done);
        }
        return 0;
    }

    /** One thread for all: whatever has news is served. */
    private int echo(Fos fos, List<String> arguments) throws IOException {
        byte[] buffer = new byte[4096];
        try (Network.Listener listener = fos.network().listen(0)) {
            port.complete(listener.port());
            while (true) {
                for (Network.Socket ready : fos.network().ready(Duration.ofDays(1))) {
                    if (ready instanceof Network.Connection connection) {
                        Echo.once(connection, buffer);
                    } else {
                        while (listener.poll().isPresent()) {
                            // It is served as soon as it has news.
                        }
                    }
                }
            }
        }
    }
}
