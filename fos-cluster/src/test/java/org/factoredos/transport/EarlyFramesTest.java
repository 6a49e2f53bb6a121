package org.factoredos.transport;

import static org.awaitility.Awaitility.await;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.typed.Cluster;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Frame;
import org.factoredos.kernel.Incarnation;
import org.factoredos.node.Settings;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Frames to a node that has yet to learn of this one, as a node that joins is sent them. */
@Tag("M8")
class EarlyFramesTest {
    private static final Incarnation FROM = new Incarnation(new NodeId(1), 1);
    private static final Incarnation TO = new Incarnation(new NodeId(2), 1);
    /** Artery's own is a minute: so long it takes until what it remembers of receivers is used. */
    private static final Duration ADVERTISED = Duration.ofMillis(300);

    private final ActorSystem<Void> near = start();
    private final ActorSystem<Void> far = start();

    private static ActorSystem<Void> start() {
        return ActorSystem.create(
                Behaviors.empty(),
                "fos",
                Settings.of(ConfigFactory.parseMap(Map.of(
                                "akka.remote.artery.canonical.hostname",
                                "127.0.0.1",
                                "akka.remote.artery.canonical.port",
                                0,
                                "akka.remote.artery.advanced.compression.actor-refs.advertisement-interval",
                                ADVERTISED,
                                "akka.extensions",
                                List.of())))
                        .akka());
    }

    @AfterEach
    void stop() {
        near.terminate();
        far.terminate();
    }

    @Test
    void nodeThatWasSentFramesBeforeItKnewTheSenderHearsTheLaterOnes() throws Exception {
        ArteryTransport transport =
                ArteryTransport.to(near, Cluster.get(far).selfMember().address(), FROM.node());
        AtomicLong sent = new AtomicLong();
        Frame frame = new Frame(FROM, TO, 1, List.of(), 1, List.of(), 0);
        // Long enough for Artery to have made up its mind about the receiver, who is not there.
        await().pollInterval(Duration.ofMillis(2))
                .atMost(Duration.ofSeconds(30))
                .until(() -> {
                    transport.transmit(frame);
                    return sent.incrementAndGet() > 5 * ADVERTISED.toMillis();
                });
        CountDownLatch heard = new CountDownLatch(1);
        ActorRef<LinkHost.Command> host = far.systemActorOf(
                Behaviors.receiveMessage(command -> {
                    heard.countDown();
                    return Behaviors.same();
                }),
                ArteryTransport.hostName(FROM.node()),
                Props.empty());

        await(host + " hears").pollInterval(Duration.ofMillis(10)).until(() -> {
            transport.transmit(frame);
            return heard.await(0, TimeUnit.MILLISECONDS);
        });
    }
}
