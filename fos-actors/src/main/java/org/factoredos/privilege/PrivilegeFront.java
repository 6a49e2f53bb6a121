package org.factoredos.privilege;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Delegation;
import org.factoredos.kernel.Delegation.CheckRight;
import org.factoredos.kernel.Denial;
import org.factoredos.kernel.Destination;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.RightKind;
import org.factoredos.kernel.SendResult;
import org.factoredos.privilege.KeyProtocol.AddKey;
import org.factoredos.privilege.KeyProtocol.Domain;
import org.factoredos.privilege.KeyProtocol.DomainsListed;
import org.factoredos.privilege.KeyProtocol.ListDomains;
import org.factoredos.privilege.KeyProtocol.ListKeys;
import org.factoredos.privilege.KeyProtocol.RemoveKeys;
import org.factoredos.privilege.PrivilegeOwner.ReadRights;
import org.factoredos.privilege.PrivilegeOwner.RightsRead;
import org.factoredos.privilege.PrivilegeProtocol.AskRight;
import org.factoredos.privilege.PrivilegeProtocol.DenialsListed;
import org.factoredos.privilege.PrivilegeProtocol.EstablishDomain;
import org.factoredos.privilege.PrivilegeProtocol.GrantRight;
import org.factoredos.privilege.PrivilegeProtocol.ListDenials;
import org.factoredos.privilege.PrivilegeProtocol.ListRights;
import org.factoredos.privilege.PrivilegeProtocol.ListStaticRights;
import org.factoredos.privilege.PrivilegeProtocol.Refused;
import org.factoredos.privilege.PrivilegeProtocol.RemoveDomain;
import org.factoredos.privilege.PrivilegeProtocol.RevokeRight;
import org.factoredos.privilege.PrivilegeProtocol.RightAllowed;
import org.factoredos.privilege.PrivilegeProtocol.RightDenied;
import org.factoredos.privilege.PrivilegeProtocol.RightsListed;
import org.factoredos.server.Asks;
import org.factoredos.server.Asks.Ask;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Holdings;
import org.factoredos.server.Membership;
import org.factoredos.server.OwnerProtocol.AnnounceOwner;
import org.factoredos.server.OwnerProtocol.ListOwners;
import org.factoredos.server.OwnerProtocol.OwnerNoted;
import org.factoredos.server.OwnerProtocol.Recall;
import org.factoredos.server.OwnerProtocol.Recalled;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;
import org.factoredos.server.Server;
import org.jspecify.annotations.Nullable;

/**
 * The privilege server of one node (§3.1.2): its tiles' microkernels ask it what their clients may, other fleets' servers
 * what their callers may, and anybody may ask it to change rights.
 *
 * <p>Like a name front it answers from what it holds under the owners' callbacks, while its node is leased, and tells its tiles
 * to drop what they were told before a change returns. A right is kept at the owner of its domain, and the right to change
 * it at the owner of the asker's: a front reads the second, then asks the first.
 *
 * <p>Each drop has a number, and each answer to a tile that of the last drop before it. An answer that a tile meets behind a
 * later drop is of before a change, and the tile asks again.
 */
public final class PrivilegeFront implements Server, Membership.Watcher {
    private static final long OWNER_PATIENCE_NANOS = 2_000_000_000L;
    private static final long SHIM_PATIENCE_NANOS = 2_000_000_000L;
    private static final int MOST_ASKS = 2048;
    private static final int MOST_DOMAINS_KNOWN = 16_384;
    private static final int MOST_DENIALS = 1024;
    private static final String EVERYTHING = "*";
    /** Makes the first domains, when nobody has a right to. */
    private static final String INIT = "sys:init";

    /** In which domain a client acts, as far as one node knows. */
    record AwaitingDomain(long question, Incarnation asked) implements Continuation {}

    /** A tile's denials. */
    record AwaitingDenials(long listing) implements Continuation {}

    /** What an owner is asked for. */
    private sealed interface Purpose {
        /** Somebody's right, for a microkernel or a server. */
        record Check() implements Purpose {}

        /** The asker's right to change another. */
        record Authorise() implements Purpose {}

        record Change() implements Purpose {}

        record Part(Listing listing) implements Purpose {}
    }

    /** A listing that is put together of the slices'. */
    private static final class Listing {
        final TreeSet<Right> rights = new TreeSet<>();
        final TreeMap<String, Domain> domains = new TreeMap<>();
        boolean more;
        int parts = Reserved.PRIVILEGE_SLICES;
    }

    /** A check that waits for the domain of the client that it is about. */
    private static final class Question {
        final Envelope in;
        final ClientId client;
        final Set<Incarnation> asked = new TreeSet<>();
        final Set<Incarnation> waitedFor = new TreeSet<>();

        /** Of one that may know it and has not said. */
        @Nullable
        SendResult silence;

        Question(Envelope in, ClientId client) {
            this.in = in;
            this.client = client;
        }
    }

    private static final class Denied {
        final Envelope in;
        final List<Denial> denials = new ArrayList<>();
        int parts;

        Denied(Envelope in, int parts) {
            this.in = in;
            this.parts = parts;
        }
    }

    private final Incarnation self;
    private final BooleanSupplier leased;
    private final Holdings<RightsRead> holdings = new Holdings<>(this::drop, new Delegation.DropAllRights());
    private final Asks<Purpose> asks = new Asks<>(new Answers(), MOST_ASKS, OWNER_PATIENCE_NANOS);
    private final Map<Long, Question> questions = new LinkedHashMap<>();

    private final Map<Long, Denied> listings = new LinkedHashMap<>();
    /** In which domains clients act that boot has not placed: for good, for neither changes. */
    private final SequencedMap<ClientId, String> domains = new LinkedHashMap<>();

    private long drops;
    private long lastQuestion;
    private long lastListing;
    private @Nullable Membership membership;
    private long watchingSinceNanos;

    /** {@code leased}: whether what this node was told may still be believed. */
    public PrivilegeFront(Incarnation self, BooleanSupplier leased) {
        this.self = self;
        this.leased = leased;
    }

    private Payload.Request<?> drop(String key) {
        int space = key.indexOf(' ');
        return new Delegation.DropRights(key.substring(0, space), RightKind.valueOf(key.substring(space + 1)), ++drops);
    }

    @Override
    public List<Effect> on(Membership changed, long nanos) {
        boolean first = membership == null;
        watchingSinceNanos = first ? nanos : watchingSinceNanos;
        membership = changed;
        return first ? holdings.dropEverything(ownShims(changed)) : List.of();
    }

    @Override
    public List<Effect> on(Envelope in, long nanos) {
        return switch (in.payload()) {
            case CheckRight check when in.fromSystem() -> onCheck(in, check.domain(), check.kind(), nanos);
            case AskRight ask when in.fromSystem() -> onCheck(in, ask.domain(), ask.kind(), nanos);
            case GrantRight(Right right) -> onChange(in, List.of(right), nanos);
            case RevokeRight(Right right) -> onChange(in, List.of(right), nanos);
            case EstablishDomain establish -> onEstablish(in, establish, nanos);
            case RemoveDomain(String domain) ->
                onChange(in, List.of(new Right(domain, RightKind.GRANT, EVERYTHING)), nanos);
            case ListRights list -> onList(in, list, nanos);
            case AddKey(String domain, String key) ->
                onChange(in, List.of(new Right(domain, RightKind.GRANT, EVERYTHING)), nanos);
            case RemoveKeys(String domain) ->
                onChange(in, List.of(new Right(domain, RightKind.GRANT, EVERYTHING)), nanos);
            case ListKeys(String domain) -> ask(in, domain, in.payload(), new Purpose.Change(), nanos);
            case ListDomains list -> onList(in, list, nanos);
            case ListStaticRights list -> List.of(reply(in, new RightsListed(StaticRights.ALL, false)));
            case ListDenials list -> onListDenials(in);
            case Recall recall
            when in.fromSystem() -> {
                asks.overtake(ask -> ask.request() instanceof ReadRights(String domain, RightKind kind)
                        && PrivilegeOwner.key(domain, kind).equals(recall.key()));
                yield holdings.recall(recall.key(), in, new Recalled());
            }
            case AnnounceOwner announced when in.fromSystem() -> onAnnounced(in, announced, nanos);
            case ListOwners list -> List.of(Call.of(in, list).reply(asks.owners()));
            default -> List.of(); // A stranger's payload: its sender's deadline ends the call.
        };
    }

    @Override
    public List<Effect> on(Continuation continuation, Response response, long nanos) {
        return switch (continuation) {
            case Asks.AwaitingOwner awaiting -> asks.on(awaiting, response, nanos);
            case Asks.TryAgain again -> asks.on(again, nanos);
            case AwaitingDomain awaiting -> onDomain(awaiting, response, nanos);
            case AwaitingDenials(long number) -> onDenials(number, response);
            case Holdings.AwaitingDropped awaiting ->
                holdings.on(
                        awaiting,
                        response,
                        node -> membership != null && membership.gone(node, nanos, watchingSinceNanos));
            case Holdings.DropAgain again -> holdings.on(again);
            default -> List.of();
        };
    }

    // Whether somebody may.

    private List<Effect> onCheck(Envelope in, String domain, RightKind kind, long nanos) {
        RightsRead held = leased.getAsBoolean() ? holdings.get(PrivilegeOwner.key(domain, kind)) : null;
        return held == null
                ? ask(in, domain, new ReadRights(domain, kind), new Purpose.Check(), nanos)
                : decide(in, held);
    }

    private List<Effect> decide(Envelope in, RightsRead rights) {
        Destination target = in.payload() instanceof CheckRight check ? check.target() : null;
        if (target instanceof Address address
                && !rights.targets().isEmpty()
                && !rights.targets().contains(EVERYTHING)) {
            Optional<String> domain = domainOf(address);
            return domain.isPresent()
                    ? List.of(checked(in, allows(rights, RightKind.SEND, domain.get())))
                    : askForDomain(in, address);
        }
        boolean allowed = switch (in.payload()) {
            case CheckRight(var domain, var kind, var to) -> allows(rights, kind, to.toString());
            case AskRight asked -> allows(rights, asked.kind(), asked.target());
            default -> false;
        };
        return in.payload() instanceof AskRight asked ? answered(in, asked, allowed) : List.of(checked(in, allowed));
    }

    private static boolean allows(RightsRead rights, RightKind kind, String text) {
        return rights.targets().stream().anyMatch(target -> Right.allows(kind, target, text));
    }

    private Effect checked(Envelope in, boolean allowed) {
        CheckRight check = (CheckRight) in.payload();
        Address from = in.from();
        holdings.tell(
                PrivilegeOwner.key(check.domain(), check.kind()),
                new Address(from.client(), Client.FIRST_MAILBOX, from.tile()));
        return reply(in, new Delegation.RightChecked(allowed, drops));
    }

    private static List<Effect> answered(Envelope in, AskRight asked, boolean allowed) {
        return allowed
                ? List.of(reply(in, new RightAllowed()))
                : List.of(
                        new Effect.Audit(asked.client(), asked.domain(), asked.kind(), asked.target(), asked.tile()),
                        reply(in, new RightDenied()));
    }

    private Optional<String> domainOf(Address address) {
        Membership known = membership;
        Optional<String> placed = known == null ? Optional.empty() : StaticRights.text(address, known.grid());
        return placed.isPresent() ? placed : Optional.ofNullable(domains.get(address.client()));
    }

    /** The node where a client is knows in which domain it acts; its address may be old. */
    private List<Effect> askForDomain(Envelope in, Address address) {
        Membership known = membership;
        TileId tile = address.tile();
        if (known == null || questions.size() >= MOST_ASKS) {
            return List.of(busy(in));
        }
        if (tile.x() >= known.grid().width() || tile.y() >= known.grid().height()) {
            return List.of(reply(in, new Delegation.CheckFailed(SendResult.NO_SUCH_MAILBOX)));
        }
        Question question = new Question(in, address.client());
        questions.put(++lastQuestion, question);
        List<Incarnation> there = known.up().stream()
                .filter(member -> member.node().equals(tile.node()))
                .toList();
        return there.isEmpty() ? askOthers(lastQuestion, known) : ask(lastQuestion, there, known);
    }

    private List<Effect> ask(long number, List<Incarnation> members, Membership known) {
        Question question = questions.get(number);
        List<Effect> effects = new ArrayList<>();
        if (question != null) {
            for (Incarnation member : members) {
                question.asked.add(member);
                question.waitedFor.add(member);
                TileId tile = Reserved.LEASE.tile(member.node(), known.grid());
                effects.add(new Effect.Call(
                        Address.ofShim(member, known.grid(), tile),
                        new Delegation.ReportDomain(question.client),
                        new AwaitingDomain(number, member),
                        SHIM_PATIENCE_NANOS));
            }
        }
        return effects;
    }

    private List<Effect> onDomain(AwaitingDomain awaiting, Response response, long nanos) {
        Question question = questions.get(awaiting.question());
        Membership known = membership;
        if (question == null || known == null) {
            return List.of(); // Another has said it.
        }
        question.waitedFor.remove(awaiting.asked());
        switch (response) {
            case Response.Answered(Delegation.DomainReported(String domain)) -> {
                questions.remove(awaiting.question());
                if (domains.size() == MOST_DOMAINS_KNOWN) {
                    domains.pollFirstEntry();
                }
                domains.put(question.client, domain);
                CheckRight check = (CheckRight) question.in.payload();
                // What was held may have been recalled.
                return onCheck(question.in, check.domain(), check.kind(), nanos);
            }
            case Response.Answered itDoesNotKnow -> {}
            case Response.SendRefused(SendResult result) -> question.silence = result;
            case Response.DeadlinePassed late -> question.silence = SendResult.QUEUE_FULL;
        }
        return question.waitedFor.isEmpty() ? askOthers(awaiting.question(), known) : List.of();
    }

    /** It is not where it was: the node that made it knows, and where that is gone, whoever has it. */
    private List<Effect> askOthers(long number, Membership known) {
        Question question = questions.get(number);
        if (question == null) {
            return List.of();
        }
        Incarnation home = new Incarnation(question.client.node(), question.client.boot());
        boolean homeHasSaid = question.asked.contains(home) && question.silence == null;
        List<Incarnation> others = (known.up().contains(home) ? Stream.of(home) : known.up().stream())
                .filter(member -> !homeHasSaid && !question.asked.contains(member))
                .toList();
        if (!others.isEmpty()) {
            return ask(number, others, known);
        }
        questions.remove(number);
        // A node that is not known here yet may have what it made.
        SendResult nobody =
                question.asked.contains(home) || known.removedNanos().containsKey(home)
                        ? SendResult.NO_SUCH_MAILBOX
                        : SendResult.UNREACHABLE;
        SendResult silence = question.silence;
        return List.of(reply(question.in, new Delegation.CheckFailed(silence == null ? nobody : silence)));
    }

    // Changes.

    private List<Effect> onEstablish(Envelope in, EstablishDomain establish, long nanos) {
        if (!establish.rights().stream().allMatch(right -> right.domain().equals(establish.domain()))) {
            return List.of(reply(in, new Refused(PrivilegeError.BAD_DOMAIN)));
        }
        if (!PrivilegeOwner.isDomain(establish.domain())) {
            return List.of(reply(in, new Refused(PrivilegeError.BAD_DOMAIN)));
        }
        return onChange(in, establish.rights(), nanos);
    }

    /** {@code rights}: those that the asker has to have the say of. */
    private List<Effect> onChange(Envelope in, List<Right> rights, long nanos) {
        for (Right right : rights) {
            if (!PrivilegeOwner.isDomain(right.domain())) {
                return List.of(refusal(in, PrivilegeError.BAD_DOMAIN, KeyError.NO_SUCH_DOMAIN));
            }
            if (!PrivilegeOwner.isTarget(right.target())) {
                return List.of(reply(in, new Refused(PrivilegeError.BAD_TARGET)));
            }
        }
        if (in.payload() instanceof EstablishDomain && in.domain().equals(INIT)) {
            return change(in, nanos);
        }
        RightsRead held = leased.getAsBoolean() ? holdings.get(PrivilegeOwner.key(in.domain(), RightKind.GRANT)) : null;
        return held == null
                ? ask(in, in.domain(), new ReadRights(in.domain(), RightKind.GRANT), new Purpose.Authorise(), nanos)
                : authorise(in, held, nanos);
    }

    private List<Effect> authorise(Envelope in, RightsRead grants, long nanos) {
        for (String target : targets(in)) {
            if (!allows(grants, RightKind.GRANT, target)) {
                return List.of(
                        new Effect.Audit(
                                in.from().client(),
                                in.domain(),
                                RightKind.GRANT,
                                target,
                                in.from().tile()),
                        refusal(in, PrivilegeError.PERMISSION_DENIED, KeyError.PERMISSION_DENIED));
            }
        }
        return change(in, nanos);
    }

    private static List<String> targets(Envelope in) {
        return switch (in.payload()) {
            case GrantRight(Right right) -> List.of(right.target());
            case RevokeRight(Right right) -> List.of(right.target());
            // The name too, or anybody could take that of a user who is yet to come.
            case EstablishDomain establish ->
                Stream.concat(
                                Stream.of(establish.domain()),
                                establish.rights().stream().map(Right::target))
                        .toList();
            case AddKey add -> List.of(add.domain());
            case RemoveKeys remove -> List.of(remove.domain());
            default -> List.of(EVERYTHING);
        };
    }

    private List<Effect> change(Envelope in, long nanos) {
        String domain = switch (in.payload()) {
            case GrantRight(Right right) -> right.domain();
            case RevokeRight(Right right) -> right.domain();
            case EstablishDomain establish -> establish.domain();
            case RemoveDomain remove -> remove.domain();
            case AddKey add -> add.domain();
            case RemoveKeys remove -> remove.domain();
            default -> throw new IllegalStateException("no change: " + in);
        };
        return ask(in, domain, in.payload(), new Purpose.Change(), nanos);
    }

    // Listings.

    private List<Effect> onList(Envelope in, Payload list, long nanos) {
        if (!asks.room(Reserved.PRIVILEGE_SLICES)) {
            return List.of(busy(in));
        }
        Purpose.Part part = new Purpose.Part(new Listing());
        List<Effect> effects = new ArrayList<>();
        for (int slice = 0; slice < Reserved.PRIVILEGE_SLICES; slice++) {
            effects.addAll(asks.begin(in, slice, list, part, nanos));
        }
        return effects;
    }

    private static List<Effect> part(Envelope in, Listing listing, RightsListed part) {
        listing.rights.addAll(part.rights());
        listing.more |= part.more();
        if (--listing.parts > 0) {
            return List.of();
        }
        int most = Math.clamp(((ListRights) in.payload()).most(), 1, PrivilegeProtocol.MOST_LISTED);
        List<Right> first = listing.rights.stream().limit(most).toList();
        return List.of(reply(in, new RightsListed(first, listing.more || first.size() < listing.rights.size())));
    }

    private static List<Effect> part(Envelope in, Listing listing, DomainsListed part) {
        part.domains().forEach(domain -> listing.domains.put(domain.name(), domain));
        listing.more |= part.more();
        if (--listing.parts > 0) {
            return List.of();
        }
        List<Domain> first =
                listing.domains.values().stream().limit(KeyProtocol.MOST_LISTED).toList();
        return List.of(reply(in, new DomainsListed(first, listing.more || first.size() < listing.domains.size())));
    }

    private List<Effect> onListDenials(Envelope in) {
        Membership known = membership;
        if (known == null || listings.size() >= MOST_ASKS) {
            return List.of(busy(in));
        }
        List<Address> shims = ownShims(known);
        listings.put(++lastListing, new Denied(in, shims.size()));
        return shims.stream()
                .<Effect>map(shim -> new Effect.Call(
                        shim, new Delegation.ListDenials(), new AwaitingDenials(lastListing), SHIM_PATIENCE_NANOS))
                .toList();
    }

    private List<Effect> onDenials(long number, Response response) {
        Denied listing = listings.get(number);
        if (listing == null) {
            return List.of();
        }
        if (response instanceof Response.Answered(Delegation.DenialsListed(var denials))) {
            listing.denials.addAll(denials);
        }
        if (--listing.parts > 0) {
            return List.of();
        }
        listings.remove(number);
        List<Denial> all = listing.denials.stream()
                .sorted(Comparator.comparingLong(Denial::millis))
                .toList();
        List<Denial> latest = all.subList(Math.max(0, all.size() - MOST_DENIALS), all.size());
        return List.of(reply(listing.in, new DenialsListed(latest)));
    }

    // Owners.

    private List<Effect> ask(Envelope in, String domain, Payload request, Purpose purpose, long nanos) {
        return asks.room(1)
                ? asks.begin(in, PrivilegeOwner.sliceOf(domain), request, purpose, nanos)
                : List.of(busy(in));
    }

    private final class Answers implements Asks.Fleet<Purpose> {
        @Override
        public boolean reads(Payload request) {
            return switch (request) {
                case ReadRights read -> true;
                case ListRights list -> true;
                case ListKeys list -> true;
                case ListDomains list -> true;
                default -> false;
            };
        }

        @Override
        public Optional<List<Effect>> answered(Ask<Purpose> ask, boolean held, Payload answer, long nanos) {
            asks.end(ask);
            return Optional.of(onAnswer(ask, held, answer, nanos));
        }

        @Override
        public List<Effect> busy(Ask<Purpose> ask) {
            return List.of(PrivilegeFront.busy(ask.in()));
        }
    }

    private List<Effect> onAnswer(Ask<Purpose> ask, boolean held, Payload answer, long nanos) {
        Envelope in = ask.in();
        List<Effect> effects = new ArrayList<>();
        if (held && ask.request() instanceof ReadRights(String domain, RightKind kind)) {
            effects.addAll(holdings.hold(PrivilegeOwner.key(domain, kind), (RightsRead) answer));
        }
        switch (ask.of()) {
            case Purpose.Check check -> {
                // Else true a moment ago, but the tile would keep it.
                boolean usable = held || in.payload() instanceof AskRight;
                effects.addAll(usable ? decide(in, (RightsRead) answer) : List.of(busy(in)));
            }
            case Purpose.Authorise authorise -> effects.addAll(authorise(in, (RightsRead) answer, nanos));
            case Purpose.Change change -> effects.add(reply(in, answer));
            case Purpose.Part(Listing listing) ->
                effects.addAll(
                        switch (answer) {
                            case RightsListed part -> part(in, listing, part);
                            case DomainsListed part -> part(in, listing, part);
                            default -> List.of(busy(in));
                        });
        }
        return effects;
    }

    private List<Effect> onAnnounced(Envelope in, AnnounceOwner announced, long nanos) {
        Predicate<String> ofSlice =
                key -> PrivilegeOwner.sliceOf(key.substring(0, key.indexOf(' '))) == announced.slice();
        if (!asks.note(announced)) { // Said before, or by one that has a successor.
            return holdings.awaitDrops(ofSlice, in, new OwnerNoted());
        }
        List<Effect> effects = new ArrayList<>(holdings.recallAll(ofSlice, in, new OwnerNoted()));
        effects.addAll(asks.askSuccessor(announced.slice(), nanos));
        return effects;
    }

    // Helpers.

    private List<Address> ownShims(Membership known) {
        return known.grid().tilesOf(self.node()).stream()
                .map(tile -> Address.ofShim(self, known.grid(), tile))
                .toList();
    }

    private static Effect busy(Envelope in) {
        return in.payload() instanceof CheckRight
                ? reply(in, new Delegation.CheckFailed(SendResult.QUEUE_FULL))
                : refusal(in, PrivilegeError.BUSY, KeyError.BUSY);
    }

    /** By what was asked about: rights or keys. */
    private static Effect refusal(Envelope in, PrivilegeError ofRights, KeyError ofKeys) {
        return reply(
                in,
                in.payload() instanceof KeyProtocol.Request<?>
                        ? new KeyProtocol.Refused(ofKeys)
                        : new Refused(ofRights));
    }

    private static Effect reply(Envelope in, Payload answer) {
        return new Effect.Reply(in.from(), in.call(), answer, in.trace());
    }
}
