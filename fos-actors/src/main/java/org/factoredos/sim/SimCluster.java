package org.factoredos.sim;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.FixedRights;
import org.factoredos.kernel.Incarnation;
import org.factoredos.server.Roll;
import org.jspecify.annotations.Nullable;

/**
 * The cluster's part in virtual time: which lives of which nodes are members, who is told so when, and on which node each
 * slice's owner runs.
 *
 * <p>It keeps what the cores may rely on, and no more. A node that a majority cannot reach for a while is condemned; it is
 * removed when all that remain have seen that; nobody becomes a member before all others and itself know of it. Each node learns at a
 * time of its own, in order. A condemned node that still runs ends itself some time later, whatever it does until then.
 */
public final class SimCluster {
    /**
     * How quick the cluster is.
     *
     * @param suspectNanos how long a node is out of reach before it is condemned
     * @param newsNanos the most that news take to reach a node which is in reach
     * @param suicideNanos the most that a condemned node runs on
     */
    public record Settings(long suspectNanos, long newsNanos, long suicideNanos) {
        public static final Settings DEFAULT =
                new Settings(2 * World.SECOND, 500 * World.MILLISECOND, 6 * World.SECOND);
        public static final Settings QUICK = new Settings(2 * World.SECOND, 20 * World.MILLISECOND, 6 * World.SECOND);
        /** Decides sooner than a lease ends, and lets the condemned live on for long. */
        public static final Settings SHARP = new Settings(300 * World.MILLISECOND, 3 * World.SECOND, 20 * World.SECOND);
    }

    /** What a machine room makes of a node. */
    public interface Host {
        /** What its microkernels have from the start. */
        default FixedRights fixedRights() {
            return FixedRights.ALL;
        }

        /** A life begins: place its servers. It has been told of nothing yet. */
        void booted(SimNode node);

        /** The life is given up, though its node may run for a while. */
        void condemned(Incarnation life);

        /** The owner of the slice is to run there. */
        void granted(SimNode node, int slice);

        /** It is to stop there; {@code stopped} is run when it has. */
        void withdrawn(SimNode node, int slice, Runnable stopped);
    }

    private static final long WATCH_NANOS = 200 * World.MILLISECOND;

    private final World world;
    private final Mesh mesh;
    private final Grid grid;
    private final Settings settings;
    private final Host host;
    private final Map<NodeId, Integer> boots = new TreeMap<>();
    private final Map<NodeId, View> lives = new TreeMap<>();
    private final Map<Incarnation, Standing> standings = new TreeMap<>();
    private final Map<Incarnation, Long> unreachableSince = new TreeMap<>();
    /** Everything that was ever decided, in order; each node has seen a beginning of it. */
    private final List<News> news = new ArrayList<>();

    private final Map<Integer, Incarnation> owners = new TreeMap<>();
    /** Slices whose grant has arrived: a withdrawal does not overtake it. */
    private final Set<Integer> placed = new TreeSet<>();

    private int moving = -1;

    private enum Standing {
        WAITING,
        JOINING,
        UP,
        DOWN
    }

    private enum Kind {
        JOINS,
        IS_UP,
        IS_DOWN,
        IS_REMOVED
    }

    private record News(Kind kind, Incarnation about) {}

    public SimCluster(World world, Mesh mesh, Grid grid, Settings settings, Host host) {
        this.world = world;
        this.mesh = mesh;
        this.grid = grid;
        this.settings = settings;
        this.host = host;
    }

    /** Boots all nodes of the grid as members from the first moment, and grants {@code slices} evenly. */
    public void start(int slices) {
        grid.nodes().keySet().forEach(this::boot);
        standings.replaceAll((member, standing) -> Standing.UP);
        standings.keySet().forEach(member -> news.add(new News(Kind.IS_UP, member)));
        lives.values().forEach(this::tellLater);
        List<Incarnation> members = List.copyOf(standings.keySet());
        for (int slice = 0; slice < slices; slice++) {
            grant(slice, members.get(slice % members.size()));
        }
        world.after(WATCH_NANOS, "watch", this::watch);
    }

    /** The present lives of the nodes, also those that are over and not replaced yet. */
    public Collection<SimNode> nodes() {
        return lives.values().stream().map(view -> view.node).toList();
    }

    public SimNode node(NodeId id) {
        View view = lives.get(id);
        if (view == null) {
            throw new IllegalArgumentException("there is no " + id);
        }
        return view.node;
    }

    /** Where the slice's owner is granted to; null while that is to be decided. */
    public @Nullable Incarnation ownerOf(int slice) {
        return owners.get(slice);
    }

    /** Whether every node runs, is a member, and has been told all. */
    public boolean settled() {
        return moving < 0
                && lives.values().stream().allMatch(view -> view.node.running() && view.seen == news.size())
                && standings.size() == lives.size()
                && standings.values().stream().allMatch(s -> s == Standing.UP)
                && owners.values().stream().allMatch(standings::containsKey);
    }

    /** Ends the node's life; another begins after a time. */
    public void crash(NodeId id, long restartAfterNanos) {
        SimNode node = node(id);
        if (!node.ended()) {
            world.note(node.self() + " crashes");
            node.crash();
            world.after(restartAfterNanos, "restart", () -> boot(id));
        }
    }

    /** The failure detector errs: condemns a member that may be well, as long as most of the members are left. */
    public void err(NodeId id) {
        Incarnation member = node(id).self();
        if (standings.get(member) == Standing.UP
                && 2 * (with(Standing.UP).size() - 1)
                        > with(Standing.UP, Standing.DOWN).size()) {
            condemn(member);
        }
    }

    /** Asks for one slice to be moved to another member, as after a join; one at a time. */
    public void move(int slice) {
        Incarnation from = owners.get(slice);
        if (moving >= 0 || from == null || !placed.contains(slice) || standings.get(from) != Standing.UP) {
            return;
        }
        SimNode node = node(from.node());
        if (!node.running() || !node.self().equals(from)) {
            return;
        }
        moving = slice;
        node.after(
                newsDelay(),
                "withdraw",
                () -> host.withdrawn(node, slice, () -> {
                    if (moving == slice && from.equals(owners.get(slice))) {
                        moving = -1;
                        grantAnew(slice);
                    }
                }));
    }

    private void boot(NodeId id) {
        int boot = boots.merge(id, 1, Integer::sum);
        Incarnation self = new Incarnation(id, boot);
        standings.keySet().stream()
                .filter(old -> old.node().equals(id) && standings.get(old) != Standing.DOWN)
                .toList()
                .forEach(old -> {
                    // It is known to be dead, but its removal is still for the others to see.
                    if (standings.get(old) == Standing.WAITING) {
                        standings.remove(old);
                    } else {
                        condemn(old);
                    }
                });
        SimNode node = new SimNode(world, mesh, self, grid, host.fixedRights());
        world.note(self + " boots");
        View view = new View(node);
        lives.put(id, view);
        standings.put(self, Standing.WAITING);
        host.booted(node);
        tellLater(view);
    }

    /** The failure detector and the cluster's leader, in one. */
    private void watch() {
        world.after(WATCH_NANOS, "watch", this::watch);
        List<Incarnation> members = with(Standing.UP, Standing.JOINING);
        List<Incarnation> reachable = members.stream().filter(this::reachable).toList();
        unreachableSince.keySet().retainAll(members);
        for (Incarnation member : members) {
            if (reachable.contains(member)) {
                unreachableSince.remove(member);
            } else {
                unreachableSince.putIfAbsent(member, world.nanos());
            }
        }
        if (decide(reachable)) {
            members.stream()
                    .filter(member -> world.nanos() - unreachableSince.getOrDefault(member, world.nanos())
                            >= settings.suspectNanos())
                    .forEach(this::condemn);
        }
        advance();
        lives.values().forEach(this::tellLater);
    }

    /**
     * Keep-majority: more than half of the members, or half with the first of them. Those that only join decide nothing: were
     * they counted, they could remove the last that is a member.
     */
    private boolean decide(List<Incarnation> reachable) {
        List<Incarnation> up = with(Standing.UP);
        long deciding = up.stream().filter(reachable::contains).count();
        return 2 * deciding > up.size()
                || (2 * deciding == up.size() && deciding > 0 && reachable.contains(up.getFirst()));
    }

    private boolean reachable(Incarnation member) {
        View view = lives.get(member.node());
        if (view == null || !view.node.self().equals(member) || !view.node.running()) {
            return false;
        }
        List<Incarnation> members = with(Standing.UP, Standing.JOINING);
        long joined = members.stream()
                .filter(other -> mesh.joined(member.node(), other.node()) && mesh.joined(other.node(), member.node()))
                .count();
        return 2 * joined > members.size();
    }

    private void condemn(Incarnation member) {
        standings.put(member, Standing.DOWN);
        host.condemned(member);
        publish(Kind.IS_DOWN, member);
        SimNode node = node(member.node());
        if (node.self().equals(member)) {
            node.after(
                    world.between(0, settings.suicideNanos()),
                    "suicide",
                    () -> crash(member.node(), world.between(100 * World.MILLISECOND, 2 * World.SECOND)));
        }
    }

    /** Takes every step for which all that remain have seen the one before. */
    private void advance() {
        for (Incarnation down : with(Standing.DOWN)) {
            if (allHaveSeen(Kind.IS_DOWN, down)) {
                standings.remove(down);
                publish(Kind.IS_REMOVED, down);
                owners.forEach((slice, owner) -> {
                    if (owner.equals(down)) {
                        regrantLater(slice, down);
                    }
                });
            }
        }
        for (Incarnation joining : with(Standing.JOINING)) {
            if (allHaveSeen(Kind.JOINS, joining) && hasSeen(joining, Kind.JOINS, joining)) {
                standings.put(joining, Standing.UP);
                publish(Kind.IS_UP, joining);
            }
        }
        for (Incarnation waiting : with(Standing.WAITING)) {
            if (standings.keySet().stream()
                    .noneMatch(o -> !o.equals(waiting) && o.node().equals(waiting.node()))) {
                standings.put(waiting, Standing.JOINING);
                publish(Kind.JOINS, waiting);
            }
        }
    }

    private boolean allHaveSeen(Kind kind, Incarnation about) {
        return with(Standing.UP).stream().allMatch(member -> hasSeen(member, kind, about));
    }

    private boolean hasSeen(Incarnation member, Kind kind, Incarnation about) {
        View view = lives.get(member.node());
        return view != null && view.node.self().equals(member) && view.seen > news.lastIndexOf(new News(kind, about));
    }

    private void regrantLater(int slice, Incarnation from) {
        world.after(newsDelay(), "regrant", () -> {
            if (from.equals(owners.get(slice))) {
                if (moving == slice) {
                    moving = -1;
                }
                grantAnew(slice);
            }
        });
    }

    private void grantAnew(int slice) {
        List<Incarnation> members = with(Standing.UP);
        if (members.isEmpty()) {
            regrantLater(slice, owners.getOrDefault(slice, new Incarnation(new NodeId(1), 0)));
        } else {
            grant(slice, members.get(world.random(members.size())));
        }
    }

    private void grant(int slice, Incarnation to) {
        owners.put(slice, to);
        world.note("slice " + slice + " granted to " + to);
        SimNode node = node(to.node());
        placed.remove(slice);
        node.after(newsDelay(), "grant", () -> {
            if (to.equals(owners.get(slice))) { // Else one that slept wakes up to a grant of long ago.
                placed.add(slice);
            }
            host.granted(node, slice);
        });
    }

    private List<Incarnation> with(Standing... any) {
        List<Standing> wanted = List.of(any);
        return standings.keySet().stream()
                .filter(member -> wanted.contains(standings.get(member)))
                .toList();
    }

    private void publish(Kind kind, Incarnation about) {
        world.note(about + " " + kind);
        news.add(new News(kind, about));
        lives.values().forEach(this::tellLater);
    }

    private void tellLater(View view) {
        int upTo = news.size();
        if (view.seen < upTo && view.asked < upTo) {
            view.asked = upTo;
            view.node.after(newsDelay(), "news", () -> {
                if (reaches(view.node.self())) {
                    view.learn(upTo);
                } else {
                    view.asked = view.seen; // Out of reach: asked again when the leader looks next.
                }
            });
        }
    }

    private boolean reaches(Incarnation self) {
        return lives.keySet().stream().anyMatch(other -> !other.equals(self.node()) && mesh.joined(other, self.node()));
    }

    private long newsDelay() {
        return world.between(World.MILLISECOND, settings.newsNanos());
    }

    /** What one life has seen of the news. */
    private final class View {
        private final SimNode node;
        private final Roll roll;
        private int seen;
        private int asked;

        /** A newcomer is told who is there, and nothing of those who were. */
        View(SimNode node) {
            this.node = node;
            this.roll = new Roll(node.self());
            with(Standing.UP, Standing.DOWN).forEach(member -> roll.up(member, node.nanos()));
            with(Standing.JOINING).forEach(roll::joins);
            with(Standing.DOWN).forEach(roll::condemned);
            seen = news.size();
            asked = seen;
        }

        void learn(int upTo) {
            while (seen < upTo) {
                News next = news.get(seen++);
                switch (next.kind()) {
                    case JOINS -> roll.joins(next.about());
                    case IS_UP -> roll.up(next.about(), node.nanos());
                    case IS_DOWN -> {
                        roll.staysOut(next.about());
                        roll.condemned(next.about());
                    }
                    case IS_REMOVED -> roll.removed(next.about(), node.nanos());
                }
            }
            if (roll.contains(node.self())) {
                node.tell(roll.membership(grid));
            }
        }
    }
}
