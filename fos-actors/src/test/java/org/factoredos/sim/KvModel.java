package org.factoredos.sim;

import java.util.List;
import org.factoredos.sim.Linearizability.Operation;

/** The value of one key; what a request is answered is what the fleet of docs/fleets.md says. */
record KvModel() implements Linearizability.Model<String, KvModel.Asked, String> {
    static final String NONE = "none";
    static final String OK = "ok";

    /** What was asked of a key. */
    sealed interface Asked {}

    record Put(String value) implements Asked {}

    record Delete() implements Asked {}

    record Get() implements Asked {}

    @Override
    public String initial() {
        return NONE;
    }

    @Override
    public List<String> next(String value, Operation<Asked, String> operation) {
        return switch (operation.input()) {
            case Put(String next) -> written(next, operation);
            case Delete delete -> written(NONE, operation);
            case Get get -> value.equals(operation.output()) ? List.of(value) : List.of();
        };
    }

    private static List<String> written(String next, Operation<Asked, String> operation) {
        return operation.indefinite() || OK.equals(operation.output()) ? List.of(next) : List.of();
    }
}
