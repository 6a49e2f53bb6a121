package org.factoredos.kernel;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** §3.4: what a client takes with it, and what its node knows of it meanwhile. */
class PackingTest {
    private record Text(String text) implements Payload {}

    private record Core() implements Payload {}

    private final Interconnect node =
            new Interconnect(new NodeId(1), 1, Grid.ofOneNode(3, 1), FixedRights.ALL, () -> 0, Wire.none());
    private final Microkernel from = node.microkernels().get(0);
    private final Microkernel to = node.microkernels().get(1);
    private final Client sender = node.microkernels().get(2).open("user", 2, () -> {});
    private final Client client = from.open("alice", 2, () -> {});

    @Test
    @Tag("M4")
    @Tag("N6")
    void aMailboxRaisesInterruptsWhereItHasMovedTo() {
        Mailbox polled = client.createMailbox(4, 1000);
        Mailbox raising = client.createMailbox(4, 1000, in -> {});
        sender.send(client.addressOf(polled), new Text("to poll"), Sending.UNWATCHED);
        sender.send(client.addressOf(raising), new Text("before"), Sending.UNWATCHED);

        Client moved = to.reopen(pack(), () -> {});
        node.attach(moved);
        List<Payload> handled = new ArrayList<>();
        moved.mailboxes().stream()
                .filter(Mailbox::interrupts)
                .forEach(mailbox -> mailbox.handleWith(in -> handled.add(in.payload())));
        sender.send(client.addressOf(raising), new Text("behind"), Sending.UNWATCHED);
        while (moved.interrupts().handleOne()) {}

        assertThat(handled).containsExactly(new Text("before"), new Text("behind"));
        assertThat(requireNonNull(requireNonNull(moved.mailbox(polled.number())).take())
                        .payload())
                .isEqualTo(new Text("to poll"));
    }

    @Test
    @Tag("M12")
    void itsDomainIsKnownWhileItIsUnderWayAndWhenItHasLeft() {
        assertThat(node.domainOf(client.id())).isEqualTo("alice");
        pack();
        assertThat(node.client(client.id())).isNull();
        assertThat(node.domainOf(client.id())).isEqualTo("alice");
        NodeId other = new NodeId(2);
        node.places().left(client.id(), new Place(new Incarnation(other, 1), to.tile(), 1));
        assertThat(node.domainOf(client.id())).isEqualTo("alice");

        node.places().ended(client.id());

        assertThat(node.domainOf(client.id())).isNull();
    }

    private PackedClient pack() {
        client.leaving().reach(Leaving.Reach.ANYWHERE);
        client.leaving().ask(null, new Tenants.Tenant(client, sender.responseAddress(), new Core(), 0));
        assertThat(client.leaving().begin()).isTrue();
        node.places().leaves(client);
        PackedClient packed = requireNonNull(client.pack(new Core()));
        node.detach(client);
        return packed;
    }
}
