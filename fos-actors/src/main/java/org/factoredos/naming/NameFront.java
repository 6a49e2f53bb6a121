package org.factoredos.naming;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
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
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.SendResult;
import org.factoredos.naming.NameProtocol.Entry;
import org.factoredos.naming.NameProtocol.ListNames;
import org.factoredos.naming.NameProtocol.NameResolved;
import org.factoredos.naming.NameProtocol.NamesListed;
import org.factoredos.naming.NameProtocol.Refused;
import org.factoredos.naming.NameProtocol.ResolveName;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.KnownOwners;
import org.factoredos.server.Membership;
import org.factoredos.server.OwnerProtocol.AnnounceOwner;
import org.factoredos.server.OwnerProtocol.Answered;
import org.factoredos.server.OwnerProtocol.ListOwners;
import org.factoredos.server.OwnerProtocol.NotServing;
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
 */
public final class NameFront implements Server, Membership.Watcher {
    /** A failover takes no longer, and a client that still waits hears {@link NameError#BUSY}. */
    private static final long GIVE_UP_NANOS = 12_000_000_000L;

    private static final long OWNER_PATIENCE_NANOS = 2_000_000_000L;
    private static final long RETRY_NANOS = 50_000_000L;
    private static final long SHIM_PATIENCE_NANOS = 2_000_000_000L;
    private static final int MOST_ASKS = 2048;

    /** The owner's answer to one attempt. */
    record AwaitingOwner(long ask, int attempt) implements Continuation {}

    /** Time to make that attempt. */
    record TryAgain(long ask, int attempt) implements Continuation {}

    /** A tile's mailboxes. */
    record AwaitingMailboxes(long ask) implements Continuation {}

    /** A client's request to one slice, or to one tile, until it is answered; several make up a listing. */
    private static final class Ask {
        final long number;
        final Envelope in;
        final int slice;
        final Payload request;
        final long givenUpNanos;
        final @Nullable Listing listing;
        int attempt;
        /** The attempt is with an owner. */
        boolean underWay;
        /** Some attempt may have been carried out. */
        boolean maybeDone;
        /** What the attempt brings may be of before a recall. */
        boolean overtaken;

        Ask(long number, Envelope in, int slice, Payload request, long nanos, @Nullable Listing listing) {
            this.number = number;
            this.in = in;
            this.slice = slice;
            this.request = request;
            this.givenUpNanos = nanos + GIVE_UP_NANOS;
            this.listing = listing;
        }

        boolean reads() {
            return request instanceof ResolveName || request instanceof ListNames;
        }
    }

    /** A listing that is put together. */
    private static final class Listing {
        final Predicate<String> matches;
        final TreeMap<String, Entry> entries = new TreeMap<>();
        int parts;

        Listing(Predicate<String> matches) {
            this.matches = matches;
        }
    }

    private final Incarnation self;
    private final BooleanSupplier leased;
    private final Holdings holdings = new Holdings();
    private final KnownOwners owners = new KnownOwners();
    private final Map<Long, Ask> asks = new LinkedHashMap<>();
    private long lastAsk;
    private @Nullable Membership membership;
    private long watchingSinceNanos;

    /** @param leased whether what this node was told may still be believed */
    public NameFront(Incarnation self, BooleanSupplier leased) {
        this.self = self;
        this.leased = leased;
    }

    @Override
    public List<Effect> on(Membership changed, long nanos) {
        boolean first = membership == null;
        watchingSinceNanos = first ? nanos : watchingSinceNanos;
        membership = changed;
        return first ? holdings.dropEverything(shimsOf(self, changed.grid())) : List.of();
    }

    @Override
    public List<Effect> on(Envelope in, long nanos) {
        return switch (in.payload()) {
            case NameProtocol.RegisterName register -> write(in, register.name(), nanos);
            case NameProtocol.DeleteName delete -> write(in, delete.name(), nanos);
            case NameProtocol.DeleteSpecificName delete -> write(in, delete.name(), nanos);
            case ResolveName resolve -> onResolve(in, resolve, nanos);
            case BindName bind when in.fromSystem() -> onBind(in, bind, nanos);
            case ListNames list -> onList(in, list, nanos);
            case Recall recall
            when in.fromSystem() -> {
                overtake(ask -> ask.request instanceof ResolveName(String name) && name.equals(recall.key()));
                yield holdings.recall(recall.key(), in, new Recalled());
            }
            case AnnounceOwner announced when in.fromSystem() -> onAnnounced(in, announced, nanos);
            case ListOwners list -> List.of(Call.of(in, list).reply(owners.list()));
            default -> List.of(); // A stranger's payload: its sender's deadline ends the call.
        };
    }

    @Override
    public List<Effect> on(Continuation continuation, Response response, long nanos) {
        return switch (continuation) {
            case AwaitingOwner(long number, int attempt) -> {
                Ask ask = asks.get(number);
                // Otherwise of an attempt that a new owner has made pointless.
                yield ask != null && ask.attempt == attempt ? onOwner(ask, response, nanos) : List.of();
            }
            case TryAgain(long number, int attempt) -> {
                Ask ask = asks.get(number);
                yield ask != null && ask.attempt == attempt ? attempt(ask, nanos) : List.of();
            }
            case AwaitingMailboxes(long number) -> {
                Ask ask = asks.remove(number);
                yield ask == null ? List.of() : onMailboxes(ask, response);
            }
            case Holdings.AwaitingDropped awaiting ->
                holdings.on(
                        awaiting,
                        response,
                        node -> membership != null && membership.gone(node, nanos, watchingSinceNanos));
            case Holdings.DropAgain again -> holdings.on(again);
            default -> List.of();
        };
    }

    // Requests of clients and microkernels.

    private List<Effect> write(Envelope in, String name, long nanos) {
        return NameOwner.wellFormed(name)
                ? ask(in, NameOwner.sliceOf(name), in.payload(), nanos, null)
                : List.of(reply(in, new Refused(NameError.BAD_NAME)));
    }

    private List<Effect> onResolve(Envelope in, ResolveName resolve, long nanos) {
        if (Address.isAutomatic(resolve.name())) {
            return onResolveAutomatic(in, resolve.name(), nanos);
        }
        if (!NameOwner.wellFormed(resolve.name())) {
            return List.of(reply(in, new Refused(NameError.BAD_NAME)));
        }
        Holdings.Held held = leased.getAsBoolean() ? holdings.get(resolve.name()) : null;
        if (held == null) {
            return ask(in, NameOwner.sliceOf(resolve.name()), resolve, nanos, null);
        }
        return List.of(reply(
                in, held.entry().<Payload>map(NameResolved::new).orElseGet(() -> new Refused(NameError.NO_SUCH_NAME))));
    }

    private List<Effect> onResolveAutomatic(Envelope in, String name, long nanos) {
        Optional<Address> mailbox = Address.parse(name);
        if (mailbox.isEmpty()) {
            return List.of(reply(in, new Refused(NameError.BAD_NAME)));
        }
        Optional<Address> shim = shimOf(mailbox.get().tile());
        if (shim.isEmpty()) {
            return List.of(reply(in, new Refused(NameError.NO_SUCH_NAME)));
        }
        if (asks.size() >= MOST_ASKS) {
            return List.of(busy(in));
        }
        Ask ask = new Ask(++lastAsk, in, 0, in.payload(), nanos, null);
        asks.put(ask.number, ask);
        return List.of(askShim(ask, shim.get()));
    }

    private List<Effect> onBind(Envelope in, BindName bind, long nanos) {
        String name = bind.name();
        if (Address.isAutomatic(name)) {
            // It means the same for ever, so nobody need be told to drop it; whether it is there, a send finds out.
            return List.of(reply(
                    in,
                    Address.parse(name)
                            .<Payload>map(Delegation.NameBound::new)
                            .orElseGet(Delegation.NameUnbound::new)));
        }
        if (!NameOwner.wellFormed(name)) {
            return List.of(reply(in, new Delegation.NameUnbound())); // Nobody will ever have it.
        }
        Holdings.Held held = leased.getAsBoolean() ? holdings.get(name) : null;
        return held == null
                ? ask(in, NameOwner.sliceOf(name), new ResolveName(name), nanos, null)
                : List.of(bound(in, bind, held.entry()));
    }

    private Effect bound(Envelope in, BindName bind, Optional<Entry> entry) {
        holdings.tell(bind.name(), new Address(in.from().client(), Client.FIRST_MAILBOX, bind.tile()));
        return reply(
                in,
                entry.<Payload>map(known -> new Delegation.NameBound(nearest(known, bind.tile())))
                        .orElseGet(Delegation.NameUnbound::new));
    }

    /** The fewest hops away; of the living, where any lives. */
    private Address nearest(Entry entry, TileId tile) {
        Membership known = membership;
        if (known == null) {
            return entry.mailboxes().getFirst();
        }
        Comparator<Address> far = Comparator.comparing(mailbox -> !known.up().contains(incarnation(mailbox.client())));
        return entry.mailboxes().stream()
                .min(far.thenComparingInt(mailbox -> known.grid().hops(tile, mailbox.tile())))
                .orElseThrow();
    }

    private List<Effect> onList(Envelope in, ListNames list, long nanos) {
        Listing listing = new Listing(NameOwner.matching(list.pattern()));
        List<Effect> effects = new ArrayList<>();
        if (!Address.isAutomatic(list.pattern())) {
            listing.parts = Reserved.NAME_SLICES;
            for (int slice = 0; slice < Reserved.NAME_SLICES; slice++) {
                effects.addAll(ask(in, slice, list, nanos, listing));
            }
            return effects;
        }
        List<Address> shims = new ArrayList<>();
        if (membership != null) {
            for (Incarnation member : membership.up()) {
                shims.addAll(shimsOf(member, membership.grid()));
            }
        }
        if (shims.isEmpty() || asks.size() + shims.size() > MOST_ASKS) {
            return List.of(busy(in));
        }
        listing.parts = shims.size();
        for (Address shim : shims) {
            Ask ask = new Ask(++lastAsk, in, 0, list, nanos, listing);
            asks.put(ask.number, ask);
            effects.add(askShim(ask, shim));
        }
        return effects;
    }

    private static Effect askShim(Ask ask, Address shim) {
        return new Effect.Call(
                shim, new Delegation.ListMailboxes(), new AwaitingMailboxes(ask.number), SHIM_PATIENCE_NANOS);
    }

    private List<Effect> onMailboxes(Ask ask, Response response) {
        List<Address> mailboxes =
                response instanceof Response.Answered(Delegation.MailboxesListed(var listed)) ? listed : List.of();
        if (ask.listing != null) {
            // A tile that does not answer has nothing to show: its node is going.
            return part(ask, mailboxes.stream().map(NameOwner::automaticEntry).toList());
        }
        boolean definite = response instanceof Response.Answered
                || (response instanceof Response.SendRefused(SendResult result)
                        && result
                                == SendResult.NO_SUCH_MAILBOX); // That life of the tile is over, and all its mailboxes.
        if (!definite) {
            return List.of(busy(ask.in));
        }
        ResolveName resolve = (ResolveName) ask.request;
        return List.of(reply(
                ask.in,
                mailboxes.stream()
                        .filter(mailbox -> Optional.of(mailbox).equals(Address.parse(resolve.name())))
                        .findFirst()
                        .<Payload>map(mailbox -> new NameResolved(NameOwner.automaticEntry(mailbox)))
                        .orElseGet(() -> new Refused(NameError.NO_SUCH_NAME))));
    }

    // Owners.

    private List<Effect> ask(Envelope in, int slice, Payload request, long nanos, @Nullable Listing listing) {
        if (asks.size() >= MOST_ASKS) {
            return List.of(busy(in));
        }
        Ask ask = new Ask(++lastAsk, in, slice, request, nanos, listing);
        asks.put(ask.number, ask);
        return attempt(ask, nanos);
    }

    private List<Effect> attempt(Ask ask, long nanos) {
        if (nanos - ask.givenUpNanos >= 0) {
            return giveUp(ask);
        }
        ask.attempt++;
        ask.overtaken = false;
        Optional<Effect> forwarded = owners.forward(
                ask.slice, ask.in, ask.request, new AwaitingOwner(ask.number, ask.attempt), OWNER_PATIENCE_NANOS);
        ask.underWay = forwarded.isPresent();
        return List.of(forwarded.orElseGet(() -> later(ask)));
    }

    private static Effect later(Ask ask) {
        return new Effect.Timer(new TryAgain(ask.number, ask.attempt), RETRY_NANOS);
    }

    private List<Effect> onOwner(Ask ask, Response response, long nanos) {
        ask.underWay = false;
        switch (response) {
            case Response.Answered(Answered(long epoch, boolean held, Payload answer)) -> {
                // A reply to a write is what happened, whatever came since.
                return ask.reads() && ask.overtaken ? attempt(ask, nanos) : onAnswer(ask, held, answer);
            }
            case Response.Answered(NotServing refused) -> {}
            case Response.SendRefused(SendResult result) -> ask.maybeDone |= !result.definite();
            default -> ask.maybeDone = true;
        }
        return List.of(later(ask));
    }

    private List<Effect> onAnswer(Ask ask, boolean held, Payload answer) {
        asks.remove(ask.number);
        if (ask.listing != null) {
            return answer instanceof NamesListed(var entries) ? part(ask, entries) : List.of(busy(ask.in));
        }
        List<Effect> effects = new ArrayList<>();
        Optional<Entry> entry = answer instanceof NameResolved(Entry known) ? Optional.of(known) : Optional.empty();
        if (held && ask.request instanceof ResolveName(String name)) {
            effects.addAll(holdings.hold(name, entry));
        }
        if (!(ask.in.payload() instanceof BindName bind)) {
            effects.add(reply(ask.in, answer));
        } else if (held) {
            effects.add(bound(ask.in, bind, entry));
        } else {
            effects.add(reply(ask.in, new Delegation.BindFailed())); // True a moment ago, but the tile would keep it.
        }
        return effects;
    }

    private List<Effect> part(Ask ask, List<Entry> entries) {
        Listing listing = ask.listing;
        if (listing == null) {
            return List.of();
        }
        for (Entry entry : entries) {
            if (listing.matches.test(entry.name())) {
                listing.entries.put(entry.name(), entry);
            }
        }
        return --listing.parts == 0
                ? List.of(reply(ask.in, new NamesListed(List.copyOf(listing.entries.values()))))
                : List.of();
    }

    private List<Effect> giveUp(Ask ask) {
        asks.remove(ask.number);
        // A write that may have been carried out gets no definite answer: the client's own deadline says what is true.
        return ask.maybeDone && !ask.reads() ? List.of() : List.of(busy(ask.in));
    }

    private List<Effect> onAnnounced(Envelope in, AnnounceOwner announced, long nanos) {
        Predicate<String> ofSlice = name -> NameOwner.sliceOf(name) == announced.slice();
        if (!owners.note(announced)) { // Said before, or by one that has a successor.
            return holdings.awaitDrops(ofSlice, in, new OwnerNoted());
        }
        List<Effect> effects = new ArrayList<>(holdings.recallAll(ofSlice, in, new OwnerNoted()));
        for (Ask ask : List.copyOf(asks.values())) {
            if (ask.underWay && ask.slice == announced.slice()) {
                ask.maybeDone = true; // The last owner may have done it, or may yet answer: nobody listens any more.
                effects.addAll(attempt(ask, nanos));
            }
        }
        return effects;
    }

    private void overtake(Predicate<Ask> which) {
        asks.values().stream().filter(which).forEach(ask -> ask.overtaken = true);
    }

    // Helpers.

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
        return reply(in, in.payload() instanceof BindName ? new Delegation.BindFailed() : new Refused(NameError.BUSY));
    }

    private static Effect reply(Envelope in, Payload answer) {
        return new Effect.Reply(in.from(), in.call(), answer, in.trace());
    }
}
