package org.factoredos.node;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.Props;
import akka.actor.typed.javadsl.Behaviors;
import akka.cluster.ClusterEvent.MemberEvent;
import akka.cluster.ClusterEvent.MemberRemoved;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Subscribe;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Incarnation;
import org.factoredos.server.Membership;
import org.factoredos.server.Roll;
import org.factoredos.transport.ArteryWire;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who is in the grid, from the cluster's news.
 *
 * <p>Which life of which node a member is stands in its roles, so it is known with the member and cannot be late. A member
 * is joining until the cluster says that it is up, and up from that moment until it is removed, also while it leaves.
 */
final class Members {
    private static final Logger log = LoggerFactory.getLogger(Members.class);
    private static final String NODE = "node-";
    private static final String BOOT = "boot-";

    private final Incarnation self;
    private final Grid shape;
    private final LongSupplier nanos;
    private final Roll roll;
    private SortedSet<Incarnation> seceded = new TreeSet<>();

    /** @param shape the tiles of a node and the hops between nodes; its positions do not matter */
    Members(Incarnation self, Grid shape, LongSupplier nanos) {
        this.self = self;
        this.roll = new Roll(self);
        this.shape = shape;
        this.nanos = nanos;
    }

    /** The roles by which others know that a member is {@code incarnation}. */
    static List<String> roles(Incarnation incarnation) {
        return List.of(NODE + incarnation.node().number(), BOOT + incarnation.boot());
    }

    /**
     * Follows the cluster from now on.
     *
     * @param wire told of each member, from when it joins, before anyone could have a message for it
     * @param told hears of the members once this node is one
     */
    static void follow(ActorSystem<?> system, Members members, ArteryWire wire, Consumer<Membership> told) {
        Behavior<MemberEvent> follower = Behaviors.setup(context -> {
            // Who is there already comes as events, before those of later changes.
            Cluster.get(context.getSystem())
                    .subscriptions()
                    .tell(Subscribe.create(context.getSelf(), MemberEvent.class));
            return Behaviors.receiveMessage(event -> {
                members.connect(event, wire);
                members.on(event).ifPresent(told);
                return Behaviors.same();
            });
        });
        system.systemActorOf(follower, "fos-members", Props.empty());
    }

    private void connect(MemberEvent event, ArteryWire wire) {
        incarnation(event.member()).filter(peer -> !peer.equals(self)).ifPresent(peer -> {
            if (event instanceof MemberRemoved) {
                wire.removed(peer);
            } else {
                wire.met(peer, event.member().address());
            }
        });
    }

    /** What the cores are to be told; empty where nothing has changed for them. */
    Optional<Membership> on(MemberEvent event) {
        Optional<Incarnation> about = incarnation(event.member());
        if (about.isEmpty()) {
            return Optional.empty();
        }
        boolean changed;
        if (event instanceof MemberRemoved removed) {
            if (removed.previousStatus().equals(MemberStatus.down())) {
                roll.condemned(about.get()); // The news of that may have been skipped.
            }
            changed = roll.removed(about.get(), nanos.getAsLong());
        } else {
            changed = note(event.member(), about.get());
        }
        return changed ? news() : Optional.empty();
    }

    private boolean note(Member member, Incarnation incarnation) {
        if (member.upNumber() == Integer.MAX_VALUE) {
            // It was never up: nobody has granted it anything. If it is not joining any more it never will be.
            return member.status().equals(MemberStatus.joining())
                    ? roll.joins(incarnation)
                    : roll.staysOut(incarnation);
        }
        boolean changed = roll.up(incarnation, nanos.getAsLong());
        if (member.status().equals(MemberStatus.down())) {
            changed |= roll.condemned(incarnation);
        }
        // One that is exiting is removed once the others have seen that, like one that is down. Before anyone may call
        // it
        // exiting it has seen itself that it is leaving, with its slices handed over.
        boolean exits = member.status().equals(MemberStatus.exiting());
        boolean leaves = member.status().equals(MemberStatus.leaving()) && incarnation.equals(self);
        if (exits || leaves) {
            changed |= roll.leaves(incarnation);
        }
        return changed;
    }

    private Optional<Membership> news() {
        if (!roll.contains(self)) {
            return Optional.empty();
        }
        TreeMap<NodeId, Grid.Position> positions = new TreeMap<>();
        roll.up().forEach(member -> positions.put(member.node(), position(member.node())));
        Membership news = roll.membership(new Grid(shape.width(), shape.height(), shape.nodeHop(), positions));
        tellOfSecession(news);
        return Optional.of(news);
    }

    private void tellOfSecession(Membership news) {
        if (!news.seceded().equals(seceded)) {
            seceded = news.seceded();
            if (!seceded.isEmpty()) {
                log.warn(
                        "{} were lost together and may go on as a grid of their own; this node answers nothing until one"
                                + " of them is started again",
                        seceded);
            }
        }
    }

    /**
     * A node's place in the mesh of nodes follows from its number alone, so nobody has to agree on it: squares around the
     * first node, each filled before the next is begun.
     *
     * <pre>
     *   1 2 5
     *   4 3 6
     *   9 8 7
     * </pre>
     */
    static Grid.Position position(NodeId node) {
        int number = node.number();
        int ring = (int) Math.ceil(Math.sqrt(number)) - 1;
        int within = number - ring * ring - 1;
        return within <= ring ? new Grid.Position(ring, within) : new Grid.Position(2 * ring - within, ring);
    }

    /** Which life of which node a member is; empty for one that is no node of fos. */
    static Optional<Incarnation> incarnation(Member member) {
        Optional<Integer> node = number(member, NODE);
        Optional<Integer> boot = number(member, BOOT);
        return node.isPresent() && boot.isPresent()
                ? Optional.of(new Incarnation(new NodeId(node.get()), boot.get()))
                : Optional.empty();
    }

    private static Optional<Integer> number(Member member, String prefix) {
        return member.getRoles().stream()
                .filter(role -> role.startsWith(prefix))
                .findFirst()
                .map(role -> Integer.parseInt(role.substring(prefix.length())));
    }
}
