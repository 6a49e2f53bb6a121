package org.factoredos.slice;

import akka.actor.ActorRef;
import akka.actor.Address;
import akka.cluster.Cluster;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import akka.cluster.sharding.ShardCoordinator.AbstractShardAllocationStrategy;
import akka.dispatch.Futures;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import scala.collection.immutable.IndexedSeq;
import scala.concurrent.Future;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Makes the sharding coordinator place slices as {@link SliceSpread} says.
 *
 * <p>A member takes part once its own side of sharding has told the coordinator of itself, a moment after it came up. A
 * slice that is asked for in that moment waits for it; else the first member of a new grid would get them all, and all but
 * its share would have to move.
 */
public final class SliceAllocation extends AbstractShardAllocationStrategy {
    /** A member that has not come forward by then does not hold up the others: something is wrong with it. */
    private static final long PATIENCE_NANOS = 5_000_000_000L;

    private final SliceSpread<Address> spread;
    private final Supplier<View> view;
    private final LongSupplier nanos;
    private final Map<Address, Long> missedSinceNanos = new HashMap<>();

    /** Who takes part, as the cluster sees it now. */
    record View(Address self, SortedSet<Address> members, boolean settled) {
        static View of(Cluster cluster) {
            var state = cluster.state();
            SortedSet<Address> members = new TreeSet<>(Address.addressOrdering());
            for (Member member : state.getMembers()) {
                if (member.status().equals(MemberStatus.up())
                        && !state.getUnreachable().contains(member)) {
                    members.add(member.address());
                }
            }
            return new View(
                    cluster.selfAddress(), members, state.getUnreachable().isEmpty());
        }
    }

    /** The coordinator hears this as "ask again", which the asking member does every {@code retry-interval}. */
    static final class NotYet extends RuntimeException {
        NotYet() {
            super("a member has not come forward yet", null, false, false);
        }
    }

    public SliceAllocation(String fleet, Cluster cluster) {
        this(fleet, () -> View.of(cluster), System::nanoTime);
    }

    SliceAllocation(String fleet, Supplier<View> view, LongSupplier nanos) {
        this.spread = new SliceSpread<>(fleet);
        this.view = view;
        this.nanos = nanos;
    }

    @Override
    public Future<ActorRef> allocateShard(ActorRef requester, String slice, Map<ActorRef, IndexedSeq<String>> current) {
        View now = view.get();
        if (waitsForSomeone(now, current)) {
            return Futures.failed(new NotYet());
        }
        Map<Address, ActorRef> regions = new HashMap<>();
        current.keySet().forEach(region -> member(now, region).ifPresent(member -> regions.put(member, region)));
        return spread.home(slicesByMember(now, current))
                .map(home -> Futures.successful(regions.get(home)))
                .orElseGet(() -> Futures.failed(new NotYet()));
    }

    @Override
    public Future<Set<String>> rebalance(Map<ActorRef, IndexedSeq<String>> current, Set<String> moving) {
        View now = view.get();
        boolean calm = moving.isEmpty()
                && now.settled()
                && slicesByMember(now, current).size() == current.size();
        return Futures.successful(
                calm ? spread.move(slicesByMember(now, current)).map(Set::of).orElse(Set.of()) : Set.of());
    }

    private boolean waitsForSomeone(View now, Map<ActorRef, IndexedSeq<String>> current) {
        Set<Address> here = slicesByMember(now, current).keySet();
        missedSinceNanos.keySet().removeAll(here);
        missedSinceNanos.keySet().retainAll(now.members());
        boolean waits = false;
        for (Address member : now.members()) {
            if (!here.contains(member)) {
                long since = missedSinceNanos.computeIfAbsent(member, first -> nanos.getAsLong());
                waits |= nanos.getAsLong() - since < PATIENCE_NANOS;
            }
        }
        return waits;
    }

    private static SortedMap<Address, Collection<String>> slicesByMember(
            View now, Map<ActorRef, IndexedSeq<String>> current) {
        SortedMap<Address, Collection<String>> slices = new TreeMap<>(Address.addressOrdering());
        current.forEach((region, held) -> member(now, region)
                .ifPresent(member -> slices.put(member, CollectionConverters.asJavaCollection(held))));
        return slices;
    }

    private static Optional<Address> member(View now, ActorRef region) {
        Address path = region.path().address();
        Address member = path.hasLocalScope() ? now.self() : path;
        return now.members().contains(member) ? Optional.of(member) : Optional.empty();
    }
}
