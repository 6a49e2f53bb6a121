package org.factoredos.actor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.SendResult;
import org.factoredos.kernel.Sending;
import org.factoredos.lib.CallError;
import org.factoredos.lib.FosException;
import org.factoredos.lib.TextMessage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** §3.1.1: the mailboxes of a program, on real microkernels: polled, and with interrupts in the program's own thread. */
class MailboxesOfProgramsTest {
    private static final Duration LONG = Duration.ofSeconds(SmallNode.PATIENCE_SECONDS);

    private final SmallNode node = new SmallNode(Map.of());
    /** Sends from another tile, in whatever thread asks it to. */
    private final Client other = node.interconnect.microkernels().getLast().open("user", 64, () -> {});

    @AfterEach
    void stop() {
        node.close();
    }

    private void sendFromOutside(Address to, int messages) {
        Thread sender = Thread.ofPlatform().start(() -> {
            for (int i = 0; i < messages; i++) {
                other.send(to, new TextMessage("m" + i), Sending.UNWATCHED);
            }
        });
        while (sender.isAlive()) {
            Thread.onSpinWait(); // The program computes.
        }
    }

    @Test
    @Tag("M4")
    void aComputingProgramIsInterruptedAtItsNextSystemCallInItsOwnThread() {
        List<String> handled = new CopyOnWriteArrayList<>();
        List<Thread> threads = new CopyOnWriteArrayList<>();
        int status = node.run((fos, arguments) -> {
            Address mailbox = fos.createMailbox(100, 1 << 20, message -> {
                handled.add(((TextMessage) message).text());
                threads.add(Thread.currentThread());
            });
            sendFromOutside(mailbox, 3);
            assertThat(handled).as("in mid-computation").isEmpty();
            fos.sleep(Duration.ZERO);
            assertThat(threads).containsOnly(Thread.currentThread());
            return 0;
        });

        assertThat(status).isZero();
        assertThat(handled).containsExactly("m0", "m1", "m2");
    }

    @Test
    @Tag("M4")
    void aWaitingProgramIsInterruptedAndGoesOnWaiting() {
        int status = node.run((fos, arguments) -> {
            Address answers = fos.createMailbox(4, 1 << 20);
            Address bell = fos.createMailbox(4, 1 << 20, message -> fos.send(answers, message));
            Thread sender =
                    Thread.ofPlatform().start(() -> other.send(bell, new TextMessage("ring"), Sending.UNWATCHED));
            Optional<Payload> received = fos.receive(answers, LONG); // Only the handler sends there.
            while (sender.isAlive()) {
                Thread.onSpinWait();
            }
            assertThat(received).contains(new TextMessage("ring"));
            return 0;
        });

        assertThat(status).isZero();
    }

    @Test
    @Tag("M4")
    void whatArrivesWhileMaskedIsHandledAsItIsUnmasked() {
        AtomicInteger handled = new AtomicInteger();
        int status = node.run((fos, arguments) -> {
            Address mailbox = fos.createMailbox(4, 1 << 20, message -> handled.incrementAndGet());
            fos.maskInterrupts();
            sendFromOutside(mailbox, 6);
            fos.sleep(Duration.ofMillis(1));
            assertThat(handled).hasValue(0);
            fos.unmaskInterrupts();
            assertThat(handled).as("as many as its mailbox holds").hasValue(4);
            assertThatThrownBy(() -> fos.receive(mailbox, LONG)).isInstanceOf(IllegalArgumentException.class);
            return 0;
        });

        assertThat(status).isZero();
    }

    @Test
    @Tag("M5")
    @Tag("M7")
    void aPolledMailboxTakesWhatItHoldsAndItsReceiverWaitsNoLongerThanItsPatience() {
        int status = node.run((fos, arguments) -> {
            Address mailbox = fos.createMailbox(2, 1 << 20);
            assertThat(fos.receive(mailbox, Duration.ZERO)).isEmpty();
            assertThat(fos.send(mailbox, new TextMessage("a"))).isEqualTo(SendResult.ACCEPTED);
            assertThat(fos.send(mailbox, new TextMessage("b"))).isEqualTo(SendResult.ACCEPTED);
            assertThat(fos.send(mailbox, new TextMessage("c"))).isEqualTo(SendResult.QUEUE_FULL);
            assertThat(fos.receive(mailbox, Duration.ZERO)).contains(new TextMessage("a"));
            assertThat(fos.receive(mailbox, LONG)).contains(new TextMessage("b"));
            assertThat(fos.receive(mailbox, Duration.ofMillis(1))).isEmpty();
            assertThat(fos.send(mailbox, new TextMessage("d"))).isEqualTo(SendResult.ACCEPTED);
            assertThat(fos.destroyMailbox(mailbox)).as("lost with it").isEqualTo(1);
            assertThat(fos.send(mailbox, new TextMessage("e"))).isEqualTo(SendResult.NO_SUCH_MAILBOX);
            return 0;
        });

        assertThat(status).isZero();
    }

    @Test
    @Tag("M3")
    void aProgramHasThousandsOfMailboxesAndThenAClearError() {
        int status = node.run((fos, arguments) -> {
            List<Address> made = new ArrayList<>();
            while (made.size() < Client.MOST_MAILBOXES - 1) { // It has its first one already.
                made.add(fos.createMailbox(4, 1000));
            }
            assertThatThrownBy(() -> fos.createMailbox(4, 1000))
                    .isInstanceOfSatisfying(
                            FosException.class, e -> assertThat(e.error()).isEqualTo(CallError.TOO_MANY_MAILBOXES));
            fos.destroyMailbox(made.getFirst());
            assertThat(fos.createMailbox(4, 1000).mailbox())
                    .as("a number is not used again")
                    .isGreaterThan(made.getLast().mailbox());
            assertThat(fos.send(made.getLast(), new TextMessage("x"))).isEqualTo(SendResult.ACCEPTED);
            assertThat(fos.mailboxes()).hasSize(Client.MOST_MAILBOXES - 1);
            return 0;
        });

        assertThat(status).isZero();
    }
}
