package org.factoredos.privilege;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Name;
import org.factoredos.kernel.RightKind;
import org.factoredos.server.Reserved;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The fixed point of §3.1.3 is what the privilege fleet and reaching it need, and nothing else. */
@Tag("M16")
class StaticRightsTest {
    private static final Incarnation NODE = new Incarnation(new NodeId(2), 3);

    private final Grid grid = Grid.ofOneNode(8, 8);
    private final StaticRights rights = new StaticRights(grid);

    @Test
    void nothingElseIsCompiledIn() {
        assertThat(StaticRights.ALL)
                .extracting(Right::toString)
                .as("every other right is a journaled event of the first boot")
                .containsExactlyInAnyOrder(
                        "sys:kernel SEND *",
                        "sys:lease SEND sys:lease",
                        "sys:privileges SEND sys:privileges",
                        "sys:privileges SEND sys:kernel",
                        "sys:init SEND sys:privileges");
    }

    @Test
    void addressesOfWhatBootPlacesAreKnownByTheirNumbers() {
        Address front = Reserved.PRIVILEGE_FRONT.address(NODE, grid);
        Address owner = Reserved.privilegeOwner(1).address(NODE, grid);
        Address shim = Address.ofShim(NODE, grid, front.tile());
        Address program = new Address(new ClientId(NODE.node(), NODE.boot(), 200), 1, front.tile());

        assertThat(rights.allow("sys:privileges", RightKind.SEND, owner)).isTrue();
        assertThat(rights.allow("sys:privileges", RightKind.SEND, shim)).isTrue();
        assertThat(rights.allow("sys:init", RightKind.SEND, front)).isTrue();
        assertThat(rights.allow("sys:kernel", RightKind.SEND, program)).isTrue();
        assertThat(rights.allow("sys:privileges", RightKind.SEND, program)).isFalse();
        assertThat(rights.allow("sys:init", RightKind.SEND, shim)).isFalse();
        assertThat(rights.allow("sys:lease", RightKind.SEND, front)).isFalse();
        assertThat(rights.allow("sys:kernel", RightKind.DEVICE, new Name("sys:kernel")))
                .isFalse();
    }

    @Test
    void aPatternCoversWhatItsStarsStandFor() {
        record Case(String pattern, String text, boolean covers) {}
        for (Case each : List.of(
                new Case("*", "", true),
                new Case("*", "*", true),
                new Case("alice:*", "alice:web", true),
                new Case("alice:*", "alice", false),
                new Case("alice:*", "*", false),
                new Case("*:web", "alice:web:web", true),
                new Case("a*b*c", "a-b-b-c", true),
                new Case("a*b*c", "a-b-b-c-", false),
                new Case("web", "web", true),
                new Case("web", "web*", false))) {
            assertThat(Right.covers(each.pattern(), each.text())).as("%s", each).isEqualTo(each.covers());
        }
    }
}
