package org.factoredos.sim;

import java.util.List;
import java.util.SplittableRandom;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Name;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.SendResult;
import org.factoredos.naming.NameError;
import org.factoredos.naming.NameProtocol;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Response;
import org.factoredos.server.Server;

/** A client that registers, resolves, deletes and sends by a few names at random, and answers who sends to it. */
final class NameUser implements Server {
    static final List<String> NAMES = List.of("a", "b:c", "d");

    /** Says which mailbox a name led to. */
    record Ping() implements Payload.Request<Pong> {}

    record Pong(Address mailbox) implements Payload {}

    /** From the scenario: begin. */
    record Begin() implements Continuation {}

    /** From the scenario, when all is well again: ask everything once more; each must be answered. */
    record AskLast() implements Continuation {}

    private record Next() implements Continuation {}

    private record Awaiting(int operation, boolean last, int step) implements Continuation {}

    private static final int LAST_STEPS = 4 * NAMES.size();

    private final Address self;
    private final Address front;
    private final SplittableRandom random;
    private final NameHistory history;
    private boolean lastAsked;
    private boolean finished;
    private String stuck = "";

    NameUser(Address self, Address front, SplittableRandom random, NameHistory history) {
        this.self = self;
        this.front = front;
        this.random = random;
        this.history = history;
    }

    /** Whether everything that was asked last has been answered. */
    boolean finished() {
        return finished;
    }

    /** What was asked last and not answered. */
    String stuck() {
        return stuck;
    }

    @Override
    public List<Effect> on(Envelope in, long nanos) {
        return in.payload() instanceof Ping ping ? List.of(Call.of(in, ping).reply(new Pong(in.to()))) : List.of();
    }

    @Override
    public List<Effect> on(Continuation continuation, Response response, long nanos) {
        return switch (continuation) {
            case Begin begin -> pause();
            case Next next -> lastAsked ? List.of() : List.of(ask(random.nextInt(10), randomName(), false, 0));
            case AskLast last -> {
                lastAsked = true;
                yield List.of(askLast(0));
            }
            case Awaiting(int operation, boolean last, int step) -> {
                boolean answered = onResponse(operation, response);
                if (!last) {
                    yield lastAsked ? List.of() : pause();
                }
                if (!answered) {
                    stuck = "step " + step + " came to " + response;
                    yield List.of();
                }
                finished = step + 1 == LAST_STEPS;
                yield finished ? List.of() : List.of(askLast(step + 1));
            }
            default -> List.of();
        };
    }

    private String randomName() {
        return NAMES.get(random.nextInt(NAMES.size()));
    }

    private List<Effect> pause() {
        return List.of(new Effect.Timer(new Next(), random.nextLong(400 * World.MILLISECOND)));
    }

    private Effect askLast(int step) {
        int[] kinds = {3, 0, 8, 3};
        return ask(kinds[step % 4], NAMES.get(step / 4), true, step);
    }

    private Effect ask(int kind, String name, boolean last, int step) {
        return switch (kind) {
            case 0, 1, 2 ->
                call(
                        name,
                        new NameHistory.Register(self),
                        new NameProtocol.RegisterName(self, name, NameProtocol.Flags.SINGLE),
                        last,
                        step);
            case 3, 4 -> call(name, new NameHistory.Resolve(), new NameProtocol.ResolveName(name), last, step);
            case 8, 9 -> call(name, new NameHistory.Delete(), new NameProtocol.DeleteName(name), last, step);
            default ->
                new Effect.Call(
                        new Name(name),
                        new Ping(),
                        new Awaiting(history.called(name, new NameHistory.Resolve()), last, step),
                        patience());
        };
    }

    private Effect call(String name, NameHistory.Input input, Payload.Request<?> request, boolean last, int step) {
        return new Effect.Call(front, request, new Awaiting(history.called(name, input), last, step), patience());
    }

    /** Most give up early; some wait until the front does. */
    private long patience() {
        return (random.nextInt(4) == 0 ? 20 : 6) * World.SECOND;
    }

    /** Whether it was answered. */
    private boolean onResponse(int operation, Response response) {
        return switch (response) {
            case Response.Answered(Payload answer) -> onAnswer(operation, answer);
            case Response.SendRefused(SendResult result)
            when result == SendResult.NO_SUCH_NAME -> ended(operation, new NameHistory.Absent());
            case Response.SendRefused(SendResult result) when result.definite() -> forget(operation);
            case Response.SendRefused unreachable -> false;
            case Response.DeadlinePassed passed -> false;
        };
    }

    private boolean onAnswer(int operation, Payload answer) {
        return switch (answer) {
            case NameProtocol.NameRegistered registered -> ended(operation, new NameHistory.Done());
            case NameProtocol.NameDeleted deleted -> ended(operation, new NameHistory.Done());
            case NameProtocol.NameResolved(NameProtocol.Entry entry) ->
                ended(operation, new NameHistory.Found(entry.mailboxes().getFirst()));
            case Pong(Address mailbox) -> ended(operation, new NameHistory.Found(mailbox));
            case NameProtocol.Refused(NameError error)
            when error == NameError.NAME_TAKEN -> ended(operation, new NameHistory.Taken());
            case NameProtocol.Refused(NameError error)
            when error == NameError.NO_SUCH_NAME -> ended(operation, new NameHistory.Absent());
            case NameProtocol.Refused(NameError error) when error == NameError.BUSY -> forget(operation);
            default -> throw new IllegalStateException("not an answer to what was asked: " + answer);
        };
    }

    private boolean ended(int operation, NameHistory.Output output) {
        history.returned(operation, output);
        return true;
    }

    private boolean forget(int operation) {
        history.forget(operation);
        return false;
    }
}
