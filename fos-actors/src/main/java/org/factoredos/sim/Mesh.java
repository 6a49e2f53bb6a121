package org.factoredos.sim;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Frame;
import org.factoredos.kernel.Transport;

/** The wire between nodes, which loses, repeats, delays and reorders frames, and can be cut in either direction. */
public final class Mesh {
    /**
     * What the wire does to frames.
     *
     * @param lost how many of a thousand never arrive
     * @param repeated how many of a thousand arrive twice
     * @param late how many of a thousand take up to {@code longestNanos}; the others up to {@code usualNanos}
     */
    public record Faults(int lost, int repeated, int late, long shortestNanos, long usualNanos, long longestNanos) {
        public static final Faults NONE =
                new Faults(0, 0, 0, 50 * World.MICROSECOND, 200 * World.MICROSECOND, 200 * World.MICROSECOND);
        public static final Faults HOSTILE =
                new Faults(50, 50, 100, 50 * World.MICROSECOND, 2 * World.MILLISECOND, 800 * World.MILLISECOND);
    }

    private final World world;
    private final Map<NodeId, Consumer<Frame>> ports = new TreeMap<>();
    private final Set<Way> cuts = new LinkedHashSet<>();
    private final List<Consumer<Frame>> taps = new ArrayList<>();
    private UnaryOperator<Frame> distortion = frame -> frame;
    private Faults faults;

    private record Way(NodeId from, NodeId to) {}

    public Mesh(World world, Faults faults) {
        this.world = world;
        this.faults = faults;
    }

    public void become(Faults next) {
        faults = next;
    }

    /** Where frames for {@code node} arrive from now on. */
    public void attach(NodeId node, Consumer<Frame> port) {
        ports.put(node, port);
    }

    /** Told each frame that arrives, just before its node is. */
    public void tap(Consumer<Frame> tap) {
        taps.add(tap);
    }

    /** How each frame arrives from now on: as it was sent, unless a test says otherwise. */
    public void distort(UnaryOperator<Frame> how) {
        distortion = how;
    }

    public void cut(NodeId from, NodeId to) {
        cuts.add(new Way(from, to));
    }

    public void heal(NodeId from, NodeId to) {
        cuts.remove(new Way(from, to));
    }

    public void healAll() {
        cuts.clear();
    }

    /** Whether frames can go from the one to the other now. */
    public boolean joined(NodeId from, NodeId to) {
        return from.equals(to) || !cuts.contains(new Way(from, to));
    }

    /** Carries frames of either node to the other: each frame says whose it is. */
    public Transport transport() {
        return frame -> {
            if (!world.chance(faults.lost())) {
                launch(frame);
            }
            if (world.chance(faults.repeated())) {
                launch(frame);
            }
        };
    }

    private void launch(Frame frame) {
        NodeId from = frame.from().node();
        NodeId to = frame.to().node();
        if (!joined(from, to)) {
            return;
        }
        long most = world.chance(faults.late()) ? faults.longestNanos() : faults.usualNanos();
        world.after(world.between(faults.shortestNanos(), most), "frame", () -> {
            Consumer<Frame> port = ports.get(to);
            if (port == null || !joined(from, to)) {
                return;
            }
            world.mix(31L * from.number() + to.number());
            world.mix(frame.firstSequence() + 1_000_003L * frame.envelopes().size());
            world.mix(frame.firstResult() + 1_000_003L * frame.results().size());
            taps.forEach(tap -> tap.accept(frame));
            port.accept(distortion.apply(frame));
        });
    }
}
