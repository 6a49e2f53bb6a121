package org.factoredos.kernel;

import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.SequencedMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
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

    private static final int MOST_STUCK = 1024;

    private final TileId tile;
    private final Interconnect interconnect;
    private final PrivilegeCache privileges;
    private final Client shim;
    private final Mailbox inbox;
    private final Tenants tenants;
    private final Lookups<String> lookups;
    /** Beside the mailbox, which strangers may fill: the news of an end is never refused. */
    private final Queue<Ended> ends = new ConcurrentLinkedQueue<>();

    private final ArrayDeque<Drop> unconfirmed = new ArrayDeque<>();
    private volatile NameCache names = NameCache.EMPTY;
    /** The member of each stateful set that this tile's client is stuck to; the one bound first makes room. */
    private final SequencedMap<String, Address> stuck = new LinkedHashMap<>();
    /** Of names that are asked for anew, whom not to choose. */
    private final Map<String, Address> avoided = new LinkedHashMap<>();
    /** Written in the client's turn alone. */
    private final AtomicLong hits = new AtomicLong();

    private final AtomicLong misses = new AtomicLong();
    private final AtomicReference<@Nullable Client> tenant = new AtomicReference<>();
    private @Nullable ClientHost host;
    private Client.Waker waker = () -> {};

    /** In-tile only: the cached mailbox did not take a send, or did not answer, so the next send asks anew. */
    private record Distrust(String name, Address mailbox, SendResult why) implements Payload {}

    /** In-tile only: a binding will soon be used up. */
    private record Renew(String name) implements Payload {}

    private record Ended(ClientId client, int status) {}

    private record Drop(Address replyTo, long call) {}

    Microkernel(TileId tile, ClientId shimId, Interconnect interconnect, PrivilegeCache privileges) {
        this.tile = tile;
        this.interconnect = interconnect;
        this.privileges = privileges;
        this.shim = new Client(shimId, "sys:kernel", this, MOST_OUTSTANDING_CALLS, 0, () -> waker.wake());
        this.inbox = shim.createMailbox(MOST_HELD_SENDS, MOST_HELD_BYTES);
        this.tenants = new Tenants(tile, interconnect, shim);
        this.lookups = new Lookups<>(shim, this::question);
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
        if (message.silent() != null) {
            tellShim(new Distrust(name.text(), message.silent(), SendResult.UNREACHABLE), Sending.UNWATCHED);
            hold(from, name, message, sending); // Behind that.
            return;
        }
        // Behind an earlier send by the same name that still waits, or the two would change places (M9).
        NameCache.Known known = from.looksUp(name.text()) || !interconnect.leased() ? null : names.get(name.text());
        int left = known == null ? -1 : known.use();
        AtomicLong count = left < 0 ? misses : hits;
        count.setRelease(count.getPlain() + 1);
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

    private void hold(Client from, Name name, Client.Message message, Sending sending) {
        from.lookupBegun(name.text());
        tellShim(new HeldSend(from, name, message, sending), refused -> {
            from.lookupEnded(name.text());
            sending.ended(refused);
        });
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
        Trace trace = message.trace();
        if (trace != null) {
            trace = trace.then(Trace.Step.LOOKED_UP, tile, interconnect.nanos())
                    .then(Trace.Step.TRANSPORTED, tile, interconnect.nanos());
        }
        interconnect.transport(
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
        for (Envelope answer = shim.responses().take();
                answer != null;
                answer = shim.responses().take()) {
            onAnswer(answer);
        }
        for (Ended end = ends.poll(); end != null; end = ends.poll()) {
            tenants.ended(end.client(), end.status());
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
        return !unconfirmed.isEmpty()
                || !shim.rest(() -> inbox.isEmpty() && shim.responses().isEmpty() && ends.isEmpty());
    }

    /** When {@link #turn} is due though nothing arrives, on the monotonic clock; {@link Long#MAX_VALUE} for never. */
    public long nextDeadlineNanos() {
        return Math.min(lookups.nextDeadlineNanos(), tenants.nextDeadlineNanos());
    }

    private void onMessage(Envelope in) {
        if (in.payload() instanceof Payload.Request<?> && !in.fromSystem()) {
            return; // A program has nothing to ask here; its own deadline ends the call.
        }
        switch (in.payload()) {
            case HeldSend held -> onHeldSend(held);
            case Distrust distrust -> onDistrust(distrust);
            case Renew(String name) -> lookups.renew(name, interconnect.nanos());
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
                tenants.stop(client);
                answer(in, new Delegation.StopReply());
            }
            case Delegation.ListClients list -> answer(in, tenants.list());
            case Delegation.ListMailboxes list -> answer(in, onListMailboxes());
            case Delegation.CheckMailbox(Address mailbox) -> answer(in, onCheckMailbox(mailbox));
            case Delegation.ReportCache report -> answer(in, new Delegation.CacheReported(hits.get(), misses.get()));
            default -> {
                // A stranger's payload: the microkernel has no answer, and its sender's deadline ends the call.
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
        lookups.answered(answer).ifPresent(lookup -> onLookedUp(lookup, answer.payload()));
    }

    private void onLookedUp(Lookups.Lookup<String> lookup, Payload answer) {
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
        lookup.held().forEach(held -> release(held, known));
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

    private Delegation.MailboxChecked onCheckMailbox(Address mailbox) {
        Client client = interconnect.client(mailbox.client());
        return new Delegation.MailboxChecked(
                client == null || client.mailbox(mailbox.mailbox()) == null ? "" : client.domain());
    }
}
