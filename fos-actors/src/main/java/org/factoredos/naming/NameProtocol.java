package org.factoredos.naming;

import java.util.List;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.Place;

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
    record Entry(String name, Flags flags, Policy policy, List<Address> mailboxes) {
        public Entry {
            mailboxes = List.copyOf(mailboxes);
        }

        /** One of which nobody has said how its members are chosen. */
        public static Entry of(String name, Flags flags, List<Address> mailboxes) {
            return new Entry(name, flags, Policy.NEAREST, mailboxes);
        }

        int bytes() {
            return 64 + name.length() + 32 * mailboxes.size();
        }
    }

    /**
     * Maps {@code name} to {@code mailbox}, which is one of the asker's domain; only a name that is a set takes a second
     * mapping.
     */
    record RegisterName(Address mailbox, String name, Flags flags) implements Request<RegisterReply> {}

    record ResolveName(String name) implements Request<ResolveReply> {}

    /** Removes the name with all its mappings. */
    record DeleteName(String name) implements Request<DeleteReply> {}

    /** Removes one mapping; the name goes with its last. */
    record DeleteSpecificName(String name, Address mailbox) implements Request<DeleteReply> {}

    /** How members of a set are chosen from now on; asked by whoever may register its name. */
    record SetPolicy(String name, Policy policy) implements Request<PolicyReply> {}

    /**
     * Keeps all names in {@code namespace} for the asker's domain and those inside it ({@code web:*} are all names that
     * begin with {@code web:}). Claims nest, and of several the innermost holds. Names that are there already stay.
     */
    record ClaimNamespace(String namespace) implements Request<ClaimReply> {}

    /** Ends a claim of the asker's domain; a namespace that nobody has claimed is released already. */
    record ReleaseNamespace(String namespace) implements Request<ReleaseReply> {}

    /**
     * The names that match {@code pattern} ({@code *} stands for any text), in order, in pages.
     *
     * @param after the last name of the page before; empty for the first page
     */
    record ListNames(String pattern, String after) implements Request<ListReply> {
        /** The first page. */
        public static ListNames matching(String pattern) {
            return new ListNames(pattern, "");
        }
    }

    /** How the name caches of the asked front's node have done, since the node has started. */
    record ReportCaches() implements Request<CachesReply> {}

    sealed interface RegisterReply extends Reply {}

    sealed interface ResolveReply extends Reply {}

    sealed interface DeleteReply extends Reply {
        /** Whether the name does not lead there any more, if it did before. */
        default boolean isOut() {
            return this instanceof NameDeleted
                    || (this instanceof Refused(NameError error) && error == NameError.NO_SUCH_NAME);
        }
    }

    sealed interface PolicyReply extends Reply {}

    sealed interface ClaimReply extends Reply {}

    sealed interface ReleaseReply extends Reply {}

    sealed interface ListReply extends Reply {}

    sealed interface CachesReply extends Reply {}

    record NameRegistered() implements RegisterReply {}

    record NameResolved(Entry entry) implements ResolveReply {
        @Override
        public int bytes() {
            return 64 + entry.bytes();
        }
    }

    record NameDeleted() implements DeleteReply {}

    record PolicySet() implements PolicyReply {}

    record NamespaceClaimed() implements ClaimReply {}

    record NamespaceReleased() implements ReleaseReply {}

    /** A page of names, in order; {@code more}: whether there is a next page. */
    record NamesListed(List<Entry> entries, boolean more) implements ListReply {
        public NamesListed {
            entries = List.copyOf(entries);
        }

        @Override
        public int bytes() {
            return 64 + entries.stream().mapToInt(Entry::bytes).sum();
        }
    }

    /** Of one level, how many lookups it could answer itself, and how many not. */
    record Count(long hits, long misses) {}

    /**
     * The three levels of caching (§3.1.1), as the asked front's node has met them.
     *
     * @param tiles the caches of the node's microkernels; a tile that did not answer is missing
     * @param front the node's name server
     * @param directory what the front's questions found in the canonical directory, and that there was nothing
     */
    record CachesReported(Count tiles, Count front, Count directory) implements CachesReply {}

    /**
     * From placement, of the system: that client has ended, so no name means a mailbox of its any more. Answered once none does,
     * and none will.
     */
    record ForgetClient(ClientId client) implements Request<ForgetReply> {}

    sealed interface ForgetReply extends Reply {}

    record ClientForgotten() implements ForgetReply {}

    /**
     * From placement, of the system: that client runs there now. Answered once no name means a mailbox of its at an earlier place,
     * and none will: with that place's node, or a later one's, go its names.
     */
    record NoteMoved(ClientId client, Place place) implements Request<MovedReply> {}

    sealed interface MovedReply extends Reply {}

    record MoveNoted() implements MovedReply {}

    /** A definite failure: the directory did not and will not change. */
    record Refused(NameError error)
            implements RegisterReply,
                    ForgetReply,
                    MovedReply,
                    ResolveReply,
                    DeleteReply,
                    PolicyReply,
                    ClaimReply,
                    ReleaseReply,
                    ListReply,
                    CachesReply {}
}
