package org.factoredos.slice;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.ActorRef;
import akka.actor.Address;
import akka.actor.ExtendedActorSystem;
import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.typed.javadsl.Adapter;
import com.typesafe.config.ConfigFactory;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import scala.collection.immutable.IndexedSeq;
import scala.concurrent.Future;
import scala.jdk.javaapi.CollectionConverters;

/** What the sharding coordinator asks, and what it is told. */
class SliceAllocationTest {
    private static final ActorTestKit KIT = ActorTestKit.create(ConfigFactory.parseString(
            "akka.actor.provider = remote, akka.remote.artery.canonical { hostname = 127.0.0.1, port = 0 }"));
    private static final Address SELF = address(1);

    private final SortedSet<Address> members = new TreeSet<>(Address.addressOrdering());
    private final Map<ActorRef, IndexedSeq<String>> current = new HashMap<>();
    private boolean settled = true;
    private long nanos;
    private final SliceAllocation allocation =
            new SliceAllocation("name", () -> new SliceAllocation.View(SELF, members, settled), () -> nanos);

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    @Test
    void aSliceWaitsForAMemberThatHasNotComeForward() {
        ActorRef first = join(1, "");
        members.add(address(2));

        assertThat(allocate("0").isFailure()).isTrue();

        ActorRef second = join(2, "");
        assertThat(allocate("0").isSuccess()).isTrue();
        assertThat(List.of(first, second)).contains(allocate("0").get());
    }

    @Test
    void aMemberThatNeverComesForwardIsNotWaitedForForever() {
        ActorRef first = join(1, "");
        members.add(address(2));
        allocate("0");
        nanos += 4_999_999_999L;
        assertThat(allocate("0").isFailure()).isTrue();

        nanos += 1;

        assertThat(allocate("0").get()).isEqualTo(first);
    }

    @Test
    void patienceBeginsAnewWithEachMember() {
        join(1, "");
        members.add(address(2));
        allocate("0");
        nanos += 4_000_000_000L;
        members.add(address(3));
        allocate("0");
        nanos += 4_000_000_000L;

        assertThat(allocate("0").isFailure())
                .as("the third is missed for 4 s only")
                .isTrue();
    }

    @Test
    void aSliceGoesToTheMemberWithTheFewest() {
        join(1, "0 1");
        ActorRef second = join(2, "2");

        assertThat(allocate("3").get()).isEqualTo(second);
    }

    @Test
    void aRegionWhoseMemberIsGoneGetsNothing() {
        ActorRef first = join(1, "0 1 2");
        ActorRef leaving = join(2, "");
        members.remove(address(2));

        assertThat(allocate("3").get()).isEqualTo(first).isNotEqualTo(leaving);
    }

    @Test
    void oneSliceMovesAfterAJoin() {
        join(1, "0 1 2 3");
        join(2, "");

        assertThat(rebalance(Set.of())).containsExactly("0");
    }

    @Test
    void nothingMovesWhileAnotherDoes() {
        join(1, "1 2 3");
        join(2, "");

        assertThat(rebalance(Set.of("0"))).isEmpty();
    }

    @Test
    void nothingMovesWhileAMemberCannotBeReached() {
        join(1, "0 1 2 3");
        join(2, "");
        settled = false;

        assertThat(rebalance(Set.of())).isEmpty();
    }

    @Test
    void nothingMovesWhileAMemberLeaves() {
        join(1, "0 1 2 3");
        join(2, "");
        join(3, "4");
        members.remove(address(3));

        assertThat(rebalance(Set.of())).isEmpty();
    }

    private ActorRef join(int number, String slices) {
        members.add(address(number));
        ActorRef region = number == 1
                ? Adapter.toClassic(KIT.createTestProbe().ref())
                : ((ExtendedActorSystem) Adapter.toClassic(KIT.system()))
                        .provider()
                        .resolveActorRef(address(number) + "/system/sharding/name");
        List<String> held = slices.isEmpty() ? List.of() : Arrays.asList(slices.split(" ", -1));
        current.put(region, CollectionConverters.asScala(held).toIndexedSeq());
        return region;
    }

    private scala.util.Try<ActorRef> allocate(String slice) {
        return done(allocation.allocateShard(ActorRef.noSender(), slice, current));
    }

    private Set<String> rebalance(Set<String> moving) {
        return done(allocation.rebalance(current, moving)).get();
    }

    private static <V> scala.util.Try<V> done(Future<V> future) {
        return future.value().get();
    }

    private static Address address(int number) {
        return new Address("akka", "fos", "127.0.0." + number, 2551);
    }
}
