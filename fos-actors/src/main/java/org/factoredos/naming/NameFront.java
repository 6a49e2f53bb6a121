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
import org.factoredos.kernel.Migration.LocateClient;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.SendResult;
import org.factoredos.naming.NameProtocol.Entry;
import org.factoredos.naming.NameProtocol.ListNames;
import org.factoredos.naming.NameProtocol.NameResolved;
import org.factoredos.naming.NameProtocol.NamesListed;
import org.factoredos.naming.NameProtocol.Refused;
import org.factoredos.naming.NameProtocol.ResolveName;
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
 */
public final class NameFront implements Server, Membership.Watcher {
    private static final long OWNER_PATIENCE_NANOS = 2_000_000_000L;
    private static final long SHIM_PATIENCE_NANOS = 2_000_000_000L;
    private static final int MOST_ASKS = 2048;

    /** A tile's mailboxes. */
    record AwaitingMailboxes(long ask) implements Continuation {}

    /** What is held of a name; without an entry: nobody has it. */
    private record Held(Optional<Entry> entry) {}

    /** A request about automatic names; several make up a listing. */
    private record TileAsk(Envelope in, Optional<Listing> listing) {}

    /** A listing that is put together. */
    private static final class Listing {
        final Predicate<String> matches;
        final TreeMap<String, Entry> entries = new TreeMap<>();
        int parts;

        Listing(Predicate<String> matches) {
            this.matches = matches;
        }
    }

    private final Searches searches = new Searches();
    private final Incarnation self;
    private final BooleanSupplier leased;
    private final Holdings<Held> holdings = new Holdings<>(Delegation.DropName::new, new Delegation.DropAllNames());
    private final Asks<Optional<Listing>> asks = new Asks<>(new Answers(), MOST_ASKS, OWNER_PATIENCE_NANOS);
    /** Requests about automatic names, which the tiles themselves answer. */
    private final Map<Long, TileAsk> tileAsks = new LinkedHashMap<>();

    private long lastTileAsk;
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
                asks.overtake(ask -> ask.request() instanceof ResolveName(String name) && name.equals(recall.key()));
                yield holdings.recall(recall.key(), in, new Recalled());
            }
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
            case AwaitingMailboxes(long number) -> {
                TileAsk ask = tileAsks.remove(number);
                yield ask == null ? List.of() : onMailboxes(ask, response);
            }
            case Searches.AwaitingFound awaiting ->
                searches.on(
                        awaiting,
                        response,
                        node -> membership != null
                                && !membership.joining().contains(node)
                                && membership.gone(node, nanos, watchingSinceNanos),
                        nanos);
            case Searches.SearchOn next -> searches.on(next, membership);
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
                ? ask(in, NameOwner.sliceOf(name), in.payload(), nanos, Optional.empty())
                : List.of(reply(in, new Refused(NameError.BAD_NAME)));
    }

    private List<Effect> onResolve(Envelope in, ResolveName resolve, long nanos) {
        if (Address.isAutomatic(resolve.name())) {
            return onResolveAutomatic(in, resolve.name());
        }
        if (!NameOwner.wellFormed(resolve.name())) {
            return List.of(reply(in, new Refused(NameError.BAD_NAME)));
        }
        Held held = leased.getAsBoolean() ? holdings.get(resolve.name()) : null;
        if (held == null) {
            return ask(in, NameOwner.sliceOf(resolve.name()), resolve, nanos, Optional.empty());
        }
        return List.of(reply(
                in, held.entry().<Payload>map(NameResolved::new).orElseGet(() -> new Refused(NameError.NO_SUCH_NAME))));
    }

    private List<Effect> onResolveAutomatic(Envelope in, String name) {
        Optional<Address> mailbox = Address.parse(name);
        if (mailbox.isEmpty()) {
            return List.of(reply(in, new Refused(NameError.BAD_NAME)));
        }
        Optional<Address> shim = shimOf(mailbox.get().tile());
        if (shim.isEmpty()) {
            return List.of(reply(in, new Refused(NameError.NO_SUCH_NAME)));
        }
        return tileAsks.size() >= MOST_ASKS
                ? List.of(busy(in))
                : List.of(askShim(new TileAsk(in, Optional.empty()), shim.get()));
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
        Held held = leased.getAsBoolean() ? holdings.get(name) : null;
        return held == null
                ? ask(in, NameOwner.sliceOf(name), new ResolveName(name), nanos, Optional.empty())
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
                effects.addAll(ask(in, slice, list, nanos, Optional.of(listing)));
            }
            return effects;
        }
        List<Address> shims = new ArrayList<>();
        if (membership != null) {
            for (Incarnation member : membership.up()) {
                shims.addAll(shimsOf(member, membership.grid()));
            }
        }
        if (shims.isEmpty() || tileAsks.size() + shims.size() > MOST_ASKS) {
            return List.of(busy(in));
        }
        listing.parts = shims.size();
        for (Address shim : shims) {
            effects.add(askShim(new TileAsk(in, Optional.of(listing)), shim));
        }
        return effects;
    }

    private Effect askShim(TileAsk ask, Address shim) {
        tileAsks.put(++lastTileAsk, ask);
        return new Effect.Call(
                shim, new Delegation.ListMailboxes(), new AwaitingMailboxes(lastTileAsk), SHIM_PATIENCE_NANOS);
    }

    private List<Effect> onMailboxes(TileAsk ask, Response response) {
        List<Address> mailboxes =
                response instanceof Response.Answered(Delegation.MailboxesListed(var listed)) ? listed : List.of();
        if (ask.listing().isPresent()) {
            // A tile that does not answer has nothing to show: its node is going.
            return part(
                    ask.in(),
                    ask.listing().get(),
                    mailboxes.stream().map(NameOwner::automaticEntry).toList());
        }
        boolean definite = response instanceof Response.Answered
                || (response instanceof Response.SendRefused(SendResult result)
                        && result
                                == SendResult.NO_SUCH_MAILBOX); // That life of the tile is over, and all its mailboxes.
        if (!definite) {
            return List.of(busy(ask.in()));
        }
        ResolveName resolve = (ResolveName) ask.in().payload();
        return List.of(reply(
                ask.in(),
                mailboxes.stream()
                        .filter(mailbox -> Optional.of(mailbox).equals(Address.parse(resolve.name())))
                        .findFirst()
                        .<Payload>map(mailbox -> new NameResolved(NameOwner.automaticEntry(mailbox)))
                        .orElseGet(() -> new Refused(NameError.NO_SUCH_NAME))));
    }

    // Owners.

    private List<Effect> ask(Envelope in, int slice, Payload request, long nanos, Optional<Listing> listing) {
        return asks.room(1) ? asks.begin(in, slice, request, listing, nanos) : List.of(busy(in));
    }

    private final class Answers implements Asks.Fleet<Optional<Listing>> {
        @Override
        public boolean reads(Payload request) {
            return request instanceof ResolveName || request instanceof ListNames;
        }

        @Override
        public Optional<List<Effect>> answered(Ask<Optional<Listing>> ask, boolean held, Payload answer, long nanos) {
            asks.end(ask);
            return Optional.of(onAnswer(ask, held, answer));
        }

        @Override
        public List<Effect> busy(Ask<Optional<Listing>> ask) {
            return List.of(NameFront.busy(ask.in()));
        }
    }

    private List<Effect> onAnswer(Ask<Optional<Listing>> ask, boolean held, Payload answer) {
        Envelope in = ask.in();
        if (ask.of().isPresent()) {
            return answer instanceof NamesListed(var entries)
                    ? part(in, ask.of().get(), entries)
                    : List.of(busy(in));
        }
        List<Effect> effects = new ArrayList<>();
        Optional<Entry> entry = answer instanceof NameResolved(Entry known) ? Optional.of(known) : Optional.empty();
        if (held && ask.request() instanceof ResolveName(String name)) {
            effects.addAll(holdings.hold(name, new Held(entry)));
        }
        if (!(in.payload() instanceof BindName bind)) {
            effects.add(reply(in, answer));
        } else if (held) {
            effects.add(bound(in, bind, entry));
        } else {
            effects.add(reply(in, new Delegation.BindFailed())); // True a moment ago, but the tile would keep it.
        }
        return effects;
    }

    private static List<Effect> part(Envelope in, Listing listing, List<Entry> entries) {
        for (Entry entry : entries) {
            if (listing.matches.test(entry.name())) {
                listing.entries.put(entry.name(), entry);
            }
        }
        return --listing.parts == 0
                ? List.of(reply(in, new NamesListed(List.copyOf(listing.entries.values()))))
                : List.of();
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
