package org.factoredos.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.factoredos.sim.Linearizability.Operation;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The judge is judged: what it must accept, and above all what it must reject. */
@Tag("N10")
class LinearizabilityTest {
    private sealed interface Input {}

    private record Write(int value) implements Input {}

    private record Read() implements Input {}

    private record CompareAndSet(int expected, int value) implements Input {}

    /** Leaves any value from 1 on. */
    private record Scatter(int most) implements Input {}

    /** Reads return the value, writes 0, compare-and-set 1 or 0. */
    private static final Linearizability.Model<Integer, Input, Integer> REGISTER = new Linearizability.Model<>() {
        @Override
        public Integer initial() {
            return 0;
        }

        @Override
        public List<Integer> next(Integer state, Operation<Input, Integer> operation) {
            Integer output = operation.output();
            return switch (operation.input()) {
                case Write(int value) -> List.of(value);
                case Read read -> output == null || output.equals(state) ? List.of(state) : List.of();
                case CompareAndSet(int expected, int value) -> {
                    boolean sets = state == expected;
                    boolean fits = output == null || (output == 1) == sets;
                    yield fits ? List.of(sets ? value : state) : List.of();
                }
                case Scatter(int most) -> IntStream.rangeClosed(1, most).boxed().toList();
            };
        }
    };

    private static Operation<Input, Integer> op(Input input, @Nullable Integer output, long called, long returned) {
        return new Operation<>(input, output, called, returned);
    }

    private static Operation<Input, Integer> write(int value, long called, long returned) {
        return op(new Write(value), 0, called, returned);
    }

    private static Operation<Input, Integer> read(int value, long called, long returned) {
        return op(new Read(), value, called, returned);
    }

    @SafeVarargs
    @SuppressWarnings("varargs")
    private static @Nullable String violation(Operation<Input, Integer>... history) {
        return Linearizability.violation(REGISTER, Arrays.asList(history));
    }

    @Test
    void nothingHappenedIsAccepted() {
        assertThat(violation()).isNull();
    }

    @Test
    void overlappingReadsMaySeeEitherValue() {
        assertThat(violation(write(1, 0, 10), read(0, 1, 2), read(1, 3, 4))).isNull();
        assertThat(violation(write(1, 0, 10), read(1, 1, 5), read(1, 6, 9))).isNull();
    }

    @Test
    void readThatGoesBackInTimeIsRejected() {
        assertThat(violation(write(1, 0, 10), read(1, 1, 2), read(0, 3, 4))).contains("fits nowhere");
    }

    @Test
    void staleReadAfterReturnedWriteIsRejected() {
        assertThat(violation(write(1, 0, 1), read(0, 2, 3))).isNotNull();
        assertThat(violation(write(1, 0, 2), read(0, 2, 3))).isNull(); // The same moment: they overlap.
    }

    @Test
    void valueThatNobodyWroteIsRejected() {
        assertThat(violation(write(1, 0, 10), read(7, 1, 2))).isNotNull();
    }

    @Test
    void twoWinnersOfOneRaceAreRejected() {
        assertThat(violation(
                        op(new CompareAndSet(0, 1), 1, 0, 10), op(new CompareAndSet(0, 2), 1, 0, 10), read(2, 11, 12)))
                .isNotNull();
        assertThat(violation(
                        op(new CompareAndSet(0, 1), 1, 0, 10), op(new CompareAndSet(0, 2), 0, 0, 10), read(1, 11, 12)))
                .isNull();
    }

    @Test
    void indefiniteWriteMayHaveHappenedOrNotAndAlsoMuchLater() {
        Operation<Input, Integer> lost = op(new Write(5), null, 0, Long.MAX_VALUE);
        assertThat(violation(lost, read(0, 10, 11))).isNull();
        assertThat(violation(lost, read(5, 10, 11))).isNull();
        assertThat(violation(lost, read(0, 10, 11), read(5, 12, 13))).isNull();
    }

    @Test
    void indefiniteWriteThatHappenedDoesNotUnhappen() {
        Operation<Input, Integer> lost = op(new Write(5), null, 0, Long.MAX_VALUE);
        assertThat(violation(lost, read(5, 10, 11), read(0, 12, 13))).isNotNull();
    }

    @Test
    void indefiniteWriteDoesNotHappenBeforeItsCall() {
        assertThat(violation(read(5, 0, 1), op(new Write(5), null, 2, Long.MAX_VALUE)))
                .isNotNull();
    }

    @Test
    void operationWithSeveralOutcomesHadOneOfThemForAllThatFollow() {
        Operation<Input, Integer> scatter = op(new Scatter(3), 0, 0, 1);
        assertThat(violation(scatter, read(3, 2, 3), read(3, 4, 5))).isNull();
        assertThat(violation(scatter, read(2, 2, 3), read(3, 4, 5))).isNotNull();
        assertThat(violation(scatter, read(4, 2, 3))).isNotNull();
    }

    /** Histories made by doing each operation at a moment between its call and its return are linearizable. */
    @Test
    void historiesOfATrueRegisterAreAcceptedAndOneForgedReadIsFound() {
        for (long seed = 1; seed <= 300; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            List<Operation<Input, Integer>> history = new ArrayList<>();
            int value = 0;
            for (int i = 0; i < 60; i++) {
                long moment = 100L * i;
                long called = moment - random.nextInt(400);
                long returned = moment + random.nextInt(400);
                if (random.nextInt(3) == 0) {
                    value = i + 1;
                    boolean lost = random.nextInt(8) == 0;
                    history.add(op(new Write(value), lost ? null : 0, called, lost ? Long.MAX_VALUE : returned));
                } else {
                    history.add(read(value, called, returned));
                }
            }
            assertThat(Linearizability.violation(REGISTER, history))
                    .as("seed %d", seed)
                    .isNull();

            history.add(read(history.size() + 7, 100L * 70, 100L * 71));
            assertThat(Linearizability.violation(REGISTER, history))
                    .as("seed %d", seed)
                    .isNotNull();
        }
    }
}
