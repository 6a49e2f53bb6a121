package org.factoredos.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.SendResult;
import org.factoredos.kernel.Sending;
import org.factoredos.node.PeerNode.Report;
import org.factoredos.node.PeerNode.Reported;
import org.jspecify.annotations.Nullable;

/** Node 1 in this JVM and node 2 in another. */
final class NodePair implements AutoCloseable {
    private static final String HERE = "127.0.0.1";
    private static final String THERE = "127.0.0.2";

    final WiredNode near;
    final TcpRelay wayThere;
    final TcpRelay wayBack;
    private final int columns;
    private final int rows;
    private final WiredNode.Place nearPlace;
    private final WiredNode.Place farPlace;
    private @Nullable Process peer;

    /** Each is reached through a relay. */
    static NodePair cuttable(int columns, int rows) throws Exception {
        return new NodePair(columns, rows, true);
    }

    /** Each is reached as it is. */
    static NodePair direct(int columns, int rows) throws Exception {
        return new NodePair(columns, rows, false);
    }

    private NodePair(int columns, int rows, boolean relayed) throws Exception {
        this.columns = columns;
        this.rows = rows;
        int nearPort = freePort(HERE);
        int farPort = freePort(THERE);
        wayBack = new TcpRelay(HERE, nearPort);
        wayThere = new TcpRelay(THERE, farPort);
        nearPlace = new WiredNode.Place(HERE, nearPort, relayed ? wayBack.port() : nearPort);
        farPlace = new WiredNode.Place(THERE, farPort, relayed ? wayThere.port() : farPort);
        near = new WiredNode(new Incarnation(new NodeId(1), 1), columns, rows, nearPlace);
        try {
            near.join(HERE, nearPlace.port(), 1);
            startPeer(1);
        } catch (Exception | AssertionError e) {
            close();
            throw e;
        }
    }

    Incarnation peer(int boot) {
        return new Incarnation(PeerNode.NODE, boot);
    }

    /** Akka's address of node 2. */
    String farAddress() {
        return "akka://fos@" + farPlace.host() + ":" + farPlace.port();
    }

    /** Returns when both nodes know each other. */
    void startPeer(int boot) throws Exception {
        Process started = JavaProcess.start(
                PeerNode.class,
                String.valueOf(boot),
                String.valueOf(columns),
                String.valueOf(rows),
                farPlace.host(),
                String.valueOf(farPlace.bound()),
                String.valueOf(farPlace.port()),
                nearPlace.host(),
                String.valueOf(nearPlace.port()));
        peer = started;
        assertThat(started.inputReader().readLine()).isEqualTo("joined");
    }

    void kill() {
        Process killed = peer;
        if (killed != null) {
            killed.destroyForcibly().onExit().orTimeout(10, TimeUnit.SECONDS).join();
        }
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
