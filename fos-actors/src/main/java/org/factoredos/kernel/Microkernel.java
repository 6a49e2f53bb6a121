package org.factoredos.kernel;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.factoredos.grid.TileId;
import org.jspecify.annotations.Nullable;

/**
 * The portion of the fos-microkernel that runs on one tile (§3.1).
 *
 * <p>It has no thread of control. {@link #send} runs in the sending client's own turn; everything else is the <em>shim</em>,
 * which runs when a message for it has arrived ({@link #turn}). The shim alone writes the name cache, and publishes it as an
 * immutable snapshot.
 *
 * <p>A send raises its client's in-send mark before it reads a snapshot and lowers it after the result. The shim, told to
 * drop a name, publishes the new snapshot and confirms once it has seen the mark low: from then on no send can be under way
 * that believed the old entry.
 */
public final class Microkernel {
    /** How many lookups, and refusals of them, may wait in the shim's own mailbox; each is a send that has no result yet. */
    private static final int MOST_HELD_SENDS = 4096;

    private static final long MOST_HELD_BYTES = 64L << 20;
    private static final int MOST_OUTSTANDING_CALLS = 4096;
    /** So that a flood on one tile leaves its neighbours on the same thread their turn. */
    private static final int MESSAGES_PER_TURN = 64;

    private final TileId tile;
    private final Interconnect interconnect;
    private final PrivilegeCache privileges;
    private final Client shim;
    private final Mailbox inbox;
    private final Tenants tenants;
    private final Lookups<String> lookups;
    private final Relocations relocations;
    private final Moves moves;
    /** Beside the mailbox, which strangers may fill: the news of an end is never refused. */
    private final Queue<Ended> ends = new ConcurrentLinkedQueue<>();

    private final ArrayDeque<Drop> unconfirmed = new ArrayDeque<>();
    private volatile NameCache names = NameCache.EMPTY;
    private final AtomicReference<@Nullable Client> tenant = new AtomicReference<>();
    private @Nullable ClientHost host;
    private Client.Waker waker = () -> {};

    /** In-tile only: the cached mailbox did not take a send, so the next one asks anew. */
    private record Distrust(String name, Address mailbox) implements Payload {}

    private record Ended(ClientId client, int status) {}

    private record Drop(Address replyTo, long call) {}

    Microkernel(TileId tile, ClientId shimId, Interconnect interconnect, PrivilegeCache privileges) {
        this.tile = tile;
        this.interconnect = interconnect;
        this.privileges = privileges;
        this.shim = new Client(shimId, "sys:kernel", this, MOST_OUTSTANDING_CALLS, 0, () -> waker.wake());
        this.inbox = shim.createMailbox(MOST_HELD_SENDS, MOST_HELD_BYTES);
        this.tenants = new Tenants(tile, interconnect, shim);
        this.relocations = new Relocations(shim, interconnect);
        this.moves = new Moves(this, shim, interconnect, tenants, () -> host);
        this.lookups = new Lookups<>(shim, name -> new Delegation.BindName(name, tile));
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
     * Sends to a mailbox or a name. {@code sending} hears the result exactly once: before this returns where it is known
     * at once; else from another thread, after the other node's microkernel or the name server has answered.
     */
    void send(Client from, Client.Message message, Sending sending) {
        from.markSending(true);
        try {
            if (!privileges.maySend(from.domain(), message.to())) {
                sending.ended(SendResult.PERMISSION_DENIED);
                return;
            }
            switch (message.to()) {
                case Address address -> route(from, address, message, sending);
                case Name name -> sendByName(from, name, message, sending);
            }
        } finally {
            from.markSending(false);
        }
    }

    private void sendByName(Client from, Name name, Client.Message message, Sending sending) {
        if (Address.isAutomatic(name.text())) {
            Optional<Address> mailbox = Address.parse(name.text());
            if (mailbox.isPresent()) {
                route(from, mailbox.get(), message, sending);
            } else {
                sending.ended(SendResult.NO_SUCH_NAME);
            }
            return;
        }
        // Behind an earlier send by the same name that still waits, or the two would change places (M9).
        NameCache.Known known = from.looksUp(name.text()) || !interconnect.leased() ? null : names.get(name.text());
        if (known == null) {
            from.lookupBegun(name.text());
            tellShim(new HeldSend(from, name, message, sending), refused -> {
                from.lookupEnded(name.text());
                sending.ended(refused);
            });
        } else if (known.mailbox() == null) {
            sending.ended(SendResult.NO_SUCH_NAME);
        } else {
            routeBound(from, name, known.mailbox(), message, sending);
        }
    }

    private void routeBound(Client from, Name name, Address mailbox, Client.Message message, Sending sending) {
        route(from, mailbox, message, result -> {
            if (result != SendResult.ACCEPTED && result != SendResult.TOO_LARGE) {
                tellShim(new Distrust(name.text(), mailbox), Sending.UNWATCHED);
            }
            sending.ended(result);
        });
    }

    private void route(Client from, Address to, Client.Message message, Sending sending) {
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
        interconnect.places().leaves(client.id());
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
        interconnect.detach(client);
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
        relocations.turn();
        for (Envelope answer = shim.responses().take();
                answer != null;
                answer = shim.responses().take()) {
            onAnswer(answer);
        }
        for (Ended end = ends.poll(); end != null; end = ends.poll()) {
            moves.takeNewcomers();
            tenants.ended(end.client(), end.status());
            moves.ended(end.client());
        }
        for (int taken = 0; taken < MESSAGES_PER_TURN; taken++) {
            Envelope next = inbox.take();
            if (next == null) {
                break;
            }
            onMessage(next);
        }
        if (!lookups.isEmpty() || !tenants.isEmpty()) {
            long now = interconnect.nanos();
            lookups.onDeadlines(now);
            tenants.onDeadlines(now);
        }
        if (!relocations.isEmpty() || !moves.isEmpty()) {
            long now = interconnect.nanos();
            relocations.onDeadlines(now);
            moves.onDeadlines(now);
        }
        return !unconfirmed.isEmpty() || !shim.rest(this::nothingToDo);
    }

    private boolean nothingToDo() {
        return inbox.isEmpty()
                && shim.responses().isEmpty()
                && ends.isEmpty()
                && moves.noneTold()
                && relocations.noneStuck();
    }

    /** When {@link #turn} is due though nothing arrives, on the monotonic clock; {@link Long#MAX_VALUE} for never. */
    public long nextDeadlineNanos() {
        long fleets = Math.min(lookups.nextDeadlineNanos(), tenants.nextDeadlineNanos());
        return Math.min(fleets, Math.min(relocations.nextDeadlineNanos(), moves.nextDeadlineNanos()));
    }

    private void onMessage(Envelope in) {
        if (in.payload() instanceof Payload.Request<?> && !in.fromSystem()) {
            return; // A program has nothing to ask here; its own deadline ends the call.
        }
        switch (in.payload()) {
            case HeldSend held -> onHeldSend(held);
            case Distrust(String name, Address mailbox) -> {
                NameCache.Known known = names.get(name);
                if (known != null && mailbox.equals(known.mailbox())) {
                    names = names.without(name);
                }
            }
            case Delegation.DropName(String name) -> {
                names = names.without(name);
                lookups.overtake(name);
                unconfirmed.add(new Drop(in.from(), in.call()));
                confirmDrops();
            }
            case Delegation.DropAllNames all -> {
                names = NameCache.EMPTY;
                lookups.askAllAgain();
                unconfirmed.add(new Drop(in.from(), in.call()));
                confirmDrops();
            }
            case Delegation.StartClient start -> answer(in, onStart(start));
            case Delegation.StopClient(ClientId client) -> {
                if (!moves.stop(client)) {
                    tenants.stop(client);
                }
                answer(in, new Delegation.StopReply());
            }
            case Delegation.ListClients list -> answer(in, tenants.list());
            case Delegation.ListMailboxes list -> answer(in, onListMailboxes());
            case Migration.MoveClient move -> moves.onMove(in, move);
            case Migration.GuestEnded(ClientId client) when in.fromSystem() -> moves.onGuestEnded(client);
            default -> {
                Payload answer = moves.onMessage(in);
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

    private void confirmDrops() {
        Client client = tenant.get();
        if (client != null && client.sending()) {
            return; // The mark is high: this turn is asked for again, never waited in.
        }
        for (Drop drop = unconfirmed.poll(); drop != null; drop = unconfirmed.poll()) {
            shim.reply(drop.replyTo(), drop.call(), new Delegation.NameDropped(), null, Sending.UNWATCHED);
        }
    }

    private void onHeldSend(HeldSend held) {
        String name = held.name().text();
        if (lookups.join(name, held)) { // One request for many concurrent misses (M10).
            return;
        }
        NameCache.Known known = interconnect.leased() ? names.get(name) : null;
        if (known != null) {
            release(held, known); // Learned while this one stood in the mailbox.
            return;
        }
        lookups.begin(name, held, interconnect.nanos());
    }

    private void onAnswer(Envelope answer) {
        tenants.answered(answer);
        moves.answered(answer);
        relocations.answered(answer);
        lookups.answered(answer).ifPresent(lookup -> onLookedUp(lookup, answer.payload()));
    }

    private void onLookedUp(Lookups.Lookup<String> lookup, Payload answer) {
        NameCache.@Nullable Known known = switch (answer) {
            case Delegation.NameBound(Address mailbox) -> new NameCache.Known(mailbox);
            case Delegation.NameUnbound unbound -> new NameCache.Known(null);
            default -> null;
        };
        // Without a lease nobody knows what has become of the answer since it was given.
        if (known == null || !interconnect.leased()) {
            lookup.held().forEach(held -> held.fail(SendResult.QUEUE_FULL));
            return;
        }
        names = names.with(lookup.key(), known);
        lookup.held().forEach(held -> release(held, known));
    }

    private void release(HeldSend held, NameCache.Known known) {
        Address mailbox = known.mailbox();
        if (mailbox == null) {
            held.fail(SendResult.NO_SUCH_NAME);
            return;
        }
        routeBound(held.from(), held.name(), mailbox, held.message(), held.sending());
        // Only now may the client's next send by this name pass the shim by: this one is in the mailbox, or on the
        // wire.
        held.from().lookupEnded(held.name().text());
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
}
