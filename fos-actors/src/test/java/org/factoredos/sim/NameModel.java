package org.factoredos.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.naming.NameError;
import org.factoredos.naming.NameProtocol.ClaimNamespace;
import org.factoredos.naming.NameProtocol.DeleteName;
import org.factoredos.naming.NameProtocol.DeleteSpecificName;
import org.factoredos.naming.NameProtocol.Entry;
import org.factoredos.naming.NameProtocol.NameDeleted;
import org.factoredos.naming.NameProtocol.NameRegistered;
import org.factoredos.naming.NameProtocol.NameResolved;
import org.factoredos.naming.NameProtocol.NamespaceClaimed;
import org.factoredos.naming.NameProtocol.NamespaceReleased;
import org.factoredos.naming.NameProtocol.PolicySet;
import org.factoredos.naming.NameProtocol.Refused;
import org.factoredos.naming.NameProtocol.RegisterName;
import org.factoredos.naming.NameProtocol.ReleaseNamespace;
import org.factoredos.naming.NameProtocol.ResolveName;
import org.factoredos.naming.NameProtocol.SetPolicy;
import org.factoredos.sim.Linearizability.Operation;

/**
 * What the directory does with one name (G2): the protocol's own requests and replies, and messages by name. A listing is
 * one {@link ResolveName} for each name; a claim is one of the innermost namespace that the name is in.
 *
 * @param condemned when each life was given up: from then on an owner may drop its mailboxes at any moment
 */
record NameModel(Map<Incarnation, Long> condemned) implements Linearizability.Model<NameModel.State, Payload, Payload> {
    /** The number of a mailbox that no client of this test has. */
    static final int NO_MAILBOX = 99;

    /** A message by name. */
    record Ping() implements Payload.Request<Pong> {}

    /** Which mailbox the message came to. */
    record Pong(Address mailbox) implements Payload {}

    /** A request in the name of a domain. */
    record By(String domain, Payload request) implements Payload {}

    /** Who has the name, and who has claimed its namespace; nobody is the empty text. */
    record State(Optional<Entry> entry, String claimant) {
        State with(Optional<Entry> other) {
            return new State(other, claimant);
        }

        boolean denied(String domain) {
            return !claimant.isEmpty() && !claimant.equals(domain);
        }
    }

    /** What comes of a request. */
    private record Outcome(Payload reply, State after) {}

    @Override
    public State initial() {
        return new State(Optional.empty(), "");
    }

    /** Once for each set of mailboxes that the owner may have taken for gone. */
    @Override
    public List<State> next(State state, Operation<Payload, Payload> operation) {
        if (operation.input() instanceof By(var domain, RegisterName(var mailbox, var name, var flags))
                && condemned.getOrDefault(life(mailbox), Long.MAX_VALUE) < operation.returned()
                && refused(NameError.NO_SUCH_MAILBOX).equals(operation.output())) {
            return List.of(state); // Whoever asks for it lives on without knowing that it was given up.
        }
        return living(state, operation.returned())
                .distinct()
                .flatMap(living -> outcome(living, operation).stream()
                        // Without an effect an indefinite operation need not be placed at all.
                        .filter(outcome -> operation.indefinite()
                                ? !outcome.after().equals(living)
                                : outcome.reply().equals(operation.output()))
                        .map(Outcome::after))
                .distinct()
                .toList();
    }

    private static Optional<Outcome> outcome(State state, Operation<Payload, Payload> operation) {
        return switch (operation.input()) {
            case By(String domain, Payload request) -> Optional.of(change(state, domain, request));
            case ResolveName resolve ->
                Optional.of(new Outcome(
                        state.entry().<Payload>map(NameResolved::new).orElseGet(() -> refused(NameError.NO_SUCH_NAME)),
                        state));
            case Ping ping
            when operation.output() instanceof Pong(Address mailbox) ->
                state.entry()
                        .filter(entry -> entry.mailboxes().contains(mailbox))
                        .map(entry -> new Outcome(new Pong(mailbox), state));
            case Ping ping ->
                state.entry().isEmpty()
                        ? Optional.of(new Outcome(refused(NameError.NO_SUCH_NAME), state))
                        : Optional.empty();
            default -> throw new IllegalArgumentException("no client of this test asks " + operation.input());
        };
    }

    private static Outcome change(State state, String domain, Payload request) {
        return switch (request) {
            case ClaimNamespace claim ->
                state.denied(domain)
                        ? new Outcome(refused(NameError.PERMISSION_DENIED), state)
                        : new Outcome(new NamespaceClaimed(), new State(state.entry(), domain));
            case ReleaseNamespace release ->
                state.denied(domain)
                        ? new Outcome(refused(NameError.PERMISSION_DENIED), state)
                        : new Outcome(new NamespaceReleased(), new State(state.entry(), ""));
            case RegisterName register
            when register.mailbox().mailbox() == NO_MAILBOX -> new Outcome(refused(NameError.NO_SUCH_MAILBOX), state);
            case Payload change when state.denied(domain) -> new Outcome(refused(NameError.PERMISSION_DENIED), state);
            case RegisterName register -> register(state, register);
            case Payload change when state.entry().isEmpty() -> new Outcome(refused(NameError.NO_SUCH_NAME), state);
            case DeleteName delete -> new Outcome(new NameDeleted(), state.with(Optional.empty()));
            case DeleteSpecificName delete -> delete(state, state.entry().get(), delete);
            case SetPolicy set -> setPolicy(state, state.entry().get(), set);
            default -> throw new IllegalArgumentException("no client of this test asks " + request);
        };
    }

    private static Outcome delete(State state, Entry entry, DeleteSpecificName delete) {
        List<Address> left = new ArrayList<>(entry.mailboxes());
        return left.remove(delete.mailbox())
                ? new Outcome(new NameDeleted(), state.with(entry(entry, left)))
                : new Outcome(refused(NameError.NO_SUCH_MAILBOX), state);
    }

    private static Outcome setPolicy(State state, Entry entry, SetPolicy set) {
        return entry.flags().set()
                ? new Outcome(
                        new PolicySet(),
                        state.with(
                                Optional.of(new Entry(entry.name(), entry.flags(), set.policy(), entry.mailboxes()))))
                : new Outcome(refused(NameError.FLAGS_CONFLICT), state);
    }

    private static Outcome register(State state, RegisterName register) {
        if (state.entry().isEmpty()) {
            Entry first = Entry.of(register.name(), register.flags(), List.of(register.mailbox()));
            return new Outcome(new NameRegistered(), state.with(Optional.of(first)));
        }
        Entry entry = state.entry().get();
        boolean has = entry.mailboxes().contains(register.mailbox());
        boolean set = entry.flags().set();
        if (!entry.flags().equals(register.flags())) {
            return new Outcome(refused(has || set ? NameError.FLAGS_CONFLICT : NameError.NAME_TAKEN), state);
        }
        if (has) {
            return new Outcome(new NameRegistered(), state);
        }
        if (!set) {
            return new Outcome(refused(NameError.NAME_TAKEN), state);
        }
        List<Address> mailboxes = new ArrayList<>(entry.mailboxes());
        mailboxes.add(register.mailbox());
        return new Outcome(new NameRegistered(), state.with(entry(entry, mailboxes)));
    }

    private static Refused refused(NameError error) {
        return new Refused(error);
    }

    private static Optional<Entry> entry(Entry before, List<Address> mailboxes) {
        return mailboxes.isEmpty()
                ? Optional.empty()
                : Optional.of(new Entry(before.name(), before.flags(), before.policy(), mailboxes));
    }

    private Stream<State> living(State state, long moment) {
        Optional<Entry> entry = state.entry();
        return entry.isEmpty()
                ? Stream.of(state)
                : living(entry.get().mailboxes(), moment).stream().map(some -> state.with(entry(entry.get(), some)));
    }

    private List<List<Address>> living(List<Address> mailboxes, long moment) {
        List<List<Address>> choices = new ArrayList<>();
        choices.add(List.of());
        for (Address mailbox : mailboxes) {
            boolean mayBeGone = condemned.getOrDefault(life(mailbox), Long.MAX_VALUE) < moment;
            List<List<Address>> without = mayBeGone ? List.copyOf(choices) : List.of();
            choices.replaceAll(some -> {
                List<Address> with = new ArrayList<>(some);
                with.add(mailbox);
                return with;
            });
            choices.addAll(without);
        }
        return choices;
    }

    private static Incarnation life(Address mailbox) {
        return new Incarnation(mailbox.client().node(), mailbox.client().boot());
    }
}
