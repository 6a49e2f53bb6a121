package org.factoredos.node;

import akka.actor.ActorRef;
import akka.actor.ActorSystem;
import akka.actor.typed.javadsl.Adapter;
import akka.pattern.Patterns;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.Sending;
import org.factoredos.node.PeerNode.Echo;
import org.factoredos.node.PeerNode.Filled;
import org.factoredos.node.PeerNode.Numbered;
import org.junit.jupiter.api.Test;

/**
 * How fast messages cross between two JVMs, beside what Akka's own remote messages do in the same run.
 *
 * <p>{@code ./mvnw -q -pl fos-cluster -am test -Dtest=WireBench -Dsurefire.failIfNoSpecifiedTests=false}
 */
class WireBench {
    private static final int ROUNDS = 3;
    private static final int MESSAGES = 300_000;
    private static final int ROUND_TRIPS = 5_000;
    private static final int CHUNKS = 4_000;
    private static final int CHUNK_BYTES = 64 << 10;
    private static final int OUTSTANDING = 2_000;
    private static final int OUTSTANDING_CALLS = 64;

    @Test
    void measure() throws Exception {
        try (NodePair pair = NodePair.direct(5, 5)) {
            Thread self = Thread.currentThread();
            Client client = pair.near
                    .interconnect
                    .microkernels()
                    .getFirst()
                    .open("user", OUTSTANDING_CALLS, () -> LockSupport.unpark(self));
            Address there = pair.near.serverAddress(pair.peer(1), PeerNode.WIDE_TILE);
            ActorRef echo = echo(pair);
            for (int round = 1; round <= ROUNDS; round++) {
                print(round, "send, one way, small", "%,.0f/s", oneWay(client, there, MESSAGES, new Numbered(round)));
                print(round, "akka tell, one way, 64 bytes", "%,.0f/s", akkaOneWay(echo, MESSAGES));
                print(round, "call, one at a time, p50", "%,.0f us", calls(client, there));
                print(round, "akka ask, one at a time, p50", "%,.0f us", akkaAsks(echo));
                print(round, "call, 64 at a time", "%,.0f/s", manyCalls(client, there));
                Payload chunk = new Filled(Bytes.owning(new byte[CHUNK_BYTES]));
                print(
                        round,
                        "send, one way, 64 KiB",
                        "%,.0f MB/s",
                        oneWay(client, there, CHUNKS, chunk) * CHUNK_BYTES / 1e6);
            }
        }
    }

    private static void print(int round, String what, String format, double figure) {
        System.out.printf(Locale.ROOT, "round %d  %-32s " + format + "%n", round, what, figure);
    }

    /** Messages a second, each with its result. */
    private static double oneWay(Client client, Address to, int messages, Payload message) throws Exception {
        Semaphore room = new Semaphore(OUTSTANDING);
        long began = System.nanoTime();
        for (int i = 0; i < messages; i++) {
            room.acquire();
            client.send(to, message, result -> room.release());
        }
        room.acquire(OUTSTANDING);
        return messages * 1e9 / (System.nanoTime() - began);
    }

    private static double calls(Client client, Address to) {
        long[] micros = new long[ROUND_TRIPS];
        for (int i = 0; i < ROUND_TRIPS; i++) {
            long began = System.nanoTime();
            request(client, to);
            take(client);
            micros[i] = (System.nanoTime() - began) / 1000;
        }
        return median(micros);
    }

    private static double manyCalls(Client client, Address to) {
        int calls = 10 * ROUND_TRIPS;
        long began = System.nanoTime();
        for (int i = 0; i < OUTSTANDING_CALLS; i++) {
            request(client, to);
        }
        for (int i = OUTSTANDING_CALLS; i < calls; i++) {
            take(client);
            request(client, to);
        }
        for (int i = 0; i < OUTSTANDING_CALLS; i++) {
            take(client);
        }
        return calls * 1e9 / (System.nanoTime() - began);
    }

    private static void request(Client client, Address to) {
        long call = client.responses().reserve();
        client.request(to, new Filled(Bytes.EMPTY), call, call - 1, null, Sending.UNWATCHED);
    }

    private static void take(Client client) {
        while (client.responses().take() == null) {
            if (client.rest(client.responses()::isEmpty)) {
                LockSupport.park();
            }
        }
    }

    private static ActorRef echo(NodePair pair) {
        ActorSystem system = Adapter.toClassic(pair.near.system);
        return system.actorSelection(pair.farAddress() + "/system/" + Echo.NAME)
                .resolveOne(Duration.ofSeconds(WiredNode.PATIENCE_SECONDS))
                .toCompletableFuture()
                .join();
    }

    /** Messages a second, of which every hundredth is answered, so that no queue overflows. */
    private static double akkaOneWay(ActorRef echo, int messages) throws Exception {
        int batch = 100;
        Semaphore room = new Semaphore(OUTSTANDING / batch);
        long began = System.nanoTime();
        for (int sent = 0; sent < messages; sent += batch) {
            room.acquire();
            for (int i = 1; i < batch; i++) {
                echo.tell(new byte[64], ActorRef.noSender());
            }
            ask(echo).thenRun(room::release);
        }
        room.acquire(OUTSTANDING / batch);
        return messages * 1e9 / (System.nanoTime() - began);
    }

    private static double akkaAsks(ActorRef echo) {
        long[] micros = new long[ROUND_TRIPS];
        for (int i = 0; i < ROUND_TRIPS; i++) {
            long began = System.nanoTime();
            ask(echo).toCompletableFuture().join();
            micros[i] = (System.nanoTime() - began) / 1000;
        }
        return median(micros);
    }

    private static CompletionStage<Object> ask(ActorRef echo) {
        byte[] message = new byte[64];
        message[0] = Echo.ANSWER;
        return Patterns.ask(echo, message, Duration.ofSeconds(WiredNode.PATIENCE_SECONDS));
    }

    private static double median(long[] values) {
        Arrays.sort(values);
        return values[values.length / 2];
    }
}
