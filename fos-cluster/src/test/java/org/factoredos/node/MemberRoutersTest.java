package org.factoredos.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Mailbox;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.SendResult;
import org.factoredos.naming.MemberChoice.ChooseMember;
import org.factoredos.naming.MemberChoice.MemberChosen;
import org.factoredos.naming.Policy;
import org.factoredos.router.MemberRouters;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A set with two members on each of two nodes of a cluster, and the routers of the first. */
@Timeout(120)
@Tag("N7")
class MemberRoutersTest {
    private static final NodeId N1 = new NodeId(1);
    private static final int MESSAGES = 16;

    private record Word() implements Payload {}

    private final Map<Address, Client> members = new LinkedHashMap<>();
    private WiredNode near;
    private WiredNode far;
    private MemberRouters routers;
    private List<Address> set;

    @BeforeEach
    void twoNodesWithTwoMembersEach() throws Exception {
        int port = freePort();
        near = node(1, port);
        far = node(2, freePort());
        near.join("127.0.0.1", port, 1);
        far.join("127.0.0.1", port, 2);
        routers = MemberRouters.start(near.system, near.interconnect);
        MemberRouters.start(far.system, far.interconnect);
        for (WiredNode node : List.of(near, far)) {
            for (int tile = 0; tile < 2; tile++) {
                Client client = node.interconnect.microkernels().get(tile).open("test", 2, () -> {});
                Mailbox mailbox = client.createMailbox(MESSAGES, 1 << 20);
                members.put(client.addressOf(mailbox), client);
            }
        }
        set = List.copyOf(members.keySet());
        // Until every node has been told of them, and the Receptionist has told this one.
        await().atMost(Duration.ofSeconds(30))
                .until(() -> chosen(set, Policy.ROUND_ROBIN, 8).keySet().containsAll(set));
    }

    @AfterEach
    void stop() {
        near.close();
        far.close();
    }

    @Test
    void eachMemberHasItsTurn() throws Exception {
        assertThat(chosen(set, Policy.ROUND_ROBIN, 40).values()).containsOnly(10);
    }

    @Test
    void chanceMeetsEveryMember() throws Exception {
        assertThat(chosen(set, Policy.RANDOM, 200)).containsOnlyKeys(set);
    }

    @Test
    void aTileKeepsItsMemberWhenAnotherOneGoes() throws Exception {
        Map<Integer, Address> before = byTile(set);
        Address gone = set.getLast();
        assertThat(before.values()).contains(gone);
        List<Address> others = set.subList(0, 3);

        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            Map<Integer, Address> after = byTile(others);
            assertThat(after).hasSameSizeAs(before).doesNotContainValue(gone);
            before.forEach((tile, member) -> {
                if (!member.equals(gone)) {
                    assertThat(after).containsEntry(tile, member);
                }
            });
        });
    }

    @Test
    void whoeverHasLeastWaitingIsChosen() throws Exception {
        Address idle = set.get(2);
        for (Address member : set) {
            if (!member.equals(idle)) {
                List<SendResult> result = new ArrayList<>();
                Objects.requireNonNull(members.get(member)).send(member, new Word(), result::add);
                assertThat(result).containsExactly(SendResult.ACCEPTED);
            }
        }

        assertThat(chosen(set, Policy.LEAST_LOADED, 20)).containsOnlyKeys(idle);
    }

    @Test
    void whoeverIsDeletedIsNeverChosenThoughItsMailboxLives() throws Exception {
        List<Address> others = set.subList(1, 4);

        assertThat(chosen(others, Policy.RANDOM, 100)).containsOnlyKeys(others);
    }

    @Test
    void membersOfANodeThatIsGoneGetNothing() throws Exception {
        far.close();
        List<Address> here = set.subList(0, 2);

        await().atMost(Duration.ofSeconds(30))
                .until(() -> chosen(set, Policy.ROUND_ROBIN, 4).size() == 2);
        for (Policy policy : List.of(Policy.ROUND_ROBIN, Policy.RANDOM, Policy.LEAST_LOADED)) {
            assertThat(chosen(set, policy, 40)).containsOnlyKeys(here);
            assertThat(chosen(set, policy, 40).values().stream()
                            .mapToInt(Integer::intValue)
                            .sum())
                    .isEqualTo(40);
        }
    }

    private Map<Integer, Address> byTile(List<Address> among) throws Exception {
        Map<Integer, Address> byTile = new TreeMap<>();
        for (int tile = 0; tile < 40; tile++) {
            Optional<Address> member = choose(among, Policy.CONSISTENT_HASH, tile);
            if (member.isPresent()) {
                byTile.put(tile, member.get());
            }
        }
        return byTile;
    }

    /** How often each was, where any was. */
    private Map<Address, Integer> chosen(List<Address> among, Policy policy, int times) throws Exception {
        Map<Address, Integer> chosen = new LinkedHashMap<>();
        for (int i : IntStream.range(0, times).toArray()) {
            choose(among, policy, i).ifPresent(member -> chosen.merge(member, 1, Integer::sum));
        }
        return chosen;
    }

    private Optional<Address> choose(List<Address> among, Policy policy, int tile) throws Exception {
        CompletableFuture<Payload> answer = new CompletableFuture<>();
        routers.begin(new ChooseMember("a set", among, among, policy, new TileId(N1, tile, 0)), answer::complete);
        return answer.get(10, TimeUnit.SECONDS) instanceof MemberChosen(Address member)
                ? Optional.of(member)
                : Optional.empty();
    }

    private static WiredNode node(int number, int port) {
        return new WiredNode(
                new Incarnation(new NodeId(number), 1), 5, 5, new WiredNode.Place("127.0.0.1", port, port));
    }

    private static int freePort() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            return socket.getLocalPort();
        }
    }
}
