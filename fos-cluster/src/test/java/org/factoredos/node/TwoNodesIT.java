package org.factoredos.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.SendResult;
import org.factoredos.kernel.Sending;
import org.factoredos.node.PeerNode.Numbered;
import org.factoredos.node.PeerNode.Report;
import org.factoredos.node.PeerNode.Reported;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** G1 between two JVMs: over a wire that is cut, under many senders, and past the other node's death. */
@Timeout(180)
@Tag("M8")
@Tag("M9")
@Tag("M18")
class TwoNodesIT {
    private static final String HERE = "127.0.0.1";
    private static final String THERE = "127.0.0.2";

    @Test
    void aStreamSurvivesTheCutOfItsWireEitherWay() throws Exception {
        int messages = 60_000;
        int outstanding = 2_000;
        try (Pair pair = new Pair(4, 4)) {
            Client client = pair.client(0);
            Address mailbox = pair.near.serverAddress(pair.peer(1), PeerNode.WIDE_TILE);
            Semaphore room = new Semaphore(outstanding);
            List<Integer> accepted = Collections.synchronizedList(new ArrayList<>());
            Map<Integer, SendResult> others = Collections.synchronizedMap(new TreeMap<>());

            for (int number = 0; number < messages; number++) {
                if (number == messages / 3) {
                    pair.wayThere.cut(4 << 10);
                } else if (number == 2 * messages / 3) {
                    pair.wayBack.cut(100);
                }
                int sent = number;
                assertThat(room.tryAcquire(WiredNode.PATIENCE_SECONDS, TimeUnit.SECONDS))
                        .as("results come")
                        .isTrue();
                client.send(mailbox, new Numbered(number), result -> {
                    if (result == SendResult.ACCEPTED) {
                        accepted.add(sent);
                    } else {
                        others.put(sent, result);
                    }
                    room.release();
                });
            }
            assertThat(room.tryAcquire(outstanding, WiredNode.PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .as("every send gets a result")
                    .isTrue();

            assertThat(pair.wayThere.mended()).as("cuts on the way there").isEqualTo(1);
            assertThat(pair.wayBack.mended()).as("cuts on the way back").isEqualTo(1);
            assertThat(others).isEmpty();
            assertThat(accepted).hasSize(messages);
            assertThat(pair.received(client, mailbox)).isEqualTo(accepted);
        }
    }

    @Test
    @Tag("M5")
    @Tag("M7")
    void twoThousandSendersAtOneMailboxOfSixtyFourMessages() throws Exception {
        int senders = 2_000;
        int each = 20;
        try (Pair pair = new Pair(50, 41)) {
            Address mailbox = pair.near.serverAddress(pair.peer(1), PeerNode.NARROW_TILE);
            List<Client> clients = new ArrayList<>();
            Map<Client, List<Integer>> accepted = new LinkedHashMap<>();
            for (int i = 0; i < senders; i++) {
                Client client = pair.client(i);
                clients.add(client);
                accepted.put(client, Collections.synchronizedList(new ArrayList<>()));
            }
            CountDownLatch begin = new CountDownLatch(1);
            CountDownLatch ended = new CountDownLatch(senders * each);
            Map<SendResult, Integer> results = Collections.synchronizedMap(new TreeMap<>());
            for (Client client : clients) {
                List<Integer> taken = accepted.getOrDefault(client, List.of());
                Thread.ofVirtual().start(() -> {
                    awaitBegin(begin);
                    for (int number = 0; number < each; number++) {
                        int sent = number;
                        client.send(mailbox, new Numbered(sent), result -> {
                            results.merge(result, 1, Integer::sum);
                            if (result == SendResult.ACCEPTED) {
                                taken.add(sent);
                            }
                            ended.countDown();
                        });
                    }
                });
            }
            begin.countDown();

            assertThat(ended.await(WiredNode.PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .as("every send gets a result")
                    .isTrue();
            assertThat(results).containsOnlyKeys(SendResult.ACCEPTED, SendResult.QUEUE_FULL);
            for (Client client : clients) {
                assertThat(pair.received(client, mailbox))
                        .as("from %s", client.id())
                        .isEqualTo(accepted.get(client));
            }
        }
    }

    @Test
    void sendsToAKilledNodeEndAndItsNextLifeIsAnother() throws Exception {
        int outstanding = 500;
        try (Pair pair = new Pair(4, 4)) {
            Client client = pair.client(0);
            Address first = pair.near.serverAddress(pair.peer(1), PeerNode.WIDE_TILE);
            assertThat(pair.send(client, first, new Numbered(0))).isEqualTo(SendResult.ACCEPTED);

            pair.kill();
            List<SendResult> results = Collections.synchronizedList(new ArrayList<>());
            for (int i = 0; i < outstanding; i++) {
                client.send(first, new Numbered(i), results::add);
            }
            await().atMost(Duration.ofSeconds(WiredNode.PATIENCE_SECONDS)).until(() -> results.size() == outstanding);
            assertThat(results).containsOnly(SendResult.UNREACHABLE);

            pair.startPeer(2);
            Address second = pair.near.serverAddress(pair.peer(2), PeerNode.WIDE_TILE);
            assertThat(pair.send(client, second, new Numbered(7))).isEqualTo(SendResult.ACCEPTED);
            assertThat(pair.send(client, first, new Numbered(8))).isEqualTo(SendResult.UNREACHABLE);
            assertThat(pair.received(client, second)).containsExactly(7);
        }
    }

    @Test
    void whatCannotCrossIsAnsweredAndHarmsNobody() throws Exception {
        try (Pair pair = new Pair(4, 4)) {
            Client client = pair.client(0);
            Address mailbox = pair.near.serverAddress(pair.peer(1), PeerNode.WIDE_TILE);

            assertThat(pair.send(client, mailbox, new Secret(1))).isEqualTo(SendResult.UNREACHABLE);
            assertThat(pair.send(client, mailbox, new PeerNode.Filled(bytes(4 << 20))))
                    .isEqualTo(SendResult.TOO_LARGE);
            assertThat(pair.call(client, mailbox, new PeerNode.Filled(bytes(256 << 10))))
                    .isEqualTo(new Reported(List.of()));
        }
    }

    /** Private to this class, as what a microkernel tells itself is to that one. */
    private record Secret(int number) implements Payload {}

    private static Bytes bytes(int count) {
        return Bytes.owning(new byte[count]);
    }

    private static void awaitBegin(CountDownLatch begin) {
        try {
            begin.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Node 1 in this JVM and node 2 in another, each reached through a relay. */
    private static final class Pair implements AutoCloseable {
        final WiredNode near;
        final TcpRelay wayThere;
        final TcpRelay wayBack;
        private final int columns;
        private final int rows;
        private final WiredNode.Place nearPlace;
        private final WiredNode.Place farPlace;
        private Process peer;

        Pair(int columns, int rows) throws Exception {
            this.columns = columns;
            this.rows = rows;
            int nearPort = freePort(HERE);
            int farPort = freePort(THERE);
            wayBack = new TcpRelay(HERE, nearPort);
            wayThere = new TcpRelay(THERE, farPort);
            nearPlace = new WiredNode.Place(HERE, nearPort, wayBack.port());
            farPlace = new WiredNode.Place(THERE, farPort, wayThere.port());
            near = new WiredNode(new Incarnation(new NodeId(1), 1), columns, rows, nearPlace);
            near.join(HERE, nearPlace.port(), 1);
            peer = startPeer(1);
        }

        Incarnation peer(int boot) {
            return new Incarnation(PeerNode.NODE, boot);
        }

        /** Returns when both nodes know each other. */
        Process startPeer(int boot) throws Exception {
            peer = JavaProcess.start(
                    PeerNode.class,
                    String.valueOf(boot),
                    String.valueOf(columns),
                    String.valueOf(rows),
                    farPlace.host(),
                    String.valueOf(farPlace.bound()),
                    String.valueOf(farPlace.port()),
                    nearPlace.host(),
                    String.valueOf(nearPlace.port()));
            assertThat(peer.inputReader().readLine()).isEqualTo("joined");
            return peer;
        }

        void kill() {
            peer.destroyForcibly().onExit().orTimeout(10, TimeUnit.SECONDS).join();
        }

        Client client(int tile) {
            return near.interconnect.microkernels().get(tile).open("user", 2, () -> {});
        }

        SendResult send(Client client, Address to, Payload message) {
            AtomicReference<SendResult> ended = new AtomicReference<>();
            client.send(to, message, ended::set);
            return await().atMost(Duration.ofSeconds(WiredNode.PATIENCE_SECONDS))
                    .until(ended::get, result -> result != null);
        }

        Payload call(Client client, Address to, Payload.Request<?> request) {
            long call = client.responses().reserve();
            client.request(to, request, call, call - 1, null, Sending.UNWATCHED);
            Envelope answer = await().pollInterval(Duration.ofMillis(1))
                    .atMost(Duration.ofSeconds(WiredNode.PATIENCE_SECONDS))
                    .until(client.responses()::take, taken -> taken != null);
            return answer.payload();
        }

        List<Integer> received(Client client, Address mailbox) {
            return ((Reported) call(client, mailbox, new Report(client.id()))).numbers();
        }

        private static int freePort(String host) throws IOException {
            try (ServerSocket socket = new ServerSocket()) {
                socket.bind(new InetSocketAddress(InetAddress.ofLiteral(host), 0));
                return socket.getLocalPort();
            }
        }

        @Override
        public void close() throws IOException {
            kill();
            near.close();
            wayThere.close();
            wayBack.close();
        }
    }
}
