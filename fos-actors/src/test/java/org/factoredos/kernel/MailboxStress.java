package org.factoredos.kernel;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.atomic.AtomicInteger;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** The mailbox's two races, on real cores: a deposit against its destruction, and against its client going idle. */
public final class MailboxStress {
    private MailboxStress() {}

    private static final Interconnect INTERCONNECT =
            new Interconnect(new NodeId(1), 1, Grid.ofOneNode(1, 1), FixedRights.ALL, System::nanoTime, Wire.none());

    private record Ping() implements Payload {}

    private static Client client(Client.Waker waker) {
        Microkernel microkernel = INTERCONNECT.microkernels().getFirst();
        return new Client(new ClientId(new NodeId(1), 1, 7), "test", microkernel, 2, 0, waker);
    }

    private static Envelope ping(Client client, Mailbox mailbox) {
        Address to = client.addressOf(mailbox);
        return new Envelope(to, to, "sys:test", Envelope.Kind.MESSAGE, 0, 0, new Ping(), null);
    }

    /** r1: whether the deposit was accepted; r2: how many messages the closing counted as lost. */
    @JCStressTest
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "accepted, and counted")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "refused")
    @Outcome(expect = FORBIDDEN, desc = "accepted and not counted, or counted and refused")
    @State
    public static class DepositAgainstClose {
        private final Client client = client(() -> {});
        private final Mailbox mailbox = client.createMailbox(4, 1 << 10);

        @Actor
        public void deposit(II_Result r) {
            r.r1 = mailbox.deposit(ping(client, mailbox)) == SendResult.ACCEPTED ? 1 : 0;
        }

        @Actor
        public void close(II_Result r) {
            r.r2 = mailbox.close();
        }
    }

    /** r1: rested without being woken, though a message lies there. */
    @JCStressTest
    @Outcome(id = "0", expect = ACCEPTABLE, desc = "the client saw the message, or was woken for it")
    @Outcome(expect = FORBIDDEN, desc = "a lost wake-up")
    @State
    public static class DepositAgainstRest {
        private final AtomicInteger wakes = new AtomicInteger();
        private final Client client = client(wakes::incrementAndGet);
        private final Mailbox mailbox = client.createMailbox(4, 1 << 10);
        private boolean rests;

        @Actor
        public void deposit() {
            mailbox.deposit(ping(client, mailbox));
        }

        @Actor
        public void rest() {
            rests = client.rest(mailbox::isEmpty);
        }

        @Arbiter
        public void look(I_Result r) {
            r.r1 = rests && wakes.get() == 0 ? 1 : 0;
        }
    }

    /** Two deposits into one place. r1, r2: whether each was accepted. */
    @JCStressTest
    @Outcome(
            id = {"1, 0", "0, 1"},
            expect = ACCEPTABLE,
            desc = "one of them")
    @Outcome(expect = FORBIDDEN, desc = "both, or none")
    @State
    public static class TwoDepositsForOnePlace {
        private final Client client = client(() -> {});
        private final Mailbox mailbox = client.createMailbox(1, 1 << 10);

        @Actor
        public void first(II_Result r) {
            r.r1 = mailbox.deposit(ping(client, mailbox)) == SendResult.ACCEPTED ? 1 : 0;
        }

        @Actor
        public void second(II_Result r) {
            r.r2 = mailbox.deposit(ping(client, mailbox)) == SendResult.ACCEPTED ? 1 : 0;
        }
    }
}
