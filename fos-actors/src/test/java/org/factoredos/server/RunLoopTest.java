package org.factoredos.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.FixedRights;
import org.factoredos.kernel.Interconnect;
import org.factoredos.kernel.Mailbox;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.SendResult;
import org.factoredos.kernel.Sending;
import org.factoredos.kernel.Wire;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The main loop of Figure 4, with a scripted core between a caller and another server, all in one turn after another. */
class RunLoopTest {
    private static final long PATIENCE = 1_000_000_000L;

    private record Ask(String text) implements Payload.Request<Say> {}

    private record Say(String text) implements Payload {}

    private record Later(String text) implements Continuation {}

    private record Happened(String text) implements Event {}

    private record Read(String text) implements DeviceRequest<Say> {}

    /** Three tiles in a row: a caller, the server under test, and the server that it asks. */
    private static final class Bench implements Server {
        final List<String> seen = new ArrayList<>();
        final Client caller;
        final Client server;
        final Client other;
        final Mailbox requests;
        final Mailbox othersRequests;
        final RunLoop loop;
        BooleanSupplier mayAnswer = () -> true;
        BiFunction<Call<Say>, String, List<Effect>> onAsk = (call, text) -> List.of(call.reply(new Say(text)));
        long nanos = 5_000_000_000L;

        Bench(int calls, int mailbox) {
            Interconnect interconnect = new Interconnect(
                    new NodeId(1), 1, Grid.ofOneNode(3, 1), FixedRights.ALL, () -> nanos(), Wire.none());
            caller = interconnect.microkernels().get(0).open("test", 64, () -> {});
            server = interconnect.microkernels().get(1).open("sys:test", calls, () -> {});
            other = interconnect.microkernels().get(2).open("sys:other", 64, () -> {});
            requests = server.createMailbox(mailbox, 1 << 20);
            othersRequests = other.createMailbox(2, 1 << 20);
            loop = new RunLoop(
                    server,
                    requests,
                    this,
                    (request, done) -> done.accept(new Say("device " + request)),
                    () -> mayAnswer.getAsBoolean());
        }

        private long nanos() {
            return nanos;
        }

        @Override
        public List<Effect> on(Envelope in, long now) {
            Ask ask = (Ask) in.payload();
            seen.add("ask " + ask.text());
            return onAsk.apply(Call.of(in, ask), ask.text());
        }

        @Override
        public List<Effect> on(Continuation continuation, Response response, long now) {
            String how = switch (response) {
                case Response.Answered(Payload answer) -> "answered " + answer;
                case Response.SendRefused(SendResult result) -> "refused " + result;
                case Response.DeadlinePassed passed -> "late";
            };
            seen.add(((Later) continuation).text() + " " + how);
            return List.of();
        }

        Effect.Call callOther(String text) {
            return new Effect.Call(other.addressOf(othersRequests), new Ask(text), new Later(text), PATIENCE);
        }

        SendResult ask(String text) {
            List<SendResult> result = new ArrayList<>();
            long call = caller.responses().reserve();
            caller.request(server.addressOf(requests), new Ask(text), call, 0, null, result::add);
            return result.getFirst();
        }

        Optional<List<Event>> turn() {
            return loop.turn(nanos);
        }

        /** The other server answers the oldest request that it has. */
        SendResult otherAnswers() {
            Envelope in = othersRequests.take();
            if (in == null) {
                throw new IllegalStateException("nothing was asked");
            }
            List<SendResult> result = new ArrayList<>();
            other.reply(in.from(), in.call(), new Say("yes"), null, result::add);
            return result.getFirst();
        }

        List<String> answers() {
            List<String> answers = new ArrayList<>();
            for (Envelope in = caller.responses().take();
                    in != null;
                    in = caller.responses().take()) {
                answers.add(((Say) in.payload()).text());
            }
            return answers;
        }
    }

    @Test
    @Tag("S5")
    void responsesGoBeforeRequestsAfterEachTransaction() {
        Bench bench = new Bench(64, 64);
        bench.onAsk = (call, text) ->
                text.equals("first") ? List.of(bench.callOther("parked")) : List.of(call.reply(new Say(text)));
        bench.ask("first");
        bench.turn();
        bench.ask("second");
        bench.ask("third");
        bench.otherAnswers();
        bench.seen.clear();
        bench.turn();
        assertThat(bench.seen).containsExactly("parked answered Say[text=yes]", "ask second", "ask third");
    }

    @Test
    @Tag("S5")
    void answerThatComesInsideATransactionGoesBeforeTheNextRequest() {
        Bench bench = new Bench(64, 64);
        bench.onAsk = (call, text) -> List.of(new Effect.Device(new Read(text), new Later(text), PATIENCE));
        bench.ask("one");
        bench.ask("two");
        bench.turn();
        assertThat(bench.seen)
                .containsExactly(
                        "ask one",
                        "one answered Say[text=device Read[text=one]]",
                        "ask two",
                        "two answered Say[text=device Read[text=two]]");
    }

    @Test
    @Tag("S6")
    void deadlineEndsAParkedTransactionOnceAndALateAnswerFindsNothing() {
        Bench bench = new Bench(64, 64);
        bench.onAsk = (call, text) -> List.of(bench.callOther(text));
        bench.ask("slow");
        bench.turn();
        assertThat(bench.loop.parked()).isEqualTo(1);
        assertThat(bench.loop.nextDeadlineNanos()).isBetween(bench.nanos + PATIENCE, bench.nanos + 2 * PATIENCE);

        bench.nanos += PATIENCE - 1;
        bench.turn();
        assertThat(bench.seen).containsExactly("ask slow");
        bench.nanos = bench.loop.nextDeadlineNanos();
        bench.turn();
        assertThat(bench.otherAnswers()).isEqualTo(SendResult.NO_SUCH_MAILBOX);
        bench.turn();
        assertThat(bench.seen).containsExactly("ask slow", "slow late");
        assertThat(bench.loop.parked()).isZero();
    }

    @Test
    @Tag("S6")
    @Tag("M7")
    void refusedCallComesBackToItsContinuation() {
        Bench bench = new Bench(64, 64);
        bench.onAsk = (call, text) -> List.of(bench.callOther(text));
        bench.ask("a");
        bench.ask("b");
        bench.ask("c"); // The other's mailbox takes two.
        bench.turn();
        assertThat(bench.seen).contains("c refused QUEUE_FULL").hasSize(4);
        assertThat(bench.loop.parked()).isEqualTo(2);

        bench.onAsk = (call, text) -> List.of(new Effect.Call(
                new Address(new ClientId(new NodeId(1), 1, 999), 1, bench.caller.tile()),
                new Ask(text),
                new Later(text),
                PATIENCE));
        bench.ask("d");
        bench.turn();
        assertThat(bench.seen).contains("d refused NO_SUCH_MAILBOX");
        assertThat(bench.loop.parked()).isEqualTo(2);
    }

    @Test
    @Tag("S6")
    void fullTableRefusesAndNothingIsSent() {
        Bench bench = new Bench(2, 64);
        bench.onAsk = (call, text) -> List.of(new Effect.Call(
                bench.caller.addressOf(bench.caller.createMailbox(64, 1 << 20)),
                new Ask(text),
                new Later(text),
                PATIENCE));
        List.of("a", "b", "c").forEach(bench::ask);
        bench.turn();
        assertThat(bench.seen).containsExactly("ask a", "ask b", "ask c", "c refused QUEUE_FULL");
        assertThat(bench.loop.parked()).isEqualTo(2);
        assertThat(bench.othersRequests.messages()).isZero();
    }

    @Test
    @Tag("S5")
    void answerNeverMeetsAFullQueue() {
        Bench bench = new Bench(64, 1);
        bench.onAsk = (call, text) -> List.of(bench.callOther(text));
        bench.ask("a");
        bench.turn();
        bench.ask("fills the request mailbox");
        assertThat(bench.ask("more")).isEqualTo(SendResult.QUEUE_FULL);
        assertThat(bench.otherAnswers()).isEqualTo(SendResult.ACCEPTED);
    }

    @Test
    @Tag("S6")
    void effectsBehindAPersistLeaveOnlyWhenItIsDurable() {
        Bench bench = new Bench(64, 64);
        bench.onAsk = (call, text) -> text.equals("read")
                ? List.of(call.reply(new Say(text)))
                : List.of(new Effect.Persist(new Happened(text)), call.reply(new Say(text)));
        bench.ask("read");
        bench.ask("write");
        bench.ask("read"); // It may have read what the write before it did.
        bench.ask("another");
        assertThat(bench.turn()).contains(List.of(new Happened("write"), new Happened("another")));
        assertThat(bench.answers()).containsExactly("read");

        bench.ask("too early");
        assertThat(bench.turn()).isEmpty();
        assertThat(bench.seen).doesNotContain("ask too early");
        assertThat(bench.answers()).isEmpty();
        assertThat(bench.loop.rest()).isTrue();

        bench.loop.journaled(bench.nanos);
        assertThat(bench.answers()).containsExactly("write", "read", "another");
        bench.turn();
        bench.loop.journaled(bench.nanos);
        assertThat(bench.answers()).containsExactly("too early");
    }

    @Test
    @Tag("S6")
    void answerThatHasLostItsLeaseIsNotGiven() {
        Bench bench = new Bench(64, 64);
        bench.onAsk = (call, text) -> List.of(new Effect.Persist(new Happened(text)), call.reply(new Say(text)));
        bench.ask("write");
        bench.turn();
        bench.mayAnswer = () -> false; // It ran out while the row was in flight.
        bench.loop.journaled(bench.nanos);
        assertThat(bench.answers()).isEmpty();
    }

    @Test
    @Tag("S4")
    void callsSayWhichOfTheirPredecessorsHaveEnded() {
        Bench bench = new Bench(64, 64);
        bench.onAsk = (call, text) -> List.of(bench.callOther(text));
        bench.ask("a");
        bench.turn();
        bench.ask("b");
        bench.turn();
        Envelope a = taken(bench);
        Envelope b = taken(bench);
        assertThat(b.settled()).isLessThan(a.call());
        bench.other.reply(a.from(), a.call(), new Say("yes"), null, Sending.UNWATCHED);
        bench.turn();
        bench.ask("c");
        bench.turn();
        assertThat(taken(bench).settled()).isEqualTo(a.call()).isLessThan(b.call());
    }

    private static Envelope taken(Bench bench) {
        Envelope in = bench.othersRequests.take();
        if (in == null) {
            throw new IllegalStateException("nothing was asked");
        }
        return in;
    }
}
