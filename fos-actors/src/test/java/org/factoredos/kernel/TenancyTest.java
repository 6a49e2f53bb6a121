package org.factoredos.kernel;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.factoredos.server.Reserved;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** §3: who may have a tile, and how its supervisor learns that it is free again. */
class TenancyTest {
    private static final int MORE_THAN_A_SHIM_HOLDS = 5_000;
    private static final int MORE_CALLS_THAN_SLOTS = 5_000;
    private static final long A_MINUTE_NANOS = 60_000_000_000L;
    /** More than the shim has slots for calls. */
    private static final int MANY_ENDS = 5_000;

    private static final int ROUNDS = 20_000;

    private final AtomicLong nanos = new AtomicLong();
    private final Grid grid = Grid.ofOneNode(5, 5);
    private final Interconnect node =
            new Interconnect(new NodeId(1), 1, grid, FixedRights.ALL, nanos::get, Wire.none());
    private final Microkernel tile = node.microkernels().getLast();
    private final Client supervisor = node.microkernels().get(18).open("sys:placement", 1 << 13, () -> {});
    private final Mailbox news = supervisor.createMailbox(16, 1 << 20);

    private record Anything() implements Payload {}

    @BeforeEach
    void startShim() {
        tile.attach(() -> {}, (kernel, spec) -> kernel.open("user", 16, () -> {}));
    }

    @Test
    @Tag("G7")
    void theNewsOfAnEndPassesByAFullMailbox() {
        start(tile);
        Client running = tenant();
        for (int i = 0; i < MORE_THAN_A_SHIM_HOLDS; i++) {
            supervisor.send(tile.address(), new Anything(), Sending.UNWATCHED);
        }

        tile.ended(running, 3);
        turns();

        assertThat(told()).isEqualTo(new Delegation.ClientEnded(running.id(), tile.tile(), 3));
    }

    @Test
    @Tag("G7")
    void theNewsOfAnEndWaitsForASlotAmongTheShimsOwnCalls() {
        start(tile);
        Client running = tenant();
        tile.delegateNamesTo(supervisor.addressOf(supervisor.createMailbox(MORE_CALLS_THAN_SLOTS, 1L << 30)));
        for (int i = 0; i < MORE_CALLS_THAN_SLOTS; i++) {
            running.send(new Name("name" + i), new Anything(), Sending.UNWATCHED);
            turns();
        }

        tile.ended(running, 0);
        turns();
        assertThat(news.isEmpty()).as("no slot is free").isTrue();
        // Later than lookups are waited for, the supervisor asks what became of its client.
        nanos.addAndGet(20_000_000_000L);
        turns();
        ask(tile, new Delegation.ListClients());
        turns();

        assertThat(told()).isEqualTo(new Delegation.ClientEnded(running.id(), tile.tile(), 0));
    }

    @Test
    @Tag("G7")
    @Tag("M2")
    void anEndIsToldOnceAndAgainToWhoAsksUntilItIsNoted() {
        start(tile);
        Client running = tenant();
        tile.ended(running, 3);
        turns();
        nanos.addAndGet(A_MINUTE_NANOS);
        turns();
        var end = new Delegation.ClientEnded(running.id(), tile.tile(), 3);
        assertThat(told()).isEqualTo(end);
        assertThat(told()).as("told once").isNull();

        assertThat(ask(tile, new Delegation.ListClients()))
                .isEqualTo(new Delegation.ClientsListed(List.of(), List.of(end)));
        Envelope again = requireNonNull(news.take());
        assertThat(again.payload()).as("told again to who asks").isEqualTo(end);
        supervisor.reply(again.from(), again.call(), new Delegation.EndNoted(), null, Sending.UNWATCHED);

        assertThat(ask(tile, new Delegation.ListClients()))
                .isEqualTo(new Delegation.ClientsListed(List.of(), List.of()));
        assertThat(told()).isNull();
    }

    @Test
    @Tag("G7")
    @Tag("M2")
    void anEndThatMetAFullMailboxIsToldToWhoAsks() {
        for (int i = 0; i < 16; i++) {
            tile.open("user", 2, () -> {}); // Who fills the supervisor's mailbox.
            tenant().send(supervisor.addressOf(news), new Anything(), Sending.UNWATCHED);
            tile.ended(tenant(), 0);
        }
        start(tile);
        Client running = tenant();
        tile.ended(running, 3);
        turns();
        while (news.take() != null) {}

        ask(tile, new Delegation.ListClients());

        assertThat(told()).isEqualTo(new Delegation.ClientEnded(running.id(), tile.tile(), 3));
    }

    @Test
    @Tag("M2")
    void aTileKeepsTheLastEndsOfASupervisorThatNeverAsks() {
        for (int i = 0; i < MANY_ENDS; i++) {
            ask(
                    tile,
                    new Delegation.StartClient(
                            new Anything(), new Address(new ClientId(new NodeId(2), 1, 1), 1, tile.tile())));
            tile.ended(tenant(), i);
            turns();
        }

        var listed = (Delegation.ClientsListed) ask(tile, new Delegation.ListClients());
        assertThat(listed.ended())
                .hasSize(256)
                .last()
                .extracting(Delegation.ClientEnded::status)
                .isEqualTo(MANY_ENDS - 1);
    }

    @Test
    @Tag("O2")
    void aTileListsWhatWasStartedThereAndTheEndsThatNobodyHasNoted() {
        nanos.set(7);
        start(tile);
        Client running = tenant();
        var listed = new Delegation.RunningClient(running.id(), supervisor.addressOf(news), new Anything(), 7);
        assertThat(ask(tile, new Delegation.ListClients()))
                .isEqualTo(new Delegation.ClientsListed(List.of(listed), List.of()));

        tile.ended(running, 3);

        var end = new Delegation.ClientEnded(running.id(), tile.tile(), 3);
        assertThat(ask(tile, new Delegation.ListClients()))
                .isEqualTo(new Delegation.ClientsListed(List.of(), List.of(end)));
    }

    @Test
    @Tag("G6")
    void ofTwoThreadsThatOpenAClientAtOnceOneIsRefused() throws Exception {
        CyclicBarrier start = new CyclicBarrier(2);
        AtomicInteger opened = new AtomicInteger();
        Runnable opening = () -> {
            for (int round = 0; round < ROUNDS; round++) {
                await(start);
                Client client = null;
                try {
                    client = tile.open("user", 2, () -> {});
                    opened.incrementAndGet();
                } catch (IllegalStateException e) {
                    // The other was first.
                }
                await(start);
                if (client != null) {
                    tile.ended(client, 0);
                }
            }
        };
        Thread other = Thread.ofPlatform().start(opening);
        opening.run();
        other.join();

        assertThat(opened).hasValue(ROUNDS);
    }

    @Test
    @Tag("G6")
    void aStartThatMeetsAClientOfBootsIsToldThatTheTileIsTaken() {
        tile.attach(() -> {}, (kernel, spec) -> {
            kernel.open("sys:boot", 2, () -> {}); // As boot's thread may, between the shim's look and the host's.
            return kernel.open("user", 16, () -> {});
        });

        assertThat(start(tile)).isEqualTo(new Delegation.TileTaken());
    }

    @Test
    @Tag("S2")
    void noProgramIsStartedOnATileThatIsKeptForAServer() {
        Microkernel kept = node.microkernels().get(Reserved.COUNT - 1);
        kept.attach(() -> {}, Reserved.elsewhere((kernel, spec) -> kernel.open("user", 16, () -> {})));

        assertThat(start(kept)).isInstanceOf(Delegation.StartFailed.class);
        assertThat(kept.tenant()).isNull();
    }

    private Payload start(Microkernel on) {
        return ask(on, new Delegation.StartClient(new Anything(), supervisor.addressOf(news)));
    }

    private Payload ask(Microkernel shim, Payload.Request<?> request) {
        long call = supervisor.responses().reserve();
        supervisor.request(shim.address(), request, call, 0, null, Sending.UNWATCHED);
        while (shim.turn()) {}
        return requireNonNull(supervisor.responses().take()).payload();
    }

    private void turns() {
        while (tile.turn()) {}
    }

    private Client tenant() {
        return requireNonNull(tile.tenant());
    }

    private @Nullable Payload told() {
        Envelope told = news.take();
        return told == null ? null : told.payload();
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
