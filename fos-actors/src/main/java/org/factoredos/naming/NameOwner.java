package org.factoredos.naming;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.Place;
import org.factoredos.naming.DirectoryProtocol.AwaitClaims;
import org.factoredos.naming.DirectoryProtocol.ClaimChange;
import org.factoredos.naming.DirectoryProtocol.ClaimDecided;
import org.factoredos.naming.DirectoryProtocol.ClaimsFetched;
import org.factoredos.naming.DirectoryProtocol.ClaimsKnown;
import org.factoredos.naming.DirectoryProtocol.DropGone;
import org.factoredos.naming.DirectoryProtocol.FetchClaims;
import org.factoredos.naming.DirectoryProtocol.Permitted;
import org.factoredos.naming.DirectoryProtocol.RegisterFound;
import org.factoredos.naming.NameProtocol.ClaimNamespace;
import org.factoredos.naming.NameProtocol.ClientForgotten;
import org.factoredos.naming.NameProtocol.DeleteName;
import org.factoredos.naming.NameProtocol.DeleteSpecificName;
import org.factoredos.naming.NameProtocol.Flags;
import org.factoredos.naming.NameProtocol.ForgetClient;
import org.factoredos.naming.NameProtocol.ListNames;
import org.factoredos.naming.NameProtocol.MoveNoted;
import org.factoredos.naming.NameProtocol.NameDeleted;
import org.factoredos.naming.NameProtocol.NameRegistered;
import org.factoredos.naming.NameProtocol.NameResolved;
import org.factoredos.naming.NameProtocol.NamespaceClaimed;
import org.factoredos.naming.NameProtocol.NamespaceReleased;
import org.factoredos.naming.NameProtocol.NoteMoved;
import org.factoredos.naming.NameProtocol.PolicySet;
import org.factoredos.naming.NameProtocol.Refused;
import org.factoredos.naming.NameProtocol.RegisterName;
import org.factoredos.naming.NameProtocol.ReleaseNamespace;
import org.factoredos.naming.NameProtocol.ResolveName;
import org.factoredos.naming.NameProtocol.SetPolicy;
import org.factoredos.server.Access;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Event;
import org.factoredos.server.Membership;
import org.factoredos.server.NodeLease;
import org.factoredos.server.OwnerLife;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;
import org.factoredos.server.Snapshot;
import org.jspecify.annotations.Nullable;

/**
 * One slice of the canonical directory (§3.4), inside its {@link OwnerLife}: who has which name, and which domain may use
 * which namespace ({@link DirectoryProtocol} says how all slices come to know that).
 *
 * <p>The mailboxes of removed nodes never stand in the way of a living one; they are dropped one lease after the removal,
 * by a request of the owner to itself, so that fronts are recalled as for any other change. So are those of a client whose
 * end placement has told of. Both hold for registrations that come later: of what an owner forgets as it is replaced, the
 * front's look at the mailbox, anew for each owner, is proof.
 */
public final class NameOwner implements OwnerLife.Slice, Membership.Watcher {
    /** A change of this slice's own claims. */
    record ClaimChanged(ClaimChange change) implements Event {}

    /** What another home has told. */
    record ClaimsLearned(int home, long upTo, List<ClaimChange> changes) implements Event {
        ClaimsLearned {
            changes = List.copyOf(changes);
        }
    }

    record Kept(List<Directory.Kept> names, List<Claims.Known> claims) implements Snapshot {
        Kept {
            names = List.copyOf(names);
            claims = List.copyOf(claims);
        }
    }

    /** All other slices know this slice's claims, or not in time. */
    record AwaitingSpread(long number) implements Continuation {}

    record SpreadAgain() implements Continuation {}

    /** What a home has told. */
    record AwaitingFetched(int home) implements Continuation {}

    record FetchAgain(int home) implements Continuation {}

    /** Some mailboxes of nodes that are gone were dropped, or not in time. */
    record AwaitingDropped() implements Continuation {}

    /** Time to look for mailboxes of nodes that are gone. */
    record LookForGone() implements Continuation {}

    /** Somebody waits until a home's changes are known up to a number. */
    private record Waiting(int home, long number, Effect reply) {}

    /** Somebody waits until no name means a mailbox of that client. */
    private record Forgetting(ClientId client, Effect reply) {}

    /** What a front has to say for a request. */
    private enum Word {
        NONE,
        UNCLAIMED,
        RIGHT
    }

    /** The system acts for all. */
    private static final String SYSTEM = "sys";

    /** By way of the front, which asks for longer than a failover takes. */
    private static final long OWN_FRONT_PATIENCE_NANOS = 15_000_000_000L;

    private static final long RETRY_NANOS = 500_000_000L;
    private static final int MOST_DROPPED_AT_ONCE = 128;
    private static final int MOST_WAITING = 1024;
    /** More than end, or move, while a request to register is under way that began before that. */
    private static final int MOST_REMEMBERED = 4096;

    private final int slice;
    private final Incarnation self;
    private final Directory directory = new Directory();
    private final Claims claims = new Claims();
    private final List<Waiting> waiting = new ArrayList<>();
    private final List<Forgetting> forgetting = new ArrayList<>();
    /** Clients that have ended; the oldest make room. */
    private final SequencedSet<ClientId> forgotten = new LinkedHashSet<>();
    /** Where clients have moved to, as this was told; the oldest make room. */
    private final SequencedMap<ClientId, Place> moved = new LinkedHashMap<>();

    private final TreeSet<Integer> fetching = new TreeSet<>();
    private @Nullable Membership membership;
    private long watchingSinceNanos;
    private boolean spreading;
    private boolean dropping;

    /** @param self the node's life, whose front this owner asks */
    public NameOwner(int slice, Incarnation self) {
        this.slice = slice;
        this.self = self;
    }

    /** Which slice has the name; the same on every node and in every life, for the journal rests on it. */
    public static int sliceOf(String name) {
        int mixed = name.hashCode() * 0x9E3779B9; // String.hashCode is specified; its low bits alone are poorly spread.
        return Math.floorMod(mixed >>> 16, Reserved.NAME_SLICES);
    }

    @Override
    public List<Effect> on(Membership changed, long nanos) {
        boolean first = membership == null;
        watchingSinceNanos = first ? nanos : watchingSinceNanos;
        membership = changed;
        List<Effect> effects = new ArrayList<>();
        // A removal becomes final one lease later, without further news.
        effects.add(new Effect.Timer(new LookForGone(), NodeLease.OVER_NANOS));
        if (first) {
            effects.add(new Effect.Timer(new LookForGone(), Membership.STRANGER_NANOS));
            effects.addAll(spread()); // The predecessor may not have ended this.
        }
        return effects;
    }

    @Override
    public Access access(Payload request) {
        return switch (request) {
            case Permitted(var inner, var byRight) -> access(inner);
            case RegisterFound(var register, var place) -> Access.Write.of(register.name());
            case DeleteName delete -> Access.Write.of(delete.name());
            case DeleteSpecificName delete -> Access.Write.of(delete.name());
            case SetPolicy set -> Access.Write.of(set.name());
            case DropGone gone -> new Access.Write(new TreeSet<>(gone.names()));
            case ResolveName resolve -> new Access.Read(resolve.name());
            default -> new Access.Free();
        };
    }

    @Override
    public List<Effect> on(Envelope in, long nanos) {
        return in.payload() instanceof Permitted(var inner, boolean byRight)
                ? onRequest(in, inner, byRight ? Word.RIGHT : Word.UNCLAIMED, nanos)
                : onRequest(in, in.payload(), Word.NONE, nanos);
    }

    private List<Effect> onRequest(Envelope in, Payload request, Word word, long nanos) {
        return switch (request) {
            case RegisterFound(var register, var place)
            when may(in, register.name(), word) -> register(in, register, place, nanos);
            case RegisterFound(var register, var place) -> List.of(reply(in, needsRight(register)));
            case DeleteName delete when may(in, delete.name(), word) -> delete(in, delete.name());
            case DeleteSpecificName delete when may(in, delete.name(), word) -> delete(in, delete);
            case SetPolicy set when may(in, set.name(), word) -> setPolicy(in, set);
            case ClaimNamespace claim when may(in, claim.namespace(), word) -> claim(in, claim.namespace());
            case ReleaseNamespace release -> release(in, release.namespace());
            case ForgetClient forget -> in.fromSystem() ? onForget(in, forget, nanos) : List.of();
            case NoteMoved note -> in.fromSystem() ? onMoved(in, note, nanos) : List.of();
            case NameProtocol.Request<?> change
            when !(change instanceof ResolveName || change instanceof ListNames) ->
                List.of(reply(in, needsRight(change)));
            case ResolveName resolve ->
                List.of(reply(
                        in,
                        directory
                                .get(resolve.name())
                                .<Payload>map(NameResolved::new)
                                .orElseGet(() -> refused(NameError.NO_SUCH_NAME))));
            case ListNames list -> List.of(reply(in, directory.list(list)));
            case AwaitClaims await -> onAwait(in, await);
            case FetchClaims fetch when in.fromSystem() -> onFetch(in, fetch);
            case DropGone gone when in.fromSystem() -> onDropGone(in, gone, nanos);
            default -> List.of(); // No request of this fleet: nobody who knows the protocol waits for an answer.
        };
    }

    private boolean may(Envelope in, String name, Word word) {
        if (in.fromSystem() || word == Word.RIGHT) {
            return true;
        }
        return claims.holder(name)
                .map(claimant -> Claims.covers(claimant, in.domain()))
                .orElse(word == Word.UNCLAIMED);
    }

    private DirectoryProtocol.NeedsRight needsRight(NameProtocol.Request<?> request) {
        String target = DirectoryProtocol.target(request);
        return new DirectoryProtocol.NeedsRight(claims.holder(target).isPresent());
    }

    @Override
    public List<Effect> on(Continuation continuation, Response response, long nanos) {
        return switch (continuation) {
            case AwaitingSpread(long number) -> {
                spreading = false;
                boolean done = response instanceof Response.Answered(DirectoryProtocol.ClaimsSpread spread);
                if (done) {
                    yield number < claims.upTo(slice) ? spread() : List.of();
                }
                yield List.of(new Effect.Timer(new SpreadAgain(), RETRY_NANOS));
            }
            case SpreadAgain again -> spread();
            case AwaitingFetched(int home) -> onFetched(home, response);
            case FetchAgain(int home) -> fetch(home);
            case LookForGone look -> dropGone(nanos);
            case AwaitingDropped awaiting -> {
                dropping = false;
                if (!(response instanceof Response.Answered(DirectoryProtocol.GoneDropped dropped))) {
                    yield List.of(new Effect.Timer(new LookForGone(), RETRY_NANOS));
                }
                List<Effect> effects = new ArrayList<>(answerForgotten());
                effects.addAll(dropGone(nanos));
                yield effects;
            }
            default -> List.of();
        };
    }

    // Names.

    private List<Effect> register(Envelope in, RegisterName register, Place found, long nanos) {
        String name = register.name();
        Place place = latest(register.mailbox().client(), found);
        if (gone(place, nanos)) {
            // It was there as this was asked. Of a life that this node has never heard of it may be this node that is
            // over.
            NameError error =
                    membership != null && membership.over(place.life()) ? NameError.NO_SUCH_MAILBOX : NameError.BUSY;
            return List.of(reply(in, refused(error)));
        }
        if (forgotten.contains(register.mailbox().client())) {
            return List.of(reply(in, refused(NameError.NO_SUCH_MAILBOX))); // It ended while this was under way.
        }
        List<Address> gone = directory.mailboxes(name, lost(nanos));
        Flags flags = directory.flags(name);
        List<Event> events = new ArrayList<>();
        if (flags != null && gone.size() < directory.count(name)) {
            boolean has = directory.has(name, register.mailbox()) && !gone.contains(register.mailbox());
            if (!flags.equals(register.flags())) {
                return List.of(
                        reply(in, refused(has || flags.set() ? NameError.FLAGS_CONFLICT : NameError.NAME_TAKEN)));
            }
            if (has) {
                // Where it has moved, its new mapping takes the place of the old one (§3.4, migration).
                Place known = directory.place(name, register.mailbox());
                return known == null || known.isLaterThan(place) || (place.equals(known) && !refines(register, found))
                        ? List.of(reply(in, new NameRegistered())) // It has what it asks for.
                        : decided(
                                in,
                                List.of(new Directory.MailboxMoved(name, register.mailbox(), place)),
                                new NameRegistered());
            }
            if (!flags.set()) {
                return List.of(reply(in, refused(NameError.NAME_TAKEN)));
            }
            events.add(new Directory.MappingAdded(name, register.mailbox(), place));
        } else {
            events.add(new Directory.NameAdded(name, register.flags(), register.mailbox(), place));
        }
        if (!gone.isEmpty()) {
            events.addFirst(new Directory.MappingsDropped(name, gone));
        }
        return decided(in, events, new NameRegistered());
    }

    /** It may have moved on while this was under way. */
    private Place latest(ClientId client, Place found) {
        Place told = moved.get(client);
        return told != null && told.isLaterThan(found) ? told : found;
    }

    /** Whether its address says better where it was found than the one that the name has: a place is noted without it. */
    private boolean refines(RegisterName register, Place found) {
        return found.tile().equals(register.mailbox().tile())
                && found.equals(directory.place(register.name(), register.mailbox()))
                && directory
                        .known(register.name(), register.mailbox())
                        .filter(known -> !known.tile().equals(register.mailbox().tile()))
                        .isPresent();
    }

    private List<Effect> delete(Envelope in, String name) {
        return directory.flags(name) == null
                ? List.of(reply(in, refused(NameError.NO_SUCH_NAME)))
                : decided(in, List.of(new Directory.NameDropped(name)), new NameDeleted());
    }

    private List<Effect> delete(Envelope in, DeleteSpecificName delete) {
        if (directory.flags(delete.name()) == null) {
            return List.of(reply(in, refused(NameError.NO_SUCH_NAME)));
        }
        return directory.has(delete.name(), delete.mailbox())
                ? decided(
                        in,
                        List.of(new Directory.MappingsDropped(delete.name(), List.of(delete.mailbox()))),
                        new NameDeleted())
                : List.of(reply(in, refused(NameError.NO_SUCH_MAILBOX)));
    }

    private List<Effect> setPolicy(Envelope in, SetPolicy set) {
        Flags flags = directory.flags(set.name());
        if (flags == null) {
            return List.of(reply(in, refused(NameError.NO_SUCH_NAME)));
        }
        return flags.set()
                ? decided(in, List.of(new Directory.PolicyChanged(set.name(), set.policy())), new PolicySet())
                : List.of(reply(in, refused(NameError.FLAGS_CONFLICT)));
    }

    /** What counts is the node that has the mailbox, not the one that made it. */
    private boolean gone(Place place, long nanos) {
        return membership != null
                && !membership.joining().contains(place.life())
                && membership.gone(place.life(), nanos, watchingSinceNanos);
    }

    /** What must have no name any more: it went with its node, or its client has ended. */
    private BiPredicate<Address, Place> lost(long nanos) {
        return (mailbox, place) -> forgotten.contains(mailbox.client()) || gone(place, nanos);
    }

    /** Whoever asks, asks again until it is answered, so what a successor has not heard of it hears then. */
    private List<Effect> onForget(Envelope in, ForgetClient forget, long nanos) {
        forgotten.remove(forget.client());
        forgotten.add(forget.client());
        if (forgotten.size() > MOST_REMEMBERED) {
            forgotten.removeFirst();
        }
        Effect reply = reply(in, new ClientForgotten());
        if (!directory.knows(forget.client())) {
            return List.of(reply);
        }
        if (forgetting.size() == MOST_WAITING) {
            forgetting.removeFirst();
        }
        forgetting.add(new Forgetting(forget.client(), reply));
        return dropGone(nanos);
    }

    /**
     * No front need drop what it holds, for the names mean the same mailboxes. A place whose node is gone is noted too, and the
     * names stay for a while: its client may have moved on in time, and be about to say so.
     */
    private List<Effect> onMoved(Envelope in, NoteMoved note, long nanos) {
        moved.put(note.client(), latest(note.client(), note.place()));
        if (moved.size() > MOST_REMEMBERED) {
            moved.pollFirstEntry();
        }
        List<Effect> effects =
                new ArrayList<>(decided(in, directory.moving(note.client(), note.place()), new MoveNoted()));
        if (gone(note.place(), nanos)) {
            effects.add(new Effect.Timer(new LookForGone(), Membership.STRANGER_NANOS));
        }
        return effects;
    }

    private List<Effect> answerForgotten() {
        List<Effect> effects = new ArrayList<>();
        forgetting.removeIf(each -> {
            boolean done = !directory.knows(each.client());
            if (done) {
                effects.add(each.reply());
            }
            return done;
        });
        return effects;
    }

    private List<Effect> dropGone(long nanos) {
        List<String> names = dropping ? List.of() : directory.having(lost(nanos), MOST_DROPPED_AT_ONCE);
        if (names.isEmpty()) {
            return List.of();
        }
        dropping = true;
        return List.of(askFront(new DropGone(slice, names), new AwaitingDropped()));
    }

    private List<Effect> onDropGone(Envelope in, DropGone drop, long nanos) {
        List<Event> events = new ArrayList<>();
        for (String name : drop.names()) {
            List<Address> gone = directory.mailboxes(name, lost(nanos));
            if (!gone.isEmpty()) {
                events.add(new Directory.MappingsDropped(name, gone));
            }
        }
        return decided(in, events, new DirectoryProtocol.GoneDropped());
    }

    // Claims of this slice's own namespaces.

    private List<Effect> claim(Envelope in, String namespace) {
        String domain = in.fromSystem() ? SYSTEM : in.domain();
        Optional<String> claimant = claims.claimant(namespace);
        if (claimant.isEmpty()) {
            return claimDecided(in, namespace, domain, new NamespaceClaimed());
        }
        return List.of(claimReply(
                in, claimant.get().equals(domain) ? new NamespaceClaimed() : refused(NameError.PERMISSION_DENIED)));
    }

    private List<Effect> release(Envelope in, String namespace) {
        Optional<String> claimant = claims.claimant(namespace);
        if (claimant.isEmpty()) {
            return List.of(claimReply(in, new NamespaceReleased()));
        }
        return in.fromSystem() || Claims.covers(claimant.get(), in.domain())
                ? claimDecided(in, namespace, "", new NamespaceReleased())
                : List.of(claimReply(in, refused(NameError.PERMISSION_DENIED)));
    }

    private List<Effect> claimDecided(Envelope in, String namespace, String claimant, NameProtocol.Reply answer) {
        ClaimChanged event = new ClaimChanged(new ClaimChange(claims.upTo(slice) + 1, namespace, claimant));
        apply(event);
        List<Effect> effects = new ArrayList<>(List.of(new Effect.Persist(event), claimReply(in, answer)));
        effects.addAll(spread());
        return effects;
    }

    private Effect claimReply(Envelope in, NameProtocol.Reply answer) {
        return reply(in, new ClaimDecided(claims.upTo(slice), answer));
    }

    /** The client that changed something may not live to see it known everywhere. */
    private List<Effect> spread() {
        long number = claims.upTo(slice);
        if (spreading || number == 0) {
            return List.of();
        }
        spreading = true;
        return List.of(askFront(new DirectoryProtocol.SpreadClaims(slice, number), new AwaitingSpread(number)));
    }

    private List<Effect> onFetch(Envelope in, FetchClaims fetch) {
        ClaimsFetched fetched = claims.fetch(slice, fetch.by(), fetch.after());
        claims.forgetReleased(slice);
        return List.of(reply(in, fetched));
    }

    // Claims of the other slices' namespaces.

    private List<Effect> onAwait(Envelope in, AwaitClaims await) {
        Effect reply = reply(in, new ClaimsKnown());
        if (claims.upTo(await.home()) >= await.number()) {
            return List.of(reply);
        }
        if (waiting.size() == MOST_WAITING) {
            waiting.removeFirst(); // Its front asks again.
        }
        waiting.add(new Waiting(await.home(), await.number(), reply));
        return fetch(await.home());
    }

    private List<Effect> fetch(int home) {
        return waiting.stream().anyMatch(each -> each.home() == home) && fetching.add(home)
                ? List.of(askFront(new FetchClaims(home, slice, claims.upTo(home)), new AwaitingFetched(home)))
                : List.of();
    }

    private List<Effect> onFetched(int home, Response response) {
        fetching.remove(home);
        if (!(response instanceof Response.Answered(ClaimsFetched(long upTo, var changes)))
                || upTo <= claims.upTo(home)) {
            return List.of(new Effect.Timer(new FetchAgain(home), RETRY_NANOS));
        }
        ClaimsLearned event = new ClaimsLearned(home, upTo, changes);
        apply(event);
        List<Effect> effects = new ArrayList<>(List.of(new Effect.Persist(event)));
        waiting.removeIf(each -> {
            boolean known = each.home() == home && each.number() <= upTo;
            if (known) {
                effects.add(each.reply());
            }
            return known;
        });
        effects.addAll(fetch(home));
        return effects;
    }

    // Helpers.

    private Effect askFront(Payload.Request<?> request, Continuation continuation) {
        if (membership == null) {
            throw new IllegalStateException("an owner serves only once it knows the members");
        }
        Address front = Reserved.NAME_FRONT.address(self, membership.grid());
        return new Effect.Call(front, request, continuation, OWN_FRONT_PATIENCE_NANOS);
    }

    private List<Effect> decided(Envelope in, List<? extends Event> events, Payload answer) {
        List<Effect> effects = new ArrayList<>();
        for (Event event : events) {
            apply(event);
            effects.add(new Effect.Persist(event));
        }
        effects.add(reply(in, answer));
        return effects;
    }

    private static Effect reply(Envelope in, Payload answer) {
        return new Effect.Reply(in.from(), in.call(), answer, in.trace());
    }

    private static Refused refused(NameError error) {
        return new Refused(error);
    }

    // Durable truth.

    @Override
    public void apply(Event event) {
        switch (event) {
            case ClaimChanged(var change) -> claims.change(slice, change);
            case ClaimsLearned(int home, long upTo, var changes) -> claims.learn(home, upTo, changes);
            default -> {
                if (!directory.apply(event)) {
                    throw new IllegalStateException("a directory's journal holds no " + event);
                }
            }
        }
    }

    @Override
    public Snapshot snapshot() {
        return new Kept(directory.keep(), claims.keep());
    }

    @Override
    public void restore(Snapshot snapshot) {
        Kept kept = (Kept) snapshot;
        directory.restore(kept.names());
        claims.restore(kept.claims());
    }
}
