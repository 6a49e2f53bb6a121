package org.factoredos.naming;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.factoredos.grid.Grid;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Delegation;
import org.factoredos.kernel.Delegation.BindName;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Migration.LocateClient;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.Place;
import org.factoredos.kernel.RightKind;
import org.factoredos.kernel.SendResult;
import org.factoredos.naming.DirectoryProtocol.AwaitClaims;
import org.factoredos.naming.DirectoryProtocol.ClaimDecided;
import org.factoredos.naming.DirectoryProtocol.DropGone;
import org.factoredos.naming.DirectoryProtocol.FetchClaims;
import org.factoredos.naming.DirectoryProtocol.NeedsRight;
import org.factoredos.naming.DirectoryProtocol.Permitted;
import org.factoredos.naming.DirectoryProtocol.RegisterFound;
import org.factoredos.naming.DirectoryProtocol.SpreadClaims;
import org.factoredos.naming.Listings.Listing;
import org.factoredos.naming.NameProtocol.ClaimNamespace;
import org.factoredos.naming.NameProtocol.ClientForgotten;
import org.factoredos.naming.NameProtocol.DeleteName;
import org.factoredos.naming.NameProtocol.DeleteSpecificName;
import org.factoredos.naming.NameProtocol.Entry;
import org.factoredos.naming.NameProtocol.ForgetClient;
import org.factoredos.naming.NameProtocol.ListNames;
import org.factoredos.naming.NameProtocol.MoveNoted;
import org.factoredos.naming.NameProtocol.NameResolved;
import org.factoredos.naming.NameProtocol.NamesListed;
import org.factoredos.naming.NameProtocol.NoteMoved;
import org.factoredos.naming.NameProtocol.Refused;
import org.factoredos.naming.NameProtocol.RegisterName;
import org.factoredos.naming.NameProtocol.ReleaseNamespace;
import org.factoredos.naming.NameProtocol.ReportCaches;
import org.factoredos.naming.NameProtocol.ResolveName;
import org.factoredos.naming.NameProtocol.SetPolicy;
import org.factoredos.privilege.PrivilegeProtocol;
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
 * The name server of one node (§3.4): any client may ask any of them, and its tiles' microkernels delegate lookups to it.
 *
 * <p>It answers reads from what it holds under the owners' callbacks, while its node is leased, and takes everything else
 * to the owner of the name's slice. An owner may be moving: it is asked again, under the client's own call number, until
 * the patience of most clients has passed. What an owner said before a recall or a successor came is never held and never
 * answered to anyone who asked later; such an answer is fetched again.
 *
 * <p>Whether a mailbox that is to get a name is there, and whose it is, it asks the mailbox's own tile first, and anew for
 * each owner that the registration is taken to; whether a domain may use a namespace that is not its own, the privilege
 * fleet, when the owner has said that it has to.
 */
public final class NameFront implements Server, Membership.Watcher {
    private static final long OWNER_PATIENCE_NANOS = 2_000_000_000L;
    private static final long SHIM_PATIENCE_NANOS = 2_000_000_000L;
    private static final long RIGHT_PATIENCE_NANOS = 5_000_000_000L;
    private static final int MOST_ASKS = 2048;

    /** Whether a mailbox is there, and whose; {@code epoch}: of the owner that is to hear of it. */
    record AwaitingChecked(long ask, int attempt, long epoch, Incarnation where) implements Continuation {}

    /** Whether the domain has the right. */
    record AwaitingRight(long question) implements Continuation {}

    /** A tile's counts. */
    record AwaitingCache(long question) implements Continuation {}

    /** What is held of a name; without an entry: nobody has it. */
    private record Held(Optional<Entry> entry) {}

    /** What an ask is part of. */
    private sealed interface Purpose {}

    private record Single() implements Purpose {}

    private record PartOf(Listing listing) implements Purpose {}

    private record SpreadOf(Spreading spreading) implements Purpose {}

    /** A registration: where its mailbox was found, and the epoch of the owner that was known as that was asked. */
    private static final class Registering implements Purpose {
        long epoch;

        @Nullable
        Place place;
    }

    /** An answer that waits for so many slices: all others know a claim, or all know that a client has ended or moved. */
    private static final class Spreading {
        final Payload answer;
        int slices;

        Spreading(Payload answer, int slices) {
            this.answer = answer;
            this.slices = slices;
        }
    }

    /** A client's request that waits for somebody else's word. */
    private record Question(Envelope in, Payload request, Purpose purpose) {}

    /** The counts of this node's tiles, put together. */
    private static final class Counting {
        final Envelope in;
        int tiles;
        long hits;
        long misses;

        Counting(Envelope in, int tiles) {
            this.in = in;
            this.tiles = tiles;
        }
    }

    private static final Single SINGLE = new Single();

    private final Searches searches;
    private final Incarnation self;
    private final BooleanSupplier leased;
    private final Optional<Reserved> privileges;
    private final Holdings<Held> holdings = new Holdings<>(Delegation.DropName::new, new Delegation.DropAllNames());
    private final Asks<Purpose> asks = new Asks<>(new Answers(), MOST_ASKS, OWNER_PATIENCE_NANOS);
    private final Bindings bindings = new Bindings();
    private final Listings listings = new Listings();
    private final Map<Long, Question> questions = new LinkedHashMap<>();
    private final Map<Long, Counting> countings = new LinkedHashMap<>();

    private long lastQuestion;
    private @Nullable Membership membership;
    private long watchingSinceNanos;
    private long hits;
    private long misses;
    private long found;
    private long notFound;

    /**
     * @param leased whether what this node was told may still be believed
     * @param privileges where the privilege front runs; empty where there is none, and what nobody has claimed is anyone's
     */
    public NameFront(Incarnation self, BooleanSupplier leased, Optional<Reserved> privileges) {
        this.self = self;
        this.leased = leased;
        this.searches = new Searches(leased);
        this.privileges = privileges;
    }

    @Override
    public List<Effect> on(Membership changed, long nanos) {
        Membership before = membership;
        watchingSinceNanos = before == null ? nanos : watchingSinceNanos;
        membership = changed;
        bindings.on(changed);
        if (before == null) {
            return holdings.dropEverything(shimsOf(self, changed.grid()));
        }
        // Who is bound to a member that is going, or was steered away from one that has come, asks anew.
        return before.up().equals(changed.up()) && before.down().equals(changed.down())
                ? List.of()
                : holdings.dropAll(this::isSet);
    }

    private boolean isSet(String name) {
        Held held = holdings.get(name);
        return held != null && held.entry().filter(entry -> entry.flags().set()).isPresent();
    }

    @Override
    public List<Effect> on(Envelope in, long nanos) {
        return switch (in.payload()) {
            case RegisterName register -> write(in, register, register.name(), new Registering(), nanos);
            case DeleteName delete -> write(in, delete, delete.name(), SINGLE, nanos);
            case DeleteSpecificName delete -> write(in, delete, delete.name(), SINGLE, nanos);
            case SetPolicy set -> write(in, set, set.name(), SINGLE, nanos);
            case ClaimNamespace claim -> onNamespace(in, claim, claim.namespace(), nanos);
            case ReleaseNamespace release -> onNamespace(in, release, release.namespace(), nanos);
            case ResolveName resolve -> onResolve(in, resolve, nanos);
            case ListNames list -> onList(in, list, nanos);
            case ReportCaches report -> onReport(in);
            case BindName bind when in.fromSystem() -> onBind(in, bind, nanos);
            case Delegation.SuspectMember suspect when in.fromSystem() -> onSuspect(suspect, nanos);
            case SpreadClaims spread
            when in.fromSystem() ->
                spread(in, spread.home(), spread.number(), new DirectoryProtocol.ClaimsSpread(), nanos);
            case FetchClaims fetch when in.fromSystem() -> ask(in, fetch.home(), fetch, nanos, SINGLE);
            case DropGone drop when in.fromSystem() -> ask(in, drop.slice(), drop, nanos, SINGLE);
            case Recall recall when in.fromSystem() -> onRecall(in, recall);
            case ForgetClient forget when in.fromSystem() -> tellAll(in, forget, new ClientForgotten(), nanos);
            case NoteMoved note when in.fromSystem() -> tellAll(in, note, new MoveNoted(), nanos);
            case AnnounceOwner announced when in.fromSystem() -> onAnnounced(in, announced, nanos);
            case LocateClient locate when in.fromSystem() -> searches.begin(in, locate, membership, nanos);
            case ListOwners list -> List.of(Call.of(in, list).reply(asks.owners()));
            default -> List.of(); // A stranger's payload: its sender's deadline ends the call.
        };
    }

    @Override
    public List<Effect> on(Continuation continuation, Response response, long nanos) {
        return switch (continuation) {
            case Asks.AwaitingOwner awaiting -> asks.on(awaiting, response, nanos);
            case Asks.TryAgain again -> asks.on(again, nanos);
            case Listings.AwaitingMailboxes awaiting -> listings.on(awaiting, response);
            case Bindings.AwaitingChoice awaiting -> bindings.on(awaiting, response);
            case AwaitingChecked checked -> onChecked(checked, response, nanos);
            case AwaitingRight(long number) -> {
                Question question = questions.remove(number);
                yield question == null ? List.of() : onRight(question, response, nanos);
            }
            case AwaitingCache(long number) -> onCache(number, response);
            case Searches.AwaitingFound awaiting ->
                searches.on(awaiting, response, membership, watchingSinceNanos, nanos);
            case Searches.SearchOn next -> searches.on(next, membership, nanos);
            case Holdings.AwaitingDropped awaiting -> holdings.on(awaiting, response, node -> gone(node, nanos));
            case Holdings.DropAgain again -> holdings.on(again);
            default -> List.of();
        };
    }

    // Changes.

    private List<Effect> write(Envelope in, Payload request, String name, Purpose purpose, long nanos) {
        return Directory.wellFormed(name)
                ? ask(in, NameOwner.sliceOf(name), request, nanos, purpose)
                : List.of(refuse(in, NameError.BAD_NAME));
    }

    private List<Effect> onNamespace(Envelope in, Payload request, String namespace, long nanos) {
        return Claims.wellFormed(namespace)
                ? ask(in, NameOwner.sliceOf(namespace), request, nanos, SINGLE)
                : List.of(refuse(in, NameError.BAD_NAME));
    }

    /**
     * Asks the node where the mailbox should be, which may be another one than made it, or a later life of that; and asks anew for
     * each owner: its client may have ended since, and the predecessor alone may have been told of that ({@link ForgetClient}).
     * Who was there in an owner's epoch ends in that epoch or later, so that owner or a successor is told behind this answer: it
     * has the name by then, and drops it, or refuses it from then on.
     */
    private List<Effect> check(Ask<Purpose> ask, long epoch) {
        Address mailbox = registration(ask).mailbox();
        Incarnation home = incarnation(mailbox.client());
        boolean atHome = home.node().equals(mailbox.tile().node());
        // This front may know of an earlier life of that node only.
        Optional<Address> shim =
                shimOf(mailbox.tile()).filter(found -> !atHome || found.client().boot() >= home.boot());
        return shim.map(there -> List.<Effect>of(new Effect.Call(
                        there,
                        new Delegation.CheckMailbox(mailbox),
                        new AwaitingChecked(ask.number(), ask.attempt(), epoch, incarnation(there.client())),
                        SHIM_PATIENCE_NANOS)))
                .orElseGet(() -> notFound(ask, atHome && over(home) ? NameError.NO_SUCH_MAILBOX : NameError.BUSY));
    }

    private List<Effect> onChecked(AwaitingChecked checked, Response response, long nanos) {
        Ask<Purpose> ask = asks.get(checked.ask());
        if (ask == null || ask.attempt() != checked.attempt() || !(ask.of() instanceof Registering registering)) {
            return List.of(); // Of an attempt that a later one has made pointless.
        }
        return switch (response) {
            case Response.Answered(Delegation.MailboxChecked(String domain, int moves))
            when mayName(ask.in(), domain) -> {
                registering.epoch = checked.epoch();
                registering.place =
                        new Place(checked.where(), registration(ask).mailbox().tile(), moves);
                yield asks.goOn(ask, nanos);
            }
            case Response.Answered(Delegation.MailboxChecked other) -> notFound(ask, NameError.NO_SUCH_MAILBOX);
            case Response.SendRefused(SendResult result)
            when result == SendResult.NO_SUCH_MAILBOX ->
                notFound(ask, NameError.NO_SUCH_MAILBOX); // Of a node's life that is over.
            default -> notFound(ask, NameError.BUSY);
        };
    }

    private List<Effect> notFound(Ask<Purpose> ask, NameError error) {
        if (ask.maybeDone() && error == NameError.BUSY) {
            return List.of(asks.later(ask));
        }
        asks.end(ask);
        // The last owner may have done it: then the client's own deadline says what is true, should it still wait.
        return ask.maybeDone() ? List.of() : List.of(refuse(ask.in(), error));
    }

    private static RegisterName registration(Ask<Purpose> ask) {
        return (RegisterName) (ask.request() instanceof Permitted(var inner, var byRight) ? inner : ask.request());
    }

    /** The system names what others' clients have, as when it moves one of them. */
    private static boolean mayName(Envelope in, String domain) {
        return !domain.isEmpty() && (in.fromSystem() || Claims.covers(in.domain(), domain));
    }

    private List<Effect> onNeedsRight(Ask<Purpose> ask, boolean foreign, long nanos) {
        Envelope in = ask.in();
        Payload request = ask.request() instanceof Permitted(var inner, var byRight)
                ? inner // Somebody has claimed the namespace since.
                : ask.request();
        if (privileges.isEmpty() || membership == null) {
            return foreign
                    ? List.of(refuse(in, NameError.PERMISSION_DENIED))
                    : permitted(new Question(in, request, ask.of()), false, nanos);
        }
        var right = new PrivilegeProtocol.AskRight(
                in.domain(),
                RightKind.REGISTER,
                DirectoryProtocol.target((NameProtocol.Request<?>) in.payload()),
                in.from().client(),
                in.from().tile());
        Address front = privileges.get().address(self, membership.grid());
        return question(new Question(in, request, ask.of()))
                .map(number ->
                        List.<Effect>of(new Effect.Call(front, right, new AwaitingRight(number), RIGHT_PATIENCE_NANOS)))
                .orElseGet(() -> List.of(busy(in)));
    }

    private List<Effect> onRight(Question question, Response response, long nanos) {
        return switch (response) {
            case Response.Answered(PrivilegeProtocol.RightAllowed allowed) -> permitted(question, true, nanos);
            case Response.Answered(PrivilegeProtocol.RightDenied denied) ->
                List.of(refuse(question.in(), NameError.PERMISSION_DENIED));
            default -> List.of(busy(question.in()));
        };
    }

    private List<Effect> permitted(Question question, boolean byRight, long nanos) {
        Envelope in = question.in();
        int slice = NameOwner.sliceOf(DirectoryProtocol.target((NameProtocol.Request<?>) in.payload()));
        return ask(in, slice, new Permitted(question.request(), byRight), nanos, question.purpose());
    }

    private Optional<Long> question(Question question) {
        if (questions.size() >= MOST_ASKS) {
            return Optional.empty();
        }
        questions.put(++lastQuestion, question);
        return Optional.of(lastQuestion);
    }

    /** Answers when every slice but the home knows its claims up to that number. */
    private List<Effect> spread(Envelope in, int home, long number, Payload answer, long nanos) {
        Spreading spreading = new Spreading(answer, Reserved.NAME_SLICES - 1);
        if (!asks.room(spreading.slices)) {
            return List.of(); // It is done, so it is not refused; its client asks again, or nobody has to know.
        }
        List<Effect> effects = new ArrayList<>();
        for (int slice = 0; slice < Reserved.NAME_SLICES; slice++) {
            if (slice != home) {
                effects.addAll(asks.begin(in, slice, new AwaitClaims(home, number), new SpreadOf(spreading), nanos));
            }
        }
        return effects;
    }

    /** A client's names lie in all slices. */
    private List<Effect> tellAll(Envelope in, Payload news, Payload answer, long nanos) {
        Spreading spreading = new Spreading(answer, Reserved.NAME_SLICES);
        if (!asks.room(spreading.slices)) {
            return List.of(busy(in));
        }
        List<Effect> effects = new ArrayList<>();
        for (int slice = 0; slice < Reserved.NAME_SLICES; slice++) {
            effects.addAll(asks.begin(in, slice, news, new SpreadOf(spreading), nanos));
        }
        return effects;
    }

    // Reads.

    private List<Effect> onResolve(Envelope in, ResolveName resolve, long nanos) {
        String name = resolve.name();
        if (Address.isAutomatic(name)) {
            return onResolveAutomatic(in, name);
        }
        if (!Directory.wellFormed(name)) {
            return List.of(refuse(in, NameError.BAD_NAME));
        }
        Held held = held(name);
        if (held == null) {
            return ask(in, NameOwner.sliceOf(name), resolve, nanos, SINGLE);
        }
        return List.of(reply(
                in, held.entry().<Payload>map(NameResolved::new).orElseGet(() -> new Refused(NameError.NO_SUCH_NAME))));
    }

    private List<Effect> onResolveAutomatic(Envelope in, String name) {
        Optional<Address> mailbox = Address.parse(name);
        if (mailbox.isEmpty()) {
            return List.of(refuse(in, NameError.BAD_NAME));
        }
        return List.of(shimOf(mailbox.get().tile())
                .map(shim -> listings.resolveAutomatic(in, shim))
                .orElseGet(() -> refuse(in, NameError.NO_SUCH_NAME)));
    }

    private List<Effect> onBind(Envelope in, BindName bind, long nanos) {
        String name = bind.name();
        if (Address.isAutomatic(name)) {
            // It means the same for ever, so nobody need be told to drop it; whether it is there, a send finds out.
            return List.of(reply(
                    in,
                    Address.parse(name)
                            .<Payload>map(Delegation.NameBound::single)
                            .orElseGet(Delegation.NameUnbound::new)));
        }
        if (!Directory.wellFormed(name)) {
            return List.of(reply(in, new Delegation.NameUnbound())); // Nobody will ever have it.
        }
        Held held = held(name);
        return held == null
                ? ask(in, NameOwner.sliceOf(name), new ResolveName(name), nanos, SINGLE)
                : List.of(bound(in, bind, held.entry(), nanos));
    }

    private @Nullable Held held(String name) {
        Held held = leased.getAsBoolean() ? holdings.get(name) : null;
        if (held == null) {
            misses++;
        } else {
            hits++;
        }
        return held;
    }

    /** From now on the tile is told of a recall, also where its answer takes until after that. */
    private Effect bound(Envelope in, BindName bind, Optional<Entry> entry, long nanos) {
        holdings.tell(bind.name(), new Address(in.from().client(), Client.FIRST_MAILBOX, bind.tile()));
        return entry.map(known -> bindings.bind(in, bind, known, nanos))
                .orElseGet(() -> reply(in, new Delegation.NameUnbound()));
    }

    /** All tiles of this node that are bound to the set choose again. */
    private List<Effect> onSuspect(Delegation.SuspectMember suspect, long nanos) {
        bindings.suspect(suspect.mailbox(), nanos);
        return isSet(suspect.name()) ? holdings.dropAll(suspect.name()::equals) : List.of();
    }

    private List<Effect> onList(Envelope in, ListNames list, long nanos) {
        if (Address.isAutomatic(list.pattern())) {
            List<Address> shims = new ArrayList<>();
            if (membership != null) {
                for (Incarnation member : membership.up()) {
                    shims.addAll(shimsOf(member, membership.grid()));
                }
            }
            return listings.listAutomatic(in, list, shims);
        }
        if (!asks.room(Reserved.NAME_SLICES)) {
            return List.of(busy(in));
        }
        PartOf part = new PartOf(new Listing(list, Reserved.NAME_SLICES));
        List<Effect> effects = new ArrayList<>();
        for (int slice = 0; slice < Reserved.NAME_SLICES; slice++) {
            effects.addAll(asks.begin(in, slice, list, part, nanos));
        }
        return effects;
    }

    private List<Effect> onReport(Envelope in) {
        if (membership == null || countings.size() >= MOST_ASKS) {
            return List.of(busy(in));
        }
        List<Address> shims = shimsOf(self, membership.grid());
        countings.put(++lastQuestion, new Counting(in, shims.size()));
        return shims.stream()
                .<Effect>map(shim -> new Effect.Call(
                        shim, new Delegation.ReportCache(), new AwaitingCache(lastQuestion), SHIM_PATIENCE_NANOS))
                .toList();
    }

    private List<Effect> onCache(long number, Response response) {
        Counting counting = countings.get(number);
        if (counting == null) {
            return List.of();
        }
        if (response instanceof Response.Answered(Delegation.CacheReported(long tileHits, long tileMisses))) {
            counting.hits += tileHits;
            counting.misses += tileMisses;
        }
        if (--counting.tiles > 0) {
            return List.of();
        }
        countings.remove(number);
        return List.of(reply(
                counting.in,
                new NameProtocol.CachesReported(
                        new NameProtocol.Count(counting.hits, counting.misses),
                        new NameProtocol.Count(hits, misses),
                        new NameProtocol.Count(found, notFound))));
    }

    // Owners.

    private List<Effect> ask(Envelope in, int slice, Payload request, long nanos, Purpose purpose) {
        return asks.room(1) ? asks.begin(in, slice, request, purpose, nanos) : List.of(busy(in));
    }

    private final class Answers implements Asks.Fleet<Purpose> {
        @Override
        public boolean reads(Payload request) {
            return request instanceof ResolveName
                    || request instanceof ListNames
                    || request instanceof AwaitClaims
                    || request instanceof ForgetClient // Both may be carried out twice.
                    || request instanceof NoteMoved
                    || request instanceof FetchClaims;
        }

        @Override
        public Optional<List<Effect>> prepare(Ask<Purpose> ask, long epoch, long nanos) {
            return ask.of() instanceof Registering registering && registering.epoch != epoch
                    ? Optional.of(check(ask, epoch))
                    : Optional.empty();
        }

        @Override
        public Payload wording(Ask<Purpose> ask) {
            if (!(ask.of() instanceof Registering registering) || registering.place == null) {
                return ask.request();
            }
            RegisterFound found = new RegisterFound(registration(ask), registering.place);
            return ask.request() instanceof Permitted(var inner, boolean byRight)
                    ? new Permitted(found, byRight)
                    : found;
        }

        @Override
        public Optional<List<Effect>> answered(Ask<Purpose> ask, boolean held, Payload answer, long nanos) {
            asks.end(ask);
            return Optional.of(
                    switch (ask.of()) {
                        case PartOf(Listing listing) -> onListed(ask.in(), listing, answer);
                        case SpreadOf(Spreading spreading) -> onSpread(ask.in(), spreading);
                        case Registering registering -> onAnswer(ask, held, answer, nanos);
                        case Single single -> onAnswer(ask, held, answer, nanos);
                    });
        }

        @Override
        public List<Effect> busy(Ask<Purpose> ask) {
            // A claim that not every slice has confirmed is made all the same: the client's own deadline ends its call.
            return ask.of() instanceof SpreadOf ? List.of() : List.of(NameFront.busy(ask.in()));
        }
    }

    private List<Effect> onAnswer(Ask<Purpose> ask, boolean held, Payload answer, long nanos) {
        Envelope in = ask.in();
        if (answer instanceof NeedsRight(boolean foreign)) {
            return onNeedsRight(ask, foreign, nanos);
        }
        if (answer instanceof ClaimDecided(long number, NameProtocol.Reply decided)) {
            int home = NameOwner.sliceOf(DirectoryProtocol.target((NameProtocol.Request<?>) in.payload()));
            // A refusal too: it tells of a claim, which from then on must hold everywhere.
            return spread(in, home, number, decided, nanos);
        }
        if (!(ask.request() instanceof ResolveName(String name))) {
            return List.of(reply(in, answer));
        }
        Optional<Entry> entry = answer instanceof NameResolved(Entry known) ? Optional.of(known) : Optional.empty();
        if (entry.isPresent()) {
            found++;
        } else {
            notFound++;
        }
        List<Effect> effects = new ArrayList<>();
        if (held) {
            effects.addAll(holdings.hold(name, new Held(entry)));
        }
        if (!(in.payload() instanceof BindName bind)) {
            effects.add(reply(in, answer));
        } else if (held) {
            effects.add(bound(in, bind, entry, nanos));
        } else {
            effects.add(reply(in, new Delegation.BindFailed())); // True a moment ago, but the tile would keep it.
        }
        return effects;
    }

    private static List<Effect> onListed(Envelope in, Listing listing, Payload answer) {
        return answer instanceof NamesListed(var entries, var more)
                ? listing.part(entries, more).stream()
                        .map(page -> reply(in, page))
                        .toList()
                : List.of(busy(in));
    }

    private static List<Effect> onSpread(Envelope in, Spreading spreading) {
        return --spreading.slices == 0 ? List.of(reply(in, spreading.answer)) : List.of();
    }

    private List<Effect> onRecall(Envelope in, Recall recall) {
        asks.overtake(ask -> ask.request() instanceof ResolveName(String name) && name.equals(recall.key()));
        return holdings.recall(recall.key(), in, new Recalled());
    }

    private List<Effect> onAnnounced(Envelope in, AnnounceOwner announced, long nanos) {
        Predicate<String> ofSlice = name -> NameOwner.sliceOf(name) == announced.slice();
        if (!asks.note(announced)) { // Said before, or by one that has a successor.
            return holdings.awaitDrops(ofSlice, in, new OwnerNoted());
        }
        List<Effect> effects = new ArrayList<>(holdings.recallAll(ofSlice, in, new OwnerNoted()));
        effects.addAll(asks.askSuccessor(announced.slice(), nanos));
        return effects;
    }

    // Helpers.

    private boolean gone(Incarnation node, long nanos) {
        return membership != null && membership.gone(node, nanos, watchingSinceNanos);
    }

    /** Whether this node, which is a member for certain, has heard that the life has ended. */
    private boolean over(Incarnation life) {
        Membership known = membership;
        return known != null && leased.getAsBoolean() && known.over(life);
    }

    private Optional<Address> shimOf(TileId tile) {
        Membership known = membership;
        if (known == null
                || tile.x() >= known.grid().width()
                || tile.y() >= known.grid().height()) {
            return Optional.empty();
        }
        return known.up().stream()
                .filter(member -> member.node().equals(tile.node()))
                .map(member -> Address.ofShim(member, known.grid(), tile))
                .findFirst();
    }

    private static List<Address> shimsOf(Incarnation node, Grid grid) {
        return grid.tilesOf(node.node()).stream()
                .map(tile -> Address.ofShim(node, grid, tile))
                .toList();
    }

    private static Incarnation incarnation(ClientId client) {
        return new Incarnation(client.node(), client.boot());
    }

    private static Effect busy(Envelope in) {
        return in.payload() instanceof BindName ? reply(in, new Delegation.BindFailed()) : refuse(in, NameError.BUSY);
    }

    private static Effect refuse(Envelope in, NameError error) {
        return reply(in, new Refused(error));
    }

    private static Effect reply(Envelope in, Payload answer) {
        return new Effect.Reply(in.from(), in.call(), answer, in.trace());
    }
}
