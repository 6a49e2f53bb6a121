package org.factoredos.sim;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.naming.NameError;
import org.factoredos.naming.NameProtocol.DeleteName;
import org.factoredos.naming.NameProtocol.DeleteSpecificName;
import org.factoredos.naming.NameProtocol.Entry;
import org.factoredos.naming.NameProtocol.NameDeleted;
import org.factoredos.naming.NameProtocol.NameRegistered;
import org.factoredos.naming.NameProtocol.NameResolved;
import org.factoredos.naming.NameProtocol.Refused;
import org.factoredos.naming.NameProtocol.RegisterName;
import org.factoredos.naming.NameProtocol.ResolveName;
import org.factoredos.sim.Linearizability.Operation;

/**
 * What the directory does with one name (G2): the protocol's own requests and replies, and messages by name. A listing is
 * one {@link ResolveName} for each name.
 *
 * @param condemned when each life was given up: from then on an owner may know that its mailboxes stand in nobody's way
 */
record NameModel(Map<Incarnation, Long> condemned) implements Linearizability.Model<Optional<Entry>, Payload, Payload> {
    /** A message by name. */
    record Ping() implements Payload.Request<Pong> {}

    /** Which mailbox the message came to. */
    record Pong(Address mailbox) implements Payload {}

    @Override
    public Optional<Entry> initial() {
        return Optional.empty();
    }

    @Override
    public List<Optional<Entry>> next(Optional<Entry> state, Operation<Payload, Payload> operation) {
        return switch (operation.input()) {
            case RegisterName register -> register(state, register, operation);
            case DeleteName delete ->
                state.isEmpty()
                        ? one(state, state, operation, new Refused(NameError.NO_SUCH_NAME))
                        : one(state, Optional.empty(), operation, new NameDeleted());
            case DeleteSpecificName delete -> delete(state, delete, operation);
            case ResolveName resolve ->
                one(
                        state,
                        state,
                        operation,
                        state.<Payload>map(NameResolved::new).orElseGet(() -> new Refused(NameError.NO_SUCH_NAME)));
            case Ping ping ->
                operation.output() instanceof Pong(Address mailbox)
                        ? state.filter(entry -> entry.mailboxes().contains(mailbox))
                                .map(entry -> List.of(state))
                                .orElse(List.of())
                        : one(state, state, operation, new Refused(NameError.NO_SUCH_NAME));
            default -> throw new IllegalArgumentException("no client of this test asks " + operation.input());
        };
    }

    /** The one thing that can come of it, if that is what was answered. */
    private static List<Optional<Entry>> one(
            Optional<Entry> before, Optional<Entry> after, Operation<Payload, Payload> operation, Payload reply) {
        // Without an effect an indefinite operation need not be placed at all.
        boolean fits = operation.indefinite() ? !after.equals(before) : reply.equals(operation.output());
        return fits ? List.of(after) : List.of();
    }

    private static List<Optional<Entry>> delete(
            Optional<Entry> state, DeleteSpecificName delete, Operation<Payload, Payload> operation) {
        if (state.isEmpty()) {
            return one(state, state, operation, new Refused(NameError.NO_SUCH_NAME));
        }
        List<Address> left = new ArrayList<>(state.get().mailboxes());
        return left.remove(delete.mailbox())
                ? one(state, entry(state.get(), left), operation, new NameDeleted())
                : one(state, state, operation, new Refused(NameError.NO_SUCH_MAILBOX));
    }

    private static Optional<Entry> entry(Entry before, List<Address> mailboxes) {
        return mailboxes.isEmpty()
                ? Optional.empty()
                : Optional.of(new Entry(before.name(), before.flags(), mailboxes));
    }

    /** Once for each set of mailboxes that the owner may take for gone. */
    private List<Optional<Entry>> register(
            Optional<Entry> state, RegisterName register, Operation<Payload, Payload> operation) {
        Set<Optional<Entry>> after = new LinkedHashSet<>();
        for (List<Address> living : living(state.map(Entry::mailboxes).orElse(List.of()), operation.returned())) {
            after.addAll(register(state, living, register, operation));
        }
        return List.copyOf(after);
    }

    private static List<Optional<Entry>> register(
            Optional<Entry> state, List<Address> living, RegisterName register, Operation<Payload, Payload> operation) {
        boolean has = living.contains(register.mailbox());
        if (state.isPresent() && !living.isEmpty()) {
            boolean set = state.get().flags().set();
            if (!state.get().flags().equals(register.flags())) {
                NameError error = has || set ? NameError.FLAGS_CONFLICT : NameError.NAME_TAKEN;
                return one(state, state, operation, new Refused(error));
            }
            if (has) {
                return one(state, state, operation, new NameRegistered());
            }
            if (!set) {
                return one(state, state, operation, new Refused(NameError.NAME_TAKEN));
            }
        }
        List<Address> mailboxes = new ArrayList<>(living);
        mailboxes.add(register.mailbox());
        Entry entry = new Entry(register.name(), register.flags(), mailboxes);
        return one(state, Optional.of(entry), operation, new NameRegistered());
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
