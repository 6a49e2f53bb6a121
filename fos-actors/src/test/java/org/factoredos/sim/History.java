package org.factoredos.sim;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.factoredos.sim.Linearizability.Model;
import org.factoredos.sim.Linearizability.Operation;
import org.jspecify.annotations.Nullable;

/** What all clients asked of some objects and were answered, and the judgement on it, object by object. */
final class History<I, O> {
    private static final class Pending<I, O> {
        final String object;
        final I input;
        final long called;

        @Nullable
        O output;

        long returned = Long.MAX_VALUE;
        boolean forgotten;

        Pending(String object, I input, long called) {
            this.object = object;
            this.input = input;
            this.called = called;
        }
    }

    private final List<Pending<I, O>> all = new ArrayList<>();
    private long moment;

    /** A moment later than all before. */
    long moment() {
        return ++moment;
    }

    /** Returns a number for the operation. */
    int called(String object, I input) {
        all.add(new Pending<>(object, input, moment()));
        return all.size() - 1;
    }

    void returned(int operation, O output) {
        Pending<I, O> pending = all.get(operation);
        pending.output = output;
        pending.returned = moment();
    }

    /** It has certainly changed nothing, and told nothing. */
    void forget(int operation) {
        all.get(operation).forgotten = true;
    }

    String counts() {
        return all.stream().filter(p -> p.output != null).count() + " of " + all.size() + " operations definite";
    }

    /** Null where every object's history is linearizable. */
    <S> @Nullable String violation(Model<S, I, O> model) {
        Map<String, List<Operation<I, O>>> byObject = new LinkedHashMap<>();
        for (Pending<I, O> one : all) {
            if (!one.forgotten) {
                byObject.computeIfAbsent(one.object, n -> new ArrayList<>())
                        .add(new Operation<>(one.input, one.output, one.called, one.returned));
            }
        }
        for (Map.Entry<String, List<Operation<I, O>>> each : byObject.entrySet()) {
            String violation = Linearizability.violation(model, each.getValue());
            if (violation != null) {
                return each.getKey() + ": " + violation;
            }
        }
        return null;
    }
}
