package org.factoredos.socket;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.factoredos.driver.CardDevice;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Payload;
import org.factoredos.network.NetworkError;
import org.factoredos.network.NetworkProtocol;
import org.factoredos.network.NetworkProtocol.Allow;
import org.factoredos.network.NetworkProtocol.Arrived;
import org.factoredos.network.NetworkProtocol.AwaitNews;
import org.factoredos.network.NetworkProtocol.Close;
import org.factoredos.network.NetworkProtocol.Command;
import org.factoredos.network.NetworkProtocol.Connect;
import org.factoredos.network.NetworkProtocol.Ended;
import org.factoredos.network.NetworkProtocol.Event;
import org.factoredos.network.NetworkProtocol.LineOpened;
import org.factoredos.network.NetworkProtocol.Listen;
import org.factoredos.network.NetworkProtocol.News;
import org.factoredos.network.NetworkProtocol.OpenLine;
import org.factoredos.network.NetworkProtocol.Opened;
import org.factoredos.network.NetworkProtocol.Share;
import org.factoredos.network.NetworkProtocol.StopListening;
import org.factoredos.network.NetworkProtocol.Submit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A card on the host's own network, asked as its driver asks. */
@Tag("O7")
@Timeout(30)
class NetworkCardTest {
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();
    private static final ClientId SERVER = new ClientId(new NodeId(1), 1, 7);
    private static final ClientId FURTHER = new ClientId(new NodeId(1), 1, 8);
    private static final Address DRIVER = new Address(SERVER, 1, new TileId(new NodeId(1), 0, 0));

    private final ActorTestKit kit = ActorTestKit.create();
    private long line;
    private long submitted;
    private long seen;

    @AfterEach
    void stop() {
        kit.shutdownTestKit();
    }

    private static Payload ask(NetworkCard card, NetworkProtocol.Request<?> request) throws Exception {
        return ask(card, SERVER, request);
    }

    private static Payload ask(NetworkCard card, ClientId server, NetworkProtocol.Request<?> request) throws Exception {
        CompletableFuture<Payload> answer = new CompletableFuture<>();
        card.begin(new CardDevice(server, DRIVER, request), answer::complete);
        return answer.get(10, TimeUnit.SECONDS);
    }

    /** A further server of the node, which opens a share of the first one's port 1. */
    private final class Further {
        private final NetworkCard card;
        private final long line;
        private long submitted;
        private long seen;

        private Further(NetworkCard card, int port) throws Exception {
            this.card = card;
            this.line = ((LineOpened) ask(card, FURTHER, new OpenLine(true))).line();
            submit(new Share(1, port, NetworkCardTest.this.line, 1), new Allow(1, 64));
            assertThat(next()).isInstanceOf(Opened.class);
        }

        private void submit(Command... commands) throws Exception {
            ask(card, FURTHER, new Submit(line, submitted + 1, List.of(commands)));
            submitted += commands.length;
        }

        private List<Event> heard() throws Exception {
            List<Event> events = ((News) ask(card, FURTHER, new AwaitNews(line, seen))).events();
            seen += events.size();
            return events;
        }

        private Event next() throws Exception {
            List<Event> events = heard();
            while (events.isEmpty()) {
                events = heard();
            }
            return events.getFirst();
        }
    }

    private int listen(NetworkCard card) throws Exception {
        line = ((LineOpened) ask(card, new OpenLine(true))).line();
        submit(card, new Listen(1, 0), new Allow(1, 64));
        String local = ((Opened) news(card, 1).getFirst()).local();
        return Integer.parseInt(local.substring(local.lastIndexOf(':') + 1));
    }

    private List<Socket> connect(int port, int count) throws IOException {
        List<Socket> peers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            peers.add(new Socket(HERE, port));
        }
        return peers;
    }

    private static void close(List<Socket> peers) throws IOException {
        for (Socket peer : peers) {
            peer.close();
        }
    }

    @Test
    void whatComesIsSpreadOverTheServersThatShareAPort() throws Exception {
        NetworkCard card = NetworkCard.start(kit.system(), HERE.getHostAddress(), HERE.getHostAddress(), 100);
        int port = listen(card);
        Further further = new Further(card, port);
        List<Socket> peers = connect(port, 20);

        List<Event> there = new ArrayList<>();
        List<Event> here = new ArrayList<>();
        while (here.size() + there.size() < peers.size()) {
            there.addAll(further.heard());
            List<Event> heard = ((News) ask(card, new AwaitNews(line, seen))).events();
            seen += heard.size();
            here.addAll(heard);
        }

        assertThat(here).hasOnlyElementsOfType(Arrived.class).hasSizeBetween(5, 15);
        assertThat(there).hasOnlyElementsOfType(Arrived.class).hasSizeBetween(5, 15);
        close(peers);
    }

    @Test
    void aShareThatIsGivenUpEndsBehindWhatHasComeToIt() throws Exception {
        NetworkCard card = NetworkCard.start(kit.system(), HERE.getHostAddress(), HERE.getHostAddress(), 100);
        int port = listen(card);
        Further further = new Further(card, port);
        further.submit(new StopListening(1, 0));
        List<Socket> peers = connect(port, 4);

        assertThat(further.next()).isEqualTo(new Ended(1, null, ""));
        assertThat(news(card, 4)).hasOnlyElementsOfType(Arrived.class);
        close(peers);
    }

    @Test
    void aPortThatIsClosedIsClosedForAllThatShareItAndIsNoOthers() throws Exception {
        NetworkCard card = NetworkCard.start(kit.system(), HERE.getHostAddress(), HERE.getHostAddress(), 100);
        int port = listen(card);
        Further further = new Further(card, port);
        submit(card, new Close(1));
        assertThat(further.next()).isEqualTo(new Ended(1, NetworkError.FAILED, ""));

        submit(card, new Listen(2, port));
        further.submit(new Share(2, port, line, 1));
        assertThat(further.next())
                .as("a port that was of another listener")
                .isEqualTo(new Ended(2, NetworkError.FAILED, ""));
    }

    @Test
    void whatAServerHadThatIsNoMoreIsBrokenOffAndThePortLivesOn() throws Exception {
        NetworkCard card = NetworkCard.start(kit.system(), HERE.getHostAddress(), HERE.getHostAddress(), 100);
        int port = listen(card);
        Further further = new Further(card, port);
        submit(card, new Close(9)); // Whatever: it is heard of.
        Socket peer = new Socket(HERE, port);
        while (further.heard().isEmpty()
                && ((News) ask(card, new AwaitNews(line, seen))).events().isEmpty()) {}
        List<Socket> peers = connect(port, 3);

        // The further server says nothing any more, and all that it has is broken off.
        int open = 0;
        int broken = 0;
        long until = System.nanoTime() + 12_000_000_000L;
        while (broken == 0 && System.nanoTime() < until) {
            ask(card, new AwaitNews(line, seen));
            open = 0;
            broken = 0;
            for (Socket each : peers) {
                each.setSoTimeout(50);
                try {
                    broken += each.getInputStream().read() < 0 ? 1 : 0;
                } catch (SocketTimeoutException e) {
                    open++;
                } catch (SocketException reset) {
                    broken++;
                }
            }
        }
        assertThat(broken).isPositive();
        assertThat(open).isPositive();
        assertThat(ask(card, FURTHER, new AwaitNews(further.line, 0))).isInstanceOf(NetworkProtocol.Refused.class);
        close(peers);
        peer.close();
    }

    private void submit(NetworkCard card, Command... commands) throws Exception {
        ask(card, new Submit(line, submitted + 1, List.of(commands)));
        submitted += commands.length;
    }

    private List<Event> news(NetworkCard card, int count) throws Exception {
        List<Event> news = new ArrayList<>();
        while (news.size() < count) {
            News heard = (News) ask(card, new AwaitNews(line, seen));
            news.addAll(heard.events());
            seen += heard.events().size();
        }
        return news;
    }

    @Test
    void moreSocketsThanTheHostHasDescriptorsForAreRefusedAndTurnedAwayUntilOneIsClosed() throws Exception {
        NetworkCard card = NetworkCard.start(kit.system(), HERE.getHostAddress(), HERE.getHostAddress(), 2);
        line = ((LineOpened) ask(card, new OpenLine(true))).line();
        submit(card, new Listen(1, 0), new Allow(1, 2));
        Opened opened = (Opened) news(card, 1).getFirst();
        int port = Integer.parseInt(opened.local().substring(opened.local().lastIndexOf(':') + 1));

        try (Socket first = new Socket(HERE, port)) {
            Arrived arrived = (Arrived) news(card, 1).getFirst();
            try (Socket second = new Socket(HERE, port)) {
                assertThat(endOf(second)).isTrue();
            }
            submit(card, new Connect(2, HERE.getHostAddress(), port));
            assertThat(news(card, 1)).containsExactly(new Ended(2, NetworkError.NO_DESCRIPTORS, ""));

            submit(card, new Close(arrived.connection()));
            assertThat(endOf(first)).isTrue();
        }
        try (Socket third = new Socket(HERE, port)) {
            assertThat(news(card, 1).getFirst()).isInstanceOf(Arrived.class);
            assertThat(third.isConnected()).isTrue();
        }
    }

    private static boolean endOf(Socket peer) throws IOException {
        peer.setSoTimeout(10_000);
        try {
            return peer.getInputStream().read() < 0;
        } catch (SocketException reset) {
            return true;
        }
    }

    @Test
    void someOfTheHostsDescriptorsAreKeptForDisksAndTheWire() {
        assertThat(Descriptors.share(20_000, 400)).isEqualTo(20_000 - 400 - 512);
        assertThat(Descriptors.share(1024, 400)).isEqualTo(312);
        assertThat(Descriptors.share(300, 400)).isZero();
    }
}
