package org.factoredos.kernel;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;
import org.jspecify.annotations.Nullable;

/**
 * What the microkernels of one node share: the transport's queues and no more (§3.1, shared-little).
 *
 * <p>It stands for the hardware between cores. Inside the JVM a message is handed over by reference; everything for
 * another node goes to the {@link Wire}.
 */
public final class Interconnect {
    private final NodeId node;
    private final int boot;
    private final Grid grid;
    private final Clock clock;
    private final Lease lease;
    private final Wire wire;
    private volatile Consumer<Denial> audit = denial -> {};
    private final List<Microkernel> microkernels;
    private final Map<Integer, Client> clients = new ConcurrentHashMap<>();
    private final Places places;
    private final AtomicInteger lastClient;
    private final AtomicInteger bootstrapLives = new AtomicInteger();
    private final Ram ram = new Ram();

    /**
     * @param boot how often this node has started on its data, so that no address of an earlier life reaches anyone
     */
    public Interconnect(NodeId node, int boot, Grid grid, FixedRights fixed, Clock clock, Wire wire) {
        this.node = node;
        this.boot = boot;
        this.grid = grid;
        this.clock = clock;
        this.lease = new Lease(clock);
        this.wire = wire;
        this.lastClient = new AtomicInteger(2 * grid.tilesPerNode());
        Incarnation life = new Incarnation(node, boot);
        this.places = new Places(life);
        this.microkernels = grid.tilesOf(node).stream()
                .map(tile -> new Microkernel(tile, ClientId.ofShim(life, grid, tile), this, fixed))
                .toList();
    }

    public NodeId node() {
        return node;
    }

    public int boot() {
        return boot;
    }

    public Grid grid() {
        return grid;
    }

    Ram ram() {
        return ram;
    }

    /** On the monotonic clock. */
    public long nanos() {
        return clock.nanos();
    }

    /** On the wall clock, in milliseconds. */
    long wallMillis() {
        return clock.wallNanos() / 1_000_000;
    }

    /** Once, before any client runs: who is told of each denial, by the thread that denied. */
    public void auditTo(Consumer<Denial> port) {
        audit = port;
    }

    void audit(Denial denial) {
        audit.accept(denial);
    }

    /** The microkernels of the node, in the order of {@link Grid#tilesOf}. */
    public List<Microkernel> microkernels() {
        return microkernels;
    }

    public Microkernel microkernel(TileId tile) {
        return microkernels.get(grid.indexOf(tile));
    }

    /** The node lease that a majority of the nodes has granted as it was asked then; always by the same thread. */
    public void leaseGranted(long askedNanos, long untilNanos) {
        lease.granted(askedNanos, untilNanos);
    }

    /** Whether this node may believe what it was told. */
    public boolean leased() {
        return lease.holds();
    }

    /** How many messages wait in a mailbox of this node; empty where it is not here. Any thread. */
    public OptionalLong waiting(Address address) {
        Client client = client(address.client());
        Mailbox mailbox = client == null ? null : client.mailbox(address.mailbox());
        return mailbox == null ? OptionalLong.empty() : OptionalLong.of(mailbox.messages());
    }

    /** Hands an envelope from another node to a mailbox of this one; any thread. */
    public SendResult deliver(Envelope envelope) {
        Client client = client(envelope.to().client());
        if (client == null) {
            return absent(envelope);
        }
        // It was away, and what is under way from before is not to come in between what will be sent anew.
        // A caller does not move before it has its answers.
        if (envelope.moves() != client.moves() && envelope.kind() != Envelope.Kind.REPLY) {
            return SendResult.MOVED;
        }
        return deposit(client, envelope);
    }

    private SendResult deposit(Client client, Envelope envelope) {
        return client.deposit(envelope.traced(Trace.Step.DEPOSITED, envelope.trace() == null ? 0 : nanos()));
    }

    /** Sends the envelope on its way; the result is told now or later. */
    void transport(Client from, Envelope envelope, Sending sending) {
        ClientId to = envelope.to().client();
        Client here = client(to);
        if (here != null && from.pairs().isEmpty()) {
            SendResult result = deposit(here, envelope);
            if (result != SendResult.MOVED) {
                sending.ended(result);
                return;
            }
        }
        if (!mayMove(to) || envelope.kind() == Envelope.Kind.REPLY) {
            Envelope going = mayMove(to)
                    ? envelope
                    : envelope.at(whereItIsMade(to, envelope.to().tile()));
            transportTo(going.to().tile().node(), going, result -> sending.ended(asSeenByClients(result)));
        } else {
            from.pairs().send(envelope, placeOf(envelope.to(), here), sending);
        }
    }

    private static Place whereItIsMade(ClientId id, TileId hint) {
        TileId tile = hint.node().equals(id.node()) ? hint : new TileId(id.node(), 0, 0);
        return new Place(new Incarnation(id.node(), id.boot()), tile, 0);
    }

    /** Of what never moves, a place that is not there is no reason to look elsewhere. */
    private static SendResult asSeenByClients(SendResult result) {
        return result == SendResult.MOVED ? SendResult.UNREACHABLE : result;
    }

    /** To one place and nowhere else: {@link SendResult#MOVED} where the receiver is not there. */
    void dispatch(Envelope envelope, Place place, Sending sending) {
        transportTo(place.tile().node(), envelope.at(place), sending);
    }

    private void transportTo(NodeId there, Envelope envelope, Sending sending) {
        if (there.equals(node)) {
            Client here = client(envelope.to().client());
            sending.ended(here == null ? absent(envelope) : deposit(here, envelope));
        } else {
            wire.carry(envelope, sending);
        }
    }

    private SendResult absent(Envelope envelope) {
        ClientId id = envelope.to().client();
        SendResult result = places.absent(envelope, mayMove(id));
        boolean back = mayMove(id) && envelope.kind() != Envelope.Kind.REPLY && client(id) != null;
        return result == SendResult.NO_SUCH_MAILBOX && back ? SendResult.MOVED : result; // It has just come home.
    }

    /** Servers that boot places and microkernels stay where they are. */
    boolean mayMove(ClientId client) {
        return client.number() > 2 * grid.tilesPerNode();
    }

    private Place placeOf(Address to, @Nullable Client here) {
        if (here != null) {
            return placeOf(here);
        }
        Place last = places.last(to.client());
        if (last != null) {
            return last;
        }
        ClientId id = to.client();
        Incarnation home = new Incarnation(id.node(), id.boot());
        // A client of this life that is not here, and did not leave, is nowhere.
        TileId tile = home.equals(places.self()) ? new TileId(node, 0, 0) : to.tile();
        return new Place(home, tile, 0);
    }

    Place placeOf(Client here) {
        return new Place(places.self(), here.tile(), here.moves());
    }

    /** Where a client that may have moved is, as far as this node knows; null where it knows nothing of it. */
    @Nullable
    Place lastPlace(ClientId id) {
        Client here = client(id);
        return here == null ? places.last(id) : placeOf(here);
    }

    /** Whether it is certain that the client has run where it came to with its move of that number. */
    boolean hasRunSince(ClientId id, int moves) {
        Client here = client(id);
        return (here != null && here.moves() > moves) || places.knowLaterThan(id, moves);
    }

    /** A microkernel of this node by its address; null where that is another's. */
    @Nullable
    Microkernel microkernelAt(Address shim) {
        int index = shim.client().number() - 1;
        return isOwn(shim.client()) && index < microkernels.size() ? microkernels.get(index) : null;
    }

    /** A microkernel of the life that made the client; null where that is this one. */
    @Nullable
    Address homeOf(ClientId client) {
        return isOwn(client)
                ? null
                : Address.ofShim(new Incarnation(client.node(), client.boot()), grid, new TileId(client.node(), 0, 0));
    }

    Places places() {
        return places;
    }

    ClientId newClientId() {
        return new ClientId(node, boot, lastClient.incrementAndGet());
    }

    /** Call numbers for one more life of a bootstrap server; no two lives of a boot share one. */
    long firstCallOfLife() {
        return (long) bootstrapLives.getAndIncrement() << 32;
    }

    void attach(Client client) {
        if (isOwn(client.id())) {
            clients.put(client.id().number(), client);
        } else {
            places.arrived(client);
        }
    }

    void detach(Client client) {
        if (isOwn(client.id())) {
            clients.remove(client.id().number(), client);
        } else {
            places.gone(client);
        }
    }

    /** What runs on this node under that id, wherever it was made; a client of an earlier boot is a stranger. */
    public @Nullable Client client(ClientId id) {
        return isOwn(id) ? clients.get(id.number()) : places.guest(id);
    }

    /** In which domain a client acts that is here, or was; null where this node does not know. */
    @Nullable
    String domainOf(ClientId id) {
        Client here = client(id);
        return here == null ? places.domain(id) : here.domain();
    }

    private boolean isOwn(ClientId id) {
        return id.boot() == boot && id.node().equals(node);
    }
}
