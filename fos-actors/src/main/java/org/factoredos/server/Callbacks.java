package org.factoredos.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Incarnation;

/**
 * Which fronts hold answers of an owner, and their recall before a write (as in AFS); the same for names, rights and files.
 *
 * <p>A write locks its keys: from then on nobody is granted anything about them, and whoever asks waits. It begins when
 * every front that held something has confirmed that it does not, or will never again be believed because its node is
 * gone. That nobody has such a key is an answer like any other.
 */
final class Callbacks {
    /** A front that has not answered is asked again: it may have been replaced. */
    private static final long PATIENCE_NANOS = 1_000_000_000L;

    private static final long RETRY_NANOS = 100_000_000L;

    /** The confirmation of one front. */
    record AwaitingRecalled(String key, Incarnation holder) implements Continuation {}

    /** A time has passed since a front did not take a recall. */
    record RecallAgain(String key, Incarnation holder) implements Continuation {}

    private final int slice;
    private final Function<Incarnation, Address> fronts;
    private final Map<String, Set<Incarnation>> holders = new TreeMap<>();
    /** How many writes have each; changes share them. */
    private final Map<String, Integer> locked = new TreeMap<>();

    Callbacks(int slice, Function<Incarnation, Address> fronts) {
        this.slice = slice;
        this.fronts = fronts;
    }

    /** Whether no write has any of the keys. */
    boolean free(Set<String> keys) {
        return keys.stream().allMatch(this::free);
    }

    boolean free(String key) {
        return !locked.containsKey(key);
    }

    /** The front of that node is about to be sent an answer that it may hold. */
    void grant(String key, Incarnation holder) {
        holders.computeIfAbsent(key, k -> new TreeSet<>()).add(holder);
    }

    /** Locks keys for a write and recalls those that were free everywhere. */
    List<Effect> lock(Set<String> keys, long epoch) {
        List<Effect> effects = new ArrayList<>();
        for (String key : keys) {
            if (locked.merge(key, 1, Integer::sum) == 1) {
                for (Incarnation holder : holders.getOrDefault(key, Set.of())) {
                    effects.add(recall(key, holder, epoch));
                }
            }
        }
        return effects;
    }

    /** Whether nobody holds anything about keys that were locked. */
    boolean recalled(Set<String> keys) {
        return keys.stream().noneMatch(holders::containsKey);
    }

    /** The write is decided, or will never be. */
    void unlock(Set<String> keys) {
        keys.forEach(key -> locked.computeIfPresent(key, (k, writes) -> writes == 1 ? null : writes - 1));
    }

    /** One front has confirmed, or not in time. */
    List<Effect> on(AwaitingRecalled awaiting, Response response) {
        if (response instanceof Response.Answered) {
            release(awaiting.key(), awaiting.holder());
            return List.of();
        }
        return List.of(new Effect.Timer(new RecallAgain(awaiting.key(), awaiting.holder()), RETRY_NANOS));
    }

    List<Effect> on(RecallAgain again, long epoch) {
        boolean waited = holders.getOrDefault(again.key(), Set.of()).contains(again.holder());
        return waited ? List.of(recall(again.key(), again.holder(), epoch)) : List.of();
    }

    /** Nobody believes anything on these nodes any more. */
    void forget(Predicate<Incarnation> gone) {
        holders.values().forEach(nodes -> nodes.removeIf(gone));
        holders.values().removeIf(Set::isEmpty);
    }

    /** How many keys some front holds something about. */
    int held() {
        return holders.size();
    }

    private Effect recall(String key, Incarnation holder, long epoch) {
        return new Effect.Call(
                fronts.apply(holder),
                new OwnerProtocol.Recall(slice, epoch, key),
                new AwaitingRecalled(key, holder),
                PATIENCE_NANOS);
    }

    private void release(String key, Incarnation holder) {
        Set<Incarnation> nodes = holders.get(key);
        if (nodes != null && nodes.remove(holder) && nodes.isEmpty()) {
            holders.remove(key);
        }
    }
}
