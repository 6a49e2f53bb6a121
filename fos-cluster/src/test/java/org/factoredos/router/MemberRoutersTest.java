package org.factoredos.router;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.naming.MemberChoice.ChooseMember;
import org.factoredos.naming.MemberChoice.MemberChosen;
import org.factoredos.naming.Policy;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("N7")
class MemberRoutersTest {
    private static final NodeId N1 = new NodeId(1);

    private final MemberRouters routers = new MemberRouters();
    private final List<Address> members = IntStream.rangeClosed(1, 4)
            .mapToObj(i -> new Address(new ClientId(N1, 1, i), 1, new TileId(N1, i, 0)))
            .toList();

    @Test
    void eachMemberHasItsTurn() {
        assertThat(IntStream.range(0, 8)
                        .mapToObj(i -> choose(members, Policy.ROUND_ROBIN, 0))
                        .toList())
                .containsExactlyElementsOf(
                        IntStream.range(0, 8).mapToObj(i -> members.get(i % 4)).toList());
    }

    @Test
    void chanceMeetsEveryMember() {
        assertThat(IntStream.range(0, 1000)
                        .mapToObj(i -> choose(members, Policy.RANDOM, 0))
                        .distinct()
                        .toList())
                .containsExactlyInAnyOrderElementsOf(members);
    }

    @Test
    void aTileKeepsItsMemberWhenAnotherOneGoes() {
        Address gone = members.getFirst();
        TreeMap<Integer, Address> before = new TreeMap<>();
        for (int tile = 0; tile < 100; tile++) {
            before.put(tile, choose(members, Policy.CONSISTENT_HASH, tile));
        }

        assertThat(before.values()).containsAll(members);
        before.forEach((tile, member) -> {
            if (!member.equals(gone)) {
                assertThat(choose(members.subList(1, 4), Policy.CONSISTENT_HASH, tile))
                        .isEqualTo(member);
            }
        });
    }

    private Address choose(List<Address> among, Policy policy, int tile) {
        List<Address> chosen = new ArrayList<>();
        routers.begin(
                new ChooseMember("set", among, policy, new TileId(N1, tile, 1)),
                answer -> chosen.add(((MemberChosen) answer).member()));
        return chosen.getFirst();
    }
}
