package org.factoredos.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Objects;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** §3.1: memory protection is the microkernel's. */
@Tag("M13")
class PageTableTest {
    private static final long PAGE = Paging.FRAME_BYTES;

    private final Interconnect node =
            new Interconnect(new NodeId(1), 1, Grid.ofOneNode(4, 1), FixedRights.ALL, () -> 0, Wire.none());
    private final Microkernel tile = node.microkernels().get(1);
    private final Client server = node.microkernels().get(0).openBootstrap("sys:memory", 64, () -> {});
    private final Mailbox news = server.createMailbox(16, 1 << 20);
    private final Client client = tile.open("user", 2, () -> {});
    private final PageTable memory = client.memory();

    @BeforeEach
    void start() {
        node.microkernels()
                .forEach(kernel -> kernel.attach(() -> {}, (where, spec) -> {
                    throw new IllegalArgumentException("nothing is started here");
                }));
    }

    @Test
    void anAccessFindsTheFrameThatIsMappedAndNothingElse() {
        assertThat(grant(1, true, run(5, 1), run(8, 4))).isEqualTo(new Paging.FramesGranted());
        memory.map(100, 1, 0, 5, true);

        put(100 * PAGE, 'a');
        put(105 * PAGE - 1, 'z');

        assertThat(memory.find(100 * PAGE, false).bytes()).isEqualTo(PAGE);
        assertThat(memory.find(101 * PAGE, false).bytes()).as("the second run").isEqualTo(4 * PAGE);
        assertThat(get(100 * PAGE)).isEqualTo((int) 'a');
        assertThat(get(105 * PAGE - 1)).isEqualTo((int) 'z');
        assertThat(node.ram().bank(11).get(ValueLayout.JAVA_BYTE, 12 * PAGE - 1))
                .isEqualTo((byte) 'z');
        assertFaults(() -> get(105 * PAGE), "read at 0x69000, where nothing is mapped");
        assertFaults(() -> get(100 * PAGE - 1), "nothing is mapped");
        assertFaults(() -> get(-1), "nothing is mapped");
    }

    @Test
    void whatIsMappedReadOnlyIsNotWritten() {
        grant(1, true, run(0, 2));
        memory.map(1, 1, 0, 1, false);

        assertThat(get(PAGE)).isZero();
        assertFaults(() -> put(PAGE, 'x'), "write at 0x1000, which is mapped read-only");
    }

    @Test
    void onlyWhatWasGrantedIsMappedAndOnlyAsItWas() {
        assertThatIllegalArgumentException().isThrownBy(() -> memory.map(1, 1, 0, 1, false));
        grant(1, false, run(0, 2));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> memory.map(1, 1, 0, 1, true))
                .withMessageContaining("read-only");
        assertThatIllegalArgumentException().isThrownBy(() -> memory.map(1, 1, 1, 2, false));
        memory.map(1, 1, 0, 2, false);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> memory.map(2, 1, 0, 1, false))
                .withMessageContaining("mapped already");
    }

    @Test
    void aPageInTheMiddleIsUnmapped() {
        grant(1, true, run(0, 4));
        memory.map(10, 1, 0, 4, true);
        put(13 * PAGE, 'd');

        memory.unmap(11, 2);

        assertThat(get(10 * PAGE)).isZero();
        assertFaults(() -> get(11 * PAGE), "nothing is mapped");
        assertFaults(() -> get(12 * PAGE), "nothing is mapped");
        assertThat(get(13 * PAGE)).isEqualTo((int) 'd');
    }

    @Test
    void whatOneClientHasWrittenNoOtherReads() {
        grant(1, true, run(0, 1));
        memory.map(1, 1, 0, 1, true);
        put(PAGE, 's');
        memory.giveUp(1);
        turns();

        Client other = node.microkernels().get(2).open("stranger", 2, () -> {});
        grant(other, 1, true, run(0, 1));
        other.memory().map(1, 1, 0, 1, false);

        PageTable.Span span = other.memory().find(PAGE, false);
        assertThat(span.bank().get(ValueLayout.JAVA_BYTE, span.offset())).isZero();
    }

    @Test
    void aRegionThatWasGivenUpIsNeverGrantedAgain() {
        memory.giveUp(3);

        assertThat(grant(3, true, run(0, 1))).isEqualTo(new Paging.GrantRefused(Paging.Obstacle.GIVEN_UP));
        assertThat(listed()).isEmpty();
        assertThat(grant(4, true, run(0, 1))).isEqualTo(new Paging.FramesGranted());
        assertThat(grant(4, true, run(0, 1))).as("said again").isEqualTo(new Paging.FramesGranted());
        assertThat(listed()).hasSize(1);

        memory.giveUp(4);
        assertThat(grant(4, true, run(0, 1))).as("said again, too late").isInstanceOf(Paging.GrantRefused.class);
        assertThat(listed()).isEmpty();
    }

    @Test
    @Tag("O3")
    void whatADeadClientHadComesBackAndTheServerIsTold() {
        grant(1, true, run(0, 1));
        grant(2, true, run(4, 4));
        assertThat(listed()).extracting(Paging.Held::region).containsExactly(1L, 2L);

        tile.ended(client, 0);
        turns();

        assertThat(listed()).isEmpty();
        assertThat(Objects.requireNonNull(news.take()).payload()).isEqualTo(new Paging.FramesReturned(tile.tile()));
        assertThat(grant(3, true, run(0, 1))).isEqualTo(new Paging.GrantRefused(Paging.Obstacle.NO_SUCH_CLIENT));
    }

    @Test
    @Tag("O3")
    void aReceiptStaysWhereTheGrantWasMade() {
        Microkernel next = node.microkernels().get(3);
        grant(1, true, run(0, 1));
        memory.map(1, 1, 0, 1, true);
        put(PAGE, 'm');
        client.moves(Leaving.Reach.WITHIN_NODE);
        client.leaving().ask(next, new Tenants.Tenant(client, server.responseAddress(), new Nothing(), 0));
        tile.letGo(client);
        turns();
        assertThat(client.tile()).isEqualTo(next.tile());

        assertThat(get(PAGE)).isEqualTo((int) 'm');
        assertThat(listed()).hasSize(1);
        next.ended(client, 0);
        turns();
        assertThat(listed()).isEmpty();
    }

    @Test
    void nobodyButAMemoryServerGrants() {
        Client stranger = node.microkernels().get(2).open("sys:fs", 2, () -> {});

        assertThat(ask(stranger, tile, grantOf(client, 1, true, run(0, 1)))).isNull();
        assertThat(listed()).isEmpty();
    }

    @Test
    void aServerThatIsNoMoreGrantsNothing() {
        server.request(
                tile.address(),
                grantOf(client, 1, true, run(0, 1)),
                server.responses().reserve(),
                0,
                null,
                Sending.UNWATCHED);
        node.microkernels().get(0).ended(server, 0);
        turns();

        assertThat(memory.region(1)).isEmpty();
    }

    @Test
    void aClientThatIsAboutToMoveElsewhereIsGrantedNothing() {
        assertThat(memory.shutIfEmpty()).isTrue();
        assertThat(grant(1, true, run(0, 1))).isEqualTo(new Paging.GrantRefused(Paging.Obstacle.MOVING));
        memory.open();
        assertThat(grant(1, true, run(0, 1))).isEqualTo(new Paging.FramesGranted());
        assertThat(memory.shutIfEmpty()).isFalse();
    }

    private record Nothing() implements Payload {}

    private static FrameRun run(int first, int count) {
        return new FrameRun(first, count);
    }

    private @Nullable Payload grant(long region, boolean writable, FrameRun... runs) {
        return grant(client, region, writable, runs);
    }

    private @Nullable Payload grant(Client to, long region, boolean writable, FrameRun... runs) {
        return ask(server, tile, grantOf(to, region, writable, runs));
    }

    private static Paging.GrantFrames grantOf(Client to, long region, boolean writable, FrameRun... runs) {
        return new Paging.GrantFrames(to.id(), region, List.of(runs), true, writable, true);
    }

    private List<Paging.Held> listed() {
        return ((Paging.GrantsListed) Objects.requireNonNull(ask(server, tile, new Paging.ListGrants()))).held();
    }

    /** Null where nobody answers. */
    private @Nullable Payload ask(Client by, Microkernel of, Payload.Request<?> request) {
        by.request(of.address(), request, by.responses().reserve(), 0, null, Sending.UNWATCHED);
        turns();
        Envelope answer = by.responses().take();
        return answer == null ? null : answer.payload();
    }

    private void turns() {
        node.microkernels().forEach(Microkernel::turn);
    }

    private int get(long address) {
        PageTable.Span span = memory.find(address, false);
        return span.bank().get(ValueLayout.JAVA_BYTE, span.offset());
    }

    private void put(long address, char value) {
        PageTable.Span span = memory.find(address, true);
        span.bank().set(ValueLayout.JAVA_BYTE, span.offset(), (byte) value);
    }

    private static void assertFaults(Runnable access, String message) {
        assertThatExceptionOfType(PageFault.class).isThrownBy(access::run).withMessageContaining(message);
    }
}
