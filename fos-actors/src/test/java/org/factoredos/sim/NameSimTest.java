package org.factoredos.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.factoredos.kernel.Envelope;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.OwnerProtocol;
import org.factoredos.server.Response;
import org.factoredos.sim.NameScenario.Variant;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * G2 and G7 by a thousand seeds: names are linearizable and every call ends, whatever nodes, wire and journal do.
 *
 * <p>{@code -Dfos.seeds=n} runs another number of seeds, {@code -Dfos.seed=n} one, {@code -Dfos.log=true} prints it.
 */
@Tag("N10")
@Tag("S4")
@Tag("S6")
class NameSimTest {
    private static final long SEEDS = Long.getLong("fos.seeds", 1_000);
    private static final Optional<Long> ONLY = Optional.ofNullable(Long.getLong("fos.seed"));

    /** What the first seed that fails says; empty where none does. */
    private static Optional<String> found(String test, Supplier<Variant> variant) {
        for (long seed = ONLY.orElse(1L); seed <= ONLY.orElse(SEEDS); seed++) {
            NameScenario scenario = new NameScenario(seed, variant.get());
            if (Boolean.getBoolean("fos.log")) {
                scenario.log(System.out::println);
            }
            String violation;
            try {
                violation = scenario.violation();
            } catch (RuntimeException e) {
                violation = "a core broke: " + e;
                if (ONLY.isPresent()) {
                    throw e;
                }
            }
            if (violation != null) {
                return Optional.of("seed " + seed + ": " + violation + "\nrepeat it with: ./mvnw -pl fos-actors test"
                        + " -Dtest=NameSimTest#" + test + " -Dfos.seed=" + seed);
            }
        }
        return Optional.empty();
    }

    @Test
    void everyNameIsLinearizableAndEveryCallEnds() {
        found("everyNameIsLinearizableAndEveryCallEnds", () -> Variant.NONE).ifPresent(message -> fail(message));
    }

    @Test
    void sameSeedIsTheSameRun() {
        List<Long> hashes = new ArrayList<>();
        for (long seed : new long[] {5, 5, 6}) {
            NameScenario scenario = new NameScenario(seed, Variant.NONE);
            scenario.violation();
            hashes.add(scenario.hash());
        }
        assertThat(hashes.get(0)).isEqualTo(hashes.get(1)).isNotEqualTo(hashes.get(2));
    }

    // Planted faults: variants of the state machines that only tests have.

    @Test
    void droppedContinuationIsFound() {
        assertFound("droppedContinuationIsFound", () -> {
            AtomicInteger count = new AtomicInteger();
            return new Variant(
                    core -> new Wrapped(core) {
                        @Override
                        public List<Effect> on(Continuation continuation, Response response, long nanos) {
                            return count.incrementAndGet() % 97 == 0
                                    ? List.of()
                                    : super.on(continuation, response, nanos);
                        }
                    },
                    core -> core,
                    false);
        });
    }

    @Test
    void skippedDuplicateFilterOfTheOwnerIsFound() {
        assertFound("skippedDuplicateFilterOfTheOwnerIsFound", () -> {
            AtomicLong fresh = new AtomicLong();
            return new Variant(
                    core -> core,
                    core -> new Wrapped(core) {
                        @Override
                        public List<Effect> on(Envelope in, long nanos) {
                            return super.on(neverSeen(in, fresh.incrementAndGet()), nanos);
                        }
                    },
                    false);
        });
    }

    /** As if each sending of a request were another request. */
    private static Envelope neverSeen(Envelope in, long number) {
        if (!(in.payload() instanceof OwnerProtocol.Forwarded forwarded)) {
            return in;
        }
        var renumbered = new OwnerProtocol.Forwarded(
                forwarded.client(), forwarded.domain(), number, 0, forwarded.epoch(), forwarded.request());
        return new Envelope(
                in.to(), in.from(), in.domain(), in.kind(), in.call(), in.settled(), renumbered, in.trace());
    }

    @Test
    void skippedDuplicateFilterOfTheLinkIsFound() {
        assertFound("skippedDuplicateFilterOfTheLinkIsFound", () -> new Variant(core -> core, core -> core, true));
    }

    @Test
    void replyBeforeItsPersistIsFound() {
        assertFound(
                "replyBeforeItsPersistIsFound",
                () -> new Variant(
                        core -> core,
                        core -> new Wrapped(core) {
                            @Override
                            public List<Effect> on(Envelope in, long nanos) {
                                List<Effect> hasty = new ArrayList<>(super.on(in, nanos));
                                hasty.sort((a, b) ->
                                        Boolean.compare(b instanceof Effect.Reply, a instanceof Effect.Reply));
                                return hasty;
                            }

                            @Override
                            public List<Effect> on(Continuation continuation, Response response, long nanos) {
                                List<Effect> hasty = new ArrayList<>(super.on(continuation, response, nanos));
                                hasty.sort((a, b) ->
                                        Boolean.compare(b instanceof Effect.Reply, a instanceof Effect.Reply));
                                return hasty;
                            }
                        },
                        false));
    }

    private static void assertFound(String test, Supplier<Variant> variant) {
        assertThat(found(test, variant))
                .hasValueSatisfying(message ->
                        assertThat(message).contains("seed ").contains("-Dtest=NameSimTest#" + test + " -Dfos.seed="));
    }
}
