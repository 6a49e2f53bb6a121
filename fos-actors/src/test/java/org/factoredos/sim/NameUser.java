package org.factoredos.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Destination;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Name;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.SendResult;
import org.factoredos.naming.NameError;
import org.factoredos.naming.NameProtocol.ClaimNamespace;
import org.factoredos.naming.NameProtocol.DeleteName;
import org.factoredos.naming.NameProtocol.DeleteSpecificName;
import org.factoredos.naming.NameProtocol.Entry;
import org.factoredos.naming.NameProtocol.Flags;
import org.factoredos.naming.NameProtocol.ListNames;
import org.factoredos.naming.NameProtocol.NameResolved;
import org.factoredos.naming.NameProtocol.NamesListed;
import org.factoredos.naming.NameProtocol.Refused;
import org.factoredos.naming.NameProtocol.RegisterName;
import org.factoredos.naming.NameProtocol.ReleaseNamespace;
import org.factoredos.naming.NameProtocol.ResolveName;
import org.factoredos.naming.NameProtocol.SetPolicy;
import org.factoredos.naming.Policy;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Membership;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;
import org.factoredos.sim.NameModel.By;
import org.factoredos.sim.NameModel.Ping;
import org.factoredos.sim.NameModel.Pong;
import org.jspecify.annotations.Nullable;

/** A client that registers, resolves, lists, deletes and sends by a few names at random, and answers who sends to it. */
final class NameUser implements Scenario.User, Membership.Watcher {
    /** The last is a set. */
    private static final List<String> NAMES = List.of("a", "b:c", "d");

    /** The second name is in it, and no other. */
    private static final String NAMESPACE = "b:*";

    private static final String IN_NAMESPACE = "b:c";

    private static final int LAST_STEPS_PER_NAME = 8;

    private record Next() implements Continuation {}

    /**
     * @param operations one for each name that is asked about
     * @param step of the last questions; below zero for the others
     */
    private record Awaiting(List<Asked> operations, Payload request, int step) implements Continuation {}

    private record Asked(String name, int operation) {}

    private final Address self;
    private final String domain;
    private final Incarnation life;
    private final SplittableRandom random;
    private final History<Payload, Payload> history;
    private @Nullable Membership membership;
    private boolean lastAsked;
    private @Nullable String unanswered;

    NameUser(
            Address self, String domain, Incarnation life, SplittableRandom random, History<Payload, Payload> history) {
        this.self = self;
        this.domain = domain;
        this.life = life;
        this.random = random;
        this.history = history;
    }

    @Override
    public @Nullable String unanswered() {
        return unanswered;
    }

    @Override
    public List<Effect> on(Membership changed, long nanos) {
        membership = changed;
        return List.of();
    }

    @Override
    public List<Effect> on(Envelope in, long nanos) {
        return in.payload() instanceof Ping ping ? List.of(Call.of(in, ping).reply(new Pong(in.to()))) : List.of();
    }

    @Override
    public List<Effect> on(Continuation continuation, Response response, long nanos) {
        return switch (continuation) {
            case Scenario.Begin begin -> pause();
            case Next next -> lastAsked ? List.of() : askAtRandom(NAMES.get(random.nextInt(NAMES.size())));
            case Scenario.AskLast last -> {
                lastAsked = true;
                yield askLast(0);
            }
            case Awaiting(var operations, var request, var step) -> {
                boolean answered = onResponse(operations, request, response);
                if (step < 0) {
                    yield lastAsked ? List.of() : pause();
                }
                if (!answered) {
                    unanswered = request + " came to " + response;
                    yield List.of();
                }
                yield askLast(step + 1);
            }
            default -> List.of();
        };
    }

    private List<Effect> pause() {
        return List.of(new Effect.Timer(new Next(), random.nextLong(400 * World.MILLISECOND)));
    }

    private List<Effect> askAtRandom(String name) {
        boolean set = name.equals(NAMES.getLast()) != (random.nextInt(12) == 0);
        return ask(
                switch (random.nextInt(name.equals(IN_NAMESPACE) ? 18 : 14)) {
                    case 0, 1, 2 -> new RegisterName(self, name, set ? Flags.FLEET : Flags.SINGLE);
                    case 3, 4 -> new ResolveName(name);
                    case 5, 6, 7, 8 -> new Ping();
                    case 9 -> ListNames.matching("*");
                    case 10 -> new DeleteSpecificName(name, self);
                    case 11 -> new SetPolicy(name, random.nextInt(2) == 0 ? Policy.RANDOM : Policy.NEAREST);
                    case 12 ->
                        new RegisterName(
                                new Address(self.client(), NameModel.NO_MAILBOX, self.tile()), name, Flags.SINGLE);
                    case 13, 14 -> name.equals(IN_NAMESPACE) ? new ClaimNamespace(NAMESPACE) : new DeleteName(name);
                    case 15, 16 -> new ReleaseNamespace(NAMESPACE);
                    default -> new DeleteName(name);
                },
                name,
                -1);
    }

    private List<Effect> askLast(int step) {
        if (step == LAST_STEPS_PER_NAME * NAMES.size()) {
            unanswered = null;
            return List.of();
        }
        String name = NAMES.get(step / LAST_STEPS_PER_NAME);
        boolean set = name.equals(NAMES.getLast());
        return ask(
                switch (step % LAST_STEPS_PER_NAME) {
                    case 1 -> new RegisterName(self, name, set ? Flags.FLEET : Flags.SINGLE);
                    case 2 -> ListNames.matching("*");
                    case 3 -> new DeleteName(name);
                    case 4 -> new ClaimNamespace(NAMESPACE);
                    case 6 -> new ReleaseNamespace(NAMESPACE);
                    default -> new ResolveName(name);
                },
                name,
                step);
    }

    private List<Effect> ask(Payload.Request<?> request, String name, int step) {
        Membership members = membership;
        if (members == null) {
            return pause();
        }
        List<Asked> operations = new ArrayList<>();
        for (String each : about(request, name)) {
            operations.add(new Asked(each, history.called(each, operation(request, each))));
        }
        if (step >= 0) {
            unanswered = "no answer to " + request;
        }
        Destination to = request instanceof Ping ? new Name(name) : front(members);
        long patience = (step >= 0 || random.nextInt(4) == 0 ? 20 : 6) * World.SECOND;
        return List.of(new Effect.Call(to, request, new Awaiting(operations, request, step), patience));
    }

    private static List<String> about(Payload request, String name) {
        return switch (request) {
            case ListNames list -> NAMES;
            case ClaimNamespace claim -> List.of(IN_NAMESPACE);
            case ReleaseNamespace release -> List.of(IN_NAMESPACE);
            default -> List.of(name);
        };
    }

    private Payload operation(Payload request, String name) {
        if (request instanceof ListNames) {
            return new ResolveName(name);
        }
        return asksOnly(request) ? request : new By(domain, request);
    }

    /** Most often the own node's. */
    private Address front(Membership members) {
        List<Incarnation> all = List.copyOf(members.up());
        Incarnation node = random.nextInt(3) > 0 ? life : all.get(random.nextInt(all.size()));
        return Reserved.NAME_FRONT.address(node, members.grid());
    }

    /** Whether it was answered. */
    private boolean onResponse(List<Asked> operations, Payload request, Response response) {
        return switch (response) {
            case Response.Answered(NamesListed(var entries, var more)) -> {
                operations.forEach(asked -> history.returned(asked.operation(), listed(entries, asked.name())));
                yield true;
            }
            case Response.Answered(Refused(var error)) when error == NameError.BUSY -> forget(operations);
            case Response.Answered(var answer) -> {
                history.returned(operations.getFirst().operation(), answer);
                yield true;
            }
            case Response.SendRefused(var result)
            when result == SendResult.NO_SUCH_NAME -> {
                history.returned(operations.getFirst().operation(), new Refused(NameError.NO_SUCH_NAME));
                yield true;
            }
            case Response.SendRefused(var result) when result.definite() -> forget(operations);
            default -> asksOnly(request) && forget(operations);
        };
    }

    /** Such a request says nothing where it is not answered. */
    private static boolean asksOnly(Payload request) {
        return request instanceof ResolveName || request instanceof ListNames || request instanceof Ping;
    }

    private static Payload listed(List<Entry> entries, String name) {
        return entries.stream()
                .filter(entry -> entry.name().equals(name))
                .findFirst()
                .<Payload>map(NameResolved::new)
                .orElseGet(() -> new Refused(NameError.NO_SUCH_NAME));
    }

    private boolean forget(List<Asked> operations) {
        operations.forEach(asked -> history.forget(asked.operation()));
        return false;
    }
}
