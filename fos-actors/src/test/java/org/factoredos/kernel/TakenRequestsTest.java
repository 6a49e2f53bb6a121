package org.factoredos.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Delegation.Taken;
import org.factoredos.kernel.Delegation.TakenFrom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** §3.2: from where the requests have come that a server took. */
@Tag("S8")
class TakenRequestsTest {
    private record Ask() implements Payload.Request<Told> {}

    private record Told() implements Payload {}

    private static final NodeId ONE = new NodeId(1);
    private static final NodeId TWO = new NodeId(2);
    private static final Grid GRID =
            new Grid(4, 2, 16, new TreeMap<>(Map.of(ONE, new Grid.Position(0, 0), TWO, new Grid.Position(1, 0))));

    private final Interconnect node = new Interconnect(ONE, 1, GRID, FixedRights.ALL, () -> 0, Wire.none());
    private final Client server = node.microkernels().get(0).open("sys:test", 16, () -> {});
    private final Mailbox requests = server.createMailbox(16, 1 << 20);
    private final Client near = node.microkernels().get(1).open("user", 16, () -> {});
    private final Client far = node.microkernels().get(7).open("user", 16, () -> {});

    private final Client placement = node.microkernels().get(2).open("sys:placement", 16, () -> {});

    private void ask(Client from) {
        from.request(server.addressOf(requests), new Ask(), from.responses().reserve(), 0, null, Sending.UNWATCHED);
    }

    private void askFromNodeTwo() {
        Address far = new Address(new ClientId(TWO, 1, 99), ResponseMailbox.NUMBER, new TileId(TWO, 0, 0));
        node.deliver(new Envelope(
                server.addressOf(requests), far, "user", Envelope.Kind.REQUEST, 1, 0, new Ask(), null, server.moves()));
    }

    private Taken reported() {
        placement.request(
                node.microkernels().get(0).address(),
                new Delegation.ReportTile(),
                placement.responses().reserve(),
                0,
                null,
                Sending.UNWATCHED);
        while (node.microkernels().get(0).turn()) {}
        Envelope answer = Objects.requireNonNull(placement.responses().take());
        return ((Delegation.TileReported) answer.payload()).taken();
    }

    @Test
    void aRequestIsCountedForTheTileThatItCameFromOnceItIsTaken() {
        ask(near);
        ask(far);
        ask(far);
        assertThat(reported()).as("nothing taken yet").isEqualTo(Taken.NONE);

        while (requests.take() != null) {}

        assertThat(reported())
                .isEqualTo(new Taken(List.of(new TakenFrom(near.tile(), 1), new TakenFrom(far.tile(), 2)), 0));
    }

    @Test
    void whatCameFromAnotherNodeIsCountedApart() {
        ask(near);
        askFromNodeTwo();
        askFromNodeTwo();
        while (requests.take() != null) {}

        assertThat(reported()).isEqualTo(new Taken(List.of(new TakenFrom(near.tile(), 1)), 2));
    }

    /** Such as the recalls of an owner, and what a member announces to all others. */
    @Test
    void whatAFleetsOwnMembersAskIsNobodysChoiceAndDoesNotCount() {
        Client member = node.microkernels().get(3).open("sys:test", 16, () -> {});
        Client otherFleet = node.microkernels().get(4).open("sys:other", 16, () -> {});
        ask(member);
        ask(otherFleet);
        while (requests.take() != null) {}

        assertThat(reported()).isEqualTo(new Taken(List.of(new TakenFrom(otherFleet.tile(), 1)), 0));
    }

    @Test
    void programsOfOneDomainAreEachOthersClients() {
        Client pong = node.microkernels().get(5).open("user", 16, () -> {});
        Mailbox ofPong = pong.createMailbox(16, 1 << 20);
        near.request(pong.addressOf(ofPong), new Ask(), near.responses().reserve(), 0, null, Sending.UNWATCHED);
        ofPong.take();

        assertThat(pong.taken().report()).isEqualTo(new Taken(List.of(new TakenFrom(near.tile(), 1)), 0));
    }

    @Test
    void aPlainMessageAndAnAnswerAreNoRequests() {
        near.send(server.addressOf(requests), new Told(), Sending.UNWATCHED);
        assertThat(requests.take()).isNotNull();
        long call = server.responses().reserve();
        Mailbox ofNear = near.createMailbox(4, 1 << 20);
        server.request(near.addressOf(ofNear), new Ask(), call, 0, null, Sending.UNWATCHED);
        assertThat(ofNear.take()).isNotNull();
        near.reply(server.responseAddress(), call, new Told(), null, Sending.UNWATCHED);
        assertThat(server.responses().take()).isNotNull();

        assertThat(reported()).isEqualTo(Taken.NONE);
    }

    @Test
    void theNextClientOfATileBeginsAtNothing() {
        ask(near);
        requests.take();
        node.microkernels().get(0).ended(server, 0);
        Client next = node.microkernels().get(0).open("sys:test", 16, () -> {});

        assertThat(next.taken().report()).isEqualTo(Taken.NONE);
        assertThat(reported()).isEqualTo(Taken.NONE);
    }
}
