package org.factoredos.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.FixedRights;
import org.factoredos.kernel.Interconnect;
import org.factoredos.kernel.Microkernel;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.SendResult;
import org.factoredos.kernel.Sending;
import org.factoredos.kernel.Wire;
import org.factoredos.lib.Calls;
import org.factoredos.lib.FosException;
import org.factoredos.placement.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How init starts a process and waits for it, with a clock that stands still. */
class StartedProcessTest {
    private static final int MORE_THAN_A_SHIM_HOLDS = 5_000;

    private final AtomicLong nanos = new AtomicLong();
    private final Interconnect node =
            new Interconnect(new NodeId(1), 1, Grid.ofOneNode(2, 1), FixedRights.ALL, nanos::get, Wire.none());
    private final Microkernel tile = node.microkernels().getFirst();
    private final Client init = tile.open("sys:boot", 4, () -> {});
    private final Calls calls = new Calls(init);
    private final StartedProcess process =
            new StartedProcess(Boot.spec("cat", List.of(), new Stream.Nothing()), task -> new CompletableFuture<>());

    private record Anything() implements Payload {}

    @Test
    @Tag("G7")
    void aRefusedStartIsTriedAgainAfterLongerAndLongerRestsAndGivenUpInTheEnd() {
        Client flood = node.microkernels().getLast().open("user", 2, () -> {});
        for (int i = 0; i < MORE_THAN_A_SHIM_HOLDS; i++) {
            flood.send(tile.address(), new Anything(), Sending.UNWATCHED);
        }

        List<Long> rests = new ArrayList<>();
        while (!process.exit().isDone()) {
            process.advance(calls);
            if (process.hasNews()) { // It was begun, and is refused at once.
                process.advance(calls);
                assertThat(process.hasNews()).as("begun again without a rest").isFalse();
            }
            if (rests.size() < 8) {
                rests.add((process.dueNanos() - nanos.get()) / 100_000);
            }
            nanos.set(process.dueNanos());
        }

        assertThat(rests).containsExactly(5L, 10L, 20L, 40L, 80L, 160L, 320L, 500L);
        assertThatThrownBy(() -> process.exit().join())
                .cause()
                .isInstanceOfSatisfying(
                        FosException.class, e -> assertThat(e.error()).isEqualTo(SendResult.QUEUE_FULL));
    }
}
