package org.factoredos.slice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import akka.actor.typed.javadsl.Adapter;
import akka.serialization.Serialization;
import akka.serialization.SerializationExtension;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.factoredos.actor.AkkaRoom;
import org.factoredos.actor.ServerActor.RequestBounds;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.FixedRights;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Interconnect;
import org.factoredos.kernel.Mailbox;
import org.factoredos.kernel.Microkernel;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.Place;
import org.factoredos.kernel.SendResult;
import org.factoredos.kernel.Sending;
import org.factoredos.naming.DirectoryProtocol;
import org.factoredos.naming.NameError;
import org.factoredos.naming.NameOwner;
import org.factoredos.naming.NameProtocol;
import org.factoredos.server.Event;
import org.factoredos.server.Membership;
import org.factoredos.server.OwnerLife;
import org.factoredos.server.OwnerProtocol.AnnounceOwner;
import org.factoredos.server.OwnerProtocol.Answered;
import org.factoredos.server.OwnerProtocol.Forwarded;
import org.factoredos.server.OwnerProtocol.OwnerNoted;
import org.factoredos.server.OwnerProtocol.Recall;
import org.factoredos.server.OwnerProtocol.Recalled;
import org.factoredos.server.Reserved;
import org.factoredos.slice.OwnerActor.Command;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Owners of names on their journal's host, an H2 file, on two nodes that share a JVM; also where rows fail. The test asks
 * them as the nodes' fronts do.
 */
@Timeout(60)
@Tag("S4")
@Tag("S10")
@Tag("N10")
class OwnerActorTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final long HOUR_NANOS = 3_600_000_000_000L;
    private static final Incarnation N1 = new Incarnation(new NodeId(1), 1);
    private static final Incarnation N2 = new Incarnation(new NodeId(2), 1);
    private static final Grid GRID = new Grid(
            6, 5, 4, new TreeMap<>(Map.of(N1.node(), new Grid.Position(0, 0), N2.node(), new Grid.Position(1, 0))));

    @TempDir
    Path folder;

    private JournalDatabase database = JournalDatabase.at("", "", "");
    private @Nullable ActorTestKit started;
    private final Map<NodeId, Side> sides = new TreeMap<>();

    @BeforeEach
    void start() throws SQLException {
        database = JournalDatabase.inFolder(folder);
        database.prepare();
        started = ActorTestKit.create("fos", config());
        sides.put(N1.node(), new Side(N1));
        sides.put(N2.node(), new Side(N2));
    }

    @AfterEach
    void stop() throws SQLException {
        kit().shutdownTestKit();
        database.close();
    }

    @Test
    void itServesStepsDownWhenItIsWithdrawnAndItsSuccessorKnowsWhatItKnew() throws Exception {
        Placed owner = side(N1).own(0, both());
        assertThat(side(N1).register(0, 1, "kept")).isEqualTo(new NameProtocol.NameRegistered());

        owner.withdraw();
        owner.awaitEnd();

        assertThat(lastEvent(0)).isEqualTo(new OwnerLife.SteppedDown(N1));
        side(N2).own(0, both());
        assertThat(side(N2).resolve(0, 2, "kept")).isInstanceOf(NameProtocol.NameResolved.class);
    }

    @Test
    void withdrawnWhileItRecoversItStepsDownForTheLifeBefore() throws Exception {
        Placed before = side(N1).own(0, both());
        side(N1).register(0, 1, "kept");
        before.kill();
        before.awaitEnd();
        assertThat(lastEvent(0)).isInstanceOf(OwnerLife.Decided.class);

        Placed owner = side(N1).own(0, both());
        owner.withdraw();
        owner.awaitEnd();

        assertThat(lastEvent(0)).isEqualTo(new OwnerLife.SteppedDown(N1));
    }

    /** The slice was dead until its last owner's node was. */
    @Test
    void theSliceIsServedAgainThoughTheRowOfTheStepDownFailed() throws Exception {
        Placed owner = side(N1).own(0, both());
        side(N1).register(0, 1, "kept");

        execute("ALTER TABLE \"event_journal\" RENAME TO \"elsewhere\"");
        owner.withdraw();
        owner.awaitEnd();
        execute("ALTER TABLE \"elsewhere\" RENAME TO \"event_journal\"");
        assertThat(lastEvent(0)).isInstanceOf(OwnerLife.Decided.class);

        side(N2).own(0, both());
        assertThat(side(N2).resolve(0, 2, "kept")).isInstanceOf(NameProtocol.NameResolved.class);
    }

    @Test
    void oneWithASuccessorThatItHasNotHeardOfAnswersNothingThatIsNotInTheJournal() throws Exception {
        Placed owner = side(N1).own(0, both());
        side(N1).register(0, 1, "kept");
        side(N2).own(0, n1IsGone());
        assertThat(side(N2).resolve(0, 2, "kept")).isInstanceOf(NameProtocol.NameResolved.class);

        long refused = side(N1).ask(0, 3, register("refused"));
        owner.awaitEnd();

        assertThat(side(N1).answerSoFar(refused)).isNull();
        assertThat(side(N2).resolve(0, 4, "refused")).isEqualTo(new NameProtocol.Refused(NameError.NO_SUCH_NAME));
    }

    /** The journal writes the rows of several owners in one transaction, and all fail with one. */
    @Test
    void ownersWhoseRowsFailWithAnothersLoseNothingThatTheyHaveAcknowledged() throws Exception {
        int slow = 0;
        int fenced = 1;
        List<Integer> failing = List.of(fenced, 2, 3);
        List<Placed> owners = new ArrayList<>();
        for (int slice = 0; slice < Reserved.NAME_SLICES; slice++) {
            owners.add(side(N1).own(slice, both()));
            assertThat(side(N1).register(slice, 1, "kept")).isEqualTo(new NameProtocol.NameRegistered());
        }
        side(N2).own(fenced, n1IsGone());
        side(N2).resolve(fenced, 2, "kept");

        long[] asked = new long[Reserved.NAME_SLICES];
        try (Connection blocker = open()) {
            // The journal's one writer waits for this row, and what comes meanwhile goes together after it.
            blocker.setAutoCommit(false);
            insertNextRow(blocker, slow);
            asked[slow] = side(N1).askAndAwaitTurn(slow, 3, register("more"));
            await().atMost(PATIENCE).until(this::someRowIsUnderWay);
            for (int slice : failing) {
                asked[slice] = side(N1).askAndAwaitTurn(slice, 3, register("more"));
            }
            blocker.rollback();
        }
        assertThat(side(N1).answer(asked[slow])).isEqualTo(new NameProtocol.NameRegistered());
        for (int slice : failing) {
            owners.get(slice).awaitEnd();
            assertThat(side(N1).answerSoFar(asked[slice])).as("slice %d", slice).isNull();
        }

        for (int slice : List.of(2, 3)) {
            side(N1).own(slice, both());
            assertThat(side(N1).resolve(slice, 4, "kept")).isInstanceOf(NameProtocol.NameResolved.class);
            assertThat(side(N1).resolve(slice, 5, "more")).isEqualTo(new NameProtocol.Refused(NameError.NO_SUCH_NAME));
            assertThat(side(N1).register(slice, 3, "more")).isEqualTo(new NameProtocol.NameRegistered());
        }
    }

    private static Membership both() {
        return new Membership(GRID, new TreeSet<>(List.of(N1, N2)), new TreeSet<>(), new TreeSet<>(), new TreeMap<>());
    }

    /** As node 2 would see it behind a false report. */
    private static Membership n1IsGone() {
        TreeMap<Incarnation, Long> removed = new TreeMap<>(Map.of(N1, System.nanoTime() - HOUR_NANOS));
        return new Membership(GRID, new TreeSet<>(List.of(N2)), new TreeSet<>(), new TreeSet<>(), removed);
    }

    private static Payload.Request<?> register(String name) {
        Address mailbox = Reserved.CONSOLE.address(N1, GRID);
        return new DirectoryProtocol.RegisterFound(
                new NameProtocol.RegisterName(mailbox, name, NameProtocol.Flags.SINGLE),
                new Place(N1, mailbox.tile(), 0));
    }

    private Side side(Incarnation node) {
        Side side = sides.get(node.node());
        if (side == null) {
            throw new AssertionError("no side " + node);
        }
        return side;
    }

    /** Both fronts: an owner writes nothing before all have noted it. */
    private void drainAll() {
        sides.values().forEach(Side::drain);
    }

    private ActorTestKit kit() {
        if (started == null) {
            throw new AssertionError("not started");
        }
        return started;
    }

    // The journal.

    private Config config() {
        Map<String, Object> slick = Map.of(
                "profile",
                "slick.jdbc.H2Profile$",
                "db",
                Map.of(
                        "url",
                        database.url() + ";LOCK_TIMEOUT=" + PATIENCE.toMillis(),
                        "user",
                        "",
                        "password",
                        "",
                        "driver",
                        "org.h2.Driver"));
        return ConfigFactory.parseMap(Map.of(
                        "akka.actor.provider",
                        "local",
                        "akka-persistence-jdbc.shared-databases.slick",
                        slick,
                        "jdbc-journal.parallelism",
                        1))
                .withFallback(ConfigFactory.parseResources("org/factoredos/node/akka.conf"))
                .withFallback(ConfigFactory.load());
    }

    private static String id(int slice) {
        return "name-" + slice;
    }

    private Connection open() throws SQLException {
        return DriverManager.getConnection(database.url(), "", "");
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = open();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private boolean someRowIsUnderWay() throws SQLException {
        try (Connection connection = open();
                Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery("SELECT COUNT(*) FROM INFORMATION_SCHEMA.SESSIONS"
                        + " WHERE LOWER(EXECUTING_STATEMENT) LIKE 'insert into \"event_journal\"%'")) {
            return found.next() && found.getInt(1) > 0;
        }
    }

    private static void insertNextRow(Connection connection, int slice) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO \"event_journal\""
                + " (\"persistence_id\", \"sequence_number\", \"writer\", \"write_timestamp\", \"adapter_manifest\","
                + " \"event_payload\", \"event_ser_id\", \"event_ser_manifest\")"
                + " SELECT \"persistence_id\", MAX(\"sequence_number\") + 1, '', 0, '', X'00', 0, ''"
                + " FROM \"event_journal\" WHERE \"persistence_id\" = ? GROUP BY \"persistence_id\"")) {
            insert.setString(1, id(slice));
            assertThat(insert.executeUpdate()).isEqualTo(1);
        }
    }

    private Event lastEvent(int slice) throws SQLException {
        try (Connection connection = open();
                PreparedStatement select = connection.prepareStatement("SELECT \"event_payload\", \"event_ser_id\","
                        + " \"event_ser_manifest\" FROM \"event_journal\" WHERE \"persistence_id\" = ?"
                        + " ORDER BY \"sequence_number\" DESC LIMIT 1")) {
            select.setString(1, id(slice));
            try (ResultSet last = select.executeQuery()) {
                assertThat(last.next()).isTrue();
                Serialization serialization = SerializationExtension.get(Adapter.toClassic(kit().system()));
                Object row = serialization
                        .deserialize(last.getBytes(1), last.getInt(2), last.getString(3))
                        .get();
                return ((JournalRow) row).events().getLast();
            }
        }
    }

    /** An owner's place on a node. */
    private record Placed(ActorRef<Command> actor, Microkernel tile, TestProbe<Command> probe) {
        void withdraw() {
            actor.tell(new OwnerActor.Withdraw());
        }

        /** Ends it as a crash of its code would: without a last row. */
        void kill() {
            Client client = tile.tenant();
            if (client == null) {
                throw new AssertionError("nobody to kill on " + tile.tile());
            }
            client.close();
        }

        void awaitEnd() {
            probe.expectTerminated(actor, PATIENCE);
        }
    }

    /** A node, and the test in the place of its name front. */
    private final class Side {
        private final Incarnation self;
        private final Interconnect interconnect;
        private final Client front;
        private final Mailbox news;
        private final Map<Integer, AnnounceOwner> owners = new TreeMap<>();
        private final Map<Long, Payload> answers = new TreeMap<>();

        Side(Incarnation self) {
            this.self = self;
            interconnect = new Interconnect(
                    self.node(), self.boot(), GRID, FixedRights.ALL, System::nanoTime, (envelope, sending) -> {
                        Side other = sides.get(envelope.to().client().node());
                        sending.ended(other == null ? SendResult.UNREACHABLE : other.interconnect.deliver(envelope));
                    });
            interconnect.leaseGranted(System.nanoTime(), System.nanoTime() + HOUR_NANOS);
            AkkaRoom.start(kit().system(), interconnect, name -> null);
            front = interconnect
                    .microkernel(Reserved.NAME_FRONT.tile(self.node(), GRID))
                    .openBootstrap("sys:name", 1024, () -> {});
            news = front.createMailbox(1024, 1 << 20);
        }

        Placed own(int slice, Membership membership) {
            drainAll();
            owners.remove(slice); // Of a life that is over.
            Microkernel tile =
                    interconnect.microkernel(Reserved.nameOwner(slice).tile(self.node(), GRID));
            ActorRef<Command> actor = kit().spawn(OwnerActor.create(
                    new OwnerActor.Hosting(
                            id(slice),
                            () -> new OwnerLife(
                                    new NameOwner(slice, self),
                                    slice,
                                    self,
                                    Reserved.nameOwner(slice),
                                    Reserved.NAME_FRONT),
                            waker -> tile.openBootstrap("sys:name", 64, waker),
                            RequestBounds.USUAL,
                            new JournalFlush(database),
                            interconnect::leased),
                    () -> {}));
            actor.tell(new OwnerActor.MembershipChanged(membership));
            TestProbe<Command> probe = kit().createTestProbe();
            return new Placed(actor, tile, probe);
        }

        Payload register(int slice, long call, String name) {
            return answer(ask(slice, call, OwnerActorTest.register(name)));
        }

        Payload resolve(int slice, long call, String name) {
            return answer(ask(slice, call, new NameProtocol.ResolveName(name)));
        }

        /** Asks this node's owner of the slice, for a client that has that number for the call. */
        long ask(int slice, long call, Payload.Request<?> request) {
            AnnounceOwner owner = await().atMost(PATIENCE)
                    .until(
                            () -> {
                                drainAll();
                                return owners.get(slice);
                            },
                            announced -> announced != null
                                    && announced.owner().tile().node().equals(self.node()));
            long number = front.responses().reserve();
            List<SendResult> results = new ArrayList<>();
            front.request(
                    owner.owner(),
                    new Forwarded(
                            Reserved.CONSOLE.address(self, GRID).client(),
                            "sys:console",
                            call,
                            0,
                            owner.epoch(),
                            request),
                    number,
                    0,
                    null,
                    results::add);
            assertThat(results).containsExactly(SendResult.ACCEPTED);
            return number;
        }

        long askAndAwaitTurn(int slice, long call, Payload.Request<?> request) {
            long number = ask(slice, call, request);
            Client owner = interconnect
                    .microkernel(Reserved.nameOwner(slice).tile(self.node(), GRID))
                    .tenant();
            Mailbox requests = owner == null ? null : owner.mailbox(Client.FIRST_MAILBOX);
            if (requests == null) {
                throw new AssertionError("slice " + slice + " has no owner here");
            }
            await().atMost(PATIENCE).until(requests::isEmpty);
            return number;
        }

        Payload answer(long number) {
            await().atMost(PATIENCE).until(() -> answerSoFar(number) != null);
            Payload answer = answers.get(number);
            if (answer == null) {
                throw new AssertionError("no answer");
            }
            return answer;
        }

        @Nullable
        Payload answerSoFar(long number) {
            drainAll();
            return answers.get(number);
        }

        private void drain() {
            for (Envelope in = news.take(); in != null; in = news.take()) {
                if (in.payload() instanceof AnnounceOwner announced) {
                    owners.merge(announced.slice(), announced, (a, b) -> a.epoch() > b.epoch() ? a : b);
                    front.reply(in.from(), in.call(), new OwnerNoted(), null, Sending.UNWATCHED);
                } else if (in.payload() instanceof Recall) {
                    front.reply(in.from(), in.call(), new Recalled(), null, Sending.UNWATCHED);
                }
            }
            for (Envelope in = front.responses().take();
                    in != null;
                    in = front.responses().take()) {
                answers.put(in.call(), in.payload() instanceof Answered answered ? answered.answer() : in.payload());
            }
        }
    }
}
