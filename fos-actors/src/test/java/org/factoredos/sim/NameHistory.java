package org.factoredos.sim;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Incarnation;
import org.factoredos.sim.Linearizability.Operation;
import org.jspecify.annotations.Nullable;

/** What all clients asked of the directory and were answered, and the judgement on it (G2). */
final class NameHistory {
    sealed interface Input {}

    record Register(Address mailbox) implements Input {}

    record Resolve() implements Input {}

    record Delete() implements Input {}

    /** What the directory said, or what a message by name met. */
    sealed interface Output {}

    record Done() implements Output {}

    /** Another mailbox has the name. */
    record Taken() implements Output {}

    record Absent() implements Output {}

    record Found(Address mailbox) implements Output {}

    private static final class Pending {
        final String name;
        final Input input;
        final long called;

        @Nullable
        Output output;

        long returned = Long.MAX_VALUE;
        boolean forgotten;

        Pending(String name, Input input, long called) {
            this.name = name;
            this.input = input;
            this.called = called;
        }
    }

    private final List<Pending> all = new ArrayList<>();
    private long moment;

    /** Returns a number for the operation. */
    int called(String name, Input input) {
        all.add(new Pending(name, input, ++moment));
        return all.size() - 1;
    }

    void returned(int operation, Output output) {
        Pending pending = all.get(operation);
        pending.output = output;
        pending.returned = ++moment;
    }

    /** It has certainly changed nothing and told nothing. */
    void forget(int operation) {
        all.get(operation).forgotten = true;
    }

    int definite() {
        return (int) all.stream().filter(p -> p.output != null).count();
    }

    String counts() {
        return definite() + " of " + all.size() + " operations definite";
    }

    /**
     * Null where every name's history is linearizable.
     *
     * @param dead whether a life has ended by now
     */
    @Nullable
    String violation(Predicate<Incarnation> dead) {
        Map<String, List<Operation<Input, Output>>> byName = new LinkedHashMap<>();
        for (Pending pending : all) {
            // What only asks, and was not answered, says nothing.
            if (!pending.forgotten && !(pending.output == null && pending.input instanceof Resolve)) {
                byName.computeIfAbsent(pending.name, n -> new ArrayList<>())
                        .add(new Operation<>(pending.input, pending.output, pending.called, pending.returned));
            }
        }
        for (Map.Entry<String, List<Operation<Input, Output>>> each : byName.entrySet()) {
            String violation = Linearizability.violation(new Directory(dead), each.getValue());
            if (violation != null) {
                return "name " + each.getKey() + ": " + violation;
            }
        }
        return null;
    }

    /** Who has the name; null: nobody. */
    private record State(@Nullable Address mailbox) {}

    /** One name, of a single mailbox. */
    private record Directory(Predicate<Incarnation> dead) implements Linearizability.Model<State, Input, Output> {
        @Override
        public State initial() {
            return new State(null);
        }

        @Override
        public @Nullable State next(State state, Input input, @Nullable Output output) {
            Address now = state.mailbox();
            return switch (input) {
                case Register(Address mailbox) -> register(state, mailbox, output);
                case Resolve asked ->
                    switch (output) {
                        case Found(Address mailbox) -> mailbox.equals(now) ? state : null;
                        case Absent absent -> now == null ? state : null;
                        case null, default -> null;
                    };
                case Delete asked ->
                    switch (output) {
                        // Without an effect an indefinite operation need not be placed at all.
                        case null -> now == null ? null : new State(null);
                        case Done done -> now == null ? null : new State(null);
                        case Absent absent -> now == null ? state : null;
                        default -> null;
                    };
            };
        }

        private @Nullable State register(State state, Address mailbox, @Nullable Output output) {
            Address now = state.mailbox();
            boolean same = mailbox.equals(now);
            // The mailbox of a dead node stands in nobody's way, once the owner knows of its death.
            boolean free = now == null || same || ended(now);
            return switch (output) {
                case null -> free && !same ? new State(mailbox) : null;
                case Done done -> free ? new State(mailbox) : null;
                case Taken taken -> now == null || same ? null : state;
                default -> null;
            };
        }

        private boolean ended(Address mailbox) {
            return dead.test(
                    new Incarnation(mailbox.client().node(), mailbox.client().boot()));
        }
    }
}
