package org.factoredos.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Envelope;
import org.factoredos.lib.TextMessage;
import org.factoredos.lib.TextRequest;
import org.factoredos.naming.NameError;
import org.factoredos.naming.NameProtocol;
import org.factoredos.placement.PlacementProtocol.NoFreeTile;
import org.factoredos.placement.PlacementProtocol.ProcessSpawned;
import org.factoredos.placement.PlacementProtocol.SpawnProcess;
import org.factoredos.placement.ProcessId;
import org.factoredos.placement.ProcessSpec;
import org.factoredos.placement.Stream;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.CoreBench;
import org.factoredos.server.Effect;
import org.factoredos.server.ElasticProtocol;
import org.factoredos.server.Fleet;
import org.factoredos.server.Response;
import org.factoredos.server.Server;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How the servers of a user's fleet keep up their number, with a directory and placement servers that are played. */
@Tag("A3")
class KeeperTest {
    private static final long SECOND = 1_000_000_000L;
    private static final String FLEET = "kv";
    private static final String DOMAIN = "sys:test";
    private static final KeptServer.Bounds THREE = new KeptServer.Bounds(3, 3);
    private static final ClientId ASKER = new ClientId(new NodeId(1), 1, 900);
    private static final Address NEVER_ANSWERS = at(1, 999);
    private static final ProcessSpec FURTHER = new ProcessSpec(
            "/home/kv.jar",
            List.of(),
            "/",
            new TreeMap<>(),
            new Stream.Nothing(),
            new Stream.Nothing(),
            new Stream.Nothing(),
            ProcessSpec.Tracing.NONE);

    /** What placement does with a request. */
    private enum Starts {
        WELL,
        NEVER_IN_THE_NAME,
        NOT
    }

    private final CoreBench bench = new CoreBench();
    private final Set<Address> named = new LinkedHashSet<>();
    private final Map<Address, KeptServer> servers = new LinkedHashMap<>();
    private final List<Long> spawnedAt = new ArrayList<>();
    private final List<NodeId> spawnedOn = new ArrayList<>();
    private final List<Address> retired = new ArrayList<>();
    private final List<Throwable> thrown = new ArrayList<>();
    private Starts starts = Starts.WELL;
    private boolean silent;
    private int lastNumber = 500;

    @BeforeEach
    void boot() {
        bench.add(NEVER_ANSWERS, new Playing(in -> List.of()));
        Address names = at(1, 101);
        bench.name("sys:names", names);
        bench.add(names, new Playing(in -> silent ? List.of() : directory(in)));
        for (int node = 1; node <= 3; node++) {
            NodeId where = new NodeId(node);
            bench.add(placement(node), new Playing(in -> spawn(where, in)));
        }
    }

    private static Address at(int node, int number) {
        return new Address(new ClientId(new NodeId(node), 1, number), 0, new TileId(new NodeId(node), 0, 0));
    }

    private static Address placement(int node) {
        return at(node, 103);
    }

    /** A server on the node; it is younger than all others. */
    private Address start(int node) {
        Address address = at(node, ++lastNumber);
        KeptServer server = new KeptServer(
                site -> new Core(),
                new Fleet.Site(FLEET, address, DOMAIN, List.of()),
                THREE,
                FURTHER,
                () -> 0,
                thrown::add);
        servers.put(address, server);
        bench.add(address, new Playing(server, in -> {
            if (in.payload() instanceof ElasticProtocol.Retire) {
                retired.add(address);
            }
            return server.on(in, bench.nanos());
        }));
        named.add(address);
        bench.tell(address, new KeptServer.Begun());
        return address;
    }

    private void dies(Address server) {
        bench.remove(server);
        named.remove(server);
    }

    private List<Effect> directory(Envelope in) {
        return switch (in.payload()) {
            case NameProtocol.ResolveName asked -> {
                List<Address> there = asked.name().equals(FLEET)
                        ? List.copyOf(named)
                        : List.of(placement(1), placement(2), placement(3));
                yield List.of(Call.of(in, asked)
                        .reply(
                                there.isEmpty()
                                        ? new NameProtocol.Refused(NameError.NO_SUCH_NAME)
                                        : new NameProtocol.NameResolved(
                                                NameProtocol.Entry.of(asked.name(), NameProtocol.Flags.FLEET, there))));
            }
            case NameProtocol.RegisterName asked -> {
                assertThat(asked.flags()).isEqualTo(NameProtocol.Flags.FLEET);
                named.add(asked.mailbox());
                yield List.of(Call.of(in, asked).reply(new NameProtocol.NameRegistered()));
            }
            case NameProtocol.DeleteSpecificName asked -> {
                named.remove(asked.mailbox());
                yield List.of(Call.of(in, asked).reply(new NameProtocol.NameDeleted()));
            }
            default -> throw new AssertionError(in);
        };
    }

    private List<Effect> spawn(NodeId node, Envelope in) {
        SpawnProcess asked = (SpawnProcess) in.payload();
        assertThat(asked.spec()).isEqualTo(FURTHER);
        assertThat(asked.near().node()).isEqualTo(node);
        spawnedOn.add(node);
        spawnedAt.add(bench.nanos());
        if (starts == Starts.NOT) {
            return List.of(Call.of(in, asked).reply(new NoFreeTile(List.of())));
        }
        Address address = starts == Starts.WELL ? start(node.number()) : at(node.number(), ++lastNumber);
        return List.of(
                Call.of(in, asked).reply(new ProcessSpawned(new ProcessId(address.client()), address.tile(), address)));
    }

    private static List<NodeId> nodes(Integer... numbers) {
        return java.util.stream.Stream.of(numbers).map(NodeId::new).toList();
    }

    @Test
    void whereTooFewAreEachIsStartedOnTheNodeThatHasTheFewest() {
        start(2);
        bench.run(5 * SECOND);
        assertThat(spawnedOn).isEqualTo(nodes(1, 3));
        assertThat(named).hasSize(3);

        dies(List.copyOf(named).getLast());
        bench.run(5 * SECOND);
        assertThat(spawnedOn).isEqualTo(nodes(1, 3, 3));
        assertThat(named).hasSize(3);
    }

    @Test
    void whoComesTakesNobodysPlaceAndWhenTheOldestDiesTheNextActs() {
        Address oldest = start(3);
        bench.run(5 * SECOND);
        assertThat(named.iterator().next()).isEqualTo(oldest);
        bench.run(60 * SECOND);
        assertThat(spawnedOn).as("nobody began anew what another one had begun").hasSize(2);

        dies(oldest);
        bench.run(5 * SECOND);
        assertThat(named).hasSize(3);
        assertThat(spawnedOn).isEqualTo(nodes(1, 2, 3));
        assertThat(retired).isEmpty();
    }

    @Test
    void whatNeverEntersTheNameIsGivenUpAndTriedEverMoreRarely() {
        starts = Starts.NEVER_IN_THE_NAME;
        start(1);
        bench.run(600 * SECOND);

        assertThat(spawnedAt).hasSizeBetween(20, 50);
        assertThat(spawnedOn.subList(0, 2)).as("what is to come counts").isEqualTo(nodes(2, 3));
        // Two at a time, which get fifteen seconds, and then a rest of at most thirty.
        assertThat(spawnedAt.get(2) - spawnedAt.get(0)).isBetween(15 * SECOND, 17 * SECOND);
        assertThat(spawnedAt.getLast() - spawnedAt.get(spawnedAt.size() - 3)).isBetween(40 * SECOND, 50 * SECOND);

        starts = Starts.WELL;
        bench.run(60 * SECOND);
        assertThat(named).hasSize(3);
    }

    @Test
    void whereNoTileIsFreeItTriesEverMoreRarely() {
        starts = Starts.NOT;
        start(1);
        bench.run(20 * SECOND);
        assertThat(spawnedAt).hasSizeBetween(4, 7);
        bench.run(600 * SECOND);
        assertThat(spawnedAt).hasSizeBetween(20, 30);

        starts = Starts.WELL;
        bench.run(60 * SECOND);
        assertThat(named).hasSize(3);
    }

    @Test
    void ofMoreThanAreWantedTheYoungestLeaveAndAreOverWhenTheyHaveDrained() {
        List<Address> five =
                java.util.stream.Stream.of(1, 2, 3, 1, 2).map(this::start).toList();
        bench.run(3 * SECOND);
        assertThat(named).containsExactlyElementsOf(five.subList(0, 3));
        assertThat(retired).containsExactly(five.get(4), five.get(3));
        assertThat(five).noneMatch(this::over);

        bench.run(5 * SECOND);
        assertThat(five.stream().filter(this::over)).containsExactlyElementsOf(five.subList(3, 5));
        assertThat(named).as("they enter it no more").hasSize(3);
        assertThat(spawnedOn).isEmpty();
    }

    private boolean over(Address server) {
        return Objects.requireNonNull(servers.get(server)).over();
    }

    @Test
    void whoIsToldToLeaveWhileItEntersTheNameLeavesIt() {
        Address one = start(1);
        start(2);
        start(3);
        bench.run(SECOND);
        bench.holdBack(envelope -> envelope.payload() instanceof NameProtocol.RegisterName);
        named.remove(one);
        bench.run(SECOND * 6 / 10);
        assertThat(bench.heldBack()).isPositive();
        bench.ask(ASKER, 1, 0, one, new ElasticProtocol.Retire());
        bench.run(SECOND / 100);
        assertThat(bench.answer(1)).isInstanceOf(ElasticProtocol.Retired.class);

        bench.release();
        bench.run(SECOND / 100);

        assertThat(named).doesNotContain(one);
    }

    @Test
    void whoHasSomethingUnderWayIsNotOver() {
        Address one = start(1);
        start(2);
        start(3);
        start(1);
        bench.run(SECOND);
        bench.ask(ASKER, 1, 0, one, new TextRequest("wait"));
        bench.run(SECOND);
        bench.call(ASKER, one, new ElasticProtocol.Retire());
        bench.run(SECOND);
        assertThat(over(one)).isFalse();

        bench.run(8 * SECOND);
        assertThat(over(one)).isTrue();
        assertThat(bench.answer(1)).isEqualTo(new TextMessage("waited"));
    }

    @Test
    void whoIsOutOfTheNameEntersItAgainAsTheYoungest() {
        Address first = start(1);
        Address second = start(2);
        Address third = start(3);
        bench.run(SECOND);
        named.remove(first);
        bench.run(2 * SECOND);

        assertThat(named).containsExactly(second, third, first);
        assertThat(spawnedOn.size() + retired.size())
                .as("it was away for half a second at most")
                .isLessThanOrEqualTo(2);
    }

    @Test
    void whileTheDirectoryIsSilentNothingIsStartedAndNobodyLeaves() {
        Address first = start(1);
        start(2);
        bench.run(100);
        silent = true;
        dies(first);
        bench.run(60 * SECOND);
        assertThat(spawnedOn).isEmpty();
        assertThat(retired).isEmpty();

        silent = false;
        bench.run(10 * SECOND);
        assertThat(named).hasSize(3);
    }

    @Test
    void aCoreThatThrowsHasAFreshOneAndHearsNothingOfWhatTheOldOneHadUnderWay() {
        Address one = start(1);
        start(2);
        start(3);
        assertThat(bench.call(ASKER, one, new TextRequest("count"))).isEqualTo(new TextMessage("1"));
        bench.ask(ASKER, 1, 0, one, new TextRequest("wait"));
        bench.ask(ASKER, 2, 0, one, new TextRequest("later"));
        bench.ask(ASKER, 3, 0, one, new TextRequest("throw"));
        bench.run(10 * SECOND);

        assertThat(thrown).hasSize(1);
        assertThat(bench.answered(1)).isFalse();
        assertThat(bench.answered(2)).isFalse();
        assertThat(bench.call(ASKER, one, new TextRequest("count"))).isEqualTo(new TextMessage("1"));
        assertThat(named).hasSize(3);

        bench.call(ASKER, one, new ElasticProtocol.Retire());
        bench.run(4 * SECOND);
        assertThat(over(one)).as("the old one's call is not waited for").isTrue();
    }

    @Test
    void aHostThatBeginsAnewLosesWhatWasParkedAndItGoesOn() {
        Address one = start(1);
        start(2);
        Address third = start(3);
        bench.run(SECOND);
        bench.ask(ASKER, 1, 0, one, new TextRequest("wait"));
        bench.holdBack(envelope -> envelope.from().equals(one));
        bench.run(10 * SECOND / 4); // A look, and a call of the core, are under way.
        KeptServer server = Objects.requireNonNull(servers.get(one));
        bench.remove(one);
        bench.run(20 * SECOND); // None of them comes back.
        bench.add(one, server);
        bench.release();

        bench.tell(one, new KeptServer.Begun());
        dies(third);
        bench.run(5 * SECOND);

        assertThat(named).hasSize(3);
        assertThat(bench.call(ASKER, one, new TextRequest("count"))).isEqualTo(new TextMessage("1"));
        bench.call(ASKER, one, new ElasticProtocol.Retire());
        bench.run(4 * SECOND);
        assertThat(server.over()).isTrue();
    }

    @Test
    void nobodyButItsOwnerEndsIt() {
        Address one = start(1);
        bench.in("ann");
        bench.ask(ASKER, 1, 0, one, new ElasticProtocol.Retire());
        bench.run(40 * SECOND);
        assertThat(bench.answered(1)).isFalse();
        assertThat(over(one)).isFalse();
        assertThat(named).contains(one);

        bench.in(ProcessSpec.OPERATOR);
        assertThat(bench.call(ASKER, one, new ElasticProtocol.Retire())).isInstanceOf(ElasticProtocol.Retired.class);
        bench.run(5 * SECOND);
        assertThat(over(one)).isTrue();
    }

    /** What a user brings. */
    private static final class Core implements Server {
        private record Waited(Call<TextMessage> call) implements Continuation {}

        private int asked;

        @Override
        public List<Effect> on(Envelope in, long nanos) {
            if (!(in.payload() instanceof TextRequest request)) {
                return List.of();
            }
            asked++;
            Call<TextMessage> call = Call.of(in, request);
            return switch (request.text()) {
                case "throw" -> throw new IllegalStateException("told to");
                case "later" -> List.of(new Effect.Timer(new Waited(call), 5 * SECOND));
                case "wait" ->
                    List.of(new Effect.Call(NEVER_ANSWERS, new TextRequest("anyone?"), new Waited(call), 6 * SECOND));
                default -> List.of(call.reply(new TextMessage(Integer.toString(asked))));
            };
        }

        @Override
        public List<Effect> on(Continuation continuation, Response response, long nanos) {
            return continuation instanceof Waited(Call<TextMessage> call)
                    ? List.of(call.reply(new TextMessage("waited")))
                    : List.of();
        }
    }

    /** A server of which a test hears every message. */
    private record Playing(Server inner, Function<Envelope, List<Effect>> plays) implements Server {
        private static final Server NOBODY = new Core();

        Playing(Function<Envelope, List<Effect>> plays) {
            this(NOBODY, plays);
        }

        @Override
        public List<Effect> on(Envelope in, long nanos) {
            return plays.apply(in);
        }

        @Override
        public List<Effect> on(Continuation continuation, Response response, long nanos) {
            return inner.on(continuation, response, nanos);
        }
    }
}
