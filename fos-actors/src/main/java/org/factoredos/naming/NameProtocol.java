package org.factoredos.naming;

import java.util.List;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Payload;

/** What the name fleet may be asked by any client, and what it answers (§3.4). */
public interface NameProtocol {
    sealed interface Request<R extends Reply> extends Payload.Request<R> {}

    sealed interface Reply extends Payload {}

    /**
     * How a name may be used (§3.4).
     *
     * @param set whether further mailboxes may be added under the name
     * @param interchangeable whether any of them may take a request; otherwise they are stateful
     */
    record Flags(boolean set, boolean interchangeable) {
        public static final Flags SINGLE = new Flags(false, false);
        public static final Flags FLEET = new Flags(true, true);
    }

    /** A name as the canonical directory has it; {@code mailboxes} in order of registration. */
    record Entry(String name, Flags flags, List<Address> mailboxes) {
        public Entry {
            mailboxes = List.copyOf(mailboxes);
        }
    }

    /** Maps {@code name} to {@code mailbox}; only a name that is a set takes a second mapping. */
    record RegisterName(Address mailbox, String name, Flags flags) implements Request<RegisterReply> {}

    record ResolveName(String name) implements Request<ResolveReply> {}

    /** Removes the name with all its mappings. */
    record DeleteName(String name) implements Request<DeleteReply> {}

    /** Removes one mapping; the name goes with its last. */
    record DeleteSpecificName(String name, Address mailbox) implements Request<DeleteReply> {}

    /** The names that match {@code pattern} ({@code *} stands for any text), in order. */
    record ListNames(String pattern) implements Request<ListReply> {}

    sealed interface RegisterReply extends Reply {}

    sealed interface ResolveReply extends Reply {}

    sealed interface DeleteReply extends Reply {}

    sealed interface ListReply extends Reply {}

    record NameRegistered() implements RegisterReply {}

    record NameResolved(Entry entry) implements ResolveReply {}

    record NameDeleted() implements DeleteReply {}

    record NamesListed(List<Entry> entries) implements ListReply {
        public NamesListed {
            entries = List.copyOf(entries);
        }

        @Override
        public int bytes() {
            return 64 + 128 * entries.size();
        }
    }

    /** A definite failure: the directory did not and will not change. */
    record Refused(NameError error) implements RegisterReply, ResolveReply, DeleteReply, ListReply {}
}
