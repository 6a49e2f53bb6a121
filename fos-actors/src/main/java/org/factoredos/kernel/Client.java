package org.factoredos.kernel;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
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

    /** How a machine room is told that an idle client has something to do; any thread. */
    @FunctionalInterface
    public interface Waker {
        void wake();
    }

    private final ClientId id;
    private final String domain;
    private final Name device;
    private final Microkernel microkernel;
    private final Waker waker;
    private final ResponseMailbox responses;
    private final Map<Integer, Mailbox> mailboxes = new ConcurrentHashMap<>();
    private final Map<Object, AtomicInteger> held = new ConcurrentHashMap<>();
    private final AtomicBoolean idle = new AtomicBoolean();
    private final Address responseAddress;
    private int lastMailbox;
    private int discarded;
    private volatile boolean closed;
    private volatile boolean sending;

    Client(ClientId id, String domain, Microkernel microkernel, int outstandingCalls, long lastCall, Waker waker) {
        this.id = id;
        this.domain = domain;
        this.device = new Name(domain);
        this.microkernel = microkernel;
        this.waker = waker;
        this.responses = new ResponseMailbox(this, outstandingCalls, lastCall);
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

    /** Makes a receive mailbox of a fixed size; its number is never used again. */
    public Mailbox createMailbox(int messages, long bytes) {
        Mailbox mailbox = new Mailbox(this, ++lastMailbox, messages, bytes);
        mailboxes.put(mailbox.number(), mailbox);
        return mailbox;
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
        return mailboxes.values().stream()
                .map(this::addressOf)
                .sorted(Comparator.comparingInt(Address::mailbox))
                .toList();
    }

    /** What accepted messages it still holds are lost, and counted in {@link #discarded}. */
    public void destroyMailbox(int number) {
        Mailbox mailbox = mailboxes.remove(number);
        if (mailbox != null) {
            discarded += mailbox.close();
        }
    }

    /** How many accepted messages went with destroyed mailboxes. */
    public int discarded() {
        return discarded;
    }

    /** Sends a plain message. */
    public void send(Destination to, Payload message, Sending sending) {
        microkernel.send(this, new Message(to, Envelope.Kind.MESSAGE, 0, 0, message, null), sending);
    }

    /** Sends a request under a number that {@link ResponseMailbox#reserve} gave. */
    public void request(
            Destination to,
            Payload.Request<?> request,
            long call,
            long settled,
            @Nullable Trace trace,
            Sending sending) {
        microkernel.send(this, new Message(to, Envelope.Kind.REQUEST, call, settled, request, trace), sending);
    }

    /** Answers call {@code call} of the client whose response mailbox is {@code to}. */
    public void reply(Address to, long call, Payload answer, @Nullable Trace trace, Sending sending) {
        microkernel.send(this, new Message(to, Envelope.Kind.REPLY, call, 0, answer, trace), sending);
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
        }
    }

    /**
     * Says that the client is idle, then looks once more: a deposit either sees the mark and wakes the client, or is seen
     * here.
     *
     * @param nothingToDo whether every mailbox that the client waits for is empty
     * @return true where the client may rest until its waker is called
     */
    public boolean rest(BooleanSupplier nothingToDo) {
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
        mailboxes.forEach((number, mailbox) -> mailbox.close());
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
        return mailbox == null ? SendResult.NO_SUCH_MAILBOX : mailbox.deposit(envelope);
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
    }

    /** What the right to its device is asked for: a domain's own. */
    Name device() {
        return device;
    }

    /** All mailboxes of a client are one receiver. */
    private static Object pair(Destination to) {
        return to instanceof Address address ? address.client() : to;
    }

    /** What a client hands to its microkernel: an envelope but for the mailbox that its destination turns out to be. */
    record Message(
            Destination to,
            Envelope.Kind kind,
            long call,
            long settled,
            Payload payload,
            @Nullable Trace trace) {}
}
