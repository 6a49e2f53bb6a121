package org.factoredos.actor;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.FixedRights;
import org.factoredos.kernel.Interconnect;
import org.factoredos.kernel.Microkernel;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.SendResult;
import org.factoredos.kernel.Wire;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Response;
import org.factoredos.server.Server;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** §3.1.1: a mailbox of fixed size under many senders at the same time. */
@Timeout(120)
class ManySendersTest {
    private static final int SENDERS = 2000;
    private static final int EACH = 20;

    private final ActorTestKit kit = ActorTestKit.create();

    record Numbered(int number) implements Payload {}

    record Last() implements Payload {}

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
    }

    @Test
    @Tag("M5")
    @Tag("M7")
    @Tag("M9")
    void everySendEndsAcceptedOrFullAndTheReceiverGetsExactlyTheAcceptedOnesInOrder() throws Exception {
        Interconnect node = new Interconnect(
                new NodeId(1), 1, Grid.ofOneNode(50, 41), FixedRights.ALL, System::nanoTime, Wire.none());
        Receiver receiver = new Receiver();
        Address mailbox = host(node.microkernels().getFirst(), receiver);
        List<Client> clients = new ArrayList<>();
        Map<ClientId, List<Integer>> accepted = new LinkedHashMap<>();
        for (int i = 1; i <= SENDERS; i++) {
            Client client = node.microkernels().get(i).open("user", 2, () -> {});
            clients.add(client);
            accepted.put(client.id(), new ArrayList<>());
        }

        CountDownLatch begin = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(SENDERS);
        List<SendResult> others = Collections.synchronizedList(new ArrayList<>());
        for (Client client : clients) {
            List<Integer> taken = accepted.getOrDefault(client.id(), List.of());
            Thread.ofVirtual().start(() -> {
                await(begin);
                for (int number = 0; number < EACH; number++) {
                    int sent = number;
                    client.send(mailbox, new Numbered(sent), result -> {
                        switch (result) {
                            case ACCEPTED -> taken.add(sent);
                            case QUEUE_FULL -> {}
                            default -> others.add(result);
                        }
                    });
                }
                ended.countDown();
            });
        }
        begin.countDown();
        assertThat(ended.await(60, TimeUnit.SECONDS)).isTrue();
        sendLast(clients.getFirst(), mailbox);

        Map<ClientId, List<Integer>> received = receiver.all.get(60, TimeUnit.SECONDS);
        accepted.values().removeIf(List::isEmpty);
        assertThat(others).isEmpty();
        assertThat(received).isEqualTo(accepted);
    }

    private Address host(Microkernel tile, Receiver receiver) throws Exception {
        CompletableFuture<Client> opened = new CompletableFuture<>();
        kit.spawn(ServerActor.create(new ServerActor.Hosting(
                waker -> tile.open("user", 2, waker),
                new ServerActor.RequestBounds(64, 1 << 20),
                () -> receiver,
                (request, done) -> {},
                () -> true,
                opened::complete)));
        return new Address(opened.get(30, TimeUnit.SECONDS).id(), Client.FIRST_MAILBOX, tile.tile());
    }

    /** A full mailbox's sender may retry (M7): this one must come through, behind all that were accepted before. */
    private static void sendLast(Client client, Address mailbox) {
        boolean[] taken = new boolean[1];
        while (!taken[0]) {
            client.send(mailbox, new Last(), result -> taken[0] = result == SendResult.ACCEPTED);
            Thread.onSpinWait();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static final class Receiver implements Server {
        final CompletableFuture<Map<ClientId, List<Integer>>> all = new CompletableFuture<>();
        private final Map<ClientId, List<Integer>> received = new LinkedHashMap<>();

        @Override
        public List<Effect> on(Envelope in, long nanos) {
            if (in.payload() instanceof Numbered(int number)) {
                received.computeIfAbsent(in.from().client(), client -> new ArrayList<>())
                        .add(number);
            } else {
                all.complete(received);
            }
            return List.of();
        }

        @Override
        public List<Effect> on(Continuation continuation, Response response, long nanos) {
            return List.of();
        }
    }
}
