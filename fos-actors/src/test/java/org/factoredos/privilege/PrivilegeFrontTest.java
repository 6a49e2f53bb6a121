package org.factoredos.privilege;

import static org.assertj.core.api.Assertions.assertThat;
import static org.factoredos.server.Members.GRID;
import static org.factoredos.server.Members.N1;
import static org.factoredos.server.Members.N2;
import static org.factoredos.server.Members.N3;

import java.util.List;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Delegation;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.RightKind;
import org.factoredos.kernel.SendResult;
import org.factoredos.privilege.PrivilegeOwner.RightsRead;
import org.factoredos.server.Effect;
import org.factoredos.server.Members;
import org.factoredos.server.Membership;
import org.factoredos.server.OwnerProtocol.AnnounceOwner;
import org.factoredos.server.OwnerProtocol.Answered;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How a front finds out in which domain a client acts. */
@Tag("M12")
class PrivilegeFrontTest {
    private static final Address FRONT = Reserved.PRIVILEGE_FRONT.address(N1, GRID);
    private static final Address SHIM = Address.ofShim(N1, GRID, new TileId(N1.node(), 3, 3));
    private static final TileId OLD = new TileId(N2.node(), 3, 3);
    private static final Address CLIENT = new Address(new ClientId(N2.node(), 1, 99), 1, OLD);

    private final PrivilegeFront front = new PrivilegeFront(N1, () -> true);
    private final Membership all = Members.up(N1, N2, N3);

    @Test
    void aClientThatOutlivesTheNodeWhichMadeItIsAskedForWhereItMayBe() {
        List<Effect.Call> both = check(Members.without(all, N2, 0));
        assertThat(both).map(PrivilegeFrontTest::asked).containsExactly(N1, N3);
        assertThat(front.on(both.get(0).continuation(), answer(new Delegation.NoSuchClient()), 0))
                .isEmpty();

        assertThat(front.on(both.get(1).continuation(), answer(new Delegation.DomainReported("web")), 0))
                .containsExactly(told(new Delegation.RightChecked(true, 0)));
    }

    @Test
    void oneWhoseLastAnswerIsMissingMayHaveIt() {
        List<Effect.Call> both = check(Members.without(all, N2, 0));
        front.on(both.get(0).continuation(), new Response.DeadlinePassed(), 0);

        assertThat(front.on(both.get(1).continuation(), answer(new Delegation.NoSuchClient()), 0))
                .containsExactly(told(new Delegation.CheckFailed(SendResult.QUEUE_FULL)));
    }

    @Test
    void aClientThatNobodyHasIsNowhere() {
        List<Effect.Call> both = check(Members.without(all, N2, 0));
        front.on(both.get(0).continuation(), answer(new Delegation.NoSuchClient()), 0);

        assertThat(front.on(both.get(1).continuation(), answer(new Delegation.NoSuchClient()), 0))
                .containsExactly(told(new Delegation.CheckFailed(SendResult.NO_SUCH_MAILBOX)));
    }

    @Test
    void whoMadeAClientIsAskedAndNobodyElse() {
        List<Effect.Call> one = check(all);

        assertThat(one).map(PrivilegeFrontTest::asked).containsExactly(N2);
        assertThat(front.on(one.getFirst().continuation(), answer(new Delegation.NoSuchClient()), 0))
                .containsExactly(told(new Delegation.CheckFailed(SendResult.NO_SUCH_MAILBOX)));
    }

    /** Returns what the front asks once it knows that the asker may send to the domain "web". */
    private List<Effect.Call> check(Membership membership) {
        front.on(membership, 0);
        Address owner = Reserved.privilegeOwner(PrivilegeOwner.sliceOf("user")).address(N1, GRID);
        front.on(in(owner, "sys:privileges", new AnnounceOwner(PrivilegeOwner.sliceOf("user"), 1, owner)), 0);
        var check = new Delegation.CheckRight("user", RightKind.SEND, CLIENT);
        Effect.Call rights = only(front.on(in(SHIM, "sys:kernel", check), 0));
        return front
                .on(rights.continuation(), answer(new Answered(1, true, new RightsRead(List.of("web")))), 0)
                .stream()
                .map(Effect.Call.class::cast)
                .toList();
    }

    private static Envelope in(Address from, String domain, Payload request) {
        return new Envelope(FRONT, from, domain, Envelope.Kind.REQUEST, 7, 6, request, null);
    }

    private static Response answer(Payload answer) {
        return new Response.Answered(answer);
    }

    private static Effect told(Payload answer) {
        return new Effect.Reply(SHIM, 7, answer, null);
    }

    private static Effect.Call only(List<Effect> effects) {
        assertThat(effects).singleElement().isInstanceOf(Effect.Call.class);
        return (Effect.Call) effects.getFirst();
    }

    private static Incarnation asked(Effect.Call call) {
        ClientId shim = ((Address) call.to()).client();
        return new Incarnation(shim.node(), shim.boot());
    }
}
