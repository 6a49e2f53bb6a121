package org.factoredos.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.factoredos.server.Members.GRID;
import static org.factoredos.server.Members.N1;
import static org.factoredos.server.Members.N2;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Delegation;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.network.NetworkProtocol.Accepted;
import org.factoredos.network.NetworkProtocol.Adopt;
import org.factoredos.network.NetworkProtocol.Allow;
import org.factoredos.network.NetworkProtocol.Arrived;
import org.factoredos.network.NetworkProtocol.AwaitNews;
import org.factoredos.network.NetworkProtocol.Close;
import org.factoredos.network.NetworkProtocol.Command;
import org.factoredos.network.NetworkProtocol.Connect;
import org.factoredos.network.NetworkProtocol.Ended;
import org.factoredos.network.NetworkProtocol.Event;
import org.factoredos.network.NetworkProtocol.LineOpened;
import org.factoredos.network.NetworkProtocol.ListSockets;
import org.factoredos.network.NetworkProtocol.Listen;
import org.factoredos.network.NetworkProtocol.News;
import org.factoredos.network.NetworkProtocol.OpenLine;
import org.factoredos.network.NetworkProtocol.Opened;
import org.factoredos.network.NetworkProtocol.PeerEnded;
import org.factoredos.network.NetworkProtocol.Reach;
import org.factoredos.network.NetworkProtocol.Received;
import org.factoredos.network.NetworkProtocol.Refused;
import org.factoredos.network.NetworkProtocol.Send;
import org.factoredos.network.NetworkProtocol.Sent;
import org.factoredos.network.NetworkProtocol.SocketsListed;
import org.factoredos.network.NetworkProtocol.State;
import org.factoredos.network.NetworkProtocol.StopListening;
import org.factoredos.network.NetworkProtocol.Submit;
import org.factoredos.network.NetworkProtocol.Submitted;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.CoreBench;
import org.factoredos.server.Effect;
import org.factoredos.server.Members;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;
import org.factoredos.server.Server;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The network servers of two nodes against cards and microkernels in virtual time. */
@Tag("O7")
class NetworkServerTest {
    private static final long SECOND = 1_000_000_000L;
    private static final ClientId APP = new ClientId(N1.node(), 1, 500);
    private static final ClientId OTHER = new ClientId(N1.node(), 1, 501);

    private final CoreBench bench = new CoreBench();
    private final Map<Incarnation, TestCard> cards = new LinkedHashMap<>();
    private final Set<ClientId> dead = new LinkedHashSet<>();
    private final Map<String, Long> submitted = new LinkedHashMap<>();

    /** Knows who is there. */
    private final class Shim implements Server {
        @Override
        public List<Effect> on(Envelope in, long nanos) {
            Delegation.ReportDomain asked = (Delegation.ReportDomain) in.payload();
            Delegation.DomainReply answer = dead.contains(asked.client())
                    ? new Delegation.NoSuchClient()
                    : new Delegation.DomainReported("operator");
            return List.of(Call.of(in, asked).reply(answer));
        }

        @Override
        public List<Effect> on(Continuation continuation, Response response, long nanos) {
            return List.of();
        }
    }

    @BeforeEach
    void start() {
        bench.in("sys:net"); // Members ask each other; what clients may is their microkernels' matter.
        for (Incarnation node : List.of(N1, N2)) {
            add(node);
        }
        bench.add(Address.ofShim(N1, GRID, new TileId(N1.node(), 0, 0)), new Shim());
        tellAll();
        bench.run(SECOND);
    }

    private void add(Incarnation node) {
        Address card = Reserved.NETWORK_CARD.address(node, GRID);
        cards.put(node, new TestCard(card, "10.0.0." + node.node().number()));
        bench.add(card, card(node));
        bench.add(server(node), new InFleet(new NetworkServer(node, GRID)));
    }

    private void tellAll() {
        cards.keySet().forEach(node -> bench.tell(server(node), Members.up(N1, N2)));
    }

    private TestCard card(Incarnation node) {
        TestCard card = cards.get(node);
        if (card == null) {
            throw new AssertionError("no card at " + node);
        }
        return card;
    }

    private static Address server(Incarnation node) {
        return Reserved.NETWORK.address(node, GRID);
    }

    private LineOpened open(ClientId client, Incarnation node) {
        return (LineOpened) bench.call(client, server(node), new OpenLine(false));
    }

    private void submit(ClientId client, Incarnation node, LineOpened line, Command... commands) {
        long first = submitted.getOrDefault(client + "@" + node, 0L) + 1;
        submitted.put(client + "@" + node, first + commands.length - 1);
        assertThat(bench.call(client, server(node), new Submit(line.line(), first, List.of(commands))))
                .isEqualTo(new Submitted());
    }

    private List<Event> news(ClientId client, Incarnation node, LineOpened line, long seen) {
        return ((News) bench.call(client, server(node), new AwaitNews(line.line(), seen))).events();
    }

    private void happens(Incarnation node, Event event) {
        bench.tell(Reserved.NETWORK_CARD.address(node, GRID), new TestCard.Told(event));
        bench.run(SECOND / 10);
    }

    /** The number under which a card knows the port that was opened last. */
    private long door(Incarnation node) {
        return card(node).commands.stream()
                .filter(Listen.class::isInstance)
                .mapToLong(Command::socket)
                .max()
                .orElseThrow();
    }

    private <C extends Command> List<C> told(Incarnation node, Class<C> kind) {
        return card(node).commands.stream()
                .filter(kind::isInstance)
                .map(kind::cast)
                .toList();
    }

    private List<State> states(Incarnation node) {
        return ((SocketsListed) bench.call(OTHER, server(node), new ListSockets(Reach.NODE)))
                .sockets().stream().map(NetworkProtocol.SocketStatus::state).toList();
    }

    @Test
    @Tag("O7")
    @Tag("A6")
    void aListenerIsOpenedAtEveryNodeBeforeItIsSaidToBe() {
        LineOpened line = open(APP, N1);
        submit(APP, N1, line, new Listen(1, 8000));

        assertThat(news(APP, N1, line, 0)).containsExactly(new Opened(1, "*:8000", ""));
        assertThat(states(N1)).containsExactly(State.LISTEN);
        assertThat(states(N2)).containsExactly(State.LISTEN);
    }

    @Test
    @Tag("O7")
    void aPortThatIsInUseAtAnotherNodeIsRefusedAndClosedEverywhere() {
        card(N2).taken.add(8000);
        LineOpened line = open(APP, N1);
        submit(APP, N1, line, new Listen(1, 8000));

        assertThat(news(APP, N1, line, 0))
                .containsExactly(
                        new Ended(1, NetworkError.PORT_IN_USE, N2.node().toString()));
        bench.run(2 * SECOND);
        assertThat(told(N1, Close.class)).extracting(Close::socket).contains(door(N1));
        assertThat(states(N1)).isEmpty();
    }

    @Test
    @Tag("O7")
    void twoListenersNeverHaveOnePort() {
        LineOpened line = open(APP, N1);
        submit(APP, N1, line, new Listen(1, 8000));
        LineOpened other = open(OTHER, N2);
        submit(OTHER, N2, other, new Listen(1, 8000));

        assertThat(news(OTHER, N2, other, 0))
                .extracting(event -> ((Ended) event).error())
                .containsExactly(NetworkError.PORT_IN_USE);
        assertThat(states(N1)).containsExactly(State.LISTEN);
    }

    @Test
    @Tag("S9")
    @Tag("O7")
    void aConnectionStaysWithTheServerOfTheNodeWhereItCameIn() {
        LineOpened line = open(APP, N1);
        submit(APP, N1, line, new Listen(1, 8000), new Allow(1, 10));
        happens(N2, new Arrived(door(N2), -1, "10.0.0.2:8000", "10.9.9.9:1234"));
        happens(N2, new Received(-1, Bytes.utf8("hello")));

        Accepted accepted = (Accepted) news(APP, N1, line, 1).getFirst();
        assertThat(accepted.server()).isEqualTo(server(N2));
        LineOpened there = open(APP, N2);
        assertThat(there.life()).isEqualTo(accepted.life());
        submit(APP, N2, there, new Adopt(-1));
        assertThat(news(APP, N2, there, 0)).containsExactly(new Received(-1, Bytes.utf8("hello")));
    }

    @Test
    @Tag("O7")
    void nothingIsToldOfAConnectionThatItsClientHasNotHeardOf() {
        LineOpened line = open(APP, N1);
        submit(APP, N1, line, new Listen(1, 8000)); // Nothing may come yet: both wait at their home.
        happens(N1, new Arrived(door(N1), -1, "10.0.0.1:8000", "10.9.9.9:1"));
        happens(N1, new Received(-1, Bytes.utf8("early")));
        happens(N1, new PeerEnded(-1));
        happens(N1, new Arrived(door(N1), -2, "10.0.0.1:8000", "10.9.9.9:2"));
        happens(N1, new Received(-2, Bytes.utf8("lost")));
        happens(N1, new Ended(-2, NetworkError.CONNECTION_RESET, ""));
        submit(APP, N1, line, new Allow(1, 10));
        assertThat(news(APP, N1, line, 1)).extracting(Event::socket).containsExactly(1L, 1L);

        submit(APP, N1, line, new Adopt(-1), new Adopt(-2), new Adopt(-3));
        assertThat(news(APP, N1, line, 3))
                .containsExactly(
                        new Received(-1, Bytes.utf8("early")),
                        new PeerEnded(-1),
                        new Ended(-2, NetworkError.CONNECTION_RESET, ""),
                        new Ended(-3, NetworkError.CONNECTION_RESET, ""));
    }

    @Test
    @Tag("O7")
    void aRepeatedQuestionLosesNoConnectionAndRepeatsNone() {
        LineOpened line = open(APP, N1);
        submit(APP, N1, line, new Listen(1, 8000), new Allow(1, 10));
        happens(N1, new Arrived(door(N1), -1, "10.0.0.1:8000", "10.9.9.9:1"));

        List<Event> first = news(APP, N1, line, 1);
        assertThat(news(APP, N1, line, 1)).isEqualTo(first).hasSize(1);
        assertThat(news(APP, N1, line, 2)).isEmpty();
    }

    @Test
    @Tag("O7")
    void whatIsSubmittedAgainIsNotDoneAgain() {
        LineOpened line = open(APP, N1);
        submit(APP, N1, line, new Connect(1, "10.9.9.9", 80));
        Submit send = new Submit(line.line(), 2, List.of(new Send(1, Bytes.utf8("once"))));
        bench.call(APP, server(N1), send);
        bench.call(APP, server(N1), send);

        assertThat(told(N1, Send.class)).hasSize(1);
        assertThat(bench.call(APP, server(N1), new Submit(line.line(), 9, List.of(new Close(1)))))
                .as("behind a gap")
                .isEqualTo(new Refused(NetworkError.NO_SUCH_LINE));
    }

    @Test
    @Tag("O7")
    void noMoreIsOnTheWayToThePeerThanAWindow() {
        LineOpened line = open(APP, N1);
        submit(APP, N1, line, new Connect(1, "10.9.9.9", 80));
        Bytes segment = Bytes.owning(new byte[NetworkProtocol.SEGMENT_BYTES]);
        submit(APP, N1, line, new Send(1, segment), new Send(1, segment), new Send(1, segment), new Send(1, segment));
        long card = told(N1, Connect.class).getFirst().socket();
        happens(N1, new Sent(card, segment.length()));
        submit(APP, N1, line, new Send(1, segment));
        assertThat(told(N1, Send.class)).hasSize(5);

        submit(APP, N1, line, new Send(1, Bytes.utf8("too much")));
        assertThat(news(APP, N1, line, 2)).contains(new Ended(1, NetworkError.TOO_MUCH, ""));
        assertThat(told(N1, Send.class)).hasSize(5);
    }

    @Test
    @Tag("O7")
    void connectionsBeyondWhatIsAllowedWaitAtTheirHomeAndThenAtTheirDoor() {
        LineOpened line = open(APP, N1);
        submit(APP, N1, line, new Listen(1, 8000), new Allow(1, 2));
        for (int i = 0; i < 3; i++) {
            happens(N2, new Arrived(door(N2), card(N2).nextConnection(), "10.0.0.2:8000", "10.9.9.9:" + i));
        }
        assertThat(news(APP, N1, line, 1)).extracting(Event::socket).hasSize(2);

        submit(APP, N1, line, new Allow(1, 3));
        assertThat(news(APP, N1, line, 3)).hasSize(1);
        assertThat(told(N2, Allow.class).getLast().upTo()).isEqualTo(3 + Doors.MOST_ON_OFFER);
    }

    @Test
    @Tag("O7")
    @Tag("S10")
    void everythingOfADeadProcessIsGivenBackAtAllNodes() {
        LineOpened line = open(APP, N1);
        submit(APP, N1, line, new Listen(1, 8000), new Connect(2, "10.9.9.9", 80));
        happens(N2, new Arrived(door(N2), -1, "10.0.0.2:8000", "10.9.9.9:1"));
        assertThat(states(N2)).hasSize(2);

        dead.add(APP);
        bench.run(5 * SECOND);

        assertThat(states(N1)).isEmpty();
        assertThat(states(N2)).isEmpty();
        assertThat(told(N2, Close.class)).extracting(Close::socket).contains(-1L, door(N2));
        assertThat(bench.call(APP, server(N1), new AwaitNews(line.line(), 0)))
                .isEqualTo(new Refused(NetworkError.NO_SUCH_LINE));
    }

    @Test
    @Tag("O7")
    void whatCameForAListenerThatIsClosedIsDropped() {
        LineOpened line = open(APP, N1);
        submit(APP, N1, line, new Listen(1, 8000));
        happens(N2, new Arrived(door(N2), -1, "10.0.0.2:8000", "10.9.9.9:1"));

        submit(APP, N1, line, new Close(1));
        bench.run(2 * SECOND);

        assertThat(told(N2, Close.class)).extracting(Close::socket).contains(-1L, door(N2));
        assertThat(states(N2)).isEmpty();
    }

    @Test
    @Tag("O7")
    void whatAClientWasToldButHasNotTakenIsDroppedAsItListensNoMore() {
        LineOpened line = open(APP, N1);
        submit(APP, N1, line, new Listen(1, 8000), new Allow(1, 10));
        for (int i = 1; i <= 3; i++) {
            happens(N2, new Arrived(door(N2), -i, "10.0.0.2:8000", "10.9.9.9:" + i));
        }
        assertThat(news(APP, N1, line, 1)).hasSize(3); // Of which it has seen two as it closes.
        submit(APP, N1, line, new StopListening(1, 2));
        bench.run(2 * SECOND);

        assertThat(told(N2, Close.class))
                .extracting(Close::socket)
                .contains(-3L)
                .doesNotContain(-1L, -2L);
        assertThat(states(N2)).hasSize(2);
    }

    @Test
    @Tag("O7")
    void aConnectionThatItsClientHasOutlivesItsListenerThoughTheHomesAnswerWasLost() {
        LineOpened line = open(APP, N1);
        submit(APP, N1, line, new Listen(1, 8000), new Allow(1, 10));
        bench.holdBack(envelope -> envelope.payload() instanceof NetworkProtocol.HandedOver);
        happens(N2, new Arrived(door(N2), -1, "10.0.0.2:8000", "10.9.9.9:1"));
        assertThat(news(APP, N1, line, 1)).hasSize(1);
        LineOpened there = open(APP, N2);
        submit(APP, N2, there, new Adopt(-1));
        submit(APP, N1, line, new StopListening(1, 1));
        bench.run(5 * SECOND);

        assertThat(states(N2)).containsExactly(State.ESTABLISHED);
        assertThat(told(N2, Close.class)).extracting(Close::socket).doesNotContain(-1L);
    }

    @Test
    @Tag("S9")
    void aServerThatBeginsAnewOpensItsDoorsAgain() {
        LineOpened line = open(APP, N1);
        submit(APP, N1, line, new Listen(1, 8000));
        bench.remove(server(N2));
        bench.add(server(N2), new InFleet(new NetworkServer(N2, GRID)));
        tellAll();
        bench.run(3 * SECOND);

        assertThat(states(N2)).containsExactly(State.LISTEN);
    }

    @Test
    @Tag("S9")
    void listenersOfAServerThatBeginsAnewAreClosedEverywhere() {
        LineOpened line = open(APP, N1);
        submit(APP, N1, line, new Listen(1, 8000));
        bench.remove(server(N1));
        bench.add(server(N1), new InFleet(new NetworkServer(N1, GRID)));
        tellAll();
        bench.run(3 * SECOND);

        assertThat(states(N2)).isEmpty();
        assertThat(bench.call(APP, server(N1), new AwaitNews(line.line(), 0)))
                .isEqualTo(new Refused(NetworkError.NO_SUCH_LINE));
    }

    @Test
    @Tag("O7")
    void aLostCardEndsConnectionsDefinitelyAndPortsAreOpenedAgain() {
        LineOpened line = open(APP, N1);
        submit(APP, N1, line, new Listen(1, 8000), new Connect(2, "10.9.9.9", 80));
        int before = told(N1, Listen.class).size();
        card(N1).forget();
        bench.run(4 * SECOND);

        assertThat(news(APP, N1, line, 2)).contains(new Ended(2, NetworkError.FAILED, ""));
        assertThat(told(N1, Listen.class).size()).isGreaterThan(before);
        assertThat(states(N1)).containsExactly(State.LISTEN);
    }

    @Test
    @Tag("O7")
    void answersThatAreLateOrLostAreMadeUpFor() {
        LineOpened line = open(APP, N1);
        List<Envelope> lost = new ArrayList<>();
        bench.holdBack(envelope -> envelope.payload() instanceof Submitted && lost.add(envelope));
        bench.ask(APP, 7, 6, server(N1), new Submit(line.line(), 1, List.of(new Connect(1, "10.9.9.9", 80))));
        bench.run(5 * SECOND);
        bench.release(); // Late: what was asked anew was answered long ago, or ends now.
        bench.run(3 * SECOND);

        assertThat(told(N1, Connect.class)).hasSize(1);
        assertThat(news(APP, N1, line, 0)).extracting(Event::socket).containsExactly(1L);
    }

    @Test
    @Tag("O7")
    void whatCannotBeIsRefusedWithTheReason() {
        LineOpened line = open(APP, N1);
        submit(APP, N1, line, new Listen(1, 70_000), new Connect(2, "x", 0), new Listen(-3, 80));

        assertThat(news(APP, N1, line, 0))
                .containsExactly(
                        new Ended(1, NetworkError.BAD_PORT, ""),
                        new Ended(2, NetworkError.BAD_PORT, ""),
                        new Ended(-3, NetworkError.SOCKET_IN_USE, ""));
    }
}
