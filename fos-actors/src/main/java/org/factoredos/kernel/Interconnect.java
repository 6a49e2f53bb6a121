package org.factoredos.kernel;

import java.util.List;
import java.util.Map;
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
    private final AtomicInteger lastClient;
    private final AtomicInteger bootstrapLives = new AtomicInteger();

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

    /** Hands an envelope to a mailbox of this node; any thread. */
    public SendResult deliver(Envelope envelope) {
        ClientId to = envelope.to().client();
        // A client of an earlier boot is gone for good, and its number may be another's now.
        Client client = to.boot() == boot && to.node().equals(node) ? clients.get(to.number()) : null;
        if (client == null) {
            return SendResult.NO_SUCH_MAILBOX;
        }
        return client.deposit(envelope.traced(Trace.Step.DEPOSITED, envelope.trace() == null ? 0 : nanos()));
    }

    /** Sends the envelope on its way; the result is told now or later. */
    void transport(Envelope envelope, Sending sending) {
        if (envelope.to().client().node().equals(node)) {
            sending.ended(deliver(envelope));
        } else {
            wire.carry(envelope, sending);
        }
    }

    ClientId newClientId() {
        return new ClientId(node, boot, lastClient.incrementAndGet());
    }

    /** Call numbers for one more life of a bootstrap server; no two lives of a boot share one. */
    long firstCallOfLife() {
        return (long) bootstrapLives.getAndIncrement() << 32;
    }

    void attach(Client client) {
        clients.put(client.id().number(), client);
    }

    void detach(Client client) {
        clients.remove(client.id().number());
    }

    public @Nullable Client client(ClientId id) {
        return id.node().equals(node) && id.boot() == boot ? clients.get(id.number()) : null;
    }
}
