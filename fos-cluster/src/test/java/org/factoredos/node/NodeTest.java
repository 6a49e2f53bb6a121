package org.factoredos.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import akka.Done;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Adapter;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.Cluster;
import akka.cluster.sharding.typed.ShardedDaemonProcessSettings;
import akka.cluster.sharding.typed.javadsl.ShardedDaemonProcess;
import akka.persistence.typed.PersistenceId;
import akka.persistence.typed.RecoveryCompleted;
import akka.persistence.typed.javadsl.CommandHandler;
import akka.persistence.typed.javadsl.EventHandler;
import akka.persistence.typed.javadsl.EventSourcedBehavior;
import akka.persistence.typed.javadsl.SignalHandler;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.factoredos.slice.SliceAllocation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A grid of one node: from an empty folder to owners that recover, and to a folder that another may have. */
class NodeTest {
    private static final int SLICES = 8;

    @TempDir
    Path folder;

    @Test
    void ownersFindAgainWhatTheyHadPersistedBeforeAStop() throws Exception {
        for (int boot = 1; boot <= 2; boot++) {
            try (Node<Void> node = Node.start(settings(""), Behaviors.empty())) {
                assertThat(node.data().boot()).isEqualTo(boot);
                assertThat(persistOneMoreEach(node.system())).containsOnly(boot).hasSize(SLICES);
            }
        }
    }

    @Test
    void anIdleNodeStopsInLessThanASecondAndAHalf() throws Exception {
        Node<Void> node = Node.start(settings(""), Behaviors.empty());
        persistOneMoreEach(node.system());

        long began = System.nanoTime();
        node.close();

        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofMillis(1500));
    }

    @Test
    void aStoppedNodeLetsGoOfItsData() throws Exception {
        Node.start(settings(""), Behaviors.empty()).close();

        Files.move(folder.resolve("data"), folder.resolve("moved"));
        try (DataFolder data = DataFolder.open(folder.resolve("moved"))) {
            assertThat(data.boot()).isEqualTo(2);
        }
    }

    @Test
    void aSecondNodeOnTheSameDataSaysWhatToDo() throws Exception {
        try (Node<Void> first = Node.start(settings(""), Behaviors.empty())) {
            assertThatExceptionOfType(Node.CannotStart.class)
                    .isThrownBy(() -> Node.start(settings(""), Behaviors.empty()))
                    .withMessageContaining(first.data().folder() + " is in use by another fos");
        }
    }

    @Test
    void aJournalThatCannotBeHadSaysWhatToDoAndLetsGoOfTheData() throws Exception {
        assertThatExceptionOfType(Node.CannotStart.class)
                .isThrownBy(() -> Node.start(
                        settings("fos.journal.url = \"jdbc:postgresql://127.0.0.1:1/fos?connectTimeout=1\""),
                        Behaviors.empty()))
                .withMessageStartingWith("the journal at jdbc:postgresql://127.0.0.1:1/fos")
                .withMessageContaining("see to it that its database is there");

        DataFolder.open(folder.resolve("data")).close();
    }

    private Settings settings(String more) {
        return Settings.of(ConfigFactory.parseString(more)
                .withFallback(ConfigFactory.parseMap(
                        Map.of("fos.data", folder.resolve("data").toString()))));
    }

    /** Starts the owners, and returns how many events each has once each has persisted one. */
    private static List<Integer> persistOneMoreEach(ActorSystem<?> system) throws InterruptedException {
        BlockingQueue<Integer> counts = new LinkedBlockingQueue<>();
        ShardedDaemonProcess.get(system)
                .init(
                        Done.class,
                        "counter",
                        SLICES,
                        slice -> Behaviors.setup(context -> new Counter(context, slice, counts)),
                        ShardedDaemonProcessSettings.create(system),
                        Optional.empty(),
                        Optional.of(new SliceAllocation("counter", Cluster.get(Adapter.toClassic(system)))));
        List<Integer> all = new ArrayList<>();
        while (all.size() < SLICES) {
            Integer count = counts.poll(20, TimeUnit.SECONDS);
            assertThat(count).as("an owner that has persisted").isNotNull();
            all.add(count);
        }
        return all;
    }

    /** Counts its recoveries. */
    private static final class Counter extends EventSourcedBehavior<Done, String, Integer> {
        private final ActorContext<Done> context;
        private final BlockingQueue<Integer> counts;

        Counter(ActorContext<Done> context, int slice, BlockingQueue<Integer> counts) {
            super(PersistenceId.ofUniqueId("counter-" + slice));
            this.context = context;
            this.counts = counts;
        }

        @Override
        public Integer emptyState() {
            return 0;
        }

        @Override
        public CommandHandler<Done, String, Integer> commandHandler() {
            return newCommandHandlerBuilder()
                    .forAnyState()
                    .onAnyCommand(more -> Effect().persist("recovered").thenRun(counts::add));
        }

        @Override
        public EventHandler<Integer, String> eventHandler() {
            return newEventHandlerBuilder().forAnyState().onAnyEvent((count, event) -> count + 1);
        }

        @Override
        public SignalHandler<Integer> signalHandler() {
            return newSignalHandlerBuilder()
                    .onSignal(
                            RecoveryCompleted.instance(),
                            count -> context.getSelf().tell(Done.getInstance()))
                    .build();
        }
    }
}
