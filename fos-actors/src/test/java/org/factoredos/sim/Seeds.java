package org.factoredos.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The seeds that a test runs: 1,000, or as many as {@code -Dfos.seeds} says, or the one of {@code -Dfos.seed}; {@code
 * -Dfos.log=true} prints what happens.
 */
final class Seeds {
    private static final long COUNT = Long.getLong("fos.seeds", 1_000);
    /** A planted fault that few seeds meet is looked for in more: the first that meets it ends the search. */
    private static final long MOST_SEARCHED = 10 * COUNT;

    private static final Optional<Long> ONLY = Optional.ofNullable(Long.getLong("fos.seed"));

    /** What a seed decides. */
    interface Run {
        void log(Consumer<String> to);

        /** Null where every promise was kept. */
        @Nullable
        String violation();
    }

    private Seeds() {}

    /** Fails with the first seed whose run breaks a promise, and how to repeat it. */
    static void assertNoneFails(String test, LongFunction<? extends Run> scenarios) {
        failure(test, scenarios, COUNT).ifPresent(message -> fail(message));
    }

    /** Likewise with so many seeds, unless a property says otherwise: for runs that take long. */
    static void assertNoneFails(String test, long usual, LongFunction<? extends Run> scenarios) {
        failure(test, scenarios, Long.getLong("fos.seeds", usual)).ifPresent(message -> fail(message));
    }

    /** The variant's fault is found, and the message says how to see it again. */
    static void assertFound(String test, LongFunction<? extends Run> variants) {
        assertThat(failure(test, variants, MOST_SEARCHED))
                .as("the first seed that fails")
                .hasValueSatisfying(message -> assertThat(message).contains("seed ", "-Dtest=" + test, "-Dfos.seed="));
    }

    private static Optional<String> failure(String test, LongFunction<? extends Run> scenarios, long count) {
        for (long seed = ONLY.orElse(1L); seed <= ONLY.orElse(count); seed++) {
            Run scenario = scenarios.apply(seed);
            if (Boolean.getBoolean("fos.log")) {
                scenario.log(System.out::println);
            }
            String violation = violation(scenario);
            if (violation != null) {
                return Optional.of("seed " + seed + ": " + violation + "\nrepeat it with: ./mvnw -pl fos-actors test"
                        + " -Dtest=" + test + " -Dfos.seed=" + seed);
            }
        }
        return Optional.empty();
    }

    private static @Nullable String violation(Run scenario) {
        try {
            return scenario.violation();
        } catch (RuntimeException e) {
            if (ONLY.isPresent()) {
                throw e; // With all that is known of it.
            }
            return "a core broke: " + e;
        }
    }
}
