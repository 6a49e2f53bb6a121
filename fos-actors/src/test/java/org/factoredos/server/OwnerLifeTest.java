package org.factoredos.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.factoredos.server.Members.GRID;
import static org.factoredos.server.Members.N1;
import static org.factoredos.server.Members.N2;
import static org.factoredos.server.Members.N3;

import java.util.ArrayList;
import java.util.List;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.server.OwnerProtocol.Answered;
import org.factoredos.server.OwnerProtocol.Forwarded;
import org.factoredos.server.OwnerProtocol.NotServing;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("S4")
@Tag("S10")
@Tag("N10")
class OwnerLifeTest {
    private static final long SECOND = 1_000_000_000L;
    private static final Reserved PLACE = Reserved.nameOwner(0);
    private static final Address OWNER = PLACE.address(N1, GRID);
    private static final Address PREDECESSOR = PLACE.address(N2, GRID);
    private static final ClientId FRONT_1 =
            Reserved.NAME_FRONT.address(N1, GRID).client();
    private static final ClientId FRONT_2 =
            Reserved.NAME_FRONT.address(N2, GRID).client();
    private static final ClientId CLIENT = new ClientId(N1.node(), 1, 99);

    /** Counts. */
    record Add() implements Payload.Request<Sum> {}

    record Read() implements Payload.Request<Sum> {}

    record Sum(int sum) implements Payload {}

    record Added() implements Event {}

    record Total(int sum) implements Snapshot {}

    private static final class Adder implements OwnerLife.Slice {
        private int sum;

        @Override
        public Access access(Payload request) {
            return request instanceof Add ? Access.Write.of("sum") : new Access.Read("sum");
        }

        @Override
        public List<Effect> on(Envelope in, long nanos) {
            if (in.payload() instanceof Add) {
                sum++;
                return List.of(
                        new Effect.Persist(new Added()), new Effect.Reply(in.from(), in.call(), new Sum(sum), null));
            }
            return List.of(new Effect.Reply(in.from(), in.call(), new Sum(sum), null));
        }

        @Override
        public List<Effect> on(Continuation continuation, Response response, long nanos) {
            return List.of();
        }

        @Override
        public void apply(Event event) {
            sum++;
        }

        @Override
        public Snapshot snapshot() {
            return new Total(sum);
        }

        @Override
        public void restore(Snapshot snapshot) {
            sum = ((Total) snapshot).sum();
        }
    }

    /** A front that confirms everything. */
    private static final class Front implements Server {
        final List<Payload> heard = new ArrayList<>();

        @Override
        public List<Effect> on(Envelope in, long nanos) {
            heard.add(in.payload());
            Payload answer = in.payload() instanceof OwnerProtocol.Recall
                    ? new OwnerProtocol.Recalled()
                    : new OwnerProtocol.OwnerNoted();
            return List.of(new Effect.Reply(in.from(), in.call(), answer, null));
        }

        @Override
        public List<Effect> on(Continuation continuation, Response response, long nanos) {
            return List.of();
        }
    }

    private final CoreBench bench = new CoreBench();
    private final Front front1 = new Front();
    private final Front front2 = new Front();
    private OwnerLife life = owner(N1);
    private long lastCall = 5_000_000_000L;

    @Test
    void theFirstRowOfAnEpochComesBeforeAnyAnswer() {
        begin(Members.up(N1, N2));

        assertThat(bench.journal(OWNER)).containsExactly(new OwnerLife.OwnerStarted(N1, List.of(N1, N2)));
        assertThat(life.epoch()).isEqualTo(1);
        assertThat(front2.heard).contains(new OwnerProtocol.AnnounceOwner(0, 1, OWNER));
    }

    @Test
    void itDoesNotServeBeforeItIsGranted() {
        bench.add(OWNER, life);
        bench.tell(OWNER, Members.up(N1));

        assertThat(ask(FRONT_1, 1, 0, 0, new Read())).isEqualTo(new NotServing());
    }

    @Test
    void aRepeatGetsTheFirstReplyInThisEpochAndTheNext() {
        begin(Members.up(N1, N2));
        assertThat(ask(FRONT_1, 7, 6, 1, new Add())).isEqualTo(new Answered(1, false, new Sum(1)));
        assertThat(ask(FRONT_1, 8, 6, 1, new Add())).isEqualTo(new Answered(1, false, new Sum(2)));

        assertThat(ask(FRONT_2, 7, 6, 1, new Add())).isEqualTo(new Answered(1, false, new Sum(1)));
        succeed(N1, Members.up(N1, N2));

        assertThat(ask(FRONT_1, 7, 6, 2, new Add())).isEqualTo(new Answered(2, false, new Sum(1)));
        assertThat(ask(FRONT_1, 9, 6, 2, new Add())).isEqualTo(new Answered(2, false, new Sum(3)));
    }

    @Test
    void aRepeatAfterASnapshotGetsTheFirstReply() {
        begin(Members.up(N1, N2));
        ask(FRONT_1, 7, 6, 1, new Add());
        OwnerLife next = owner(N1);
        next.restore(life.snapshot());
        life = next;
        begin(Members.up(N1, N2));

        assertThat(ask(FRONT_1, 7, 6, 2, new Add())).isEqualTo(new Answered(2, false, new Sum(1)));
    }

    @Test
    void aLateRepeatOfACallThatItsClientHasEndedChangesNothing() {
        begin(Members.up(N1, N2));
        ask(FRONT_1, 7, 6, 1, new Add());
        ask(FRONT_1, 8, 7, 1, new Add());

        long late = forward(FRONT_2, 7, 6, 1, new Add());
        bench.run(SECOND);

        assertThat(bench.answered(late)).isFalse();
        assertThat(ask(FRONT_1, 9, 8, 1, new Read())).isEqualTo(new Answered(1, true, new Sum(2)));
    }

    @Test
    void aRequestForAnotherEpochIsNotCarriedOut() {
        begin(Members.up(N1, N2));
        ask(FRONT_1, 7, 6, 1, new Add());
        succeed(N1, Members.up(N1, N2));

        assertThat(ask(FRONT_1, 8, 7, 1, new Add())).isEqualTo(new NotServing());
        assertThat(ask(FRONT_1, 9, 8, 2, new Read())).isEqualTo(new Answered(2, true, new Sum(1)));
    }

    @Test
    void aRequestThatNoFrontPassesOnIsNotCarriedOut() {
        begin(Members.up(N1, N2));

        assertThat(ask(CLIENT, 1, 0, 1, new Add())).isEqualTo(new NotServing());
        assertThat(ask(FRONT_1, 2, 1, 1, new Read())).isEqualTo(new Answered(1, true, new Sum(0)));
    }

    /** What may be asked of it, and by whom, a front has to say. */
    @Test
    void whatIsAskedOfTheOwnerItselfIsNotCarriedOut() {
        begin(Members.up(N1, N2));
        bench.ask(CLIENT, ++lastCall, 0, OWNER, new Add());
        bench.run(SECOND);

        assertThat(bench.answered(lastCall)).isFalse();
        assertThat(ask(FRONT_1, 2, 1, 1, new Read())).isEqualTo(new Answered(1, true, new Sum(0)));
    }

    /** Two fronts that the client has asked the same: one is about to change, the other reads whether it may be. */
    @Test
    void aFrontsReadUnderTheNumberOfAChangeIsNoRepeatOfIt() {
        begin(Members.up(N1, N2));
        ask(FRONT_2, 1, 0, 1, new Read());
        bench.holdBack(envelope -> envelope.payload() instanceof OwnerProtocol.Recalled);
        long write = forward(FRONT_1, 7, 6, 1, new Add());
        long read = forward(FRONT_2, 7, 6, 1, new Read());
        bench.run(SECOND / 2);
        bench.release();
        bench.run(SECOND);

        assertThat(bench.answer(write)).isEqualTo(new Answered(1, false, new Sum(1)));
        assertThat(bench.answer(read)).isEqualTo(new Answered(1, true, new Sum(1)));
        assertThat(ask(FRONT_1, 7, 6, 1, new Read())).isEqualTo(new Answered(1, true, new Sum(1)));
        assertThat(ask(FRONT_1, 7, 6, 1, new Add())).isEqualTo(new Answered(1, false, new Sum(1)));
    }

    @Test
    void aWriteIsDecidedOnceEveryHolderHasConfirmed() {
        begin(Members.up(N1, N2));
        ask(FRONT_2, 1, 0, 1, new Read());
        bench.holdBack(envelope -> envelope.payload() instanceof OwnerProtocol.Recalled);
        long write = forward(FRONT_1, 2, 1, 1, new Add());
        long read = forward(FRONT_1, 3, 1, 1, new Read());
        bench.run(SECOND / 2);

        assertThat(front2.heard).contains(new OwnerProtocol.Recall(0, 1, "sum"));
        assertThat(bench.answered(write)).isFalse();
        assertThat(bench.answered(read)).isFalse(); // Queued behind the write: a holder now would be one too many.
        bench.release();
        bench.run(SECOND);

        assertThat(bench.answer(write)).isEqualTo(new Answered(1, false, new Sum(1)));
        assertThat(bench.answer(read)).isEqualTo(new Answered(1, true, new Sum(1)));
    }

    @Test
    void aWriteWaitsForAHolderUntilItsNodeIsRemovedAndOneLeaseHasPassed() {
        Membership all = Members.up(N1, N2);
        begin(all);
        ask(FRONT_2, 1, 0, 1, new Read());
        bench.remove(Reserved.NAME_FRONT.address(N2, GRID));
        long write = forward(FRONT_1, 2, 1, 1, new Add());
        bench.run(5 * SECOND);
        assertThat(bench.answered(write)).isFalse();

        bench.tell(OWNER, Members.without(all, N2, bench.nanos()));
        bench.run(NodeLease.LENGTH_NANOS - SECOND / 4);
        assertThat(bench.answered(write)).isFalse();
        bench.run(SECOND);
        assertThat(bench.answered(write)).isTrue();
    }

    @Test
    void theFirstWriteOfAnEpochWaitsForEveryFrontThatMayHoldSomething() {
        begin(Members.up(N1, N2));
        bench.holdBack(envelope -> envelope.payload() instanceof OwnerProtocol.OwnerNoted);
        // The new owner's node has not heard of node 2, yet the journal says that it was admitted.
        succeed(N1, Members.up(N1));
        long write = forward(FRONT_1, 2, 1, 2, new Add());
        bench.run(SECOND / 2);
        bench.release();
        bench.run(2 * SECOND);
        assertThat(bench.answered(write)).isFalse();

        bench.tell(OWNER, Members.up(N1, N2));
        bench.run(SECOND);
        assertThat(bench.answer(write)).isEqualTo(new Answered(2, false, new Sum(1)));
    }

    @Test
    void aSuccessorWaitsUntilThePredecessorsNodeIsGone() {
        life.apply(new OwnerLife.OwnerStarted(N2, List.of(N1, N2)));
        Membership all = Members.up(N1, N2);
        bench.holdBack(envelope -> envelope.payload() instanceof OwnerProtocol.ReportServing);
        begin(all);
        bench.run(5 * SECOND);
        assertThat(life.serving()).isFalse();

        bench.tell(OWNER, Members.without(all, N2, bench.nanos()));
        bench.run(NodeLease.LENGTH_NANOS - SECOND / 4);
        assertThat(life.serving()).isFalse();
        bench.run(SECOND);
        assertThat(life.epoch()).isEqualTo(2);
    }

    /** The predecessor's last row failed, so the journal does not say that it has ended; its node lives on. */
    @Test
    void aSuccessorDoesNotWaitForOneThatHasStoppedWithoutALastRow() {
        life.apply(new OwnerLife.OwnerStarted(N2, List.of(N1, N2)));
        begin(Members.up(N1, N2));

        assertThat(life.serving()).isTrue();
        assertThat(bench.journal(OWNER)).containsExactly(new OwnerLife.OwnerStarted(N1, List.of(N1, N2)));
    }

    @Test
    void aSuccessorWaitsAsLongAsThePredecessorServes() {
        OwnerLife predecessor = owner(N2);
        bench.add(PREDECESSOR, predecessor);
        bench.tell(PREDECESSOR, Members.up(N1, N2));
        bench.tell(PREDECESSOR, new OwnerLife.SliceGranted());
        bench.journal(PREDECESSOR).forEach(life::apply);
        begin(Members.up(N1, N2));
        bench.run(5 * SECOND);
        assertThat(predecessor.serving()).isTrue();
        assertThat(life.serving()).isFalse();

        bench.tell(PREDECESSOR, new OwnerLife.SliceWithdrawn());
        bench.run(SECOND);
        assertThat(life.serving()).isTrue();
    }

    @Test
    void aSuccessorDoesNotWaitForALifeOfThePredecessorThatHasNotBegun() {
        life.apply(new OwnerLife.OwnerStarted(N2, List.of(N1, N2)));
        OwnerLife predecessor = owner(N2);
        bench.add(PREDECESSOR, predecessor);
        begin(Members.up(N1, N2));

        assertThat(predecessor.serving()).isFalse();
        assertThat(life.serving()).isTrue();
    }

    @Test
    void aSuccessorDoesNotWaitForOneThatHasSteppedDown() {
        life.apply(new OwnerLife.OwnerStarted(N2, List.of(N1, N2)));
        life.apply(new OwnerLife.SteppedDown(N2));
        begin(Members.up(N1, N2));

        assertThat(life.serving()).isTrue();
    }

    @Test
    void aPredecessorOfWhomNobodyHasHeardForLongIsGone() {
        life.apply(new OwnerLife.OwnerStarted(N3, List.of(N3)));
        begin(Members.up(N1));
        assertThat(life.serving()).isFalse();

        bench.run(Membership.STRANGER_NANOS + SECOND);
        assertThat(life.serving()).isTrue();
        assertThat(ask(FRONT_1, 1, 0, 2, new Add())).isEqualTo(new Answered(2, false, new Sum(1)));
    }

    @Test
    void withdrawnItRefusesWhatItHasNotBegunAndStepsDown() {
        begin(Members.up(N1, N2));
        ask(FRONT_2, 1, 0, 1, new Read());
        bench.holdBack(envelope -> envelope.payload() instanceof OwnerProtocol.Recalled);
        long write = forward(FRONT_1, 2, 1, 1, new Add());
        bench.run(SECOND / 2);
        bench.tell(OWNER, new OwnerLife.SliceWithdrawn());
        bench.run(SECOND);

        assertThat(bench.answer(write)).isEqualTo(new NotServing());
        assertThat(bench.journal(OWNER)).endsWith(new OwnerLife.SteppedDown(N1));
        assertThat(life.stopped()).isTrue();
        assertThat(ask(FRONT_1, 3, 2, 1, new Read())).isEqualTo(new NotServing());
    }

    /** Found by the simulator: the successor waited for good. */
    @Test
    void oneThatIsWithdrawnWhileItRecoversStepsDownForItsEarlierLife() {
        life.apply(new OwnerLife.OwnerStarted(N1, List.of(N1, N2)));
        bench.add(OWNER, life);
        bench.tell(OWNER, new OwnerLife.SliceWithdrawn());

        assertThat(bench.journal(OWNER)).containsExactly(new OwnerLife.SteppedDown(N1));
        assertThat(life.stopped()).isTrue();
    }

    private void begin(Membership membership) {
        bench.add(Reserved.NAME_FRONT.address(N1, GRID), front1);
        bench.add(Reserved.NAME_FRONT.address(N2, GRID), front2);
        bench.add(OWNER, life);
        bench.tell(OWNER, membership);
        bench.tell(OWNER, new OwnerLife.SliceGranted());
        bench.run(SECOND / 100);
    }

    /** The owner is lost without a word; the next one has only its journal. */
    private void succeed(Incarnation node, Membership membership) {
        OwnerLife next = owner(node);
        bench.journal(OWNER).forEach(next::apply);
        life = next;
        begin(membership);
    }

    private static OwnerLife owner(Incarnation node) {
        return new OwnerLife(new Adder(), 0, node, PLACE, Reserved.NAME_FRONT);
    }

    private Payload ask(ClientId front, long call, long settled, long epoch, Payload request) {
        long number = forward(front, call, settled, epoch, request);
        bench.run(SECOND / 100);
        return bench.answer(number);
    }

    private long forward(ClientId front, long call, long settled, long epoch, Payload request) {
        bench.ask(front, ++lastCall, 0, OWNER, new Forwarded(CLIENT, "user", call, settled, epoch, request));
        return lastCall;
    }
}
