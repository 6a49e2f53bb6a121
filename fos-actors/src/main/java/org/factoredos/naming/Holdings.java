package org.factoredos.naming;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Predicate;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Delegation;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.SendResult;
import org.factoredos.naming.NameProtocol.Entry;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Response;
import org.jspecify.annotations.Nullable;

/**
 * What a name front holds under its owners' callbacks, which tiles it has told of it, and how both are taken back.
 *
 * <p>A name's <em>drop</em> goes to the shim of every tile that was told. A recall is confirmed when the name's drops have
 * been, an owner's announcement when those of all names of its slice have. Both may come again before that.
 */
final class Holdings {
    /** A shim that says nothing is asked again. */
    private static final long PATIENCE_NANOS = 1_000_000_000L;

    private static final long RETRY_NANOS = 100_000_000L;
    /** The oldest makes room. */
    private static final int MOST_NAMES = 16_384;
    /** In place of a name: everything that an earlier life of this front may have given out. */
    private static final String EVERYTHING = "";

    /** The confirmation of one tile; of several drops of a name on it, only that of the newest counts. */
    record AwaitingDropped(String name, Address shim, long drop) implements Continuation {}

    /** Time to tell a shim again that has not confirmed. */
    record DropAgain(String name, Address shim, long drop) implements Continuation {}

    /** Somebody who waits for the drops of some names. */
    private static final class Confirmation {
        final Effect.Reply reply;
        final Set<String> names;

        Confirmation(Effect.Reply reply, Set<String> names) {
            this.reply = reply;
            this.names = names;
        }
    }

    /** What is held of a name; without an entry: nobody has it. */
    record Held(Optional<Entry> entry) {}

    private final SequencedMap<String, Held> held = new LinkedHashMap<>();
    private final Map<String, Set<Address>> told = new LinkedHashMap<>();
    /** Of each name that is being dropped: the shims that have not confirmed, each with the number of its newest drop. */
    private final Map<String, Map<Address, Long>> dropping = new LinkedHashMap<>();

    private final List<Confirmation> confirmations = new ArrayList<>();
    private long lastDrop;

    @Nullable
    Held get(String name) {
        return held.get(name);
    }

    int size() {
        return held.size();
    }

    /** The owner lets the front hold this. */
    List<Effect> hold(String name, Optional<Entry> entry) {
        held.remove(name);
        held.put(name, new Held(entry));
        if (held.size() <= MOST_NAMES) {
            return List.of();
        }
        return drop(held.firstEntry().getKey());
    }

    /** A tile is about to be told, of a name that is held. */
    void tell(String name, Address shim) {
        told.computeIfAbsent(name, n -> new LinkedHashSet<>()).add(shim);
    }

    /** A new life of a front: its tiles may have been told anything. */
    List<Effect> dropEverything(List<Address> shims) {
        told.put(EVERYTHING, new LinkedHashSet<>(shims));
        return drop(EVERYTHING);
    }

    /** Drops a name and answers {@code asker} when no tile has it any more. */
    List<Effect> recall(String name, Envelope asker, Payload confirmed) {
        List<Effect> effects = new ArrayList<>(drop(name));
        effects.addAll(confirm(other -> other.equals(name) || other.equals(EVERYTHING), asker, confirmed));
        return effects;
    }

    /** Drops all names that are told by {@code which}, and answers likewise. */
    List<Effect> recallAll(Predicate<String> which, Envelope asker, Payload confirmed) {
        Set<String> names = new LinkedHashSet<>(held.keySet());
        names.addAll(told.keySet());
        List<Effect> effects = new ArrayList<>();
        names.stream().filter(which).forEach(name -> effects.addAll(drop(name)));
        effects.addAll(awaitDrops(which, asker, confirmed));
        return effects;
    }

    /** Answers {@code asker} when the drops of names told by {@code which} that are under way have ended. */
    List<Effect> awaitDrops(Predicate<String> which, Envelope asker, Payload confirmed) {
        return confirm(name -> name.equals(EVERYTHING) || which.test(name), asker, confirmed);
    }

    /** @param gone whether no tile of a node can be believed any more */
    List<Effect> on(AwaitingDropped awaiting, Response response, Predicate<Incarnation> gone) {
        Map<Address, Long> shims = dropping.get(awaiting.name());
        Long newest = shims == null ? null : shims.get(awaiting.shim());
        if (shims == null || newest == null || newest != awaiting.drop()) {
            return List.of(); // Of an older drop: the tile may have been told since.
        }
        if (!over(awaiting.shim(), response, gone)) {
            return List.of(
                    new Effect.Timer(new DropAgain(awaiting.name(), awaiting.shim(), awaiting.drop()), RETRY_NANOS));
        }
        shims.remove(awaiting.shim());
        if (!shims.isEmpty()) {
            return List.of();
        }
        dropping.remove(awaiting.name());
        return confirmedBy(awaiting.name());
    }

    List<Effect> on(DropAgain again) {
        Map<Address, Long> shims = dropping.get(again.name());
        Long newest = shims == null ? null : shims.get(again.shim());
        return newest != null && newest == again.drop() ? List.of(ask(again.name(), again.shim())) : List.of();
    }

    private static boolean over(Address shim, Response response, Predicate<Incarnation> gone) {
        return switch (response) {
            case Response.Answered answered -> true;
            // There is no such shim any more, so no tile that could use the name.
            case Response.SendRefused(SendResult result) when result == SendResult.NO_SUCH_MAILBOX -> true;
            default ->
                gone.test(new Incarnation(shim.client().node(), shim.client().boot()));
        };
    }

    private List<Effect> drop(String name) {
        held.remove(name);
        Set<Address> shims = told.remove(name);
        if (shims == null) {
            return List.of();
        }
        List<Effect> effects = new ArrayList<>();
        shims.forEach(shim -> effects.add(ask(name, shim)));
        return effects;
    }

    private Effect ask(String name, Address shim) {
        dropping.computeIfAbsent(name, n -> new LinkedHashMap<>()).put(shim, ++lastDrop);
        return new Effect.Call(
                shim,
                name.equals(EVERYTHING) ? new Delegation.DropAllNames() : new Delegation.DropName(name),
                new AwaitingDropped(name, shim, lastDrop),
                PATIENCE_NANOS);
    }

    private List<Effect> confirm(Predicate<String> which, Envelope asker, Payload confirmed) {
        Effect.Reply reply = new Effect.Reply(asker.from(), asker.call(), confirmed, asker.trace());
        Set<String> names = new LinkedHashSet<>();
        dropping.keySet().stream().filter(which).forEach(names::add);
        if (names.isEmpty()) {
            return List.of(reply);
        }
        confirmations.add(new Confirmation(reply, names));
        return List.of();
    }

    private List<Effect> confirmedBy(String name) {
        List<Effect> effects = new ArrayList<>();
        confirmations.removeIf(confirmation -> {
            confirmation.names.remove(name);
            if (confirmation.names.isEmpty()) {
                effects.add(confirmation.reply);
            }
            return confirmation.names.isEmpty();
        });
        return effects;
    }
}
