package org.factoredos.naming;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.naming.NameProtocol.DeleteName;
import org.factoredos.naming.NameProtocol.DeleteReply;
import org.factoredos.naming.NameProtocol.DeleteSpecificName;
import org.factoredos.naming.NameProtocol.Entry;
import org.factoredos.naming.NameProtocol.Flags;
import org.factoredos.naming.NameProtocol.ListNames;
import org.factoredos.naming.NameProtocol.NameDeleted;
import org.factoredos.naming.NameProtocol.NameRegistered;
import org.factoredos.naming.NameProtocol.NameResolved;
import org.factoredos.naming.NameProtocol.NamesListed;
import org.factoredos.naming.NameProtocol.Refused;
import org.factoredos.naming.NameProtocol.RegisterName;
import org.factoredos.naming.NameProtocol.RegisterReply;
import org.factoredos.naming.NameProtocol.ResolveName;
import org.factoredos.naming.NameProtocol.ResolveReply;
import org.factoredos.server.Access;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Event;
import org.factoredos.server.Membership;
import org.factoredos.server.OwnerLife;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;
import org.factoredos.server.Snapshot;
import org.jspecify.annotations.Nullable;

/**
 * One slice of the canonical directory (§3.4), inside its {@link OwnerLife}: who has which name.
 *
 * <p>A mapping stays when its client is gone, as a stale path to nowhere, until somebody deletes it or registers the name
 * again: the mailboxes of removed nodes never stand in the way of a living one.
 */
public final class NameOwner implements OwnerLife.Slice, Membership.Watcher {
    /** The name's whole entry from now on; without mailboxes: nobody has the name. */
    record NameChanged(Entry entry) implements Event {}

    record Directory(List<Entry> entries) implements Snapshot {
        Directory {
            entries = List.copyOf(entries);
        }
    }

    /** What a request comes to: its answer, and the entry that it changes. */
    private record Decision(Payload reply, @Nullable Entry changed) {}

    private static final String SYSTEM = "sys:";
    private static final Pattern WELL_FORMED = Pattern.compile("[A-Za-z0-9_./-]+(:[A-Za-z0-9_./-]+)*");

    private final SortedMap<String, Entry> entries = new TreeMap<>();
    private @Nullable Membership membership;
    private long watchingSinceNanos;

    /** Which slice has the name; the same on every node and in every life, for the journal rests on it. */
    public static int sliceOf(String name) {
        int mixed = name.hashCode() * 0x9E3779B9; // String.hashCode is specified; its low bits alone are poorly spread.
        return Math.floorMod(mixed >>> 16, Reserved.NAME_SLICES);
    }

    @Override
    public List<Effect> on(Membership changed, long nanos) {
        watchingSinceNanos = membership == null ? nanos : watchingSinceNanos;
        membership = changed;
        return List.of();
    }

    @Override
    public Access access(Payload request) {
        return switch (request) {
            case RegisterName register -> Access.Write.of(register.name());
            case DeleteName delete -> Access.Write.of(delete.name());
            case DeleteSpecificName delete -> Access.Write.of(delete.name());
            case ResolveName resolve -> new Access.Read(resolve.name());
            default -> new Access.Free();
        };
    }

    @Override
    public List<Effect> on(Envelope in, long nanos) {
        return switch (in.payload()) {
            case RegisterName register -> {
                Decision decision = register(in, register, nanos);
                yield decided(Call.of(in, register).reply((RegisterReply) decision.reply()), decision);
            }
            case ResolveName resolve -> List.of(Call.of(in, resolve).reply(resolve(resolve)));
            case DeleteName delete -> {
                Decision decision = delete(in, delete.name(), mailbox -> true);
                yield decided(Call.of(in, delete).reply((DeleteReply) decision.reply()), decision);
            }
            case DeleteSpecificName delete -> {
                Decision decision = delete(in, delete.name(), delete.mailbox()::equals);
                yield decided(Call.of(in, delete).reply((DeleteReply) decision.reply()), decision);
            }
            case ListNames list -> List.of(Call.of(in, list).reply(list(list)));
            default -> List.of(); // No request of this fleet: nobody who knows the protocol waits for an answer.
        };
    }

    @Override
    public List<Effect> on(Continuation continuation, Response response, long nanos) {
        return List.of(); // It parks none: every request is decided as it comes.
    }

    private List<Effect> decided(Effect reply, Decision decision) {
        if (decision.changed() == null) {
            return List.of(reply);
        }
        NameChanged event = new NameChanged(decision.changed());
        apply(event);
        return List.of(new Effect.Persist(event), reply);
    }

    private Decision register(Envelope in, RegisterName register, long nanos) {
        if (mayNot(in, register.name())) {
            return refused(NameError.PERMISSION_DENIED);
        }
        Entry entry = entries.get(register.name());
        List<Address> mailboxes = entry == null
                ? new ArrayList<>()
                : new ArrayList<>(entry.mailboxes().stream()
                        .filter(mailbox -> !gone(mailbox, nanos))
                        .toList());
        if (entry != null && !mailboxes.isEmpty()) {
            boolean has = mailboxes.contains(register.mailbox());
            if (!entry.flags().equals(register.flags())) {
                return refused(has || entry.flags().set() ? NameError.FLAGS_CONFLICT : NameError.NAME_TAKEN);
            }
            if (!entry.flags().set() && !has) {
                return refused(NameError.NAME_TAKEN);
            }
            if (has) {
                return registeredAgain(register, entry, mailboxes);
            }
        }
        mailboxes.add(register.mailbox());
        return new Decision(new NameRegistered(), new Entry(register.name(), register.flags(), mailboxes));
    }

    /** It has what it asks for; but where it has moved, its new mapping takes the place of the old one (§3.4, migration). */
    private static Decision registeredAgain(RegisterName register, Entry entry, List<Address> mailboxes) {
        Address mailbox = register.mailbox();
        List<Address> next = mailboxes.stream()
                .map(old -> old.equals(mailbox) ? mailbox : old)
                .toList();
        boolean moved = mailboxes.stream()
                .anyMatch(old -> old.equals(mailbox) && !old.tile().equals(mailbox.tile()));
        return new Decision(new NameRegistered(), moved ? new Entry(entry.name(), entry.flags(), next) : null);
    }

    /** The system's namespace is the system's. */
    private static boolean mayNot(Envelope in, String name) {
        return name.startsWith(SYSTEM) && !in.fromSystem();
    }

    private ResolveReply resolve(ResolveName resolve) {
        Entry entry = entries.get(resolve.name());
        return entry == null ? new Refused(NameError.NO_SUCH_NAME) : new NameResolved(entry);
    }

    private Decision delete(Envelope in, String name, Predicate<Address> which) {
        if (mayNot(in, name)) {
            return refused(NameError.PERMISSION_DENIED);
        }
        Entry entry = entries.get(name);
        if (entry == null) {
            return refused(NameError.NO_SUCH_NAME);
        }
        List<Address> left = entry.mailboxes().stream().filter(which.negate()).toList();
        if (left.size() == entry.mailboxes().size()) {
            return refused(NameError.NO_SUCH_MAILBOX);
        }
        return new Decision(new NameDeleted(), new Entry(name, entry.flags(), left));
    }

    private NamesListed list(ListNames list) {
        Predicate<String> matches = matching(list.pattern());
        return new NamesListed(entries.values().stream()
                .filter(entry -> matches.test(entry.name()))
                .toList());
    }

    /** {@code *} stands for any text, everything else for itself. */
    static Predicate<String> matching(String pattern) {
        StringBuilder regex = new StringBuilder();
        for (String part : pattern.split("\\*", -1)) {
            regex.append(regex.isEmpty() ? "" : ".*").append(Pattern.quote(part));
        }
        return Pattern.compile(regex.toString()).asMatchPredicate();
    }

    private static Decision refused(NameError error) {
        return new Decision(new Refused(error), null);
    }

    private boolean gone(Address mailbox, long nanos) {
        if (membership != null && !mailbox.tile().node().equals(mailbox.client().node())) {
            // It has moved since it was made: what counts is the node that has it.
            return membership.up().stream()
                    .noneMatch(member -> member.node().equals(mailbox.tile().node()));
        }
        Incarnation node =
                new Incarnation(mailbox.client().node(), mailbox.client().boot());
        return membership != null && membership.gone(node, nanos, watchingSinceNanos);
    }

    @Override
    public void apply(Event event) {
        if (!(event instanceof NameChanged(Entry entry))) {
            throw new IllegalStateException("a directory's journal holds no " + event);
        }
        if (entry.mailboxes().isEmpty()) {
            entries.remove(entry.name());
        } else {
            entries.put(entry.name(), entry);
        }
    }

    @Override
    public Snapshot snapshot() {
        return new Directory(List.copyOf(entries.values()));
    }

    @Override
    public void restore(Snapshot snapshot) {
        entries.clear();
        ((Directory) snapshot).entries().forEach(entry -> entries.put(entry.name(), entry));
    }

    /** How a name looks: its parts are made of plain characters. */
    static boolean wellFormed(String name) {
        return name.length() <= 255 && WELL_FORMED.matcher(name).matches();
    }

    /** What a single mailbox's automatic name comes to. */
    static Entry automaticEntry(Address mailbox) {
        return new Entry(mailbox.toString(), Flags.SINGLE, List.of(mailbox));
    }
}
