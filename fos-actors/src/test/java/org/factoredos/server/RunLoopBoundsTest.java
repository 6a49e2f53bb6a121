package org.factoredos.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Objects;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.FixedRights;
import org.factoredos.kernel.Interconnect;
import org.factoredos.kernel.Mailbox;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.Trace;
import org.factoredos.kernel.Wire;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class RunLoopBoundsTest {
    private static final long YEAR = 365L * 24 * 3600 * 1_000_000_000L;

    private record Ask() implements Payload.Request<Done> {}

    private record Done() implements Payload {}

    private record Work() implements DeviceRequest<Done> {}

    private record Again() implements Continuation {}

    private long nanos = 1_000_000_000L;
    private final Interconnect node =
            new Interconnect(new NodeId(1), 1, Grid.ofOneNode(2, 1), FixedRights.ALL, () -> nanos, Wire.none());
    private final Client caller = node.microkernels().get(0).open("user", 64, () -> {});
    private final Client client = node.microkernels().get(1).open("sys:x", 64, () -> {});
    private final Mailbox requests = client.createMailbox(100, 1 << 20);

    private void ask(@Nullable Trace trace) {
        caller.request(client.addressOf(requests), new Ask(), caller.responses().reserve(), 0, trace, result -> {});
    }

    /** A device, or a neighbour, that answers faster than a turn. */
    private static final class Busy implements Server {
        int restarted;
        final long patience;
        final boolean again;

        Busy(long patience, boolean again) {
            this.patience = patience;
            this.again = again;
        }

        @Override
        public List<Effect> on(Envelope in, long now) {
            return List.of(new Effect.Device(new Work(), new Again(), patience));
        }

        @Override
        public List<Effect> on(Continuation continuation, Response response, long now) {
            restarted++;
            return again && restarted < 100_000
                    ? List.of(new Effect.Device(new Work(), new Again(), patience))
                    : List.of();
        }
    }

    @Test
    @Tag("S5")
    void aTurnEndsThoughAnswersKeepComing() {
        Busy core = new Busy(1_000_000_000L, true);
        RunLoop loop = new RunLoop(client, requests, core, (work, done) -> done.accept(new Done()), () -> true);
        ask(null);
        loop.turn(nanos);

        assertThat(core.restarted).isLessThan(1000);
    }

    @Test
    @Tag("S6")
    void ofAnAnsweredCallNoDeadlineIsKept() {
        Busy core = new Busy(YEAR, false);
        RunLoop loop = new RunLoop(client, requests, core, (work, done) -> done.accept(new Done()), () -> true);
        for (int i = 0; i < 50; i++) {
            ask(null);
        }
        loop.turn(nanos);
        loop.turn(nanos);

        assertThat(core.restarted).isEqualTo(50);
        assertThat(loop.parked()).isZero();
        assertThat(loop.nextDeadlineNanos()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    @Tag("A4")
    void theStepsOfATraceAreInTheOrderOfTheirTimes() {
        Server replies = new Server() {
            int asked;

            @Override
            public List<Effect> on(Envelope in, long now) {
                if (asked++ == 0) { // While the first is processed, the second comes.
                    nanos += 5_000_000;
                    ask(Trace.begin(caller.tile(), nanos));
                }
                return List.of(new Effect.Reply(in.from(), in.call(), new Done(), in.trace()));
            }

            @Override
            public List<Effect> on(Continuation continuation, Response response, long now) {
                return List.of();
            }
        };
        RunLoop loop = new RunLoop(client, requests, replies);
        ask(null);
        loop.turn(nanos);

        caller.responses().take();
        Trace trace = Objects.requireNonNull(
                Objects.requireNonNull(caller.responses().take()).trace());
        assertThat(trace.steps().stream().map(Trace::nanos).toList()).isSorted();
    }
}
