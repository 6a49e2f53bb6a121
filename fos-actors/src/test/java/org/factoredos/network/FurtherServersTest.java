package org.factoredos.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.factoredos.server.Members.GRID;
import static org.factoredos.server.Members.N1;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.ClientId;
import org.factoredos.network.NetworkProtocol.Accepted;
import org.factoredos.network.NetworkProtocol.Adopt;
import org.factoredos.network.NetworkProtocol.Allow;
import org.factoredos.network.NetworkProtocol.Arrived;
import org.factoredos.network.NetworkProtocol.AwaitNews;
import org.factoredos.network.NetworkProtocol.Close;
import org.factoredos.network.NetworkProtocol.Command;
import org.factoredos.network.NetworkProtocol.Connect;
import org.factoredos.network.NetworkProtocol.DoorsShared;
import org.factoredos.network.NetworkProtocol.Ended;
import org.factoredos.network.NetworkProtocol.Event;
import org.factoredos.network.NetworkProtocol.JoinDoors;
import org.factoredos.network.NetworkProtocol.LineOpened;
import org.factoredos.network.NetworkProtocol.ListSockets;
import org.factoredos.network.NetworkProtocol.Listen;
import org.factoredos.network.NetworkProtocol.News;
import org.factoredos.network.NetworkProtocol.OpenLine;
import org.factoredos.network.NetworkProtocol.Opened;
import org.factoredos.network.NetworkProtocol.Reach;
import org.factoredos.network.NetworkProtocol.Received;
import org.factoredos.network.NetworkProtocol.Share;
import org.factoredos.network.NetworkProtocol.SocketsListed;
import org.factoredos.network.NetworkProtocol.State;
import org.factoredos.network.NetworkProtocol.StopListening;
import org.factoredos.network.NetworkProtocol.Submit;
import org.factoredos.network.NetworkProtocol.Submitted;
import org.factoredos.server.CoreBench;
import org.factoredos.server.ElasticProtocol;
import org.factoredos.server.ElasticProtocol.Retired;
import org.factoredos.server.ElasticProtocol.StillServing;
import org.factoredos.server.Members;
import org.factoredos.server.Reserved;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A node's first network server and a further one (§3.2), each with a line of its own to what is one card. */
@Tag("O7")
@Tag("O2")
@Tag("S1")
class FurtherServersTest {
    private static final long SECOND = 1_000_000_000L;
    private static final ClientId APP = new ClientId(N1.node(), 1, 500);
    private static final ClientId OTHER = new ClientId(N1.node(), 1, 501);
    private static final Address FIRST = Reserved.NETWORK.address(N1, GRID);
    private static final Address FIRST_CARD = Reserved.NETWORK_CARD.address(N1, GRID);
    private static final Address FURTHER = new Address(new ClientId(N1.node(), 1, 900), 2, new TileId(N1.node(), 1, 1));
    private static final Address FURTHER_CARD =
            new Address(new ClientId(N1.node(), 1, 901), 2, new TileId(N1.node(), 1, 0));

    private final CoreBench bench = new CoreBench();
    private final TestCard firstCard = new TestCard(FIRST_CARD, "10.0.0.1");
    private final TestCard furtherCard = new TestCard(FURTHER_CARD, "10.0.0.1");
    private final Map<ClientId, Map<Address, Long>> submitted = new LinkedHashMap<>();
    private LineOpened home;

    @BeforeEach
    void start() {
        bench.in("sys:net");
        bench.add(FIRST_CARD, firstCard);
        bench.add(FURTHER_CARD, furtherCard);
        bench.add(FIRST, new InFleet(new NetworkServer(N1, GRID)));
        bench.add(FURTHER, new InFleet(new NetworkServer(N1, FURTHER, FURTHER_CARD)));
        bench.tell(FIRST, Members.up(N1));
        bench.tell(FURTHER, Members.up(N1));
        bench.run(SECOND);
        home = open(APP, FIRST);
        submit(APP, FIRST, home, new Listen(1, 8000), new Allow(1, 100));
        bench.run(3 * SECOND);
    }

    private LineOpened open(ClientId client, Address server) {
        return (LineOpened) bench.call(client, server, new OpenLine(false));
    }

    private void submit(ClientId client, Address server, LineOpened line, Command... commands) {
        Map<Address, Long> counts = submitted.computeIfAbsent(client, one -> new LinkedHashMap<>());
        long first = counts.getOrDefault(server, 0L) + 1;
        counts.put(server, first + commands.length - 1);
        assertThat(bench.call(client, server, new Submit(line.line(), first, List.of(commands))))
                .isEqualTo(new Submitted());
    }

    private List<Event> news(ClientId client, Address server, LineOpened line, long seen) {
        return ((News) bench.call(client, server, new AwaitNews(line.line(), seen))).events();
    }

    private void happens(Event event) {
        bench.tell(FURTHER_CARD, new TestCard.Told(event));
        bench.run(SECOND / 10);
    }

    private Share share() {
        return furtherCard.commands.stream()
                .filter(Share.class::isInstance)
                .map(Share.class::cast)
                .reduce((one, later) -> later)
                .orElseThrow();
    }

    private Object retire() {
        return bench.call(OTHER, FURTHER, new ElasticProtocol.Retire());
    }

    private List<State> listed(Address asked, Reach reach) {
        return ((SocketsListed) bench.call(OTHER, asked, new ListSockets(reach)))
                .sockets().stream().map(NetworkProtocol.SocketStatus::state).toList();
    }

    @Test
    void aFurtherServerTakesAShareOfAPortAndHandsOverWhatComesToIt() {
        Listen door = (Listen) firstCard.commands.getFirst();
        assertThat(share().port()).isEqualTo(8000);
        assertThat(share().of()).isEqualTo(door.socket());

        happens(new Arrived(share().socket(), -1, "10.0.0.1:8000", "10.9.9.9:1234"));
        happens(new Received(-1, Bytes.utf8("hello")));

        assertThat(news(APP, FIRST, home, 1))
                .containsExactly(
                        new Accepted(1, FURTHER, open(APP, FURTHER).life(), -1, "10.0.0.1:8000", "10.9.9.9:1234"));
        LineOpened there = open(APP, FURTHER);
        submit(APP, FURTHER, there, new Adopt(-1));
        assertThat(news(APP, FURTHER, there, 0)).containsExactly(new Received(-1, Bytes.utf8("hello")));
    }

    @Test
    void aNodesListingHasTheSocketsOfAllItsServersAndEachPortOnce() {
        happens(new Arrived(share().socket(), -1, "10.0.0.1:8000", "10.9.9.9:1234"));
        LineOpened other = open(OTHER, FURTHER);
        submit(OTHER, FURTHER, other, new Connect(1, "10.9.9.9", 9));
        bench.run(SECOND);

        for (Address asked : List.of(FIRST, FURTHER)) {
            for (Reach reach : List.of(Reach.NODE, Reach.GRID)) {
                assertThat(listed(asked, reach))
                        .containsExactlyInAnyOrder(State.LISTEN, State.ESTABLISHED, State.ESTABLISHED);
            }
        }
    }

    @Test
    void aListenersLineIsToBeToTheServerThatLasts() {
        assertThat(open(OTHER, FURTHER).lasting()).isEqualTo(FIRST);
        assertThat(open(OTHER, FIRST).lasting()).isEqualTo(FIRST);
    }

    @Test
    void aServerThatRetiresTakesNothingNewAndIsGoneOnceWhatItHadHasEnded() {
        happens(new Arrived(share().socket(), -1, "10.0.0.1:8000", "10.9.9.9:1234"));
        LineOpened there = open(APP, FURTHER);
        submit(APP, FURTHER, there, new Adopt(-1));

        assertThat(retire()).isEqualTo(new StillServing());
        bench.run(SECOND);
        assertThat(furtherCard.commands).contains(new StopListening(share().socket(), 0));
        submit(APP, FURTHER, there, new Connect(7, "10.9.9.9", 9));
        happens(new Received(-1, Bytes.utf8("more")));
        assertThat(news(APP, FURTHER, there, 0))
                .containsExactly(new Ended(7, NetworkError.RETIRING, ""), new Received(-1, Bytes.utf8("more")));
        assertThat(listed(FIRST, Reach.NODE)).as("it is listed to its end").contains(State.ESTABLISHED);

        submit(APP, FURTHER, there, new Close(-1));
        assertThat(retire()).as("a client might ask for news again").isEqualTo(new StillServing());
        bench.run(6 * SECOND);
        assertThat(retire()).isEqualTo(new Retired());
        assertThat(furtherCard.commands.stream().filter(Share.class::isInstance))
                .hasSize(1);
    }

    @Test
    void whatCameBeforeTheShareEndedIsHandedOverYet() {
        long share = share().socket();
        bench.ask(OTHER, 1, 0, FURTHER, new ElasticProtocol.Retire());
        bench.tell(FURTHER_CARD, new TestCard.Told(new Arrived(share, -1, "10.0.0.1:8000", "10.9.9.9:1")));
        bench.run(SECOND);
        assertThat(bench.answer(1)).isEqualTo(new StillServing());

        assertThat(news(APP, FIRST, home, 1)).hasSize(1).first().isInstanceOf(Accepted.class);
        assertThat(furtherCard.commands).doesNotContain(new Close(-1));
    }

    /** A home has room for so many, and its program takes its time. */
    @Test
    void whatHasComeWaitsForASlowProgramThoughItsServerRetires() {
        int count = 400;
        for (int i = 1; i <= count; i++) {
            bench.tell(
                    FURTHER_CARD,
                    new TestCard.Told(new Arrived(share().socket(), -i, "10.0.0.1:8000", "10.9.9.9:" + i)));
        }
        bench.run(3 * SECOND);
        retire();
        bench.run(30 * SECOND);
        assertThat(retire()).isEqualTo(new StillServing());

        submit(APP, FIRST, home, new Allow(1, 2L * count));
        bench.run(3 * SECOND);
        assertThat(furtherCard.commands).doesNotContain(new Close(-count));
        long seen = 1;
        for (List<Event> page = news(APP, FIRST, home, seen); !page.isEmpty(); page = news(APP, FIRST, home, seen)) {
            assertThat(page).hasOnlyElementsOfType(Accepted.class);
            seen += page.size();
        }
        assertThat(seen - 1).isEqualTo(count);
    }

    @Test
    void aListenerAtAFurtherServerIsOpenedByTheFirstLikeItsOwn() {
        LineOpened other = open(OTHER, FURTHER);
        submit(OTHER, FURTHER, other, new Listen(1, 9000));
        bench.run(3 * SECOND);

        assertThat(firstCard.commands)
                .anySatisfy(command -> assertThat(command)
                        .isInstanceOfSatisfying(
                                Listen.class,
                                listen -> assertThat(listen.port()).isEqualTo(9000)));
        assertThat(news(OTHER, FURTHER, other, 0)).containsExactly(new Opened(1, "*:9000", ""));
    }

    /** Events that its client has been told of in no answer are not forgotten with the line. */
    @Test
    void aServerThatRetiresWaitsForClientsToHearWhatTheyHaveNotHeard() {
        LineOpened other = open(OTHER, FURTHER);
        submit(OTHER, FURTHER, other, new Connect(1, "10.9.9.9", 9));
        bench.run(SECOND);
        Connect connect = (Connect) furtherCard.commands.stream()
                .filter(Connect.class::isInstance)
                .findFirst()
                .orElseThrow();
        happens(new Received(connect.socket(), Bytes.utf8("the last words")));
        happens(new Ended(connect.socket(), null, ""));
        retire();
        bench.run(20 * SECOND);
        assertThat(retire()).isEqualTo(new StillServing());

        assertThat(news(OTHER, FURTHER, other, 0)).hasSize(3);
        bench.run(6 * SECOND);
        assertThat(retire()).isEqualTo(new Retired());
    }

    @Test
    void aServerThatIsCalledBackServesAsBefore() {
        retire();
        bench.run(2 * SECOND);
        bench.ask(OTHER, 1, 0, FURTHER, new ElasticProtocol.Peers(List.of(FIRST, FURTHER)));
        bench.run(3 * SECOND);

        assertThat(furtherCard.commands.stream().filter(Share.class::isInstance))
                .hasSize(2);
        LineOpened other = open(OTHER, FURTHER);
        submit(OTHER, FURTHER, other, new Connect(1, "10.9.9.9", 9));
        bench.run(SECOND);
        assertThat(news(OTHER, FURTHER, other, 0)).hasOnlyElementsOfType(Opened.class);
    }

    @Test
    void aShareEndsWithTheListenerAndIsTakenAnewWhereThatIsOpenedAgain() {
        submit(APP, FIRST, home, new StopListening(1, 0));
        bench.run(3 * SECOND);
        assertThat(bench.call(OTHER, FIRST, new JoinDoors(FURTHER, false)))
                .isInstanceOfSatisfying(
                        DoorsShared.class, shared -> assertThat(shared.doors()).isEmpty());
        assertThat(furtherCard.commands).contains(new Close(share().socket()));
        long before = share().socket();

        submit(APP, FIRST, home, new Listen(2, 8000));
        bench.run(3 * SECOND);
        assertThat(share().socket()).isNotEqualTo(before);
    }
}
