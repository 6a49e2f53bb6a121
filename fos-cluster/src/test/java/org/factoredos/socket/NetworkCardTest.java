package org.factoredos.socket;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
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
        CompletableFuture<Payload> answer = new CompletableFuture<>();
        card.begin(new CardDevice(SERVER, DRIVER, request), answer::complete);
        return answer.get(10, TimeUnit.SECONDS);
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
