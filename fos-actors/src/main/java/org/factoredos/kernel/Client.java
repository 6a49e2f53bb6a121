package org.factoredos.kernel;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.factoredos.grid.TileId;
import org.jspecify.annotations.Nullable;

/**
 * The code executing on a single core under the microkernel (§3): its mailboxes, and its calls into the microkernel.
 *
 * <p>Applications and OS servers are the same to the microkernel: both are this. Apart from deposits and {@link #wake},
 * everything here belongs to the client's own turn.
 */
public final class Client {
    /** The number of the first mailbox that a client makes; a server's is its request mailbox, so it can be known ahead. */
    public static final int FIRST_MAILBOX = 1;

    /** Far more than a program needs, and few enough for one message to list them all. */
    public static final int MOST_MAILBOXES = 1 << 14;

    /** How a machine room is told that an idle client has something to do; any thread. */
    @FunctionalInterface
    public interface Waker {
        void wake();
    }

    private final ClientId id;
    private final String domain;
    private final Name device;
    private final Waker waker;
    private volatile Waker alsoWoken = () -> {};
    private final Pairs pairs;
    private final ResponseMailbox responses;
    private final Map<Integer, Mailbox> mailboxes = new ConcurrentHashMap<>();
    private final Map<Object, AtomicInteger> held = new ConcurrentHashMap<>();
    private final AtomicBoolean idle = new AtomicBoolean();
    private final Address responseAddress;
    private final Interrupts interrupts = new Interrupts();
    private final AtomicLong discarded = new AtomicLong();
    private final Leaving leaving = new Leaving();
    private final PageTable memory;
    private final TakenRequests taken;
    private final int moves;
    /** Another's only between two of its own calls into it. */
    private volatile Microkernel microkernel;

    private int lastMailbox;
    private volatile boolean closed;
    private volatile boolean sending;

    Client(ClientId id, String domain, Microkernel microkernel, int outstandingCalls, long lastCall, Waker waker) {
        this(id, domain, microkernel, outstandingCalls, lastCall, 0, waker);
    }

    /** {@code moves}: how often it has moved. */
    Client(
            ClientId id,
            String domain,
            Microkernel microkernel,
            int outstandingCalls,
            long lastCall,
            int moves,
            Waker waker) {
        this.id = id;
        this.domain = domain;
        this.device = new Name(domain);
        this.microkernel = microkernel;
        this.waker = waker;
        this.moves = moves;
        this.pairs = new Pairs(this, microkernel.interconnect()::dispatch);
        this.responses = new ResponseMailbox(this, outstandingCalls, lastCall);
        this.memory = new PageTable(microkernel.interconnect().ram());
        this.taken = new TakenRequests(
                microkernel.interconnect().node(), microkernel.interconnect().grid());
        this.responseAddress = new Address(id, ResponseMailbox.NUMBER, microkernel.tile());
    }

    public ClientId id() {
        return id;
    }

    /** The protection domain in whose name it acts (§3.1.2). */
    public String domain() {
        return domain;
    }

    public TileId tile() {
        return microkernel.tile();
    }

    public Microkernel microkernel() {
        return microkernel;
    }

    public Address responseAddress() {
        return responseAddress;
    }

    public ResponseMailbox responses() {
        return responses;
    }

    /**
     * Makes a receive mailbox of a fixed size, to be polled; its number is never used again.
     *
     * @throws IllegalStateException where the client has {@link #MOST_MAILBOXES}
     */
    public Mailbox createMailbox(int messages, long bytes) {
        return create(messages, bytes, null);
    }

    /** Likewise, one that raises interrupts. */
    public Mailbox createMailbox(int messages, long bytes, Interrupts.Handler handler) {
        return create(messages, bytes, handler);
    }

    private Mailbox create(int messages, long bytes, Interrupts.@Nullable Handler handler) {
        if (mailboxCount() == MOST_MAILBOXES) {
            throw new IllegalStateException("a client has at most " + MOST_MAILBOXES + " mailboxes; destroy one first");
        }
        lastMailbox = Math.incrementExact(lastMailbox);
        Mailbox mailbox = new Mailbox(this, lastMailbox, messages, bytes, handler != null, handler);
        mailboxes.put(mailbox.number(), mailbox);
        return mailbox;
    }

    /** Its own receive mailboxes, in the order in which they were made; any thread. */
    public List<Mailbox> mailboxes() {
        return mailboxes.values().stream()
                .sorted(Comparator.comparingInt(Mailbox::number))
                .toList();
    }

    /** Any thread. */
    public int mailboxCount() {
        return mailboxes.size();
    }

    /** What it has of its node's memory; to map, and to access. */
    public PageTable memory() {
        return memory;
    }

    /** The client's turn only. */
    public Interrupts interrupts() {
        return interrupts;
    }

    /** Any thread: false where it is to be closed instead, for it takes no such signal. */
    boolean signal(Signal signal) {
        boolean taken = signal != Signal.KILL && interrupts.signal(signal);
        wake();
        return taken;
    }

    public Address addressOf(Mailbox mailbox) {
        return new Address(id, mailbox.number(), tile());
    }

    /** The mailbox of that number; null where there is none, or none any more. */
    public @Nullable Mailbox mailbox(int number) {
        return mailboxes.get(number);
    }

    /** The automatic names (§3.4) of its receive mailboxes; any thread. */
    List<Address> mailboxAddresses() {
        return mailboxes().stream().map(this::addressOf).toList();
    }

    /**
     * What accepted messages it still holds are lost, and counted in {@link #discarded}: a plain message's sender is not told,
     * a request's sender has its deadline.
     *
     * @return how many those were
     */
    public int destroyMailbox(int number) {
        Mailbox mailbox = mailboxes.remove(number);
        int lost = mailbox == null ? 0 : mailbox.close();
        discarded.addAndGet(lost);
        return lost;
    }

    /** How many accepted messages went with destroyed mailboxes, or with the client itself; any thread. */
    public long discarded() {
        return discarded.get();
    }

    /** What requests it has taken out of its mailboxes. */
    TakenRequests taken() {
        return taken;
    }

    /** Sends a plain message. */
    public void send(Destination to, Payload message, Sending sending) {
        microkernel.send(this, new Message(to, Envelope.Kind.MESSAGE, 0, 0, message, null, null), sending);
    }

    /** Which member of an interchangeable set this client's sends by that name go to now; null for any other name. */
    public @Nullable Address member(Name name) {
        return microkernel.member(name);
    }

    /** Sends a request under a number that {@link ResponseMailbox#reserve} gave. */
    public void request(
            Destination to,
            Payload.Request<?> request,
            long call,
            long settled,
            @Nullable Trace trace,
            Sending sending) {
        microkernel.send(this, new Message(to, Envelope.Kind.REQUEST, call, settled, request, trace, null), sending);
    }

    /**
     * Sends a request once more, under its old number, to another member of a set: {@code silent} has not answered, and
     * nothing of this node is to go there for a while. Where nobody else is in the set nothing is sent.
     */
    public void requestOther(
            Name to,
            Address silent,
            Payload.Request<?> request,
            long call,
            long settled,
            @Nullable Trace trace,
            Sending sending) {
        microkernel.send(this, new Message(to, Envelope.Kind.REQUEST, call, settled, request, trace, silent), sending);
    }

    /** Answers call {@code call} of the client whose response mailbox is {@code to}. */
    public void reply(Address to, long call, Payload answer, @Nullable Trace trace, Sending sending) {
        microkernel.send(this, new Message(to, Envelope.Kind.REPLY, call, 0, answer, trace, null), sending);
    }

    /**
     * Does {@code use} of the client's device where it has the right to that (§3.1.2).
     *
     * @param later told by another thread where the right is still to be asked for: {@code ACCEPTED} to try again, or why not
     * @return how it ended; null where {@code later} will be told
     */
    public @Nullable SendResult useDevice(Runnable use, Sending later) {
        return microkernel.useDevice(this, use, later);
    }

    /** Records that a server has denied something to {@code who}, who sits on {@code where}. */
    public void audit(ClientId who, String itsDomain, RightKind kind, String target, TileId where) {
        microkernel.audit(who, itsDomain, kind, target, where);
    }

    /** Any thread: an answer that comes from the client's own tile (a device's), through the slot reserved for it. */
    public void answerOwnCall(long call, Payload answer) {
        responses.deposit(
                new Envelope(responseAddress, responseAddress, domain, Envelope.Kind.REPLY, call, 0, answer, null));
    }

    /** The monotonic clock of its node. */
    public long nanos() {
        return microkernel.interconnect().nanos();
    }

    /** Any thread: the client has something to do. Costs one volatile read while it is busy. */
    public void wake() {
        if (idle.get() && idle.compareAndSet(true, false)) {
            waker.wake();
            alsoWoken.wake();
        }
    }

    /** Before it runs: whom {@link #wake} wakes besides, such as further threads that wait in its name. */
    public void alsoWakes(Waker further) {
        alsoWoken = further;
    }

    /**
     * Says that the client is idle, then looks once more: a deposit either sees the mark and wakes the client, or is seen
     * here.
     *
     * @param nothingToDo whether every mailbox that the client waits for is empty
     * @return true where the client may rest until its waker is called
     */
    public boolean rest(BooleanSupplier nothingToDo) {
        return restInterrupted(() -> nothingToDo.getAsBoolean() && !interrupts.pending());
    }

    /** Likewise, for whoever leaves interrupts to another thread of the client. */
    public boolean restInterrupted(BooleanSupplier nothingToDo) {
        idle.set(true);
        return nothingToDo.getAsBoolean() || !idle.compareAndSet(true, false);
    }

    public boolean closed() {
        return closed;
    }

    /** Any thread: cuts the client from the microkernel at once; its mailboxes refuse, and it is woken to find out. */
    public void close() {
        closed = true;
        responses.close();
        mailboxes.forEach((number, mailbox) -> discarded.addAndGet(mailbox.close()));
        wake();
    }

    /** Finds the mailbox and deposits there; any thread. */
    SendResult deposit(Envelope envelope) {
        if (closed) {
            return SendResult.NO_SUCH_MAILBOX;
        }
        if (envelope.kind() == Envelope.Kind.REPLY) {
            return envelope.to().mailbox() == ResponseMailbox.NUMBER
                    ? responses.deposit(envelope)
                    : SendResult.NO_SUCH_MAILBOX;
        }
        Mailbox mailbox = mailboxes.get(envelope.to().mailbox());
        SendResult result = mailbox == null ? SendResult.NO_SUCH_MAILBOX : mailbox.deposit(envelope);
        // The mark is set before the mailboxes close: whether this one is among those that moved, the new place knows.
        return result == SendResult.NO_SUCH_MAILBOX && leaving.packing() ? SendResult.MOVED : result;
    }

    // Moving to another tile.

    /** How far a client can move; said by its host before it runs. */
    public void moves(Leaving.Reach reach) {
        leaving.reach(reach);
    }

    /** What its host has to know of a move. */
    public Leaving leaving() {
        return leaving;
    }

    /** How often it has moved; any thread. */
    public int moves() {
        return moves;
    }

    Pairs pairs() {
        return pairs;
    }

    /** Whether every send of its has its result, so that what it sends from elsewhere overtakes none. */
    public boolean allSent() {
        return pairs.isEmpty() && held.isEmpty();
    }

    /** In its own turn: whether it was asked to go to another tile, and nothing keeps it. */
    public boolean mayGo() {
        return leaving.asked() && allSent();
    }

    /** Any thread: a send has got its result, which may be all that keeps the client here. */
    void wakeToLeave() {
        if (leaving.asked()) {
            wake();
        }
    }

    void become(Microkernel next) {
        microkernel = next;
    }

    /** Closes its mailboxes and takes what they hold; null while a deposit that was counted is not in its queue yet. */
    @Nullable
    PackedClient pack(Payload core) {
        if (!leaving.close(mailboxes)) {
            return null;
        }
        return new PackedClient(
                id,
                domain,
                responses.capacity(),
                responses.lastCall(),
                lastMailbox,
                memory.lastRegion(),
                leaving.packed(),
                core,
                moves + 1);
    }

    /** Its mailboxes as they were, with what they held; before it runs. */
    void unpack(PackedClient packed) {
        lastMailbox = packed.lastMailbox();
        memory.goOnFrom(packed.lastRegion());
        for (PackedClient.PackedMailbox one : packed.mailboxes()) {
            Mailbox mailbox = new Mailbox(this, one.number(), one.messages(), one.bytes(), one.interrupts(), null);
            one.queued().forEach(mailbox::deposit);
            mailboxes.put(one.number(), mailbox);
        }
    }

    /** The in-send mark: raised before a send reads the caches, lowered after its result (see {@link Microkernel}). */
    boolean sending() {
        return sending;
    }

    void markSending(boolean now) {
        sending = now;
    }

    /** Whether an earlier send there still waits in the shim, so that a later one must queue behind it (M9). */
    boolean holds(Destination to) {
        return !held.isEmpty() && held.containsKey(pair(to));
    }

    void heldBegun(Destination to) {
        held.computeIfAbsent(pair(to), one -> new AtomicInteger()).incrementAndGet();
    }

    void heldEnded(Destination to) {
        held.computeIfPresent(pair(to), (one, count) -> count.decrementAndGet() == 0 ? null : count);
        wakeToLeave();
    }

    /** What the right to its device is asked for: a domain's own. */
    Name device() {
        return device;
    }

    /** All mailboxes of a client are one receiver. */
    private static Object pair(Destination to) {
        return to instanceof Address address ? address.client() : to;
    }

    /**
     * What a client hands to its microkernel: an envelope but for the mailbox that its destination turns out to be.
     *
     * @param silent the member of the set that is not to get it again
     */
    record Message(
            Destination to,
            Envelope.Kind kind,
            long call,
            long settled,
            Payload payload,
            @Nullable Trace trace,
            @Nullable Address silent) {}
}
