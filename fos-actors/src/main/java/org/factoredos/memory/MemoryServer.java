package org.factoredos.memory;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.factoredos.grid.Grid;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.FrameRun;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Paging;
import org.factoredos.kernel.RightKind;
import org.factoredos.memory.FrameTable.Allocation;
import org.factoredos.memory.FrameTable.Holding;
import org.factoredos.memory.FrameTable.RegionKey;
import org.factoredos.memory.MemoryProtocol.AcceptFrames;
import org.factoredos.memory.MemoryProtocol.AllocateFrames;
import org.factoredos.memory.MemoryProtocol.AllocateReply;
import org.factoredos.memory.MemoryProtocol.AskPool;
import org.factoredos.memory.MemoryProtocol.FramesAllocated;
import org.factoredos.memory.MemoryProtocol.FramesFreed;
import org.factoredos.memory.MemoryProtocol.FramesOffered;
import org.factoredos.memory.MemoryProtocol.FreeFrames;
import org.factoredos.memory.MemoryProtocol.FreeReply;
import org.factoredos.memory.MemoryProtocol.MemoryReported;
import org.factoredos.memory.MemoryProtocol.OfferFrames;
import org.factoredos.memory.MemoryProtocol.PoolReported;
import org.factoredos.memory.MemoryProtocol.PoolSettled;
import org.factoredos.memory.MemoryProtocol.PoolTold;
import org.factoredos.memory.MemoryProtocol.Refused;
import org.factoredos.memory.MemoryProtocol.ReportMemory;
import org.factoredos.memory.MemoryProtocol.ReportPool;
import org.factoredos.memory.MemoryProtocol.SettlePool;
import org.factoredos.memory.MemoryProtocol.WantFrames;
import org.factoredos.privilege.PrivilegeProtocol;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.ElasticProtocol;
import org.factoredos.server.Membership;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;
import org.factoredos.server.Server;
import org.jspecify.annotations.Nullable;

/**
 * A server of the memory fleet (§3.3): it gives frames of its node to clients on the node's tiles, whose microkernels grant and
 * enforce them ({@link Paging}).
 *
 * <p>A node's first server begins with all frames. Others of the node begin with none, borrow from it in bulk, and have what
 * they hold fall back to it when they are no more ({@link Lending}). Frames of another node are nothing that a tile could
 * map, so between nodes none are lent.
 *
 * <p>One that takes another's place answers nothing until it knows what that knew: the first server finds the others on
 * their tiles, asks them for their pools, and then all tiles what is granted; another one asks the tiles, and the first server
 * for its pool.
 */
public final class MemoryServer implements Server, Membership.Watcher {
    private static final long PATIENCE_NANOS = 2_000_000_000L;
    private static final long RETRY_NANOS = 100_000_000L;
    /** How long a request waits for frames of a peer. */
    private static final long HUNGER_NANOS = 1_000_000_000L;
    /** A tile says once that something came back (§3.1: a microkernel has no timer). */
    private static final long LOOK_NANOS = 5_000_000_000L;
    /** Further requests wait in vain while it does not know its frames; their callers' deadlines say so. */
    private static final int MOST_HELD = 4096;
    /** Further requests are answered that it has too much to do. */
    private static final int MOST_WAITING = 1024;

    /**
     * In frames.
     *
     * @param node how many the node has
     * @param lowWater with fewer free ones a server borrows
     * @param bulk how many at a time
     */
    public record Settings(int node, int lowWater, int bulk) {
        public Settings {
            if (node < 1 || lowWater < 0 || bulk < 1) {
                throw new IllegalArgumentException(
                        "no memory can be like this: " + node + ", " + lowWater + ", " + bulk);
            }
        }
    }

    /** What waits for another's answer, or for time. */
    sealed interface Parked extends Continuation {
        /** A client's wish, whose domain and tile the privilege fleet is told. */
        record Wish(Call<AllocateReply> call, RegionKey key, int frames, String domain, TileId tile, boolean limited) {}

        record Asking(Wish wish) implements Parked {}

        record Hungry(long number) implements Parked {}

        record Granting(RegionKey key, TileId tile) implements Parked {}

        /** {@code said}: whatever was said to the tile before this is known to it when it answers. */
        record Collecting(TileId tile, long said, @Nullable Call<FreeReply> freeing) implements Parked {}

        /** The tile did not answer, and somebody waits. */
        record CollectingLater(TileId tile) implements Parked {}

        /** The receipts of a server that is no more get this one's name. */
        record Renaming() implements Parked {}

        record AskingPool() implements Parked {}

        record Reporting(Address server) implements Parked {}

        record LookingAround() implements Parked {}
    }

    /** How far it has come to know its frames. */
    private enum Phase {
        BLANK,
        DISCOVERING,
        REPORTING,
        LISTING,
        ASKING,
        SERVING
    }

    private record Offer(RegionKey key, ClientId with) {}

    private final Incarnation node;
    private final Grid grid;
    private final Address self;
    private final Address first;
    private final Settings settings;
    private final FrameTable table = new FrameTable();
    private final Lending lending;
    private final Survey survey;
    private final List<Envelope> held = new ArrayList<>();
    /** Later servers that have not yet said what they have. */
    private final SortedSet<Address> unreported = Survey.newAddresses();
    /** Of these, those that do not know. */
    private final SortedSet<Address> unknowing = Survey.newAddresses();
    /** What tiles have listed while it asks for its pool. */
    private List<Survey.Listed> listed = List.of();

    /** By survey: whose frames fall back. */
    private final Map<Long, Address> inheriting = new LinkedHashMap<>();

    private final Map<Offer, Boolean> offers = new LinkedHashMap<>();
    /** Of domains with a quota: frames that are asked for. */
    private final SortedMap<String, Integer> asked = new TreeMap<>();

    private final Map<Long, Parked.Wish> hungry = new LinkedHashMap<>();
    /** Wishes that wait for a right or for frames. */
    private final SequencedSet<RegionKey> wishes = new LinkedHashSet<>();

    private Phase phase = Phase.BLANK;
    private long surveyed;
    private long said;
    private long lastHungry;
    /** Of one that borrows: the last settlement, and what it came to. */
    private long settled;

    private List<FrameRun> given = List.of();

    /** {@code self}: where it takes requests; which of the node is the first server is known. */
    public MemoryServer(Incarnation node, Grid grid, Address self, Settings settings) {
        this.node = node;
        this.grid = grid;
        this.self = self;
        this.settings = settings;
        this.first = Reserved.MEMORY.address(node, grid);
        this.lending = new Lending(table, settings.lowWater(), server -> grid.hops(self.tile(), server.tile()));
        this.survey = new Survey(grid.tilesOf(node.node()), tile -> Address.ofShim(node, grid, tile));
    }

    private boolean isFirst() {
        return self.equals(first);
    }

    @Override
    public List<Effect> on(Membership known, long nanos) {
        return begin();
    }

    @Override
    public List<Effect> on(Envelope in, long nanos) {
        List<Effect> effects = new ArrayList<>(begin());
        boolean ofFleet = in.domain().equals(Reserved.MEMORY.domain());
        if (phase == Phase.SERVING) {
            effects.addAll(onRequest(in));
        } else if (phase == Phase.ASKING && ofFleet && in.payload() instanceof ReportPool report) {
            effects.add(Call.of(in, report).reply(new PoolReported(false, 0, List.of())));
        } else if (in.payload() instanceof SettlePool) {
            return effects; // What it says is in the account of which this server is about to be told.
        } else if (held.size() < MOST_HELD) {
            held.add(in);
        }
        return effects;
    }

    private List<Effect> onRequest(Envelope in) {
        boolean ofFleet = in.domain().equals(Reserved.MEMORY.domain());
        return switch (in.payload()) {
            case AllocateFrames allocate -> onAllocate(in, allocate);
            case FreeFrames free -> onFree(Call.of(in, free), free);
            case OfferFrames offer ->
                List.of(Call.of(in, offer).reply(onOffer(in.from().client(), offer)));
            case AcceptFrames accept -> onAccept(in, accept);
            case ReportMemory report -> List.of(Call.of(in, report).reply(report()));
            case Paging.FramesReturned(TileId tile)
            when in.fromSystem() && isOurs(tile) -> List.of(collect(tile, null));
            case AskPool ask when ofFleet && isFirst() -> onAskPool(Call.of(in, ask), in.from());
            case WantFrames(Address server, int frames, boolean urgent)
            when ofFleet && isFirst() -> onWanted(server, frames, urgent);
            case SettlePool settlement when ofFleet -> onSettle(Call.of(in, settlement), settlement);
            case ReportPool report
            when ofFleet ->
                List.of(Call.of(in, report).reply(new PoolReported(true, settled, FrameSet.runs(table.pool()))));
            case ElasticProtocol.Retire retire
            when in.fromSystem() -> List.of(Call.of(in, retire).reply(onRetire()));
            default -> List.of(); // A stranger's payload has no answer; its sender's deadline ends the call.
        };
    }

    @Override
    public List<Effect> on(Continuation continuation, Response response, long nanos) {
        return switch (continuation) {
            case Survey.AwaitingTile awaiting -> onTile(awaiting, response);
            case Lending.Settling settling -> onSettled(settling, response);
            case Parked parked ->
                switch (parked) {
                    case Parked.Asking(var wish) -> onRight(wish, response);
                    case Parked.Hungry(long number) -> onHungry(number);
                    case Parked.Granting granting -> onGranted(granting, response);
                    case Parked.Collecting collecting -> onCollected(collecting, response);
                    case Parked.CollectingLater(TileId tile) -> List.of(collect(tile, null));
                    case Parked.Renaming renaming ->
                        List.of(); // Else it is listed under the old name, and found all the same.
                    case Parked.AskingPool asking -> onPool(response);
                    case Parked.Reporting(Address server) -> onReported(server, response);
                    case Parked.LookingAround around -> lookAround();
                };
            default -> List.of();
        };
    }

    // Coming to know its frames

    private List<Effect> begin() {
        if (phase != Phase.BLANK) {
            return List.of();
        }
        List<Effect> effects = new ArrayList<>();
        phase = isFirst() ? Phase.DISCOVERING : Phase.LISTING;
        surveyed = survey.begin(effects);
        effects.add(new Effect.Timer(new Parked.LookingAround(), LOOK_NANOS));
        return effects;
    }

    private List<Effect> onTile(Survey.AwaitingTile awaiting, Response response) {
        List<Effect> effects = new ArrayList<>();
        Survey.Heard heard = survey.on(awaiting, response, effects);
        if (heard == null) {
            return effects;
        }
        Address past = inheriting.remove(awaiting.survey());
        if (past != null) {
            effects.addAll(inherit(past, heard));
        } else if (awaiting.survey() == surveyed && phase == Phase.DISCOVERING) {
            phase = Phase.REPORTING;
            unreported.addAll(heard.servers());
            unreported.remove(self);
            unreported.forEach(server -> effects.add(askForReport(server)));
            effects.addAll(listIfReported());
        } else if (awaiting.survey() == surveyed && phase == Phase.LISTING) {
            effects.addAll(isFirst() ? knowAll(heard) : askForPool(heard));
        }
        return effects;
    }

    private static Effect askForReport(Address server) {
        return new Effect.Call(server, new ReportPool(), new Parked.Reporting(server), PATIENCE_NANOS);
    }

    private List<Effect> onReported(Address server, Response response) {
        if (phase == Phase.SERVING) {
            return Lending.isOver(response) ? startInheriting(server) : List.of();
        }
        if (phase != Phase.REPORTING || !unreported.contains(server)) {
            return List.of();
        }
        switch (response) {
            case Response.Answered(PoolReported(boolean known, long number, var pool)) -> {
                lending.remember(server, number, pool);
                if (!known) { // All that it has ever said has arrived at the tiles, which are asked next.
                    unknowing.add(server);
                }
            }
            default -> {
                if (!Lending.isOver(response)) {
                    return List.of(
                            response instanceof Response.SendRefused
                                    ? new Effect.Timer(new Parked.Reporting(server), RETRY_NANOS)
                                    : askForReport(server));
                } // Else it is no more, nor comes anything of it later: what it had granted the tiles say now.
            }
        }
        unreported.remove(server);
        return listIfReported();
    }

    private List<Effect> listIfReported() {
        List<Effect> effects = new ArrayList<>();
        if (unreported.isEmpty()) {
            phase = Phase.LISTING;
            surveyed = survey.begin(effects);
        }
        return effects;
    }

    /** The first server: all that no other has is its own. */
    private List<Effect> knowAll(Survey.Heard heard) {
        List<Address> others = lending.servers();
        long now = ++said;
        List<Effect> effects = new ArrayList<>();
        for (Survey.Listed one : heard.held()) {
            if (unknowing.contains(one.held().server())) {
                lending.recall(one.held().server(), one.held().runs());
            }
            if (!others.contains(one.held().server())) {
                table.adopt(one.held(), one.tile(), now);
                if (!one.held().server().equals(self)) {
                    effects.add(rename(one));
                }
            }
        }
        BitSet all = new BitSet();
        all.set(0, settings.node());
        table.grow(FrameSet.without(all, lending.lentFrames()));
        effects.addAll(serve());
        return effects;
    }

    private Effect rename(Survey.Listed one) {
        Paging.Held held = one.held();
        return new Effect.Call(
                Address.ofShim(node, grid, one.tile()),
                new Paging.GrantFrames(held.client(), held.region(), held.runs(), held.owner(), held.writable(), false),
                new Parked.Renaming(),
                PATIENCE_NANOS);
    }

    private List<Effect> askForPool(Survey.Heard heard) {
        phase = Phase.ASKING;
        listed = heard.held().stream()
                .filter(one -> one.held().server().equals(self))
                .toList();
        // A first server that has begun anew asks what this one has: it need not wait for the tiles any more.
        List<Effect> effects = new ArrayList<>();
        List<Envelope> waiting = List.copyOf(held);
        held.clear();
        waiting.forEach(in -> effects.addAll(on(in, 0)));
        effects.add(askForPool());
        return effects;
    }

    private Effect askForPool() {
        return new Effect.Call(first, new AskPool(), new Parked.AskingPool(), PATIENCE_NANOS);
    }

    private List<Effect> onPool(Response response) {
        if (phase != Phase.ASKING) {
            return List.of();
        }
        if (!(response instanceof Response.Answered(PoolTold(long number, var pool)))) {
            return List.of(
                    response instanceof Response.SendRefused
                            ? new Effect.Timer(new Parked.AskingPool(), RETRY_NANOS)
                            : askForPool());
        }
        settled = number;
        BitSet own = FrameSet.of(pool);
        long now = ++said;
        for (Survey.Listed one : listed) {
            // What a server of before had here under this address may have fallen back since.
            if (FrameSet.without(FrameSet.of(one.held().runs()), own).isEmpty()) {
                table.adopt(one.held(), one.tile(), now);
            }
        }
        listed = List.of();
        table.grow(own);
        return serve();
    }

    private List<Effect> serve() {
        phase = Phase.SERVING;
        List<Effect> effects = new ArrayList<>();
        List<Envelope> waiting = List.copyOf(held);
        held.clear();
        waiting.forEach(in -> effects.addAll(onRequest(in)));
        effects.addAll(borrow(0));
        return effects;
    }

    // Allocating

    private List<Effect> onAllocate(Envelope in, AllocateFrames allocate) {
        Call<AllocateReply> call = Call.of(in, allocate);
        RegionKey key = new RegionKey(in.from().client(), allocate.region());
        TileId tile = in.from().tile();
        if (!isOurs(tile)) {
            return List.of(call.reply(new Refused(MemoryError.ELSEWHERE)));
        }
        if (allocate.frames() < 1 || allocate.frames() > settings.node()) {
            return List.of(call.reply(new Refused(MemoryError.OUT_OF_MEMORY)));
        }
        Holding before = table.holding(key);
        if (before != null) {
            return again(before, call);
        }
        if (wishes.contains(key)) {
            return List.of(); // Said again while it waits, by nobody who keeps to the protocol.
        }
        if (wishes.size() == MOST_WAITING) {
            return List.of(call.reply(new Refused(MemoryError.BUSY)));
        }
        wishes.add(key);
        boolean limited = !in.fromSystem();
        Parked.Wish wish = new Parked.Wish(call, key, allocate.frames(), in.domain(), tile, limited);
        if (!limited) {
            return grantTo(wish);
        }
        int total = table.usedBy(in.domain()) + asked.merge(in.domain(), allocate.frames(), Integer::sum);
        return List.of(new Effect.Call(
                Reserved.PRIVILEGE_FRONT.address(node, grid),
                new PrivilegeProtocol.AskRight(
                        in.domain(), RightKind.MEMORY, Integer.toString(total), key.client(), tile),
                new Parked.Asking(wish),
                PATIENCE_NANOS));
    }

    /** The tile knows whether the client still has it; what it has said before counts. */
    private List<Effect> again(Holding holding, Call<AllocateReply> call) {
        holding.waiting = call;
        return List.of(grant(holding, false));
    }

    private List<Effect> onRight(Parked.Wish wish, Response response) {
        return switch (response) {
            case Response.Answered(PrivilegeProtocol.RightAllowed allowed) -> grantTo(wish);
            case Response.Answered(PrivilegeProtocol.RightDenied denied) -> refuse(wish, MemoryError.QUOTA_EXCEEDED);
            default -> refuse(wish, MemoryError.BUSY);
        };
    }

    private List<Effect> refuse(Parked.Wish wish, MemoryError error) {
        over(wish);
        return List.of(wish.call().reply(new Refused(error)));
    }

    /** From here on the table counts what it has got. */
    private void over(Parked.Wish wish) {
        wishes.remove(wish.key());
        if (wish.limited()) {
            asked.computeIfPresent(
                    wish.domain(), (domain, frames) -> frames == wish.frames() ? null : frames - wish.frames());
        }
    }

    private List<Effect> grantTo(Parked.Wish wish) {
        if (table.holding(wish.key()) != null) {
            return refuse(wish, MemoryError.GIVEN_UP); // It has accepted another's under that number meanwhile.
        }
        Allocation made = table.allocate(wish.frames());
        if (made == null) {
            return isFirst() && lending.none() ? refuse(wish, MemoryError.OUT_OF_MEMORY) : starve(wish);
        }
        over(wish);
        Holding holding = table.hold(made, wish.key(), wish.domain(), wish.tile(), true, true, said + 1);
        holding.waiting = wish.call();
        List<Effect> effects = new ArrayList<>();
        effects.add(grant(holding, true));
        effects.addAll(borrow(0));
        return effects;
    }

    private Effect grant(Holding holding, boolean fresh) {
        said++;
        return new Effect.Call(
                Address.ofShim(node, grid, holding.tile),
                new Paging.GrantFrames(
                        holding.key.client(),
                        holding.key.region(),
                        holding.of.runs,
                        holding.owner,
                        holding.writable,
                        fresh),
                new Parked.Granting(holding.key, holding.tile),
                PATIENCE_NANOS);
    }

    private List<Effect> onGranted(Parked.Granting granting, Response response) {
        Holding holding = table.holding(granting.key());
        return switch (response) {
            case Response.Answered(Paging.FramesGranted granted) ->
                holding == null ? List.of() : answer(holding, new FramesAllocated(holding.writable));
            // Another server, of before this one, has granted it already.
            case Response.Answered(Paging.GrantRefused(Paging.Obstacle obstacle))
            when obstacle == Paging.Obstacle.HELD && holding != null -> {
                List<Effect> effects = new ArrayList<>(answer(holding, new FramesAllocated(holding.writable)));
                effects.addAll(lose(holding, MemoryError.GIVEN_UP));
                yield effects;
            }
            // It does not have it now, and never will: the number is used up.
            case Response.Answered(Paging.GrantRefused(Paging.Obstacle obstacle)) ->
                holding == null ? List.of() : lose(holding, errorOf(obstacle));
            // It may have it or not; the tile says.
            default -> List.of(collect(granting.tile(), null));
        };
    }

    private static List<Effect> answer(Holding holding, AllocateReply answer) {
        Call<AllocateReply> waiting = holding.waiting;
        holding.waiting = null;
        return waiting == null ? List.of() : List.of(waiting.reply(answer));
    }

    private List<Effect> lose(Holding holding, MemoryError error) {
        List<Effect> effects = new ArrayList<>(answer(holding, new Refused(error)));
        table.drop(holding);
        offers.keySet().removeIf(offer -> offer.key().equals(holding.key));
        effects.addAll(feed());
        effects.addAll(lending.settle());
        return effects;
    }

    private static MemoryError errorOf(Paging.Obstacle obstacle) {
        return switch (obstacle) {
            case NO_SUCH_CLIENT -> MemoryError.OTHER_NODE;
            case GIVEN_UP, HELD -> MemoryError.GIVEN_UP;
            case TOO_MANY_REGIONS -> MemoryError.TOO_MANY_REGIONS;
            case MOVING, NO_SUCH_SERVER -> MemoryError.BUSY;
        };
    }

    // What has come back

    private Effect collect(TileId tile, @Nullable Call<FreeReply> freeing) {
        return new Effect.Call(
                Address.ofShim(node, grid, tile),
                new Paging.ListGrants(),
                new Parked.Collecting(tile, ++said, freeing),
                PATIENCE_NANOS);
    }

    private List<Effect> onFree(Call<FreeReply> call, FreeFrames free) {
        Holding holding = table.holding(new RegionKey(call.client(), free.region()));
        return List.of(holding == null ? call.reply(new FramesFreed()) : collect(holding.tile, call));
    }

    private List<Effect> onCollected(Parked.Collecting collecting, Response response) {
        Call<FreeReply> freeing = collecting.freeing();
        if (!(response instanceof Response.Answered(Paging.GrantsListed(var there, var server)))) {
            if (freeing != null) { // It has given the frames up all the same.
                return List.of(freeing.reply(new Refused(MemoryError.BUSY)));
            }
            boolean waitedFor = table.holdings().stream()
                    .anyMatch(holding -> holding.waiting != null && holding.tile.equals(collecting.tile()));
            return waitedFor
                    ? List.of(new Effect.Timer(new Parked.CollectingLater(collecting.tile()), RETRY_NANOS))
                    : List.of(); // It is asked again as it is looked around.
        }
        TreeSet<RegionKey> listedThere = new TreeSet<>();
        there.forEach(held -> listedThere.add(new RegionKey(held.client(), held.region())));
        List<Effect> effects = new ArrayList<>();
        for (Holding missing : table.missing(collecting.tile(), collecting.said(), listedThere)) {
            effects.addAll(lose(missing, MemoryError.GIVEN_UP));
        }
        for (RegionKey key : listedThere) {
            Holding holding = table.holding(key);
            if (holding != null && holding.waiting != null) { // Its tile's answer was late, or lost with its slot.
                effects.addAll(answer(holding, new FramesAllocated(holding.writable)));
            }
        }
        if (freeing != null) {
            effects.add(freeing.reply(new FramesFreed()));
        }
        return effects;
    }

    private List<Effect> lookAround() {
        List<Effect> effects = new ArrayList<>();
        effects.add(new Effect.Timer(new Parked.LookingAround(), LOOK_NANOS));
        if (phase == Phase.SERVING) {
            SequencedSet<TileId> tiles = new LinkedHashSet<>();
            table.holdings().forEach(holding -> tiles.add(holding.tile));
            tiles.forEach(tile -> effects.add(collect(tile, null)));
            lending.servers().forEach(server -> effects.add(askForReport(server)));
            effects.addAll(borrow(0));
        }
        return effects;
    }

    // Sharing

    private MemoryProtocol.OfferReply onOffer(ClientId by, OfferFrames offer) {
        Holding holding = table.holding(new RegionKey(by, offer.region()));
        if (holding == null || (offer.writable() && !holding.writable)) {
            return new Refused(MemoryError.NO_SUCH_REGION);
        }
        if (!offer.with().node().equals(node.node())) {
            return new Refused(MemoryError.OTHER_NODE); // Nothing that could map memory has come from elsewhere.
        }
        if (offers.size() == MOST_WAITING) {
            offers.remove(
                    offers.keySet().iterator().next()); // Whoever did not accept it for so long may ask for another.
        }
        offers.put(new Offer(holding.key, offer.with()), offer.writable());
        return new FramesOffered();
    }

    private List<Effect> onAccept(Envelope in, AcceptFrames accept) {
        Call<AllocateReply> call = Call.of(in, accept);
        RegionKey key = new RegionKey(in.from().client(), accept.region());
        Holding before = table.holding(key);
        if (before != null) {
            return again(before, call);
        }
        if (wishes.contains(key)) {
            return List.of(call.reply(new Refused(MemoryError.GIVEN_UP)));
        }
        RegionKey theirs = new RegionKey(accept.from(), accept.theirs());
        Holding shared = table.holding(theirs);
        Boolean writable = offers.get(new Offer(theirs, in.from().client()));
        if (!isOurs(in.from().tile())) {
            return List.of(call.reply(new Refused(MemoryError.OTHER_NODE)));
        }
        if (shared == null || writable == null) {
            return List.of(call.reply(new Refused(MemoryError.NOT_OFFERED)));
        }
        Holding holding = table.hold(shared.of, key, in.domain(), in.from().tile(), false, writable, said + 1);
        holding.waiting = call;
        return List.of(grant(holding, false));
    }

    // Becoming fewer

    /** With its end all that it has falls back to the first server, what clients hold of it too: only who waits, waits here. */
    private ElasticProtocol.RetireReply onRetire() {
        return !isFirst() && wishes.isEmpty() ? new ElasticProtocol.Retired() : new ElasticProtocol.StillServing();
    }

    // Lending and borrowing

    private List<Effect> onAskPool(Call<PoolTold> call, Address from) {
        Address server = new Address(from.client(), self.mailbox(), from.tile());
        if (lending.isOver(server)) {
            return List.of(); // What a server of before had under this address is still to fall back; it asks again.
        }
        return List.of(call.reply(lending.tell(server)));
    }

    private List<Effect> onWanted(Address server, int frames, boolean urgent) {
        List<Effect> effects = new ArrayList<>(lending.wanted(server, frames, urgent));
        effects.addAll(borrow(0));
        return effects;
    }

    private List<Effect> onSettled(Lending.Settling settling, Response response) {
        List<Effect> effects = new ArrayList<>();
        boolean news = lending.on(settling, response, effects);
        if (lending.isOver(settling.server())) {
            effects.addAll(news ? look(settling.server()) : List.of());
        } else if (news) {
            effects.addAll(feed());
        }
        return effects;
    }

    private List<Effect> startInheriting(Address server) {
        return lending.end(server) ? look(server) : List.of();
    }

    /** Asks all tiles, from now on, for nothing that the server has granted comes later. */
    private List<Effect> look(Address server) {
        List<Effect> effects = new ArrayList<>();
        said++;
        inheriting.put(survey.begin(effects), server);
        return effects;
    }

    private List<Effect> inherit(Address server, Survey.Heard heard) {
        List<Effect> effects = new ArrayList<>();
        for (Survey.Listed one : heard.held()) {
            if (one.held().server().equals(server)) {
                table.adopt(one.held(), one.tile(), said);
                effects.add(rename(one));
            }
        }
        lending.inherit(server);
        effects.addAll(feed());
        effects.addAll(lending.settle());
        return effects;
    }

    private List<Effect> onSettle(Call<PoolSettled> call, SettlePool settlement) {
        if (settlement.number() < settled) {
            return List.of(); // Of before; nobody waits for it any more.
        }
        List<Effect> effects = new ArrayList<>();
        if (settlement.number() > settled) {
            settled = settlement.number();
            table.grow(FrameSet.of(settlement.lent()));
            int spare = settlement.urgent() ? table.free() : Math.max(0, table.free() - settings.lowWater());
            given = table.shrink(Math.min(settlement.wanted(), spare));
            effects.addAll(feed());
        }
        effects.add(call.reply(new PoolSettled(settlement.number(), given)));
        return effects;
    }

    private List<Effect> starve(Parked.Wish wish) {
        hungry.put(++lastHungry, wish);
        List<Effect> effects = new ArrayList<>();
        effects.add(new Effect.Timer(new Parked.Hungry(lastHungry), HUNGER_NANOS));
        effects.addAll(borrow(wish.frames()));
        return effects;
    }

    private List<Effect> onHungry(long number) {
        Parked.Wish wish = hungry.remove(number);
        return wish == null ? List.of() : refuse(wish, MemoryError.OUT_OF_MEMORY);
    }

    /** Whoever has waited for frames gets those that have come, in order. */
    private List<Effect> feed() {
        List<Effect> effects = new ArrayList<>();
        while (!hungry.isEmpty()) {
            Map.Entry<Long, Parked.Wish> next = hungry.entrySet().iterator().next();
            if (next.getValue().frames() > table.free()) {
                break;
            }
            hungry.remove(next.getKey());
            effects.addAll(grantTo(next.getValue()));
        }
        return effects;
    }

    /** Below the low-water mark, or where somebody waits for so many: asks the peers. */
    private List<Effect> borrow(int wanted) {
        boolean urgent = wanted > table.free();
        if (!urgent && table.free() >= settings.lowWater()) {
            return List.of();
        }
        int frames = Math.max(settings.bulk(), wanted - table.free());
        return isFirst()
                ? lending.ask(frames, urgent)
                : List.of(new Effect.Send(first, new WantFrames(self, frames, urgent), null));
    }

    // What there is

    private MemoryReported report() {
        return new MemoryReported(
                self.tile(),
                settings.node(),
                table.size(),
                table.free(),
                settings.lowWater(),
                isFirst() ? 0 : table.size(),
                lending.lent(),
                table.domains());
    }

    private boolean isOurs(TileId tile) {
        return tile.node().equals(node.node()) && tile.x() < grid.width() && tile.y() < grid.height();
    }

    // For the simulator

    /** Whether it knows its frames. */
    public boolean serving() {
        return phase == Phase.SERVING;
    }

    /** Those that are its to give, or that it has given. */
    public BitSet pool() {
        return table.pool();
    }

    /** Of its pool, those that nobody holds. */
    public BitSet free() {
        return table.freeFrames();
    }

    /** In the accounts of the later servers of the node. */
    public BitSet lent() {
        return lending.lentFrames();
    }
}
