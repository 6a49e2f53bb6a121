package org.factoredos.server;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.SendResult;
import org.jspecify.annotations.Nullable;

/**
 * What a front holds under its owners' callbacks, which tiles it has told of it, and how both are taken back; the same for
 * names and rights.
 *
 * <p>A key's <em>drop</em> goes to the shim of every tile that was told. A recall is confirmed when the key's drops have
 * been, an owner's announcement when those of all keys of its slice have. Both may come again before that.
 *
 * @param <V> what is held of a key; that there is nothing is an answer like any other
 */
public final class Holdings<V> {
    /** A shim that says nothing is asked again. */
    private static final long PATIENCE_NANOS = 1_000_000_000L;

    private static final long RETRY_NANOS = 100_000_000L;
    /** The oldest makes room. */
    private static final int MOST_KEYS = 16_384;
    /** In place of a key: everything that an earlier life of this front may have given out. */
    private static final String EVERYTHING = "";

    /** The confirmation of one tile; of several drops of a key on it, only that of the newest counts. */
    public record AwaitingDropped(String key, Address shim, long drop) implements Continuation {}

    /** Time to tell a shim again that has not confirmed. */
    public record DropAgain(String key, Address shim, long drop) implements Continuation {}

    /** Somebody who waits for the drops of some keys. */
    private static final class Confirmation {
        final Effect.Reply reply;
        final Set<String> keys;

        Confirmation(Effect.Reply reply, Set<String> keys) {
            this.reply = reply;
            this.keys = keys;
        }
    }

    private final Function<String, Payload.Request<?>> drop;
    private final Payload.Request<?> dropAll;
    private final SequencedMap<String, V> held = new LinkedHashMap<>();
    private final Map<String, Set<Address>> told = new LinkedHashMap<>();
    /** Of each key that is being dropped: the shims that have not confirmed, each with the number of its newest drop. */
    private final Map<String, Map<Address, Long>> dropping = new LinkedHashMap<>();

    private final List<Confirmation> confirmations = new ArrayList<>();
    private long lastDrop;

    /**
     * @param drop what a shim is asked that was told of a key
     * @param dropAll the same of every key
     */
    public Holdings(Function<String, Payload.Request<?>> drop, Payload.Request<?> dropAll) {
        this.drop = drop;
        this.dropAll = dropAll;
    }

    /** Null: not held. */
    public @Nullable V get(String key) {
        return held.get(key);
    }

    public int size() {
        return held.size();
    }

    /** The owner lets the front hold this. */
    public List<Effect> hold(String key, V value) {
        held.remove(key);
        held.put(key, value);
        if (held.size() <= MOST_KEYS) {
            return List.of();
        }
        return drop(held.firstEntry().getKey());
    }

    /** A tile is about to be told, of a key that is held. */
    public void tell(String key, Address shim) {
        told.computeIfAbsent(key, k -> new LinkedHashSet<>()).add(shim);
    }

    /** A new life of a front: its tiles may have been told anything. */
    public List<Effect> dropEverything(List<Address> shims) {
        told.put(EVERYTHING, new LinkedHashSet<>(shims));
        return drop(EVERYTHING);
    }

    /** Drops a key and answers {@code asker} when no tile has it any more. */
    public List<Effect> recall(String key, Envelope asker, Payload confirmed) {
        List<Effect> effects = new ArrayList<>(drop(key));
        effects.addAll(confirm(other -> other.equals(key) || other.equals(EVERYTHING), asker, confirmed));
        return effects;
    }

    /** Drops all keys that are told by {@code which}, and answers likewise. */
    public List<Effect> recallAll(Predicate<String> which, Envelope asker, Payload confirmed) {
        Set<String> keys = new LinkedHashSet<>(held.keySet());
        keys.addAll(told.keySet());
        List<Effect> effects = new ArrayList<>();
        keys.stream().filter(which).forEach(key -> effects.addAll(drop(key)));
        effects.addAll(awaitDrops(which, asker, confirmed));
        return effects;
    }

    /** Answers {@code asker} when the drops of keys told by {@code which} that are under way have ended. */
    public List<Effect> awaitDrops(Predicate<String> which, Envelope asker, Payload confirmed) {
        return confirm(key -> key.equals(EVERYTHING) || which.test(key), asker, confirmed);
    }

    /** A tile has confirmed, or not in time.
     *
     * @param gone whether no tile of a node can be believed any more */
    public List<Effect> on(AwaitingDropped awaiting, Response response, Predicate<Incarnation> gone) {
        Map<Address, Long> shims = dropping.get(awaiting.key());
        Long newest = shims == null ? null : shims.get(awaiting.shim());
        if (shims == null || newest == null || newest != awaiting.drop()) {
            return List.of(); // Of an older drop: the tile may have been told since.
        }
        if (!over(awaiting.shim(), response, gone)) {
            return List.of(
                    new Effect.Timer(new DropAgain(awaiting.key(), awaiting.shim(), awaiting.drop()), RETRY_NANOS));
        }
        shims.remove(awaiting.shim());
        if (!shims.isEmpty()) {
            return List.of();
        }
        dropping.remove(awaiting.key());
        return confirmedBy(awaiting.key());
    }

    public List<Effect> on(DropAgain again) {
        Map<Address, Long> shims = dropping.get(again.key());
        Long newest = shims == null ? null : shims.get(again.shim());
        return newest != null && newest == again.drop() ? List.of(ask(again.key(), again.shim())) : List.of();
    }

    private static boolean over(Address shim, Response response, Predicate<Incarnation> gone) {
        return switch (response) {
            case Response.Answered answered -> true;
            // There is no such shim any more, so no tile that could use the key.
            case Response.SendRefused(SendResult result) when result == SendResult.NO_SUCH_MAILBOX -> true;
            default ->
                gone.test(new Incarnation(shim.client().node(), shim.client().boot()));
        };
    }

    /** No tile is to use what it was told of these keys, but nobody waits for that. */
    public List<Effect> dropAll(Predicate<String> which) {
        Set<String> keys = new LinkedHashSet<>(held.keySet());
        keys.addAll(told.keySet());
        return keys.stream().filter(which).flatMap(key -> drop(key).stream()).toList();
    }

    private List<Effect> drop(String key) {
        held.remove(key);
        Set<Address> shims = told.remove(key);
        if (shims == null) {
            return List.of();
        }
        List<Effect> effects = new ArrayList<>();
        shims.forEach(shim -> effects.add(ask(key, shim)));
        return effects;
    }

    private Effect ask(String key, Address shim) {
        dropping.computeIfAbsent(key, k -> new LinkedHashMap<>()).put(shim, ++lastDrop);
        return new Effect.Call(
                shim,
                key.equals(EVERYTHING) ? dropAll : drop.apply(key),
                new AwaitingDropped(key, shim, lastDrop),
                PATIENCE_NANOS);
    }

    private List<Effect> confirm(Predicate<String> which, Envelope asker, Payload confirmed) {
        Effect.Reply reply = new Effect.Reply(asker.from(), asker.call(), confirmed, asker.trace());
        Set<String> keys = new LinkedHashSet<>();
        dropping.keySet().stream().filter(which).forEach(keys::add);
        if (keys.isEmpty()) {
            return List.of(reply);
        }
        confirmations.add(new Confirmation(reply, keys));
        return List.of();
    }

    private List<Effect> confirmedBy(String key) {
        List<Effect> effects = new ArrayList<>();
        confirmations.removeIf(confirmation -> {
            confirmation.keys.remove(key);
            if (confirmation.keys.isEmpty()) {
                effects.add(confirmation.reply);
            }
            return confirmation.keys.isEmpty();
        });
        return effects;
    }
}
