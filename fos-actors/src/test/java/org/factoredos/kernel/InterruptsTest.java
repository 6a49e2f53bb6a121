package org.factoredos.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** §3.1.1: a mailbox that raises interrupts, and what its client can count on. */
@Tag("M4")
class InterruptsTest {
    private record Text(String text) implements Payload {}

    private final Interconnect node =
            new Interconnect(new NodeId(1), 1, Grid.ofOneNode(2, 1), FixedRights.ALL, () -> 0, Wire.none());
    private final AtomicInteger woken = new AtomicInteger();
    private final Client client = node.microkernels().getFirst().open("user", 2, woken::incrementAndGet);
    private final Client sender = node.microkernels().getLast().open("user", 2, () -> {});
    private final List<String> handled = new ArrayList<>();
    private final Mailbox one = client.createMailbox(4, 1 << 20, this::note);
    private final Mailbox other = client.createMailbox(4, 1 << 20, this::note);

    private void note(Envelope in) {
        handled.add(((Text) in.payload()).text());
    }

    private SendResult send(Mailbox to, String text) {
        List<SendResult> result = new ArrayList<>();
        sender.send(client.addressOf(to), new Text(text), result::add);
        return result.getFirst();
    }

    private void handleAll() {
        while (client.interrupts().handleOne()) {}
    }

    @Test
    void handlersRunInTheOrderOfArrivalAcrossMailboxesAndOnlyWhenTheClientSaysSo() {
        send(one, "a");
        send(other, "b");
        send(one, "c");
        assertThat(handled).as("nothing runs in the sender's turn").isEmpty();

        handleAll();

        assertThat(handled).containsExactly("a", "b", "c");
        assertThat(one.messages()).isZero();
    }

    @Test
    void handlersNeverNest() {
        List<String> log = new ArrayList<>();
        Mailbox nesting = client.createMailbox(4, 1 << 20, in -> {
            log.add("begin");
            send(one, "inner");
            assertThat(client.interrupts().pending()).isFalse();
            assertThat(client.interrupts().handleOne())
                    .as("not within a handler")
                    .isFalse();
            assertThat(handled).isEmpty();
            log.add("end");
        });
        send(nesting, "outer");
        handleAll();

        assertThat(log).containsExactly("begin", "end");
        assertThat(handled).containsExactly("inner");
    }

    @Test
    void aHandlerThatFailsLeavesTheNextOneItsTurn() {
        Mailbox failing = client.createMailbox(4, 1 << 20, in -> {
            throw new IllegalStateException("a fault");
        });
        send(failing, "x");
        send(one, "y");
        try {
            client.interrupts().handleOne();
        } catch (IllegalStateException e) {
            handled.add(String.valueOf(e.getMessage()));
        }
        handleAll();

        assertThat(handled).containsExactly("a fault", "y");
    }

    @Test
    void whatArrivesWhileMaskedIsHandledAfterUnmasking() {
        client.interrupts().mask();
        send(one, "a");
        send(one, "b");
        handleAll();
        assertThat(handled).isEmpty();
        assertThat(client.rest(() -> true)).as("a masked client may rest").isTrue();

        client.interrupts().unmask();
        assertThat(client.interrupts().pending()).isTrue();
        handleAll();
        assertThat(handled).containsExactly("a", "b");
    }

    @Test
    void anInterruptWakesItsClientAndKeepsItFromResting() {
        assertThat(client.rest(() -> true)).isTrue();
        send(one, "a");
        assertThat(woken).hasValue(1);
        assertThat(client.rest(() -> true)).as("there is something to handle").isFalse();
        handleAll();
        assertThat(client.rest(() -> true)).isTrue();
    }

    @Test
    void aFullMailboxRefusesAndWhatADestroyedOneHeldIsNotHandled() {
        for (int i = 0; i < 4; i++) {
            assertThat(send(one, "a")).isEqualTo(SendResult.ACCEPTED);
        }
        assertThat(send(one, "b")).isEqualTo(SendResult.QUEUE_FULL);

        assertThat(client.destroyMailbox(one.number())).isEqualTo(4);
        handleAll();

        assertThat(handled).isEmpty();
        assertThat(client.discarded()).isEqualTo(4);
    }
}
