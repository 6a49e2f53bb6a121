package org.factoredos.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Destination;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.RightKind;
import org.factoredos.kernel.SendResult;
import org.factoredos.privilege.PrivilegeError;
import org.factoredos.privilege.PrivilegeProtocol;
import org.factoredos.privilege.PrivilegeProtocol.DomainEstablished;
import org.factoredos.privilege.PrivilegeProtocol.EstablishDomain;
import org.factoredos.privilege.PrivilegeProtocol.GrantRight;
import org.factoredos.privilege.PrivilegeProtocol.ListRights;
import org.factoredos.privilege.PrivilegeProtocol.Refused;
import org.factoredos.privilege.PrivilegeProtocol.RevokeRight;
import org.factoredos.privilege.PrivilegeProtocol.RightsListed;
import org.factoredos.privilege.Right;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Membership;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;
import org.factoredos.sim.PrivilegeModel.Denied;
import org.factoredos.sim.PrivilegeModel.Knock;
import org.factoredos.sim.PrivilegeModel.Listed;
import org.factoredos.sim.PrivilegeModel.Opened;
import org.jspecify.annotations.Nullable;

/**
 * A client that grants, revokes and lists the rights of {@code alice} at random, or one of alice's, that sends to the others
 * whether it may or not. Both answer who sends to them.
 */
final class PrivilegeUser implements Scenario.User, Membership.Watcher {
    /** Of the clients of each node. */
    static final List<String> DOMAINS = List.of("sys:init", "alice");

    private static final String ADMINISTRATOR = DOMAINS.get(0);
    private static final String SENDER = DOMAINS.get(1);
    private static final List<EstablishDomain> FIRST = List.of(
            new EstablishDomain(ADMINISTRATOR, List.of(new Right(ADMINISTRATOR, RightKind.GRANT, "*"))),
            new EstablishDomain(SENDER, List.of()));
    private static final int LAST_STEPS = 4;

    private record Next() implements Continuation {}

    /** {@code step}: of the last questions; below zero for the others. */
    private record Awaiting(List<Asked> operations, Payload request, int step) implements Continuation {}

    private record Asked(String target, int operation) {}

    private final Address self;
    private final Incarnation life;
    private final SplittableRandom random;
    private final History<Payload, Payload> history;
    private @Nullable Membership membership;
    private int established;
    private boolean lastAsked;
    private @Nullable String unanswered;

    PrivilegeUser(Address self, Incarnation life, SplittableRandom random, History<Payload, Payload> history) {
        this.self = self;
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
        return in.payload() instanceof Knock knock ? List.of(Call.of(in, knock).reply(new Opened())) : List.of();
    }

    @Override
    public List<Effect> on(Continuation continuation, Response response, long nanos) {
        return switch (continuation) {
            case Scenario.Begin begin -> pause();
            case Next next -> lastAsked ? List.of() : next(-1);
            case Scenario.AskLast last -> {
                lastAsked = true;
                unanswered = "nothing asked yet";
                yield next(0);
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
                yield next(request instanceof EstablishDomain ? step : step + 1);
            }
            default -> List.of();
        };
    }

    private List<Effect> pause() {
        return List.of(new Effect.Timer(new Next(), random.nextLong(300 * World.MILLISECOND)));
    }

    private List<Effect> next(int step) {
        Membership members = membership;
        if (members == null) {
            return pause();
        }
        if (step == LAST_STEPS * DOMAINS.size()) {
            unanswered = null;
            return List.of();
        }
        int which = step < 0 ? random.nextInt(DOMAINS.size()) : step / LAST_STEPS;
        if (!administers(members)) {
            return ask(new Knock(), door(which, members), List.of(DOMAINS.get(which)), step);
        }
        if (established < FIRST.size()) {
            return ask(FIRST.get(established), front(members), List.of(), step);
        }
        Right right = new Right(SENDER, RightKind.SEND, DOMAINS.get(which));
        int choice = step < 0 ? random.nextInt(8) : 2 * (step % LAST_STEPS) + 1;
        Payload.Request<?> request = switch (choice) {
            case 0, 1, 2 -> new GrantRight(right);
            case 3, 4, 5 -> new RevokeRight(right);
            default -> new ListRights(SENDER, PrivilegeProtocol.FROM_THE_FIRST, 100);
        };
        return ask(request, front(members), request instanceof ListRights ? DOMAINS : List.of(right.target()), step);
    }

    private boolean administers(Membership members) {
        return self.tile().equals(tile(life, 0, members));
    }

    private static TileId tile(Incarnation node, int client, Membership members) {
        return members.grid().tilesOf(node.node()).get(Reserved.COUNT + client);
    }

    private List<Effect> ask(Payload.Request<?> request, Address to, List<String> targets, int step) {
        List<Asked> operations = new ArrayList<>();
        targets.forEach(target -> operations.add(new Asked(target, history.called(target, request))));
        if (step >= 0) {
            unanswered = "no answer to " + request;
        }
        long patience = (step >= 0 || random.nextInt(4) == 0 ? 20 : 6) * World.SECOND;
        Destination destination = to;
        return List.of(new Effect.Call(destination, request, new Awaiting(operations, request, step), patience));
    }

    /** Most often the own node's; where all must be well, always. */
    private Address front(Membership members) {
        return Reserved.PRIVILEGE_FRONT.address(node(members), members.grid());
    }

    /** A client of that number, on any node. */
    private Address door(int client, Membership members) {
        Incarnation node = node(members);
        return Address.ofBootstrap(node, members.grid(), tile(node, client, members));
    }

    private Incarnation node(Membership members) {
        List<Incarnation> all = List.copyOf(members.up());
        return random.nextInt(3) > 0 || all.isEmpty() ? life : all.get(random.nextInt(all.size()));
    }

    /** Whether it was answered. */
    private boolean onResponse(List<Asked> operations, Payload request, Response response) {
        return switch (response) {
            case Response.Answered(DomainEstablished done) -> establishedOne();
            case Response.Answered(Refused(var error)) when error == PrivilegeError.DOMAIN_EXISTS -> establishedOne();
            // Nobody has established the domains yet.
            case Response.Answered(Refused(var error))
            when error == PrivilegeError.BUSY
                    || error == PrivilegeError.NO_SUCH_DOMAIN
                    || error == PrivilegeError.PERMISSION_DENIED -> forget(operations);
            case Response.Answered(RightsListed(var rights, var more)) -> {
                operations.forEach(asked -> history.returned(
                        asked.operation(),
                        new Listed(rights.contains(new Right(SENDER, RightKind.SEND, asked.target())))));
                yield true;
            }
            case Response.Answered(var answer) -> {
                operations.forEach(asked -> history.returned(asked.operation(), answer));
                yield true;
            }
            case Response.SendRefused(var result)
            when result == SendResult.PERMISSION_DENIED -> {
                operations.forEach(asked -> history.returned(asked.operation(), new Denied()));
                yield true;
            }
            case Response.SendRefused(var result) when result.definite() -> forget(operations);
            default -> asksOnly(request) && forget(operations);
        };
    }

    private boolean establishedOne() {
        established++;
        return true;
    }

    /** Such a request says nothing where it is not answered. */
    private static boolean asksOnly(Payload request) {
        return request instanceof Knock || request instanceof ListRights;
    }

    private boolean forget(List<Asked> operations) {
        operations.forEach(asked -> history.forget(asked.operation()));
        return false;
    }
}
