package org.factoredos.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.SendResult;
import org.factoredos.node.PeerNode.Numbered;
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
    @Test
    void aStreamSurvivesTheCutOfItsWireEitherWay() throws Exception {
        int messages = 60_000;
        int outstanding = 2_000;
        try (NodePair pair = NodePair.cuttable(5, 5)) {
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
        try (NodePair pair = NodePair.cuttable(50, 41)) {
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
        try (NodePair pair = NodePair.cuttable(5, 5)) {
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
        try (NodePair pair = NodePair.cuttable(5, 5)) {
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
}
