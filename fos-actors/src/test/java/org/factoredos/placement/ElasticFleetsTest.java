package org.factoredos.placement;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Delegation;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.Signal;
import org.factoredos.naming.NameProtocol;
import org.factoredos.placement.PlacementProtocol.StartServer;
import org.factoredos.server.Continuation;
import org.factoredos.server.CoreBench;
import org.factoredos.server.Effect;
import org.factoredos.server.ElasticProtocol;
import org.factoredos.server.Membership;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;
import org.factoredos.server.Server;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A fleet of one node under a load that doubles and halves; the tiles and the directory are played. */
@Tag("O2")
class ElasticFleetsTest {
    private static final long SECOND = 1_000_000_000L;
    private static final String NAME = "sys:net";
    private static final Incarnation NODE = new Incarnation(new NodeId(1), 1);
    private static final Grid GRID = Grid.ofOneNode(8, 8);
    private static final Address FIRST = Reserved.NETWORK.address(NODE, GRID);
    private static final Address PLACEMENT = Reserved.PLACEMENT.address(NODE, GRID);
    private static final int MOST = 3;

    private final CoreBench bench = new CoreBench();
    private final Map<TileId, String> taken = new TreeMap<>();
    /** What runs on each tile, as its microkernel knows it. */
    private final Map<TileId, ClientId> running = new LinkedHashMap<>();

    private final Set<Address> named = new LinkedHashSet<>();
    private final Map<Address, List<Address>> peers = new LinkedHashMap<>();
    private final List<Address> retired = new ArrayList<>();
    private long queued;
    /** At one look of eight these wait at each server too. */
    private long now;

    private int looks;
    private boolean holdsSomething;
    private int silentStarts;
    private int started = 500;

    @BeforeEach
    void boot() {
        named.add(FIRST);
        bench.add(Reserved.NAME_FRONT.address(NODE, GRID), new Playing(in -> directory(in.payload())));
        bench.add(FIRST, new Playing(in -> server(FIRST, in.payload())));
        for (TileId tile : GRID.tilesOf(NODE.node())) {
            bench.add(Address.ofShim(NODE, GRID, tile), new Playing(in -> shim(tile, in.payload())));
        }
        placement();
    }

    @Test
    void longQueuesMakeItGrowToItsBoundAndShortOnesShrinkItAgain() {
        queued = 14;
        bench.run(10 * SECOND);
        assertThat(named).hasSize(2);
        queued = 28;
        bench.run(20 * SECOND);
        assertThat(named).hasSize(MOST);
        assertThat(taken).hasSize(MOST - 1);
        assertThat(peers.get(FIRST)).containsExactlyInAnyOrderElementsOf(named);

        queued = 0;
        bench.run(60 * SECOND);
        assertThat(named).containsExactly(FIRST);
        assertThat(taken).isEmpty();
        assertThat(running).isEmpty();
        assertThat(retired).hasSize(MOST - 1);
        assertThat(peers.get(FIRST)).containsExactly(FIRST);
    }

    /** What servers say to each other now and then, and what they are told of their peers, waits in the same queues. */
    @Test
    void whatWaitsForAMomentKeepsNoServerMore() {
        queued = 14;
        bench.run(5 * SECOND);
        assertThat(named).hasSize(2);

        queued = 0;
        now = 1;
        bench.run(30 * SECOND);

        assertThat(named).containsExactly(FIRST);
    }

    @Test
    void aShortBurstChangesNothing() {
        for (int i = 0; i < 10; i++) {
            queued = 50;
            bench.run(SECOND);
            queued = 0;
            bench.run(SECOND);
        }

        assertThat(named).containsExactly(FIRST);
    }

    @Test
    void aServerThatHoldsSomethingIsOutOfTheNameAndGoesOnUntilItHoldsNothing() {
        queued = 14;
        bench.run(4 * SECOND);
        queued = 0;
        holdsSomething = true;
        bench.run(30 * SECOND);

        assertThat(named).containsExactly(FIRST);
        assertThat(running).hasSize(1);
        assertThat(peers.get(FIRST)).containsExactly(FIRST);

        holdsSomething = false;
        bench.run(5 * SECOND);
        assertThat(running).isEmpty();
        assertThat(taken).isEmpty();
    }

    @Test
    void aServerThatHoldsSomethingKeepsTheFleetFromNothingAndIsTakenBackAsItGrows() {
        queued = 14;
        bench.run(4 * SECOND);
        TileId tile = running.keySet().iterator().next();
        queued = 0;
        holdsSomething = true;
        bench.run(30 * SECOND);
        assertThat(named).containsExactly(FIRST);

        queued = 14;
        bench.run(6 * SECOND);
        assertThat(running.keySet()).as("no other is started beside it").containsExactly(tile);
        assertThat(named).hasSize(2);
        assertThat(peers.get(FIRST)).containsExactlyInAnyOrderElementsOf(named);

        queued = 0;
        bench.run(30 * SECOND);
        assertThat(named).containsExactly(FIRST);
        queued = 28;
        bench.run(20 * SECOND);
        assertThat(named).as("it and another").hasSize(MOST);
    }

    @Test
    void aStartWhoseAnswerWasLostIsFoundOnItsTile() {
        silentStarts = 1;
        queued = 14;
        bench.run(6 * SECOND);

        assertThat(running).hasSize(1);
        assertThat(named).hasSize(2);
    }

    @Test
    void aPlacementServerThatTakesAnothersPlaceKnowsWhatItHadStarted() {
        queued = 14;
        bench.run(4 * SECOND);
        taken.clear();
        Placement anew = placement();
        running.forEach((tile, client) -> anew.adopting.put(tile, client));
        bench.run(2 * SECOND);
        assertThat(taken).hasSize(1);

        queued = 0;
        bench.run(30 * SECOND);
        assertThat(named).containsExactly(FIRST);
        assertThat(running).isEmpty();
    }

    @Test
    void whatEndsByItselfIsTakenOutOfTheName() {
        queued = 14;
        bench.run(4 * SECOND);
        TileId tile = running.keySet().iterator().next();
        ClientId client = Objects.requireNonNull(running.remove(tile));
        bench.ask(client, 1, 0, PLACEMENT, new Delegation.ClientEnded(client, tile, 70));
        bench.run(SECOND);

        assertThat(named).containsExactly(FIRST);
        assertThat(taken).isEmpty();
    }

    @Test
    void tilesAreLeftForPrograms() {
        GRID.tilesOf(NODE.node()).stream().skip(Reserved.COUNT + 9L).forEach(tile -> taken.put(tile, "sleep"));
        queued = 14;
        bench.run(20 * SECOND);

        assertThat(named).containsExactly(FIRST);
    }

    private Placement placement() {
        Placement placement = new Placement();
        bench.add(PLACEMENT, placement);
        bench.tell(
                PLACEMENT,
                new Membership(GRID, new TreeSet<>(List.of(NODE)), new TreeSet<>(), new TreeSet<>(), new TreeMap<>()));
        return placement;
    }

    private @Nullable Payload directory(Payload request) {
        return switch (request) {
            case NameProtocol.RegisterName(Address mailbox, String name, NameProtocol.Flags flags) -> {
                named.add(mailbox);
                yield new NameProtocol.NameRegistered();
            }
            case NameProtocol.DeleteSpecificName(String name, Address mailbox) -> {
                named.remove(mailbox);
                yield new NameProtocol.NameDeleted();
            }
            default -> null;
        };
    }

    private @Nullable Payload server(Address self, Payload message) {
        return switch (message) {
            case ElasticProtocol.Peers(List<Address> all) -> {
                peers.put(self, all);
                yield null;
            }
            case ElasticProtocol.Retire retire -> {
                assertThat(named).as("whoever retires is named no more").doesNotContain(self);
                if (!holdsSomething) {
                    retired.add(self);
                }
                yield holdsSomething ? new ElasticProtocol.StillServing() : new ElasticProtocol.Retired();
            }
            default -> null;
        };
    }

    private @Nullable Payload shim(TileId tile, Payload request) {
        return switch (request) {
            case Delegation.ReportTile report -> {
                looks += tile.equals(FIRST.tile()) ? 1 : 0;
                yield new Delegation.TileReported(
                        tile,
                        0,
                        List.of(),
                        0,
                        0,
                        1,
                        queued / named.size() + (looks % 8 == 0 ? now : 0),
                        0,
                        Delegation.Taken.NONE);
            }
            case Delegation.StartClient(StartServer server, Address supervisor) -> {
                ClientId client = new ClientId(NODE.node(), NODE.boot(), ++started);
                running.put(tile, client);
                Address address = new Address(client, Client.FIRST_MAILBOX, tile);
                bench.add(address, new Playing(in -> server(address, in.payload())));
                yield --silentStarts >= 0 ? null : new Delegation.ClientStarted(client, address);
            }
            case Delegation.ListClients list ->
                new Delegation.ClientsListed(
                        running.containsKey(tile)
                                ? List.of(new Delegation.RunningClient(
                                        running.get(tile), PLACEMENT, new StartServer(NAME), 0))
                                : List.of(),
                        List.of());
            case Delegation.StopClient(ClientId client, Signal signal) -> {
                running.remove(tile);
                bench.ask(client, 1, 0, PLACEMENT, new Delegation.ClientEnded(client, tile, 0));
                yield new Delegation.StopReply();
            }
            default -> null;
        };
    }

    /** Answers what is asked, or is silent. */
    private record Playing(Function<Envelope, @Nullable Payload> part) implements Server {
        @Override
        public List<Effect> on(Envelope in, long nanos) {
            Payload answer = part.apply(in);
            return answer == null ? List.of() : List.of(new Effect.Reply(in.from(), in.call(), answer, null));
        }

        @Override
        public List<Effect> on(Continuation continuation, Response response, long nanos) {
            throw new AssertionError("it parks nothing");
        }
    }

    /** What a placement server has to do with its elastic fleets. */
    private final class Placement implements Server, Membership.Watcher, ElasticFleets.Space {
        private final ElasticFleets fleets =
                new ElasticFleets(NODE, PLACEMENT, List.of(new ElasticFleet(Reserved.NETWORK, NAME, MOST)), this);
        private final Map<TileId, ClientId> adopting = new LinkedHashMap<>();

        @Override
        public List<Effect> on(Membership membership, long nanos) {
            return fleets.begin();
        }

        @Override
        public List<Effect> on(Envelope in, long nanos) {
            return in.payload() instanceof Delegation.ClientEnded news
                    ? fleets.ended(news.client()).orElse(List.of())
                    : List.of();
        }

        @Override
        public List<Effect> on(Continuation continuation, Response response, long nanos) {
            List<Effect> effects = new ArrayList<>();
            adopting.forEach((tile, client) -> effects.addAll(fleets.adopt(new StartServer(NAME), client, tile)));
            adopting.clear();
            effects.addAll(fleets.on((ElasticFleets.Parked) continuation, response));
            return effects;
        }

        @Override
        public Grid grid() {
            return GRID;
        }

        @Override
        public List<TileId> free() {
            return GRID.tilesOf(NODE.node()).stream()
                    .filter(tile -> !Reserved.keeps(GRID, tile) && !taken.containsKey(tile))
                    .toList();
        }

        @Override
        public void take(TileId tile, String client) {
            taken.put(tile, client);
        }

        @Override
        public void give(TileId tile) {
            taken.remove(tile);
        }
    }
}
