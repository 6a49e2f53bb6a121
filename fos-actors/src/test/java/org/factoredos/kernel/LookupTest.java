package org.factoredos.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a microkernel asks of the name server, and what becomes of the sends that wait for it. */
class LookupTest {
    private record Text(String text) implements Payload {}

    private static final NodeId N1 = new NodeId(1);

    private final Interconnect node =
            new Interconnect(N1, 1, Grid.ofOneNode(4, 1), FixedRights.ALL, () -> 1_000_000_000L, Wire.none());
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
        tile.turn();
        tile.turn();
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

    private Envelope take() {
        return Objects.requireNonNull(lookups.take());
    }
}
