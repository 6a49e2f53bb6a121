package org.factoredos.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a microkernel asks of the name server, and what becomes of the sends that wait for it. */
class LookupTest {
    private record Text(String text) implements Payload {}

    private static final long A_MINUTE_NANOS = 60_000_000_000L;
    private static final NodeId N1 = new NodeId(1);

    private final AtomicLong nanos = new AtomicLong(1_000_000_000L);
    private final Interconnect node =
            new Interconnect(N1, 1, Grid.ofOneNode(4, 1), FixedRights.ALL, nanos::get, Wire.none());
    private final Microkernel tile = node.microkernels().get(0);
    private final Client client = tile.open("user", 64, () -> {});
    private final Client front = node.microkernels().get(1).open("sys:names", 64, () -> {});
    private final Mailbox lookups = front.createMailbox(4, 1 << 20);
    private final Client receiver = node.microkernels().get(2).open("user", 64, () -> {});
    private final Mailbox received = receiver.createMailbox(4, 1 << 20);
    private final List<SendResult> results = new ArrayList<>();

    private void named() {
        node.leaseGranted(node.nanos(), Long.MAX_VALUE);
        tile.delegateNamesTo(front.addressOf(lookups));
    }

    private void turns() {
        while (tile.turn()) {}
    }

    @Test
    @Tag("N1")
    void anAutomaticNameRoutesWithoutALookup() {
        named();
        client.send(new Name(receiver.addressOf(received).toString()), new Text("a"), results::add);
        turns();

        assertThat(lookups.isEmpty()).as("no lookup").isTrue();
        assertThat(results).containsExactly(SendResult.ACCEPTED);
    }

    @Test
    @Tag("M7")
    void aSendWhoseLookupFailedIsDefinitelyNotSent() {
        named();
        client.send(new Name("web"), new Text("a"), results::add);
        turns();
        Envelope asked = take();
        front.reply(asked.from(), asked.call(), new Delegation.BindFailed(), null, Sending.UNWATCHED);
        turns();

        assertThat(results).hasSize(1);
        assertThat(results.getFirst().definite()).as("%s", results).isTrue();
    }

    @Test
    @Tag("M15")
    void aLookupThatANameServerForgotIsAskedOfItsSuccessorAtOnce() {
        named();
        client.send(new Name("web"), new Text("a"), results::add);
        turns();
        assertThat(take().call()).isPositive(); // And the front's core fails.
        // The next one takes its place and has the tiles forget what its predecessor told them.
        front.request(
                tile.address(), new Delegation.DropAllNames(), front.responses().reserve(), 0, null, r -> {});
        turns();

        assertThat(lookups.take()).isNotNull();
    }

    @Test
    @Tag("M2")
    @Tag("G7")
    void whatAServerNeverAnswersIsRefusedAtTheNextArrival() {
        named();
        client.send(new Name("web"), new Text("a"), results::add);
        turns();
        nanos.addAndGet(A_MINUTE_NANOS);
        turns();
        assertThat(results).containsExactly(SendResult.QUEUE_FULL);

        client.send(new Name("web"), new Text("b"), results::add);
        turns();
        lookups.take();
        Envelope asked = take();
        front.reply(
                asked.from(), asked.call(), Delegation.NameBound.single(receiver.addressOf(received)), null, r -> {});
        turns();
        assertThat(results).containsExactly(SendResult.QUEUE_FULL, SendResult.ACCEPTED);
    }

    @Test
    @Tag("M2")
    void whatAClientThatIsGoneHasSentWaitsForNothing() {
        named();
        client.send(new Name("web"), new Text("a"), results::add);
        turns();
        tile.ended(client, 0);
        turns();
        Envelope asked = take();
        front.reply(
                asked.from(), asked.call(), Delegation.NameBound.single(receiver.addressOf(received)), null, r -> {});
        turns();

        assertThat(received.isEmpty()).isTrue();
    }

    @Test
    @Tag("M10")
    void manyMissesOfANameAreOneRequestAndAHitIsNone() {
        named();
        for (int i = 0; i < 3; i++) {
            client.send(new Name("web"), new Text("miss"), results::add);
        }
        turns();
        Envelope asked = take();
        assertThat(lookups.isEmpty()).as("one request").isTrue();
        front.reply(
                asked.from(), asked.call(), Delegation.NameBound.single(receiver.addressOf(received)), null, r -> {});
        turns();
        client.send(new Name("web"), new Text("hit"), results::add);

        assertThat(results).hasSize(4).containsOnly(SendResult.ACCEPTED);
        assertThat(lookups.isEmpty()).as("no request").isTrue();
    }

    @Test
    @Tag("M1")
    void aTilesNameCacheIsItsOwn() {
        named();
        Microkernel neighbour = node.microkernels().get(3);
        neighbour.delegateNamesTo(front.addressOf(lookups));
        Client other = neighbour.open("user", 64, () -> {});
        client.send(new Name("web"), new Text("a"), results::add);
        turns();
        Envelope asked = take();
        front.reply(
                asked.from(), asked.call(), Delegation.NameBound.single(receiver.addressOf(received)), null, r -> {});
        turns();

        other.send(new Name("web"), new Text("b"), results::add);
        neighbour.turn();

        assertThat(take().payload())
                .as("what one tile knows the next has to ask")
                .isEqualTo(new Delegation.BindName("web", neighbour.tile(), null, null));
    }

    @Test
    @Tag("M6")
    void theSenderNamesClientAndMailbox() {
        Mailbox second = receiver.createMailbox(4, 1 << 20);
        client.send(receiver.addressOf(second), new Text("a"), results::add);
        client.send(new Address(receiver.id(), 99, receiver.tile()), new Text("b"), results::add);
        client.send(new Address(front.id(), second.number(), front.tile()), new Text("c"), results::add);

        assertThat(results)
                .containsExactly(SendResult.ACCEPTED, SendResult.NO_SUCH_MAILBOX, SendResult.NO_SUCH_MAILBOX);
        assertThat(received.isEmpty()).isTrue();
        assertThat(second.messages()).isEqualTo(1);
        assertThat(Address.parse(receiver.addressOf(second).toString())).contains(receiver.addressOf(second));
    }

    @Test
    @Tag("N9")
    void aTileCountsItsSendsByResultAndItsCachesHitsAndMisses() {
        everyKindOfSend(client);
        named();
        client.send(new Name("web"), new Text("miss"), results::add);
        turns();
        Envelope asked = take();
        front.reply(
                asked.from(), asked.call(), Delegation.NameBound.single(receiver.addressOf(received)), null, r -> {});
        turns();
        client.send(new Name("web"), new Text("hit"), results::add);
        Mailbox own = client.createMailbox(4, 1 << 20);
        client.createMailbox(4, 1 << 20);
        receiver.send(client.addressOf(own), new Text("queued"), results::add);
        assertThat(report())
                .isEqualTo(new Delegation.TileReported(
                        tile.tile(),
                        7,
                        List.of(
                                new Delegation.Refusals(SendResult.QUEUE_FULL, 3),
                                new Delegation.Refusals(SendResult.NO_SUCH_MAILBOX, 1)),
                        1,
                        2,
                        2,
                        1,
                        0,
                        Delegation.Taken.NONE));

        tile.ended(client, 0);

        assertThat(report())
                .isEqualTo(new Delegation.TileReported(
                        tile.tile(),
                        7,
                        List.of(
                                new Delegation.Refusals(SendResult.QUEUE_FULL, 3),
                                new Delegation.Refusals(SendResult.NO_SUCH_MAILBOX, 1)),
                        1,
                        2,
                        0,
                        0,
                        1,
                        Delegation.Taken.NONE));
    }

    private Payload report() {
        front.request(
                tile.address(), new Delegation.ReportTile(), front.responses().reserve(), 0, null, r -> {});
        turns();
        return Objects.requireNonNull(front.responses().take()).payload();
    }

    @Test
    @Tag("M17")
    void aServersSendsAndAProgramsEndAlike() {
        named();
        List<SendResult> ofAProgram = everyKindOfSend(client);
        tile.ended(client, 0);
        List<SendResult> ofAServer = everyKindOfSend(tile.openBootstrap("user", 64, () -> {}));

        assertThat(ofAServer)
                .isEqualTo(ofAProgram)
                .doesNotContain((SendResult) null)
                .hasSize(5);
    }

    private List<SendResult> everyKindOfSend(Client from) {
        List<SendResult> ended = new ArrayList<>();
        Mailbox small = receiver.createMailbox(1, 100);
        Address to = receiver.addressOf(small);
        from.send(to, new Text("accepted"), ended::add);
        from.send(to, new Text("full"), ended::add);
        from.send(new Name(to.toString()), new Text("full too"), ended::add);
        receiver.destroyMailbox(small.number());
        from.send(to, new Text("gone"), ended::add);
        from.send(new Name("none"), new Text("unknown"), ended::add);
        turns();
        if (!lookups.isEmpty()) { // Otherwise there is no name server, and the lookup has failed by itself.
            Envelope asked = take();
            front.reply(asked.from(), asked.call(), new Delegation.BindFailed(), null, r -> {});
            turns();
        }
        return ended;
    }

    private Envelope take() {
        return Objects.requireNonNull(lookups.take());
    }
}
