package org.factoredos.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.naming.NameProtocol.Entry;
import org.factoredos.naming.NameProtocol.Flags;
import org.factoredos.naming.NameProtocol.NameRegistered;
import org.factoredos.naming.NameProtocol.NameResolved;
import org.factoredos.naming.NameProtocol.RegisterName;
import org.factoredos.naming.NameProtocol.ResolveName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whether the judge of names sees what is wrong, and nothing else. */
@Tag("S6")
class NameModelTest {
    private static final Incarnation N1 = new Incarnation(new NodeId(1), 1);

    private final History<Payload, Payload> history = new History<>();
    private final Map<Incarnation, Long> condemned = new TreeMap<>();
    private final Address first = mailbox(1);
    private final Address second = mailbox(2);

    /** That the node dies much later does not make it right. */
    @Test
    void aNameThatIsStolenFromALivingMailboxIsAViolation() {
        register(first);
        register(second);
        resolvesTo(second);
        condemned.put(N1, history.moment());

        assertThat(history.violation(new NameModel(condemned))).isNotNull();
    }

    @Test
    void theNameOfAMailboxWhoseNodeIsGivenUpIsFree() {
        register(first);
        condemned.put(N1, history.moment());
        register(second);
        resolvesTo(second);

        assertThat(history.violation(new NameModel(condemned))).isNull();
    }

    @Test
    void aNodeThatIsGivenUpWhileItsNameIsTakenMayHaveBeenGivenUpBefore() {
        register(first);
        int taking = history.called("x", new NameModel.By("user", new RegisterName(second, "x", Flags.SINGLE)));
        condemned.put(N1, history.moment());
        history.returned(taking, new NameRegistered());

        assertThat(history.violation(new NameModel(condemned))).isNull();
    }

    private void register(Address mailbox) {
        history.returned(
                history.called("x", new NameModel.By("user", new RegisterName(mailbox, "x", Flags.SINGLE))),
                new NameRegistered());
    }

    private void resolvesTo(Address mailbox) {
        history.returned(
                history.called("x", new ResolveName("x")),
                new NameResolved(Entry.of("x", Flags.SINGLE, List.of(mailbox))));
    }

    private static Address mailbox(int node) {
        NodeId id = new NodeId(node);
        return new Address(new ClientId(id, 1, 40), 1, new TileId(id, 0, 0));
    }
}
