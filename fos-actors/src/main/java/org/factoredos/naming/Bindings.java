package org.factoredos.naming;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Predicate;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Delegation;
import org.factoredos.kernel.Delegation.BindName;
import org.factoredos.kernel.Delegation.Kind;
import org.factoredos.kernel.Delegation.NameBound;
import org.factoredos.kernel.Envelope;
import org.factoredos.naming.MemberChoice.ChooseMember;
import org.factoredos.naming.MemberChoice.MemberChosen;
import org.factoredos.naming.NameProtocol.Entry;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Membership;
import org.factoredos.server.Response;
import org.jspecify.annotations.Nullable;

/**
 * Which mailbox a name means for a tile (§3.4: "chosen by physical proximity or load"). The directory alone says who is in a
 * set; this says which of them.
 *
 * <p>A tile that was bound to a member of a stateful set stays with it while that is in the set and lives. Members that
 * were seen not to answer are left out for a while, and so are those of nodes that are going, as long as others are left.
 */
final class Bindings {
    /** So that a set's load is spread over a few sends, and not every send asks. */
    private static final int USES = 8;
    /** A tile that was steered away from the best member finds back to it after that many. */
    private static final int USES_STEERED = 64;
    /** A router that is not there yet, or slow, holds up no send for longer. */
    private static final long CHOICE_PATIENCE_NANOS = 200_000_000L;
    /** After that it is tried again; who calls it and waits in vain tells again. */
    private static final long SUSPICION_NANOS = 10_000_000_000L;

    private static final int MOST_SUSPECTS = 1024;
    private static final int MOST_CHOICES = 1024;

    /** The machine room's choice. */
    record AwaitingChoice(long choice) implements Continuation {}

    private record Choice(Envelope in, BindName bind, Entry entry, List<Address> members) {
        boolean steered() {
            return members.size() < entry.mailboxes().size();
        }
    }

    private final SequencedMap<Address, Long> suspectedUntil = new LinkedHashMap<>();
    private final Map<Long, Choice> choices = new LinkedHashMap<>();
    private @Nullable Membership membership;
    private long lastChoice;

    void on(Membership changed) {
        membership = changed;
    }

    void suspect(Address member, long nanos) {
        suspectedUntil.putLast(member, nanos + SUSPICION_NANOS);
        if (suspectedUntil.size() > MOST_SUSPECTS) {
            suspectedUntil.pollFirstEntry();
        }
    }

    /** Answers with a member of the entry, at once or when the machine room has chosen. */
    Effect bind(Envelope in, BindName bind, Entry entry, long nanos) {
        if (!entry.flags().set()) {
            return reply(in, NameBound.single(entry.mailboxes().getFirst()));
        }
        boolean stateful = !entry.flags().interchangeable();
        Address last = bind.stuckTo();
        if (stateful && last != null && entry.mailboxes().contains(last) && lives(last)) {
            return reply(in, new NameBound(last, Kind.STATEFUL, Delegation.UNLIMITED));
        }
        Choice choice = new Choice(in, bind, entry, members(entry, bind, nanos));
        if (entry.policy() == Policy.NEAREST || choice.members().size() == 1 || choices.size() == MOST_CHOICES) {
            return reply(in, bound(choice, nearest(choice)));
        }
        choices.put(++lastChoice, choice);
        return new Effect.Device(
                new ChooseMember(entry.name(), entry.mailboxes(), choice.members(), entry.policy(), bind.tile()),
                new AwaitingChoice(lastChoice),
                CHOICE_PATIENCE_NANOS);
    }

    List<Effect> on(AwaitingChoice awaiting, Response response) {
        Choice choice = choices.remove(awaiting.choice());
        if (choice == null) {
            return List.of();
        }
        Address member = response instanceof Response.Answered(MemberChosen(Address chosen))
                        && choice.members().contains(chosen)
                ? chosen
                : nearest(choice);
        return List.of(reply(choice.in(), bound(choice, member)));
    }

    private static NameBound bound(Choice choice, Address member) {
        if (!choice.entry().flags().interchangeable()) {
            return new NameBound(member, Kind.STATEFUL, Delegation.UNLIMITED);
        }
        int uses = switch (choice.entry().policy()) {
            case NEAREST, CONSISTENT_HASH -> choice.steered() ? USES_STEERED : Delegation.UNLIMITED;
            case LEAST_LOADED, ROUND_ROBIN, RANDOM -> USES;
        };
        return new NameBound(member, Kind.INTERCHANGEABLE, uses);
    }

    /** Those to choose from: the well ones; where none is, those that live; where none does, all. */
    private List<Address> members(Entry entry, BindName bind, long nanos) {
        suspectedUntil.values().removeIf(until -> nanos - until >= 0);
        List<Address> all = entry.mailboxes();
        List<Address> living = leaving(all, member -> !lives(member));
        List<Address> well = leaving(living, suspectedUntil::containsKey);
        Address avoid = bind.avoid();
        return avoid == null ? well : leaving(well, avoid::equals);
    }

    /** Without those who are told by {@code which}, unless that leaves nobody. */
    private static List<Address> leaving(List<Address> members, Predicate<Address> which) {
        List<Address> others = members.stream().filter(which.negate()).toList();
        return others.isEmpty() ? members : others;
    }

    private boolean lives(Address member) {
        Membership known = membership;
        return known == null
                || known.up().stream()
                        .anyMatch(node -> node.node().equals(member.tile().node())
                                && !known.down().contains(node));
    }

    private Address nearest(Choice choice) {
        Membership known = membership;
        if (known == null) {
            return choice.members().getFirst();
        }
        return choice.members().stream()
                .min(Comparator.comparingInt(
                        member -> known.grid().hops(choice.bind().tile(), member.tile())))
                .orElseThrow();
    }

    private static Effect reply(Envelope in, NameBound bound) {
        return new Effect.Reply(in.from(), in.call(), bound, in.trace());
    }
}
