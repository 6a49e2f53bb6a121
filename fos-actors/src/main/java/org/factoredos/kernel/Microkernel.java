package org.factoredos.kernel;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SequencedMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.factoredos.grid.TileId;
import org.jspecify.annotations.Nullable;

/**
 * The portion of the fos-microkernel that runs on one tile (§3.1).
 *
 * <p>It has no thread of control. {@link #send} runs in the sending client's own turn; everything else is the <em>shim</em>,
 * which runs when a message for it has arrived ({@link #turn}). The shim alone writes the caches of names and of rights, and
 * publishes them as immutable snapshots.
 *
 * <p>It has no rule who may do what (§3.1.2): it has what it was handed at the start, what the privilege server has answered,
 * and denies everything else. A send needs the right first, then what its name means. What is not cached the shim asks for;
 * the send waits there, and later ones to the same receiver wait behind it. An answer to a call needs no right ({@link
 * ResponseMailbox}).
 *
 * <p>A send raises its client's in-send mark before it reads a snapshot and lowers it after the result. The shim, told to
 * drop a name or a right, publishes the new snapshot and confirms once it has seen the mark low: from then on no send can be
 * under way that believed the old entry.
 */
public final class Microkernel {
    /** How many lookups, and refusals of them, may wait in the shim's own mailbox; each is a send that has no result yet. */
    private static final int MOST_HELD_SENDS = 4096;

    private static final long MOST_HELD_BYTES = 64L << 20;
    private static final int MOST_OUTSTANDING_CALLS = 4096;
    /** So that a flood on one tile leaves its neighbours on the same thread their turn. */
    private static final int MESSAGES_PER_TURN = 64;
    /** Of how many domains' rights it is remembered when they were dropped last. */
    private static final int MOST_DROPS = 256;

    private static final String DOMAIN = "sys:kernel";
    /** By what the right to send to any microkernel is asked for. */
    private static final Name KERNEL = new Name(DOMAIN);

    private static final int MOST_STUCK = 1024;

    private final TileId tile;
    private final Interconnect interconnect;
    private final FixedRights fixed;
    private final Client shim;
    private final Mailbox inbox;
    private final TileCounters counters = new TileCounters();
    private final Tenants tenants;
    private final Lookups<String, HeldSend> lookups;
    private final Lookups<RightKey, Held> checks;
    private final Denials denials = new Denials();
    private final Relocations relocations;
    private final Moves moves;
    private final FrameGrants frames;
    /** Beside the mailbox, which strangers may fill: the news of an end is never refused. */
    private final Queue<Ended> ends = new ConcurrentLinkedQueue<>();

    private final ArrayDeque<Drop> unconfirmed = new ArrayDeque<>();
    /** What was said before this of a domain's rights is not believed. */
    private final SequencedMap<RightKey, Long> dropped = new LinkedHashMap<>();

    private volatile NameCache names = NameCache.EMPTY;
    private volatile PrivilegeCache rights = PrivilegeCache.EMPTY;
    /** The member of each stateful set that this tile's client is stuck to; the one bound first makes room. */
    private final SequencedMap<String, Address> stuck = new LinkedHashMap<>();
    /** Of names that are asked for anew, whom not to choose. */
    private final Map<String, Address> avoided = new LinkedHashMap<>();

    private final AtomicReference<@Nullable Client> tenant = new AtomicReference<>();
    private @Nullable ClientHost host;
    private Client.Waker waker = () -> {};

    /** In-tile only: the cached mailbox did not take a send, or did not answer, so the next send asks anew. */
    private record Distrust(String name, Address mailbox, SendResult why) implements Payload {}

    /** In-tile only: a binding will soon be used up. */
    private record Renew(String name) implements Payload {}

    private record Ended(ClientId client, int status) {}

    private record Drop(Address replyTo, long call, Payload done) {}

    /** What is asked of the privilege server. */
    private record RightKey(String domain, RightKind kind, Destination target) {}

    Microkernel(TileId tile, ClientId shimId, Interconnect interconnect, FixedRights fixed) {
        this.tile = tile;
        this.interconnect = interconnect;
        this.fixed = fixed;
        this.shim = new Client(shimId, DOMAIN, this, MOST_OUTSTANDING_CALLS, 0, () -> waker.wake());
        this.inbox = shim.createMailbox(MOST_HELD_SENDS, MOST_HELD_BYTES);
        this.tenants = new Tenants(tile, interconnect, shim);
        this.relocations = new Relocations(shim, interconnect);
        this.moves = new Moves(this, shim, interconnect, tenants, () -> host);
        this.frames = new FrameGrants(this, shim, interconnect);
        this.lookups = new Lookups<>(shim, this::question, this::fail);
        this.checks = new Lookups<>(
                shim, key -> new Delegation.CheckRight(key.domain(), key.kind(), key.target()), this::fail);
        interconnect.attach(shim);
    }

    /** Once, before any client runs: how the machine room wakes the shim, who runs clients, and whom lookups are asked of. */
    public void attach(Client.Waker wakeShim, ClientHost clientHost) {
        this.waker = wakeShim;
        this.host = clientHost;
    }

    /** The name server that this tile's lookups are delegated to (§3.1.1): the nearest front. */
    public void delegateNamesTo(Address server) {
        lookups.askOf(server);
        relocations.askOf(server);
    }

    /** The privilege server that rights are asked of (§3.1.2): the nearest front. */
    public void delegateRightsTo(Address server) {
        checks.askOf(server);
    }

    public TileId tile() {
        return tile;
    }

    public Interconnect interconnect() {
        return interconnect;
    }

    public Address address() {
        return shim.addressOf(inbox);
    }

    /** What runs here; null where the tile is free. */
    public @Nullable Client tenant() {
        return tenant.get();
    }

    // The clients' side: in the client's own turn.

    /**
     * Sends to a mailbox or a name. {@code told} hears the result exactly once: before this returns where it is known
     * at once; else from another thread, after the other node's microkernel, the privilege server or the name server has
     * answered.
     */
    void send(Client from, Client.Message message, Sending told) {
        Sending sending = from == shim ? told : counters.sendBegun(told);
        from.markSending(true);
        try {
            Destination to = routable(message.to());
            if (to == null) {
                sending.ended(SendResult.NO_SUCH_NAME);
            } else if (from.holds(to)) {
                hold(from, to, message, sending); // Behind an earlier one, or the two would change places (M9).
            } else if (message.kind() == Envelope.Kind.REPLY) {
                route(from, (Address) to, message, sending);
            } else {
                sendIfAllowed(from, to, message, sending);
            }
        } finally {
            from.markSending(false);
        }
    }

    private void sendIfAllowed(Client from, Destination to, Client.Message message, Sending sending) {
        Boolean cached = rights.get(from.domain(), RightKind.SEND, target(to));
        // Clocks are read once, and only where something that was told is to be believed.
        boolean leased = (cached != null || to instanceof Name) && interconnect.leased();
        Boolean allowed = (leased && cached != null) ? cached : fixed(from.domain(), RightKind.SEND, target(to));
        if (allowed == null) {
            hold(from, to, message, sending);
        } else if (!allowed) {
            deny(from, RightKind.SEND, to);
            sending.ended(SendResult.PERMISSION_DENIED);
        } else {
            switch (to) {
                case Address address -> route(from, address, message, sending);
                case Name name -> sendByName(from, name, leased ? names.get(name.text()) : null, message, sending);
            }
        }
    }

    private void sendByName(
            Client from, Name name, NameCache.@Nullable Known known, Client.Message message, Sending sending) {
        if (message.silent() != null) {
            tellShim(new Distrust(name.text(), message.silent(), SendResult.UNREACHABLE), Sending.UNWATCHED);
            hold(from, name, message, sending); // Behind that.
            return;
        }
        int left = known == null ? -1 : known.use();
        counters.lookedUp(left >= 0);
        if (known == null || left < 0) {
            hold(from, name, message, sending);
        } else if (known.mailbox() == null) {
            sending.ended(SendResult.NO_SUCH_NAME);
        } else {
            if (known.toBeRenewed(left)) {
                tellShim(new Renew(name.text()), Sending.UNWATCHED);
            }
            routeBound(from, name, known.mailbox(), message, sending);
        }
    }

    /**
     * Does {@code use} of the device behind the client at once, where it has the right, as a send is done.
     *
     * @param later where it is to be asked for, told from another thread: {@code ACCEPTED} to try again, or why not
     * @return null where {@code later} will be told
     */
    @Nullable
    SendResult useDevice(Client from, Runnable use, Sending later) {
        from.markSending(true);
        try {
            Boolean allowed = known(from.domain(), RightKind.DEVICE, from.device(), interconnect.leased());
            if (allowed == null) {
                tellShim(new HeldUse(from, from.device(), later), later);
                return null;
            }
            if (!allowed) {
                deny(from, RightKind.DEVICE, from.device());
                return SendResult.PERMISSION_DENIED;
            }
            use.run();
            return SendResult.ACCEPTED;
        } finally {
            from.markSending(false);
        }
    }

    /** A name's text may be a mailbox's automatic one, which needs no lookup; null where it is none after all. */
    private static @Nullable Destination routable(Destination to) {
        return to instanceof Name name && Address.isAutomatic(name.text())
                ? Address.parse(name.text()).orElse(null)
                : to;
    }

    /** By what the right to send there is asked for: all microkernels are one. */
    private Destination target(Destination to) {
        return to instanceof Address address && address.client().isShim(interconnect.grid()) ? KERNEL : to;
    }

    /** Null: the privilege server is to be asked. */
    private @Nullable Boolean known(String domain, RightKind kind, Destination target, boolean leased) {
        Boolean cached = leased ? rights.get(domain, kind, target) : null;
        return cached == null ? fixed(domain, kind, target) : cached;
    }

    private @Nullable Boolean fixed(String domain, RightKind kind, Destination target) {
        return fixed.allow(domain, kind, target) ? Boolean.TRUE : null;
    }

    private void hold(Client from, Destination to, Client.Message message, Sending sending) {
        from.heldBegun(to);
        tellShim(new HeldSend(from, to, target(to), message, sending), refused -> {
            from.heldEnded(to);
            sending.ended(refused);
        });
    }

    private void deny(Client from, RightKind kind, Destination target) {
        audit(from.id(), from.domain(), kind, target.toString(), tile);
    }

    /** The audit record (§3.1.2) of something that was denied, on this tile or by its server. */
    void audit(ClientId who, String domain, RightKind kind, String target, TileId where) {
        Denial denial = new Denial(interconnect.wallMillis(), who, domain, kind, target, where);
        denials.add(denial);
        interconnect.audit(denial);
    }

    private void routeBound(Client from, Name name, Address mailbox, Client.Message message, Sending sending) {
        route(from, mailbox, message, result -> {
            if (result != SendResult.ACCEPTED && result != SendResult.TOO_LARGE) {
                tellShim(new Distrust(name.text(), mailbox, result), Sending.UNWATCHED);
            }
            sending.ended(result);
        });
    }

    /** Which member of an interchangeable set the client's sends by that name go to now; null for any other name. */
    @Nullable
    Address member(Name name) {
        NameCache.Known known = names.get(name.text());
        return known != null && known.kind() == Delegation.Kind.INTERCHANGEABLE ? known.mailbox() : null;
    }

    private void route(Client from, Address to, Client.Message message, Sending sending) {
        if (message.kind() == Envelope.Kind.REQUEST) {
            from.responses().sent(message.call(), to.client());
        }
        Trace trace = message.trace();
        if (trace != null) {
            trace = trace.then(Trace.Step.LOOKED_UP, tile, interconnect.nanos())
                    .then(Trace.Step.TRANSPORTED, tile, interconnect.nanos());
        }
        interconnect.transport(
                from,
                new Envelope(
                        to,
                        from.responseAddress(),
                        from.domain(),
                        message.kind(),
                        message.call(),
                        message.settled(),
                        message.payload(),
                        trace),
                sending);
    }

    /** In-tile: into the shim's mailbox; {@code refused} hears only of a refusal. */
    private void tellShim(Payload news, Sending refused) {
        SendResult result = shim.deposit(new Envelope(
                address(), shim.responseAddress(), shim.domain(), Envelope.Kind.MESSAGE, 0, 0, news, null));
        if (result != SendResult.ACCEPTED) {
            refused.ended(result);
        }
    }

    // The machine room's side.

    /**
     * Makes the one client of this tile.
     *
     * @param outstandingCalls how many calls it may have waiting; a power of two
     * @throws IllegalStateException where the tile has a client
     */
    public Client open(String domain, int outstandingCalls, Client.Waker wakeClient) {
        return open(interconnect.newClientId(), domain, outstandingCalls, 0, wakeClient);
    }

    /** Like {@link #open}, for a server that boot places: its address is known ahead ({@link Address#ofBootstrap}). */
    public Client openBootstrap(String domain, int outstandingCalls, Client.Waker wakeClient) {
        Incarnation life = new Incarnation(interconnect.node(), interconnect.boot());
        ClientId id = ClientId.ofBootstrap(life, interconnect.grid(), tile);
        return open(id, domain, outstandingCalls, interconnect.firstCallOfLife(), wakeClient);
    }

    private Client open(ClientId id, String domain, int outstandingCalls, long lastCall, Client.Waker wakeClient) {
        Client client = new Client(id, domain, this, outstandingCalls, lastCall, wakeClient);
        if (!tenant.compareAndSet(null, client)) {
            throw new IllegalStateException(tile + " has its client already");
        }
        interconnect.attach(client);
        return client;
    }

    /**
     * The client that was packed, on this tile; nothing reaches it before it begins.
     *
     * @throws IllegalStateException where the tile has another client
     */
    public Client reopen(PackedClient packed, Client.Waker wakeClient) {
        int calls = packed.outstandingCalls();
        // A multiple of the slots, as for every client.
        long last = (packed.lastCall() + calls - 1) / calls * calls;
        Client client = new Client(packed.client(), packed.domain(), this, calls, last, packed.moves(), wakeClient);
        Client before = tenant.get();
        if ((before != null && !before.id().equals(packed.client())) || !tenant.compareAndSet(before, client)) {
            throw new IllegalStateException(tile + " has its client already");
        }
        if (before != null) {
            counters.discarded(before.discarded());
        }
        client.unpack(packed);
        return client;
    }

    /**
     * In the turn of a client that was asked to leave and waits for nothing any more: packs it for its microkernel, and from
     * then on its host has nothing to do with it.
     *
     * @return false where it may stay after all, or is to ask once more
     */
    public boolean pack(Client client, Payload core) {
        if (!client.leaving().begin()) {
            return false;
        }
        interconnect.places().leaves(client);
        PackedClient packed = client.pack(core);
        if (packed == null) {
            return false;
        }
        interconnect.detach(client);
        moves.packed(client, packed);
        shim.wake();
        return true;
    }

    /**
     * In the turn of a client with a thread, between two of its calls: takes it to another tile of the node, if it was asked
     * to go there and has nothing under way. From the next call on that tile's microkernel is its own.
     */
    public void letGo(Client client) {
        Leaving leaving = client.leaving();
        Microkernel next = leaving.next();
        Tenants.Tenant as = leaving.tenant();
        if (next == null || as == null || !client.mayGo() || !leaving.begin()) {
            return;
        }
        boolean free = next.tenant.compareAndSet(null, client);
        if (free) {
            next.moves.newcomer(as);
            client.become(next);
            tenant.compareAndSet(client, null);
            next.shim.wake();
        }
        leaving.arrived();
        moves.rehomed(client, free);
        shim.wake();
    }

    /** It does not run here any more, or never will. */
    void release(Client client) {
        counters.discarded(client.discarded());
        tenant.compareAndSet(client, null);
    }

    boolean isBootstrap(ClientId client) {
        return !interconnect.mayMove(client);
    }

    /** Any thread: messages of a client of this tile have come back, or must not go where those before them went. */
    void relocate(Pairs.Pair pair) {
        relocations.add(pair);
        shim.wake();
    }

    /** Any thread: the client's code has ended, whether it was stopped or not; the tile becomes free. */
    public void ended(Client client, int status) {
        client.close();
        counters.discarded(client.discarded());
        interconnect.detach(client);
        client.memory().end();
        ends.add(new Ended(client.id(), status));
        tenant.compareAndSet(client, null);
        shim.wake();
    }

    // The shim: in its own turn.

    /**
     * Handles what has arrived.
     *
     * @return whether there is more to do at once
     */
    public boolean turn() {
        confirmDrops();
        moves.turn();
        frames.turn();
        relocations.turn();
        for (Envelope answer = shim.responses().take();
                answer != null;
                answer = shim.responses().take()) {
            onAnswer(answer);
        }
        for (Ended end = ends.poll(); end != null; end = ends.poll()) {
            moves.takeNewcomers();
            tenants.ended(end.client(), end.status(), !moves.isLost(end.client()));
            lookups.clientGone(end.client());
            checks.clientGone(end.client());
            moves.ended(end.client());
        }
        for (int taken = 0; taken < MESSAGES_PER_TURN; taken++) {
            Envelope next = inbox.take();
            if (next == null) {
                break;
            }
            onMessage(next);
        }
        if (!lookups.isEmpty() || !checks.isEmpty()) {
            long now = interconnect.nanos();
            lookups.refuseOverdue(now);
            checks.refuseOverdue(now);
        }
        if (!relocations.isEmpty() || !moves.isEmpty()) {
            long now = interconnect.nanos();
            relocations.refuseOverdue(now);
            moves.attendOverdue(now);
        }
        return !unconfirmed.isEmpty() || !shim.rest(this::nothingToDo);
    }

    private boolean nothingToDo() {
        return inbox.isEmpty()
                && shim.responses().isEmpty()
                && ends.isEmpty()
                && frames.noneCameBack()
                && moves.noneTold()
                && relocations.noneStuck();
    }

    private void onMessage(Envelope in) {
        if (in.payload() instanceof Payload.Request<?> && !in.fromSystem()) {
            return; // A program has nothing to ask here; its own deadline ends the call.
        }
        switch (in.payload()) {
            case Held held -> onHeld(held);
            case Distrust distrust -> onDistrust(distrust);
            case Renew(String name) -> lookups.renew(name, interconnect.nanos());
            case Delegation.DropName(String name) -> {
                names = names.without(name);
                lookups.overtake(name);
                confirm(in, new Delegation.NameDropped());
            }
            case Delegation.DropAllNames all -> {
                names = NameCache.EMPTY;
                lookups.askAllAgain();
                relocations.askAllAgain();
                confirm(in, new Delegation.NameDropped());
            }
            case Delegation.DropRights drop -> onDropRights(in, drop);
            case Delegation.DropAllRights all -> {
                rights = PrivilegeCache.EMPTY;
                dropped.clear(); // The server that counted them is no more.
                checks.askAllAgain();
                confirm(in, new Delegation.RightsDropped());
            }
            case Delegation.ReportDomain(ClientId client) -> answer(in, onReportDomain(client));
            case Delegation.ListDenials list -> answer(in, new Delegation.DenialsListed(denials.list()));
            case Delegation.StartClient start -> answer(in, onStart(start));
            case Delegation.StopClient(ClientId client, Signal signal) -> {
                if (!moves.stop(client)) { // What is packed is a state machine, which takes no signals.
                    tenants.signal(client, signal);
                }
                answer(in, new Delegation.StopReply());
            }
            case Delegation.ListClients list -> {
                moves.tellAgain();
                answer(in, tenants.list());
            }
            case Delegation.ListMailboxes list -> answer(in, onListMailboxes());
            case Delegation.ReportTile report -> answer(in, onReportTile());
            case Delegation.CheckMailbox(Address mailbox) -> answer(in, onCheckMailbox(mailbox));
            case Delegation.ReportCache report ->
                answer(in, new Delegation.CacheReported(counters.hits(), counters.misses()));
            case Migration.MoveClient move -> moves.onMove(in, move);
            case Migration.GuestEnded(ClientId client) when in.fromSystem() -> moves.onGuestEnded(client);
            default -> {
                Payload ofMove = moves.onMessage(in);
                Payload answer = ofMove == null ? frames.onMessage(in) : ofMove;
                if (answer != null) {
                    answer(in, answer);
                } // Else a stranger's payload: the microkernel has no answer, and its sender's deadline ends the call.
            }
        }
    }

    private void answer(Envelope in, Payload answer) {
        // Refused: the asker is gone, or its call has ended; nobody is left to tell.
        shim.reply(in.from(), in.call(), answer, in.trace(), Sending.UNWATCHED);
    }

    private void onDropRights(Envelope in, Delegation.DropRights drop) {
        rights = rights.without(drop.domain(), drop.kind());
        RightKey key = new RightKey(drop.domain(), drop.kind(), KERNEL);
        dropped.merge(key, drop.epoch(), Math::max);
        if (dropped.size() > MOST_DROPS) {
            dropped.clear();
            checks.askAllAgain();
        }
        confirm(in, new Delegation.RightsDropped());
    }

    private Delegation.DomainReply onReportDomain(ClientId id) {
        String domain = interconnect.domainOf(id);
        return domain == null ? new Delegation.NoSuchClient() : new Delegation.DomainReported(domain);
    }

    private void confirm(Envelope in, Payload done) {
        unconfirmed.add(new Drop(in.from(), in.call(), done));
        confirmDrops();
    }

    private void confirmDrops() {
        Client client = tenant.get();
        if (client != null && client.sending()) {
            return; // The mark is high: this turn is asked for again, never waited in.
        }
        for (Drop drop = unconfirmed.poll(); drop != null; drop = unconfirmed.poll()) {
            shim.reply(drop.replyTo(), drop.call(), drop.done(), null, Sending.UNWATCHED);
        }
    }

    // What waits: for the right first, then for what the name means.

    private void onHeld(Held held) {
        // Behind those that have their right already and wait for the same name.
        if (held instanceof HeldSend send && send.to() instanceof Name name && lookups.join(name.text(), send)) {
            return;
        }
        if (!checks.join(key(held), held)) { // One request for many concurrent misses (M10).
            proceed(held);
        }
    }

    private static RightKey key(Held held) {
        Destination target = held.target() instanceof Address address
                ? new Address(address.client(), ResponseMailbox.NUMBER, address.tile())
                : held.target();
        return new RightKey(held.from().domain(), held.kind(), target);
    }

    private void proceed(Held held) {
        if (held instanceof HeldSend send && send.message().kind() == Envelope.Kind.REPLY) {
            release(send, (Address) send.to());
            return;
        }
        Boolean allowed = known(held.from().domain(), held.kind(), held.target(), interconnect.leased());
        if (allowed == null) {
            checks.begin(key(held), held, interconnect.nanos());
        } else if (!allowed) {
            deny(held.from(), held.kind(), held.target());
            held.fail(SendResult.PERMISSION_DENIED);
        } else {
            switch (held) {
                case HeldUse use -> use.sending().ended(SendResult.ACCEPTED);
                case HeldSend send -> proceed(send);
            }
        }
    }

    private void proceed(HeldSend held) {
        switch (held.to()) {
            case Address address -> release(held, address);
            case Name(String name) -> {
                if (!lookups.join(name, held)) {
                    NameCache.Known known = interconnect.leased() ? names.get(name) : null;
                    if (known == null) {
                        lookups.begin(name, held, interconnect.nanos());
                    } else {
                        release(held, known); // Learned while this one stood in the mailbox.
                    }
                }
            }
        }
    }

    /** Nobody has answered what it waits for. An answer that only kept its place needs nothing. */
    private void fail(Held held, SendResult result) {
        if (held instanceof HeldSend send && send.message().kind() == Envelope.Kind.REPLY) {
            release(send, (Address) send.to());
        } else {
            held.fail(result);
        }
    }

    private Delegation.BindName question(String name) {
        return new Delegation.BindName(name, tile, stuck.get(name), avoided.get(name));
    }

    private void onDistrust(Distrust distrust) {
        String name = distrust.name();
        NameCache.Known known = names.get(name);
        if (known == null || !distrust.mailbox().equals(known.mailbox())) {
            return;
        }
        // A member that keeps something of its clients is not left because it is busy.
        boolean lost = distrust.why() == SendResult.NO_SUCH_MAILBOX || distrust.why() == SendResult.UNREACHABLE;
        if (known.kind() == Delegation.Kind.STATEFUL && !lost) {
            return;
        }
        names = names.without(name);
        if (known.kind() != Delegation.Kind.SINGLE) {
            stuck.remove(name);
            if (avoided.size() == MOST_STUCK) {
                avoided.clear(); // It is no more than advice.
            }
            avoided.put(name, distrust.mailbox());
            if (lost) {
                lookups.tell(new Delegation.SuspectMember(name, distrust.mailbox()));
            }
        }
    }

    private void onAnswer(Envelope answer) {
        tenants.answered(answer);
        moves.answered(answer);
        relocations.answered(answer);
        lookups.answered(answer).ifPresent(lookup -> onLookedUp(lookup, answer.payload()));
        checks.answered(answer).ifPresent(check -> onChecked(check, answer.payload()));
    }

    private void onChecked(Lookups.Lookup<RightKey, Held> check, Payload answer) {
        RightKey key = check.key();
        switch (answer) {
            case Delegation.RightChecked(boolean allowed, long epoch) -> {
                if (epoch < dropped.getOrDefault(new RightKey(key.domain(), key.kind(), KERNEL), Long.MIN_VALUE)) {
                    checks.askAgain(check); // It left before a drop did, and came later.
                } else if (!interconnect.leased()) {
                    // Nobody knows what has become of the answer since it was given.
                    check.held().forEach(held -> fail(held, SendResult.QUEUE_FULL));
                } else {
                    rights = rights.with(key.domain(), key.kind(), key.target(), allowed);
                    check.held().forEach(this::proceed);
                }
            }
            case Delegation.CheckFailed(SendResult result) -> check.held().forEach(held -> fail(held, result));
            default -> check.held().forEach(held -> fail(held, SendResult.QUEUE_FULL));
        }
    }

    private void onLookedUp(Lookups.Lookup<String, HeldSend> lookup, Payload answer) {
        NameCache.@Nullable Known known = switch (answer) {
            case Delegation.NameBound bound -> NameCache.Known.of(bound);
            case Delegation.NameUnbound unbound -> NameCache.Known.NOBODY;
            default -> null;
        };
        // Without a lease nobody knows what has become of the answer since it was given.
        if (known == null || !interconnect.leased()) {
            lookup.held().forEach(held -> held.fail(SendResult.QUEUE_FULL));
            return;
        }
        names = names.with(lookup.key(), known);
        avoided.remove(lookup.key());
        if (known.kind() == Delegation.Kind.STATEFUL && known.mailbox() != null) {
            stuck.putLast(lookup.key(), known.mailbox());
            if (stuck.size() > MOST_STUCK) {
                stuck.pollFirstEntry();
            }
        }
        SequencedMap<RightKey, List<Held>> unsure = new LinkedHashMap<>();
        for (HeldSend held : lookup.held()) {
            // The right may have been dropped meanwhile, or never been asked for.
            Boolean allowed = known(held.from().domain(), RightKind.SEND, held.target(), true);
            if (allowed == null) {
                unsure.computeIfAbsent(key(held), right -> new ArrayList<>()).add(held);
            } else if (allowed) {
                release(held, known);
            } else {
                proceed((Held) held);
            }
        }
        // Whoever waits for that right has come later.
        unsure.forEach((right, held) -> checks.beginBefore(right, held, interconnect.nanos()));
    }

    private void release(HeldSend held, NameCache.Known known) {
        Address mailbox = known.mailbox();
        if (mailbox == null) {
            held.fail(SendResult.NO_SUCH_NAME);
            return;
        }
        if (mailbox.equals(held.message().silent())) {
            held.fail(SendResult.UNREACHABLE); // There is nobody else.
            return;
        }
        routeBound(held.from(), (Name) held.to(), mailbox, held.message(), held.sending());
        // Only now may the client's next send by this name pass the shim by: this one is in the mailbox, or on the
        // wire.
        held.from().heldEnded(held.to());
    }

    private void release(HeldSend held, Address mailbox) {
        route(held.from(), mailbox, held.message(), held.sending());
        held.from().heldEnded(held.to());
    }

    private Delegation.StartReply onStart(Delegation.StartClient start) {
        if (tenant.get() != null) {
            return new Delegation.TileTaken();
        }
        if (host == null) {
            return new Delegation.StartFailed("nothing runs clients here");
        }
        try {
            Client client = host.start(this, start.spec());
            tenants.started(client, start);
            stuck.clear(); // They were the last client's.
            return new Delegation.ClientStarted(client.id(), new Address(client.id(), Client.FIRST_MAILBOX, tile));
        } catch (IllegalStateException e) {
            return new Delegation.TileTaken(); // Boot, on a thread of its own, was first.
        } catch (IllegalArgumentException e) {
            return new Delegation.StartFailed(String.valueOf(e.getMessage()));
        }
    }

    private Delegation.MailboxesListed onListMailboxes() {
        Client client = tenant.get();
        return new Delegation.MailboxesListed(client == null ? List.of() : client.mailboxAddresses());
    }

    private Delegation.TileReported onReportTile() {
        Client client = tenant.get();
        List<Mailbox> mailboxes = client == null ? List.of() : client.mailboxes();
        return new Delegation.TileReported(
                tile,
                counters.sends(),
                counters.refused(),
                counters.hits(),
                counters.misses(),
                mailboxes.size(),
                mailboxes.stream().mapToLong(Mailbox::messages).sum(),
                counters.discarded() + (client == null ? 0 : client.discarded()),
                client == null ? Delegation.Taken.NONE : client.taken().report());
    }

    private Delegation.MailboxChecked onCheckMailbox(Address mailbox) {
        Client client = interconnect.client(mailbox.client());
        return client == null || client.mailbox(mailbox.mailbox()) == null
                ? new Delegation.MailboxChecked("", 0)
                : new Delegation.MailboxChecked(client.domain(), client.moves());
    }
}
