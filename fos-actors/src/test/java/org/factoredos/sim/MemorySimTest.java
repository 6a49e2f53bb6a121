package org.factoredos.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Paging;
import org.factoredos.memory.MemoryProtocol.PoolReported;
import org.factoredos.memory.MemoryProtocol.SettlePool;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Response;
import org.factoredos.server.Server;
import org.factoredos.sim.MemoryScenario.Variant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** G4 and G7 by {@link Seeds}: no frame has two owners, none is lost, whoever breaks, comes, goes or dies. */
@Tag("O3")
@Tag("S9")
class MemorySimTest {
    @Test
    void noFrameHasTwoOwnersAndNoneIsLost() {
        Seeds.assertNoneFails(
                "MemorySimTest#noFrameHasTwoOwnersAndNoneIsLost", 200, seed -> new MemoryScenario(seed, Variant.NONE));
    }

    @Test
    void sameSeedIsTheSameRun() {
        MemoryScenario one = new MemoryScenario(7, Variant.NONE);
        MemoryScenario other = new MemoryScenario(7, Variant.NONE);
        one.violation();
        other.violation();

        assertThat(one.hash()).isEqualTo(other.hash());
        assertThat(one.counts()).isEqualTo(other.counts());
    }

    // Planted faults: variants of the state machines that only tests have.

    /** A server that takes another's place and overlooks a grant. */
    @Test
    void aGrantThatIsForgottenInTheSurveyIsFound() {
        Seeds.assertFound(
                "MemorySimTest#aGrantThatIsForgottenInTheSurveyIsFound",
                seed -> new MemoryScenario(seed, Variant.ofAll(MemorySimTest::overlooking)));
    }

    private static Server overlooking(Server core) {
        return new Wrapped(core) {
            @Override
            public List<Effect> on(Continuation continuation, Response response, long nanos) {
                boolean surveyed = continuation.getClass().getSimpleName().equals("AwaitingTile");
                return super.on(
                        continuation,
                        surveyed
                                        && response
                                                instanceof Response.Answered(Paging.GrantsListed(var held, var server))
                                        && !held.isEmpty()
                                ? new Response.Answered(new Paging.GrantsListed(held.subList(1, held.size()), server))
                                : response,
                        nanos);
            }
        };
    }

    /** A server that takes what a tile said the last time for what it says now. */
    @Test
    void frameThatIsFreedByAnOldAnswerIsFound() {
        Seeds.assertFound(
                "MemorySimTest#frameThatIsFreedByAnOldAnswerIsFound",
                seed -> new MemoryScenario(seed, Variant.ofAll(MemorySimTest::behindTheTimes)));
    }

    private static Server behindTheTimes(Server core) {
        Map<String, Response> before = new LinkedHashMap<>();
        return new Wrapped(core) {
            @Override
            public List<Effect> on(Continuation continuation, Response response, long nanos) {
                Response told = response;
                if (continuation.getClass().getSimpleName().equals("Collecting")
                        && response instanceof Response.Answered(Paging.GrantsListed listed)) {
                    String tile = continuation.toString().replaceFirst("said=\\d+.*", "");
                    Response last = before.put(tile, response);
                    told = last == null ? response : last;
                    assertThat(listed).isNotNull();
                }
                return super.on(continuation, told, nanos);
            }
        };
    }

    /** A later server that takes what is lent to it twice. */
    @Test
    void framesThatAreLentTwiceAreFound() {
        Seeds.assertFound(
                "MemorySimTest#framesThatAreLentTwiceAreFound",
                seed -> new MemoryScenario(seed, Variant.ofAll(MemorySimTest::takingTwice)));
    }

    private static Server takingTwice(Server core) {
        return new Wrapped(core) {
            private @Nullable SettlePool before;

            @Override
            public List<Effect> on(Envelope in, long nanos) {
                SettlePool again = before;
                if (!(in.payload() instanceof SettlePool now)) {
                    return super.on(in, nanos);
                }
                before = now;
                SettlePool both =
                        again == null ? now : new SettlePool(now.number(), again.lent(), now.wanted(), now.urgent());
                return super.on(
                        new Envelope(
                                in.to(), in.from(), in.domain(), in.kind(), in.call(), in.settled(), both, in.trace()),
                        nanos);
            }
        };
    }

    /** A first server that takes another's place and does not count what later ones have. */
    @Test
    void aPoolThatIsForgottenIsFound() {
        Seeds.assertFound(
                "MemorySimTest#aPoolThatIsForgottenIsFound",
                seed -> new MemoryScenario(seed, Variant.ofAll(MemorySimTest::forgettingPools)));
    }

    private static Server forgettingPools(Server core) {
        return new Wrapped(core) {
            @Override
            public List<Effect> on(Continuation continuation, Response response, long nanos) {
                return super.on(
                        continuation,
                        response instanceof Response.Answered(PoolReported(boolean known, long number, var pool))
                                ? new Response.Answered(new PoolReported(known, number, List.of()))
                                : response,
                        nanos);
            }
        };
    }
}
