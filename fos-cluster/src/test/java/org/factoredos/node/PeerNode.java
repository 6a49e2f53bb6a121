package org.factoredos.node;

import akka.actor.AbstractActor;
import akka.actor.ExtendedActorSystem;
import akka.actor.Props;
import akka.actor.typed.javadsl.Adapter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Response;
import org.factoredos.server.Server;

/** The other JVM of a test: node 2, with servers that remember what they have been sent, and one that places programs. */
final class PeerNode {
    static final NodeId NODE = new NodeId(2);
    static final int WIDE_TILE = 0;
    static final int NARROW_TILE = 1;
    static final int NARROW_MESSAGES = 64;

    private PeerNode() {}

    /** One of a client's messages. */
    public record Numbered(int number) implements Payload {}

    /** As much data as wanted. */
    public record Filled(Bytes data) implements Payload.Request<Reported> {
        @Override
        public int bytes() {
            return 64 + data.length();
        }
    }

    /** Asks for the numbers that came from {@code client}, in their order. */
    public record Report(ClientId client) implements Payload.Request<Reported> {}

    public record Reported(List<Integer> numbers) implements Payload {}

    /** Arguments: boot, columns, rows, host, bound port, told port, the first node's host and its told port. */
    public static void main(String[] arguments) throws Exception {
        Thread.ofPlatform().daemon().start(PeerNode::endWithParent);
        WiredNode node = new WiredNode(
                new Incarnation(NODE, Integer.parseInt(arguments[0])),
                Integer.parseInt(arguments[1]),
                Integer.parseInt(arguments[2]),
                new WiredNode.Place(arguments[3], Integer.parseInt(arguments[4]), Integer.parseInt(arguments[5])));
        node.serve(WIDE_TILE, 1 << 20, Recorder::new);
        node.serve(NARROW_TILE, NARROW_MESSAGES, Recorder::new);
        ((ExtendedActorSystem) Adapter.toClassic(node.system)).systemActorOf(Props.create(Echo.class), Echo.NAME);
        node.place();
        node.join(arguments[6], Integer.parseInt(arguments[7]), 2);
        System.out.println("joined");
    }

    private static void endWithParent() {
        try {
            while (System.in.read() >= 0) {}
        } catch (IOException e) {
            // It is gone, too.
        }
        Runtime.getRuntime().halt(0);
    }

    /** What Akka itself does with bytes, to compare with: counts them, and answers when asked. */
    static final class Echo extends AbstractActor {
        static final String NAME = "echo";
        static final byte QUIET = 0;
        static final byte ANSWER = 1;

        @Override
        public Receive createReceive() {
            return receiveBuilder()
                    .match(
                            byte[].class,
                            bytes -> bytes[0] == ANSWER,
                            bytes -> getSender().tell(bytes, getSelf()))
                    .matchAny(quiet -> {})
                    .build();
        }
    }

    private static final class Recorder implements Server {
        private final Map<ClientId, List<Integer>> received = new LinkedHashMap<>();

        @Override
        public List<Effect> on(Envelope in, long nanos) {
            return switch (in.payload()) {
                case Numbered(int number) -> {
                    received.computeIfAbsent(in.from().client(), client -> new ArrayList<>())
                            .add(number);
                    yield List.of();
                }
                case Report report ->
                    List.of(Call.of(in, report).reply(new Reported(received.getOrDefault(report.client(), List.of()))));
                case Filled filled -> List.of(Call.of(in, filled).reply(new Reported(List.of())));
                default -> List.of();
            };
        }

        @Override
        public List<Effect> on(Continuation continuation, Response response, long nanos) {
            return List.of();
        }
    }
}
