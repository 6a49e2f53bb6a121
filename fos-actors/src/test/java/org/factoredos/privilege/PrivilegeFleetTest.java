package org.factoredos.privilege;

import static org.assertj.core.api.Assertions.assertThat;
import static org.factoredos.server.Members.GRID;
import static org.factoredos.server.Members.N1;
import static org.factoredos.server.Members.N2;

import java.util.ArrayList;
import java.util.List;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Delegation;
import org.factoredos.kernel.Delegation.RightChecked;
import org.factoredos.kernel.Destination;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Name;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.RightKind;
import org.factoredos.kernel.SendResult;
import org.factoredos.privilege.PrivilegeProtocol.DomainEstablished;
import org.factoredos.privilege.PrivilegeProtocol.DomainRemoved;
import org.factoredos.privilege.PrivilegeProtocol.EstablishDomain;
import org.factoredos.privilege.PrivilegeProtocol.GrantRight;
import org.factoredos.privilege.PrivilegeProtocol.ListRights;
import org.factoredos.privilege.PrivilegeProtocol.Refused;
import org.factoredos.privilege.PrivilegeProtocol.RemoveDomain;
import org.factoredos.privilege.PrivilegeProtocol.RevokeRight;
import org.factoredos.privilege.PrivilegeProtocol.RightAllowed;
import org.factoredos.privilege.PrivilegeProtocol.RightDenied;
import org.factoredos.privilege.PrivilegeProtocol.RightGranted;
import org.factoredos.privilege.PrivilegeProtocol.RightRevoked;
import org.factoredos.privilege.PrivilegeProtocol.RightsListed;
import org.factoredos.server.Continuation;
import org.factoredos.server.CoreBench;
import org.factoredos.server.Effect;
import org.factoredos.server.Members;
import org.factoredos.server.Membership;
import org.factoredos.server.OwnerLife;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;
import org.factoredos.server.Server;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two nodes' fronts, both owners on the first node, and shims that only note what they are told. */
@Tag("O4")
@Tag("P2")
@Tag("P3")
class PrivilegeFleetTest {
    private static final long SECOND = 1_000_000_000L;
    private static final ClientId CLIENT = new ClientId(N1.node(), 1, 99);
    private static final Address FRONT_1 = Reserved.PRIVILEGE_FRONT.address(N1, GRID);
    private static final Address FRONT_2 = Reserved.PRIVILEGE_FRONT.address(N2, GRID);
    private static final TileId TILE = new TileId(N2.node(), 3, 0);
    private static final Address SHIM = Address.ofShim(N2, GRID, TILE);
    private static final Address BOB = new Address(new ClientId(N1.node(), 1, 50), 1, new TileId(N1.node(), 3, 3));
    private static final Right WEB = new Right("alice", RightKind.SEND, "bob:web");

    /** Drops rights as it is told; bob's client is on each. */
    private static final class Shim implements Server {
        final List<Payload> dropped = new ArrayList<>();

        @Override
        public List<Effect> on(Envelope in, long nanos) {
            Payload answer = switch (in.payload()) {
                case Delegation.ReportDomain(ClientId client) ->
                    client.equals(BOB.client()) ? new Delegation.DomainReported("bob") : new Delegation.NoSuchClient();
                default -> {
                    dropped.add(in.payload());
                    yield new Delegation.RightsDropped();
                }
            };
            return List.of(new Effect.Reply(in.from(), in.call(), answer, null));
        }

        @Override
        public List<Effect> on(Continuation continuation, Response response, long nanos) {
            return List.of();
        }
    }

    private final CoreBench bench = new CoreBench();
    private final Membership all = Members.up(N1, N2);
    private final Shim shim = new Shim();

    @BeforeEach
    void boot() {
        for (Incarnation node : List.of(N1, N2)) {
            for (TileId each : GRID.tilesOf(node.node())) {
                bench.add(Address.ofShim(node, GRID, each), each.equals(TILE) ? shim : new Shim());
            }
            bench.add(Reserved.PRIVILEGE_FRONT.address(node, GRID), new PrivilegeFront(node, () -> true));
            bench.tell(Reserved.PRIVILEGE_FRONT.address(node, GRID), all);
        }
        for (int slice = 0; slice < Reserved.PRIVILEGE_SLICES; slice++) {
            startOwner(slice);
        }
        bench.run(SECOND);
        shim.dropped.clear();
        bench.in("sys:init");
        ask(FRONT_1, new EstablishDomain("operator", List.of(new Right("operator", RightKind.GRANT, "*"))));
        ask(FRONT_1, new EstablishDomain("alice", List.of(new Right("alice", RightKind.GRANT, "alice:*"))));
        bench.in("operator");
    }

    private void startOwner(int slice) {
        OwnerLife life = new OwnerLife(
                new PrivilegeOwner(), slice, N1, Reserved.privilegeOwner(slice), Reserved.PRIVILEGE_FRONT);
        Address place = Reserved.privilegeOwner(slice).address(N1, GRID);
        bench.journal(place).forEach(life::apply);
        bench.add(place, life);
        bench.tell(place, all);
        bench.tell(place, new OwnerLife.SliceGranted());
    }

    private Payload ask(Address front, Payload request) {
        return bench.call(CLIENT, front, request);
    }

    private Payload check(Destination target) {
        bench.in("sys:kernel");
        Payload answer = bench.call(SHIM.client(), FRONT_2, new Delegation.CheckRight("alice", RightKind.SEND, target));
        bench.in("operator");
        return answer;
    }

    private boolean allowed(Destination target) {
        return ((RightChecked) check(target)).allowed();
    }

    @Test
    @Tag("P5")
    void whatNobodyGrantedIsDenied() {
        assertThat(allowed(new Name("bob:web"))).isFalse();
        assertThat(allowed(BOB)).isFalse();
    }

    @Test
    @Tag("M12")
    void aRightOnADomainIsOneOnItsNameAndItsClientsMailboxes() {
        assertThat(ask(FRONT_1, new GrantRight(new Right("alice", RightKind.SEND, "bob"))))
                .isEqualTo(new RightGranted());

        assertThat(allowed(new Name("bob"))).isTrue();
        assertThat(allowed(new Name("bob:web"))).isFalse();
        assertThat(allowed(BOB)).isTrue();
        assertThat(check(new Address(new ClientId(N1.node(), 1, 51), 1, BOB.tile())))
                .isEqualTo(new Delegation.CheckFailed(SendResult.NO_SUCH_MAILBOX));
    }

    @Test
    @Tag("P4")
    @Tag("M14")
    void aRevokeReturnsOnceTheTileThatWasToldHasDroppedItAndOnlyThat() {
        ask(FRONT_1, new GrantRight(WEB));
        RightChecked before = (RightChecked) check(new Name("bob:web"));
        assertThat(before.allowed()).isTrue();
        shim.dropped.clear();
        bench.holdBack(envelope -> envelope.payload() instanceof Delegation.DropRights);
        bench.ask(CLIENT, 5_000_000_000L, 4_999_999_999L, FRONT_1, new RevokeRight(WEB));
        bench.run(SECOND / 2);
        assertThat(bench.answered(5_000_000_000L))
                .as("before the tile has dropped it")
                .isFalse();
        bench.release();
        bench.run(SECOND);

        assertThat(bench.answer(5_000_000_000L)).isEqualTo(new RightRevoked());
        assertThat(shim.dropped).hasSize(1).first().isInstanceOfSatisfying(Delegation.DropRights.class, drop -> {
            assertThat(drop.domain()).isEqualTo("alice");
            assertThat(drop.epoch()).as("newer than the answer").isGreaterThan(before.epoch());
            RightChecked after = (RightChecked) check(new Name("bob:web"));
            assertThat(after.allowed()).isFalse();
            assertThat(after.epoch()).isGreaterThanOrEqualTo(drop.epoch());
        });
    }

    @Test
    void onlyWhoMayGrantMay() {
        bench.in("alice");
        assertThat(ask(FRONT_1, new GrantRight(new Right("bob", RightKind.SEND, "bob:web"))))
                .isEqualTo(new Refused(PrivilegeError.PERMISSION_DENIED));
        assertThat(ask(FRONT_1, new GrantRight(new Right("alice", RightKind.SEND, "*"))))
                .isEqualTo(new Refused(PrivilegeError.PERMISSION_DENIED));
        assertThat(ask(FRONT_1, new RemoveDomain("alice"))).isEqualTo(new Refused(PrivilegeError.PERMISSION_DENIED));
        assertThat(bench.denials()).extracting(Effect.Audit::target).containsExactly("bob:web", "*", "*");
        assertThat(ask(FRONT_1, new GrantRight(new Right("operator", RightKind.SEND, "alice:web"))))
                .isEqualTo(new RightGranted());
    }

    @Test
    void aDomainThatWasMadeOrRemovedIsMadeByNoLaterBoot() {
        bench.in("sys:init");
        assertThat(ask(FRONT_2, new EstablishDomain("alice", List.of(WEB))))
                .isEqualTo(new Refused(PrivilegeError.DOMAIN_EXISTS));
        bench.in("operator");
        assertThat(ask(FRONT_2, new RemoveDomain("alice"))).isEqualTo(new DomainRemoved());
        bench.in("sys:init");
        assertThat(ask(FRONT_2, new EstablishDomain("alice", List.of(WEB))))
                .isEqualTo(new Refused(PrivilegeError.DOMAIN_EXISTS));
        bench.in("operator");
        assertThat(ask(FRONT_2, new EstablishDomain("alice", List.of(WEB)))).isEqualTo(new DomainEstablished());
    }

    @Test
    void rightsOutliveTheirOwnerAndAreListedInPages() {
        ask(FRONT_1, new GrantRight(WEB));
        startOwner(0);
        startOwner(1);
        bench.run(SECOND);
        List<Right> rights = List.of(
                WEB, new Right("alice", RightKind.GRANT, "alice:*"), new Right("operator", RightKind.GRANT, "*"));

        assertThat(ask(FRONT_2, new ListRights("*", PrivilegeProtocol.FROM_THE_FIRST, 2)))
                .isEqualTo(new RightsListed(rights.subList(0, 2), true));
        assertThat(ask(FRONT_2, new ListRights("*", rights.get(1), 2)))
                .isEqualTo(new RightsListed(rights.subList(2, 3), false));
    }

    @Test
    @Tag("P5")
    void anotherFleetIsAnsweredAndItsDenialRecorded() {
        bench.in("sys:placement");
        var become = new PrivilegeProtocol.AskRight("alice", RightKind.BECOME, "operator", CLIENT, TILE);
        assertThat(ask(FRONT_1, become)).isEqualTo(new RightDenied());
        assertThat(bench.denials())
                .containsExactly(new Effect.Audit(CLIENT, "alice", RightKind.BECOME, "operator", TILE));
        var grant = new PrivilegeProtocol.AskRight("operator", RightKind.GRANT, "bob:web", CLIENT, TILE);
        assertThat(ask(FRONT_1, grant)).isEqualTo(new RightAllowed());
    }
}
