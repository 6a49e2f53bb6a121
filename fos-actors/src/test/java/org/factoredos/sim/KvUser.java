package org.factoredos.sim;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Name;
import org.factoredos.lib.TextMessage;
import org.factoredos.lib.TextRequest;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Response;
import org.factoredos.sim.KvModel.Asked;
import org.factoredos.sim.KvModel.Delete;
import org.factoredos.sim.KvModel.Get;
import org.factoredos.sim.KvModel.Put;
import org.jspecify.annotations.Nullable;

/** A client that puts, gets and deletes the values of a few keys at random, one after the other, by the fleet's name. */
final class KvUser implements Scenario.User {
    private static final List<String> KEYS = List.of("a", "b");
    private static final String PERHAPS = "perhaps not done: ";
    private static final String CERTAINLY = "not done: ";
    private static final long MOST_REST_NANOS = 200 * World.MILLISECOND;
    private static final long AGAIN_NANOS = 100 * World.MILLISECOND;
    private static final int LAST_STEPS_PER_KEY = 4;

    /** The send was refused, as where the name was asked for while nobody could tell: the same once more. */
    private record Again(int step) implements Continuation {}

    private record Next() implements Continuation {}

    /** @param step of the last questions; below zero for the others */
    private record Awaiting(int operation, String key, Asked asked, int step) implements Continuation {}

    private final Name fleet;
    private final SplittableRandom random;
    private final History<Asked, String> history;
    /** Puts that are not known to have been done, with their values. */
    private final Map<Integer, String> doubtful = new TreeMap<>();

    private final Set<String> seen = new TreeSet<>();
    private boolean lastAsked;
    private @Nullable String unanswered;

    KvUser(Name fleet, SplittableRandom random, History<Asked, String> history) {
        this.fleet = fleet;
        this.random = random;
        this.history = history;
    }

    /** The values that it has got. */
    Set<String> seen() {
        return seen;
    }

    /** What nobody has got may as well never have been put; the search for an order has less to try without it. */
    void forgetUnless(Set<String> seenByAny) {
        doubtful.forEach((operation, value) -> {
            if (!seenByAny.contains(value)) {
                history.forget(operation);
            }
        });
    }

    @Override
    public @Nullable String unanswered() {
        return unanswered;
    }

    @Override
    public List<Effect> on(Envelope in, long nanos) {
        return List.of();
    }

    @Override
    public List<Effect> on(Continuation continuation, Response response, long nanos) {
        return switch (continuation) {
            case Scenario.Begin begin -> pause();
            case Next next -> lastAsked ? List.of() : askAtRandom();
            case Scenario.AskLast last -> {
                lastAsked = true;
                yield askLast(0);
            }
            case Again(int step) -> askLast(step);
            case Awaiting waiting -> {
                boolean answered = onResponse(waiting, response);
                if (waiting.step() < 0) {
                    yield lastAsked ? List.of() : pause();
                }
                if (response instanceof Response.SendRefused) {
                    yield List.of(new Effect.Timer(new Again(waiting.step()), AGAIN_NANOS)); // As libfos does.
                }
                yield answered ? askLast(waiting.step() + 1) : List.of();
            }
            default -> List.of();
        };
    }

    private List<Effect> pause() {
        long most =
                random.nextBoolean() ? MOST_REST_NANOS : MOST_REST_NANOS / 20; // Or few would ask one server at once.
        return List.of(new Effect.Timer(new Next(), random.nextLong(most)));
    }

    private List<Effect> askAtRandom() {
        Asked asked = switch (random.nextInt(12)) {
            case 0, 1, 2, 3 -> unique();
            case 4 -> new Delete();
            default -> new Get();
        };
        return ask(KEYS.get(random.nextInt(KEYS.size())), asked, -1);
    }

    private List<Effect> askLast(int step) {
        if (step == LAST_STEPS_PER_KEY * KEYS.size()) {
            unanswered = null;
            return List.of();
        }
        return ask(
                KEYS.get(step / LAST_STEPS_PER_KEY),
                switch (step % LAST_STEPS_PER_KEY) {
                    case 1 -> unique();
                    case 3 -> new Delete();
                    default -> new Get();
                },
                step);
    }

    /** A value that no other request has, and that has a space in it. */
    private Put unique() {
        return new Put("v " + history.moment());
    }

    private List<Effect> ask(String key, Asked asked, int step) {
        int operation = history.called(key, asked);
        if (asked instanceof Put(String value)) {
            doubtful.put(operation, value);
        }
        String text = switch (asked) {
            case Put(String value) -> "put " + key + " " + value;
            case Delete delete -> "delete " + key;
            case Get get -> "get " + key;
        };
        if (step >= 0) {
            unanswered = "no answer to " + text;
        }
        long patience = (step >= 0 || random.nextInt(4) == 0 ? 20 : 6) * World.SECOND;
        return List.of(
                new Effect.Call(fleet, new TextRequest(text), new Awaiting(operation, key, asked, step), patience));
    }

    /** Whether it was answered. */
    private boolean onResponse(Awaiting waiting, Response response) {
        boolean answered = false;
        switch (response) {
            case Response.Answered(TextMessage(String text)) when text.startsWith(PERHAPS) -> indefinite(waiting);
            case Response.Answered(TextMessage(String text))
            when text.startsWith(CERTAINLY) -> history.forget(waiting.operation()); // None of today's says so.
            case Response.Answered(TextMessage(String text)) -> {
                history.returned(waiting.operation(), text);
                doubtful.remove(waiting.operation());
                seen.add(text);
                answered = true;
            }
            case Response.SendRefused(var result) when result.definite() -> history.forget(waiting.operation());
            default -> indefinite(waiting);
        }
        if (waiting.step() >= 0 && !answered) {
            unanswered = waiting + " came to " + response;
        }
        return answered;
    }

    /** What was only asked says nothing where it is not answered. */
    private void indefinite(Awaiting waiting) {
        if (waiting.asked() instanceof Get) {
            history.forget(waiting.operation());
        }
    }
}
