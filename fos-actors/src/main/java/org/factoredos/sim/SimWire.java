package org.factoredos.sim;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Frame;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Link;
import org.factoredos.kernel.SendResult;
import org.factoredos.kernel.Sending;
import org.factoredos.kernel.Transport;
import org.factoredos.kernel.Wire;
import org.factoredos.server.Membership;
import org.jspecify.annotations.Nullable;

/** One node's links, one for each life of each other node, made as they are needed. */
final class SimWire implements Wire {
    private final SimNode node;
    private final Link.Settings settings;
    private final Transport transport;
    private final Map<Incarnation, Link> links = new TreeMap<>();
    /** The newest life of each node that was heard of; where {@code over} is set, even that one is gone. */
    private final Map<NodeId, Newest> newest = new TreeMap<>();

    private boolean flushing;
    private long tickAtNanos = Long.MAX_VALUE;

    private record Newest(int boot, boolean over) {}

    SimWire(SimNode node, Link.Settings settings, Transport transport) {
        this.node = node;
        this.settings = settings;
        this.transport = transport;
    }

    @Override
    public void carry(Envelope envelope, Sending sending) {
        Incarnation peer = peer(envelope);
        Link link = peer == null ? null : link(peer);
        if (link == null) {
            sending.ended(SendResult.MOVED);
            return;
        }
        link.offer(envelope, sending);
        flushSoon();
    }

    /** The life that the envelope is for; null where there is none. */
    private @Nullable Incarnation peer(Envelope envelope) {
        NodeId there = envelope.to().tile().node();
        if (envelope.isForMaker()) {
            return new Incarnation(there, envelope.to().client().boot());
        }
        Newest known = newest.get(there);
        if (known != null) {
            return known.over() ? null : new Incarnation(there, known.boot());
        }
        Membership members = node.membership();
        return members == null
                ? null
                : members.up().stream()
                        .filter(member -> member.node().equals(there))
                        .findFirst()
                        .orElse(null);
    }

    void receive(Frame frame) {
        Link link = link(frame.from());
        if (link != null) {
            link.receive(frame, node.nanos());
            flushSoon();
        }
    }

    /** That life of a node is removed from the grid. */
    void removed(Incarnation gone) {
        Newest known = newest.get(gone.node());
        if (known == null || known.boot() <= gone.boot()) {
            newest.put(gone.node(), new Newest(gone.boot(), true));
        }
        endUpTo(gone);
    }

    /** Null: that life is over. */
    private @Nullable Link link(Incarnation peer) {
        Newest known = newest.get(peer.node());
        if (known != null && (peer.boot() < known.boot() || (peer.boot() == known.boot() && known.over()))) {
            return null;
        }
        if (known == null || peer.boot() > known.boot()) {
            newest.put(peer.node(), new Newest(peer.boot(), false));
            endUpTo(new Incarnation(peer.node(), peer.boot() - 1));
        }
        return links.computeIfAbsent(
                peer, p -> new Link(node.self(), p, settings, transport, node.interconnect()::deliver));
    }

    private void endUpTo(Incarnation last) {
        List<Link> old = links.values().stream()
                .filter(link ->
                        link.peer().node().equals(last.node()) && link.peer().boot() <= last.boot())
                .toList();
        old.forEach(link -> {
            links.remove(link.peer());
            link.end();
        });
    }

    private void flushSoon() {
        if (!flushing) {
            flushing = true;
            node.after(node.world().between(0, 20 * World.MICROSECOND), "flush", this::flush);
        }
    }

    private void flush() {
        flushing = false;
        links.values().forEach(link -> link.flush(node.nanos()));
        tickLater();
    }

    private void tickLater() {
        long next = Long.MAX_VALUE;
        for (Link link : links.values()) {
            next = Math.min(next, link.nextDeadlineNanos());
        }
        if (next < tickAtNanos) {
            tickAtNanos = next;
            node.at(next, "tick", this::tick);
        }
    }

    private void tick() {
        tickAtNanos = Long.MAX_VALUE;
        links.values().forEach(link -> link.tick(node.nanos()));
        tickLater();
    }
}
