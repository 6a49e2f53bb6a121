package org.factoredos.sim;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Says whether a history of concurrent operations on one object could have been one after another, each at some moment
 * between its call and its return.
 *
 * <p>The search of Wing and Gong with Lowe's memory: no set of operations is tried twice with the same state. An operation
 * whose end nobody knows may have happened at any moment after its call, or never.
 */
public final class Linearizability {
    /** More than the histories of ten thousand seeds need; the hardest takes some seconds. */
    private static final int MOST_STATES = 6_000_000;

    private Linearizability() {}

    /** What the object does, one operation after another. States are compared with {@code equals}. */
    public interface Model<S, I, O> {
        S initial();

        /**
         * The states that an operation may lead to; several where the object has a choice that its answer does not tell,
         * none where it cannot return what it did in this state.
         */
        List<S> next(S state, Operation<I, O> operation);
    }

    /**
     * One operation. Moments are any numbers that grow; two operations overlap unless one returned before the other was
     * called.
     *
     * @param output null where nobody knows how it ended, or whether it did
     */
    public record Operation<I, O>(I input, @Nullable O output, long called, long returned) {
        public boolean indefinite() {
            return output == null;
        }
    }

    private static final class Entry<I, O> {
        final Operation<I, O> operation;
        final int number;
        final boolean call;
        final @Nullable Entry<I, O> returns;

        @Nullable
        Entry<I, O> before;

        @Nullable
        Entry<I, O> after;

        Entry(Operation<I, O> operation, int number, boolean call, @Nullable Entry<I, O> returns) {
            this.operation = operation;
            this.number = number;
            this.call = call;
            this.returns = returns;
        }

        long moment() {
            return call ? operation.called() : operation.returned();
        }

        void leave() {
            if (before != null) {
                before.after = after;
            }
            if (after != null) {
                after.before = before;
            }
        }

        void comeBack() {
            if (before != null) {
                before.after = this;
            }
            if (after != null) {
                after.before = this;
            }
        }
    }

    private record Tried(BitSet done, Object state) {}

    /** @param choice which of the states that the operation may lead to */
    private record Chosen<S, I, O>(Entry<I, O> entry, S before, int choice) {}

    /**
     * Judges a history.
     *
     * @return null where the history is linearizable, else a sentence that names an operation that does not fit
     * @throws IllegalStateException where the search is too long to decide
     */
    public static <S, I, O> @Nullable String violation(Model<S, I, O> model, List<Operation<I, O>> history) {
        if (history.isEmpty()) {
            return null;
        }
        Entry<I, O> head = entries(history);
        long definite = history.stream().filter(o -> !o.indefinite()).count();
        Set<Tried> tried = new HashSet<>();
        ArrayDeque<Chosen<S, I, O>> chosen = new ArrayDeque<>();
        BitSet done = new BitSet();
        S state = model.initial();
        long longest = -1;
        String stuck = "";
        Entry<I, O> at = head.after;
        int choice = 0;
        while (definite > 0) {
            if (at == null) {
                throw new IllegalStateException("an operation that has returned is still to come");
            }
            if (at.call) {
                List<S> next = model.next(state, at.operation);
                while (choice < next.size() && !tried.add(new Tried(with(done, at.number), next.get(choice)))) {
                    choice++;
                }
                if (tried.size() > MOST_STATES) {
                    throw new IllegalStateException("undecided after " + MOST_STATES + " states");
                }
                if (choice < next.size()) {
                    chosen.push(new Chosen<>(at, state, choice));
                    state = next.get(choice);
                    done.set(at.number);
                    definite -= at.operation.indefinite() ? 0 : 1;
                    lift(at);
                    at = head.after;
                } else {
                    at = at.after;
                }
                choice = 0;
                continue;
            }
            if (chosen.size() > longest) {
                longest = chosen.size();
                stuck = at.operation + " fits nowhere; the state is " + state + " after " + lately(chosen);
            }
            if (chosen.isEmpty()) {
                return stuck;
            }
            Chosen<S, I, O> last = chosen.pop();
            state = last.before();
            done.clear(last.entry().number);
            definite += last.entry().operation.indefinite() ? 0 : 1;
            unlift(last.entry());
            at = last.entry();
            choice = last.choice() + 1;
        }
        return null;
    }

    /** All calls and returns as a list behind a head of no meaning, in the order of their moments. */
    private static <I, O> Entry<I, O> entries(List<Operation<I, O>> history) {
        List<Entry<I, O>> all = new ArrayList<>();
        for (int i = 0; i < history.size(); i++) {
            Operation<I, O> operation = history.get(i);
            Entry<I, O> returns = operation.indefinite() ? null : new Entry<>(operation, i, false, null);
            all.add(new Entry<>(operation, i, true, returns));
            if (returns != null) {
                all.add(returns);
            }
        }
        // At the same moment calls come first: then the two overlap.
        all.sort(Comparator.<Entry<I, O>>comparingLong(Entry::moment).thenComparing(e -> !e.call));
        Entry<I, O> head = new Entry<>(history.getFirst(), -1, true, null);
        Entry<I, O> last = head;
        for (Entry<I, O> entry : all) {
            last.after = entry;
            entry.before = last;
            last = entry;
        }
        return head;
    }

    private static <I, O> void lift(Entry<I, O> call) {
        call.leave();
        if (call.returns != null) {
            call.returns.leave();
        }
    }

    private static <I, O> void unlift(Entry<I, O> call) {
        if (call.returns != null) {
            call.returns.comeBack();
        }
        call.comeBack();
    }

    private static BitSet with(BitSet done, int number) {
        BitSet next = (BitSet) done.clone();
        next.set(number);
        return next;
    }

    private static <S, I, O> String lately(ArrayDeque<Chosen<S, I, O>> chosen) {
        return chosen.isEmpty()
                ? "nothing"
                : String.join(
                        ", before it ",
                        chosen.stream()
                                .limit(4)
                                .map(c -> c.entry().operation.toString())
                                .toList());
    }
}
