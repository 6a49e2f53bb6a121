package org.factoredos.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.factoredos.grid.Grid;
import org.factoredos.grid.NodeId;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** §3.1.2 on one tile: what a microkernel asks, believes, keeps and drops of rights. */
class RightsTest {
    /** What its deposit does first, in the middle of the send. */
    private record Text(String text, Runnable depositing) implements Payload {
        Text(String text) {
            this(text, () -> {});
        }

        @Override
        public int bytes() {
            depositing.run();
            return 64;
        }
    }

    private record Ask() implements Payload.Request<Text> {}

    private static final NodeId N1 = new NodeId(1);
    private static final Grid GRID = Grid.ofOneNode(5, 1);

    private final Interconnect node = new Interconnect(
            N1, 1, GRID, (domain, kind, target) -> domain.equals("sys:kernel"), () -> 1_000_000_000L, Wire.none());
    private final Microkernel tile = node.microkernels().get(0);
    private final Client client = tile.open("alice", 64, () -> {});
    private final Client front = node.microkernels().get(1).open("sys:privileges", 64, () -> {});
    private final Mailbox checks = front.createMailbox(16, 1 << 20);
    private final Client names = node.microkernels().get(3).open("sys:names", 64, () -> {});
    private final Mailbox lookups = names.createMailbox(16, 1 << 20);
    private final Client receiver = node.microkernels().get(2).open("bob", 64, () -> {});
    private final Mailbox received = receiver.createMailbox(16, 1 << 20);
    private final Address to = receiver.addressOf(received);
    private final List<SendResult> results = new ArrayList<>();
    private final List<Denial> denials = new ArrayList<>();

    @BeforeEach
    void attach() {
        node.leaseGranted(node.nanos(), Long.MAX_VALUE);
        node.auditTo(denials::add);
        tile.delegateRightsTo(front.addressOf(checks));
        tile.delegateNamesTo(names.addressOf(lookups));
    }

    private void turns() {
        tile.turn();
        tile.turn();
    }

    private void send(Destination destination, Payload payload) {
        client.send(destination, payload, results::add);
        turns();
    }

    private void answer(Envelope asked, Payload answer) {
        Client by = asked.to().client().equals(front.id()) ? front : names;
        deposit(asked, by, answer);
        turns();
    }

    /** Past the right of the answerer, which is not what is tried here. */
    private void deposit(Envelope asked, Client by, Payload answer) {
        by.reply(asked.from(), asked.call(), answer, null, Sending.UNWATCHED);
    }

    private void allow(Envelope asked) {
        answer(asked, new Delegation.RightChecked(true, 0));
    }

    private Envelope check() {
        return Objects.requireNonNull(checks.take());
    }

    /** The drop as a front sends it: deposited, for the front has its right by other means. */
    private void drop(Payload.Request<?> drop) {
        long call = front.responses().reserve();
        front.responses().sent(call, tile.address().client());
        node.deliver(new Envelope(
                tile.address(), front.responseAddress(), "sys:privileges", Envelope.Kind.REQUEST, call, 0, drop, null));
    }

    private boolean confirmed() {
        return front.responses().take() != null;
    }

    private List<String> texts() {
        List<String> texts = new ArrayList<>();
        for (@Nullable Envelope in = received.take(); in != null; in = received.take()) {
            texts.add(((Text) in.payload()).text());
        }
        return texts;
    }

    @Test
    @Tag("M12")
    @Tag("M10")
    void aSendWaitsForOneAnswerAndLaterOnesPassWithoutAQuestion() {
        client.send(to, new Text("a"), results::add);
        client.send(to, new Text("b"), results::add);
        turns();
        assertThat(received.isEmpty()).as("nothing before the answer").isTrue();

        Envelope asked = check();
        assertThat(asked.payload())
                .isEqualTo(
                        new Delegation.CheckRight("alice", RightKind.SEND, new Address(receiver.id(), 0, to.tile())));
        allow(asked);
        send(to, new Text("c"));

        assertThat(checks.isEmpty()).as("one question").isTrue();
        assertThat(texts()).containsExactly("a", "b", "c");
    }

    @Test
    @Tag("M12")
    @Tag("P5")
    void aDeniedSendReachesNobodyAndIsRecorded() {
        send(to, new Text("a"));
        answer(check(), new Delegation.RightChecked(false, 0));
        send(to, new Text("b"));

        assertThat(results).containsExactly(SendResult.PERMISSION_DENIED, SendResult.PERMISSION_DENIED);
        assertThat(received.isEmpty()).isTrue();
        assertThat(checks.isEmpty()).as("the denial is cached").isTrue();
        assertThat(denials)
                .hasSize(2)
                .allSatisfy(denial -> assertThat(denial)
                        .isEqualTo(new Denial(
                                1_000, client.id(), "alice", RightKind.SEND, denial.target(), client.tile())));
    }

    @Test
    @Tag("M12")
    void withoutALeaseNothingThatWasToldIsBelieved() {
        Interconnect other =
                new Interconnect(N1, 1, GRID, (domain, kind, target) -> false, () -> 1_000_000_000L, Wire.none());
        Client sender = other.microkernels().get(0).open("alice", 64, () -> {});
        sender.send(to, new Text("a"), results::add);
        other.microkernels().get(0).turn();

        assertThat(results).as("nobody to ask").containsExactly(SendResult.QUEUE_FULL);
    }

    @Test
    @Tag("M9")
    void sendsByOneNameKeepTheirOrderThroughBothQuestions() {
        Name name = new Name("bob:in");
        client.send(name, new Text("a"), results::add);
        turns();
        Envelope right = check();
        client.send(name, new Text("b"), results::add);
        turns();
        allow(right);
        Envelope lookup = Objects.requireNonNull(lookups.take());
        client.send(name, new Text("c"), results::add);
        turns();
        drop(new Delegation.DropRights("alice", RightKind.SEND, 1));
        turns();
        client.send(name, new Text("d"), results::add);
        turns();
        answer(lookup, new Delegation.NameBound(to));
        assertThat(received.isEmpty()).as("the right was dropped meanwhile").isTrue();
        client.send(name, new Text("e"), results::add);
        turns();
        answer(check(), new Delegation.RightChecked(true, 1));

        assertThat(texts()).containsExactly("a", "b", "c", "d", "e");
        assertThat(results).hasSize(5).containsOnly(SendResult.ACCEPTED);
    }

    @Test
    @Tag("M9")
    void anAnswerStaysBehindTheMessageThatWasSentFirst() {
        long call = receiver.responses().reserve();
        Address caller = receiver.responseAddress();
        receiver.responses().sent(call, client.id());
        client.send(to, new Text("a"), results::add);
        client.reply(caller, call, new Text("answer"), null, results::add);
        turns();
        assertThat(receiver.responses().isEmpty()).isTrue();
        allow(check());

        assertThat(results).containsExactly(SendResult.ACCEPTED, SendResult.ACCEPTED);
        assertThat(receiver.responses().take()).isNotNull();
    }

    @Test
    @Tag("M14")
    @Tag("P4")
    void aDropIsConfirmedOnceNoSendThatBelievedTheRightIsUnderWay() {
        send(to, new Text("a"));
        allow(check());
        List<Boolean> confirmedWithin = new ArrayList<>();
        send(to, new Text("b", () -> {
            if (confirmedWithin.isEmpty()) {
                drop(new Delegation.DropRights("alice", RightKind.SEND, 1));
                turns();
                confirmedWithin.add(confirmed());
            }
        }));

        assertThat(confirmedWithin).as("confirmed while a send was under way").containsExactly(false);
        turns();
        assertThat(confirmed()).isTrue();
        send(to, new Text("c"));
        assertThat(checks.isEmpty()).as("asked anew").isFalse();
        assertThat(texts()).containsExactly("a", "b");
    }

    @Test
    @Tag("M14")
    void anAnswerThatIsOlderThanADropIsNotBelieved() {
        send(to, new Text("a"));
        Envelope asked = check();
        drop(new Delegation.DropRights("alice", RightKind.SEND, 7));
        turns();
        assertThat(confirmed()).isTrue();
        answer(asked, new Delegation.RightChecked(true, 6)); // Left before the drop, and came behind it.

        assertThat(results).isEmpty();
        answer(check(), new Delegation.RightChecked(false, 7));
        assertThat(results).containsExactly(SendResult.PERMISSION_DENIED);
        assertThat(received.isEmpty()).isTrue();
    }

    @Test
    @Tag("M15")
    void whatAForgetfulServerWasAskedIsAskedOfItsSuccessor() {
        send(to, new Text("a"));
        check();
        drop(new Delegation.DropAllRights());
        turns();

        allow(check());
        assertThat(results).containsExactly(SendResult.ACCEPTED);
    }

    @Test
    @Tag("M13")
    void aDeviceIsUsedOnlyWithTheRightToIt() {
        List<String> used = new ArrayList<>();
        assertThat(client.useDevice(() -> used.add("now"), results::add)).isNull();
        turns();
        Envelope asked = check();
        assertThat(asked.payload()).isEqualTo(new Delegation.CheckRight("alice", RightKind.DEVICE, new Name("alice")));
        allow(asked);
        assertThat(results).as("to be tried again").containsExactly(SendResult.ACCEPTED);
        assertThat(client.useDevice(() -> used.add("then"), results::add)).isEqualTo(SendResult.ACCEPTED);
        assertThat(used).containsExactly("then");

        drop(new Delegation.DropRights("alice", RightKind.DEVICE, 1));
        turns();
        assertThat(client.useDevice(() -> used.add("late"), results::add)).isNull();
        turns();
        answer(check(), new Delegation.RightChecked(false, 1));
        assertThat(results).containsExactly(SendResult.ACCEPTED, SendResult.PERMISSION_DENIED);
        assertThat(used).containsExactly("then");
    }

    @Test
    @Tag("P1")
    void aCallTakesItsAnswerFromWhomItWasSentToAndFromNobodyElse() {
        long call = client.responses().reserve();
        client.request(to, new Ask(), call, 0, null, results::add);
        turns();
        Client stranger = node.microkernels().get(4).open("mallory", 64, () -> {});
        stranger.reply(client.responseAddress(), call, new Text("forged early"), null, results::add);
        allow(check());
        stranger.reply(client.responseAddress(), call, new Text("forged late"), null, results::add);
        receiver.reply(client.responseAddress(), call, new Text("true"), null, results::add);

        assertThat(results)
                .containsExactly(
                        SendResult.NO_SUCH_MAILBOX,
                        SendResult.ACCEPTED,
                        SendResult.NO_SUCH_MAILBOX,
                        SendResult.ACCEPTED);
        assertThat(Objects.requireNonNull(client.responses().take()).payload())
                .isInstanceOfSatisfying(
                        Text.class, text -> assertThat(text.text()).isEqualTo("true"));
    }
}
