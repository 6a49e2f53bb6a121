package org.factoredos.kernel;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a shim has delegated to a fleet and not yet been answered (§3.1.3): one question a key, however many sends wait for
 * it.
 *
 * <p>What was asked before its key was dropped may be answered with what was true before, so it is asked again.
 *
 * @param <H> what waits
 */
final class Lookups<K, H extends Held> {
    /** Through the owner of the key, which may be moving: longer than a failover. */
    private static final long PATIENCE_NANOS = 15_000_000_000L;

    /** One question, and who waits for its answer. */
    record Lookup<K, H extends Held>(long call, K key, long deadlineNanos, List<H> held) {}

    private final Client shim;
    private final Function<K, Payload.Request<?>> question;
    private final BiConsumer<? super H, SendResult> refused;
    private final Map<Long, Lookup<K, H>> byCall = new LinkedHashMap<>();
    private final Map<K, Lookup<K, H>> byKey = new LinkedHashMap<>();
    /** Those whose key was dropped while they were under way. */
    private final Set<Long> overtaken = new LinkedHashSet<>();

    private volatile @Nullable Address server;

    /** {@code refused} is told what becomes of those whose question nobody answers. */
    Lookups(Client shim, Function<K, Payload.Request<?>> question, BiConsumer<? super H, SendResult> refused) {
        this.shim = shim;
        this.question = question;
        this.refused = refused;
    }

    /** Any thread: who answers. */
    void askOf(Address nearest) {
        server = nearest;
    }

    boolean isEmpty() {
        return byCall.isEmpty();
    }

    /** Waits with those who have asked the same; false where nobody has. */
    boolean join(K key, H held) {
        Lookup<K, H> underWay = byKey.get(key);
        return underWay != null && underWay.held().add(held);
    }

    void begin(K key, H held, long nanos) {
        ask(key, nanos + PATIENCE_NANOS, new ArrayList<>(List.of(held)));
    }

    /** For some that wait already, and go before whoever waits for the same. */
    void beginBefore(K key, List<H> earlier, long nanos) {
        Lookup<K, H> underWay = byKey.get(key);
        if (underWay == null) {
            ask(key, nanos + PATIENCE_NANOS, new ArrayList<>(earlier));
        } else {
            underWay.held().addAll(0, earlier);
        }
    }

    /** What was answered will not do. */
    void askAgain(Lookup<K, H> lookup) {
        ask(lookup.key(), lookup.deadlineNanos(), lookup.held());
    }

    private void ask(K key, long deadlineNanos, List<H> held) {
        Address asked = server;
        long call = asked == null ? 0 : shim.responses().reserve();
        if (asked == null || call == 0) {
            held.forEach(each -> refused.accept(each, SendResult.QUEUE_FULL));
            return;
        }
        Lookup<K, H> lookup = new Lookup<>(call, key, deadlineNanos, held);
        byCall.put(call, lookup);
        byKey.put(key, lookup);
        shim.request(asked, question.apply(key), call, 0, null, result -> {
            if (result != SendResult.ACCEPTED) {
                shim.answerOwnCall(call, new Delegation.BindFailed());
            }
        });
    }

    /** What this answers; empty where it is asked again, and for what nobody waits for any more. */
    Optional<Lookup<K, H>> answered(Envelope answer) {
        Lookup<K, H> lookup = byCall.get(answer.call());
        if (lookup == null) {
            return Optional.empty();
        }
        boolean again = overtaken.contains(lookup.call());
        forget(lookup);
        if (again) {
            askAgain(lookup);
            return Optional.empty();
        }
        return Optional.of(lookup);
    }

    /** An answer to what was asked of this key may have left before the drop did, and yet come later. */
    void overtake(K key) {
        Lookup<K, H> underWay = byKey.get(key);
        if (underWay != null) {
            overtaken.add(underWay.call());
        }
    }

    /** The server is a new one, which knows nothing of what was asked of the one before. */
    void askAllAgain() {
        for (Lookup<K, H> lookup : List.copyOf(byCall.values())) {
            if (shim.responses().cancel(lookup.call())) {
                forget(lookup);
                askAgain(lookup);
            } else {
                overtaken.add(lookup.call());
            }
        }
    }

    void onDeadlines(long now) {
        List<Lookup<K, H>> late = byCall.values().stream()
                .filter(lookup ->
                        now - lookup.deadlineNanos() >= 0 && shim.responses().cancel(lookup.call()))
                .toList();
        for (Lookup<K, H> lookup : late) {
            forget(lookup);
            lookup.held().forEach(held -> refused.accept(held, SendResult.UNREACHABLE));
        }
    }

    /** {@link Long#MAX_VALUE} for never. */
    long nextDeadlineNanos() {
        long next = Long.MAX_VALUE;
        for (Lookup<K, H> lookup : byCall.values()) {
            next = Math.min(next, lookup.deadlineNanos());
        }
        return next;
    }

    private void forget(Lookup<K, H> lookup) {
        byCall.remove(lookup.call());
        byKey.remove(lookup.key());
        overtaken.remove(lookup.call());
    }
}
