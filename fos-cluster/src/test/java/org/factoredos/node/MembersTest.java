package org.factoredos.node;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.Address;
import akka.cluster.ClusterEvent;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import akka.cluster.UniqueAddress;
import akka.util.Version;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Incarnation;
import org.factoredos.server.Membership;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import scala.jdk.javaapi.CollectionConverters;

/** What the cores are told of the cluster's news. */
@Tag("N10")
class MembersTest {
    private static final Incarnation N1 = new Incarnation(new NodeId(1), 1);
    private static final Incarnation N2 = new Incarnation(new NodeId(2), 5);

    private final Members members = new Members(N1, Grid.ofOneNode(8, 8), () -> 7);
    private final Member joining = member(N2);
    private final Member up = joining.copyUp(2);

    @Test
    void nothingIsToldBeforeThisNodeIsAMember() {
        assertThat(members.on(new ClusterEvent.MemberJoined(member(N1)))).isEmpty();

        assertThat(oneself().map(Membership::up)).contains(sorted(N1));
    }

    @Test
    void aMemberIsJoiningUntilItIsUp() {
        oneself();

        Optional<Membership> joins = members.on(new ClusterEvent.MemberJoined(joining));
        assertThat(joins.map(Membership::joining)).contains(sorted(N2));
        assertThat(joins.map(Membership::up)).contains(sorted(N1));

        Optional<Membership> isUp = members.on(new ClusterEvent.MemberUp(up));
        assertThat(isUp.map(Membership::joining)).contains(sorted());
        assertThat(isUp.map(Membership::up)).contains(sorted(N1, N2));
    }

    @Test
    void oneThatIsCondemnedBeforeItWasUpIsNotJoiningAnyMore() {
        oneself();
        members.on(new ClusterEvent.MemberJoined(joining));

        Optional<Membership> condemned = members.on(new ClusterEvent.MemberDowned(joining.copy(MemberStatus.down())));

        assertThat(condemned.map(Membership::joining)).contains(sorted());
        assertThat(condemned.map(Membership::up)).contains(sorted(N1));
        assertThat(condemned.map(Membership::down)).contains(sorted());
    }

    @Test
    void oneThatWasCondemnedBeforeAnythingElseWasHeardOfItIsAMemberUntilItsRemoval() {
        oneself();
        Member down = up.copy(MemberStatus.down());

        Optional<Membership> condemned = members.on(new ClusterEvent.MemberDowned(down));
        assertThat(condemned.map(Membership::up)).contains(sorted(N1, N2));
        assertThat(condemned.map(Membership::down)).contains(sorted(N2));

        Optional<Membership> removed =
                members.on(new ClusterEvent.MemberRemoved(down.copy(MemberStatus.removed()), MemberStatus.down()));
        assertThat(removed.map(Membership::up)).contains(sorted(N1));
        assertThat(removed.map(Membership::down)).contains(sorted());
        assertThat(removed.map(Membership::removedNanos)).contains(new TreeMap<>(Map.of(N2, 7L)));
    }

    /** The leader removes one that is exiting without another word: it is not to be granted anything from now on. */
    @Test
    void oneThatIsExitingIsCondemnedAndOneThatIsLeavingIsNot() {
        oneself();
        members.on(new ClusterEvent.MemberUp(up));
        Member leaving = up.copy(MemberStatus.leaving());

        assertThat(members.on(new ClusterEvent.MemberLeft(leaving))).isEmpty();
        assertThat(members.on(new ClusterEvent.MemberExited(leaving.copy(MemberStatus.exiting())))
                        .map(Membership::down))
                .contains(sorted(N2));
    }

    private Optional<Membership> oneself() {
        return members.on(new ClusterEvent.MemberUp(member(N1).copyUp(1)));
    }

    private static Member member(Incarnation incarnation) {
        UniqueAddress address = new UniqueAddress(
                new Address(
                        "akka", "fos", "127.0.0.1", 2550 + incarnation.node().number()),
                (long) incarnation.boot());
        scala.collection.immutable.Set<String> roles = CollectionConverters.asScala(
                        Set.copyOf(Members.roles(incarnation)))
                .toSet();
        return new Member(address, Integer.MAX_VALUE, MemberStatus.joining(), roles, Version.Zero());
    }

    private static SortedSet<Incarnation> sorted(Incarnation... incarnations) {
        return new TreeSet<>(List.of(incarnations));
    }
}
