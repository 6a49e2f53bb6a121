package org.factoredos.kernel;

import java.util.List;
import org.factoredos.grid.TileId;
import org.jspecify.annotations.Nullable;

/**
 * What a microkernel and the OS layer say to each other (§3.1.3): the microkernel originates messages for its clients'
 * sake, and servers answer by microkernel messaging. None of these makes a microkernel delegate again, so there is no loop.
 */
public interface Delegation {
    /**
     * To the name server: which mailbox {@code name} means for a client on {@code tile}.
     *
     * @param stuckTo the member of a stateful set that this tile was bound to before
     * @param avoid the member that just did not take a send
     */
    record BindName(
            String name,
            TileId tile,
            @Nullable Address stuckTo,
            @Nullable Address avoid) implements Payload.Request<BindReply> {}

    sealed interface BindReply extends Payload {}

    /** What a name stands for (§3.4). */
    enum Kind {
        SINGLE,
        /** A member of a set of which any may take any request. */
        INTERCHANGEABLE,
        /** A member of a set that keeps something of its clients: stuck to until it is lost or deleted. */
        STATEFUL
    }

    /**
     * The tile may use this until it is told to drop the name, the node lease is lost, or it is used up.
     *
     * @param uses for how many sends; {@link #UNLIMITED} for any number
     */
    record NameBound(Address mailbox, Kind kind, int uses) implements BindReply {
        /** A name of one mailbox. */
        public static NameBound single(Address mailbox) {
            return new NameBound(mailbox, Kind.SINGLE, UNLIMITED);
        }
    }

    int UNLIMITED = Integer.MAX_VALUE;

    /** To the name server, a plain message: a member of a set does not take or not answer what it is sent. */
    record SuspectMember(String name, Address mailbox) implements Payload {}

    /** A negative entry, held under the same terms. */
    record NameUnbound() implements BindReply {}

    /** The name server cannot say now; nothing may be cached. */
    record BindFailed() implements BindReply {}

    /** To a microkernel: forget the name. Answered once no send that began with the old entry is under way. */
    record DropName(String name) implements Payload.Request<NameDropped> {}

    /** The same for every name: from a name server that does not know what an earlier life of it gave out. */
    record DropAllNames() implements Payload.Request<NameDropped> {}

    record NameDropped() implements Payload {}

    /**
     * To the privilege server: whether clients of {@code domain} may, for a microkernel that will believe it (§3.1.2).
     *
     * @param target for a send a name or a mailbox, for a device the driver's domain
     */
    record CheckRight(String domain, RightKind kind, Destination target) implements Payload.Request<CheckReply> {}

    sealed interface CheckReply extends Payload {}

    /**
     * The tile may use this until it is told to drop the domain's rights of that kind, or the node lease is lost.
     *
     * @param epoch how often, when this was said, tiles had been told to drop rights: what is older than a drop that the tile
     *     has seen is not believed
     */
    record RightChecked(boolean allowed, long epoch) implements CheckReply {}

    /** The privilege server cannot say now; the send ends with {@code result}, and nothing may be cached. */
    record CheckFailed(SendResult result) implements CheckReply {}

    /**
     * To a microkernel: forget what {@code domain} may and may not. Answered once no send that began with the old entry is
     * under way.
     */
    record DropRights(String domain, RightKind kind, long epoch) implements Payload.Request<RightsDropped> {}

    /** The same for all: from a privilege server that does not know what an earlier life of it gave out. */
    record DropAllRights() implements Payload.Request<RightsDropped> {}

    record RightsDropped() implements Payload {}

    /** To a microkernel: in which domain a client acts. It never changes. */
    record ReportDomain(ClientId client) implements Payload.Request<DomainReply> {}

    sealed interface DomainReply extends Payload {}

    record DomainReported(String domain) implements DomainReply {}

    record NoSuchClient() implements DomainReply {}

    /** To a microkernel: what it has denied lately, the oldest first. */
    record ListDenials() implements Payload.Request<DenialsListed> {}

    record DenialsListed(List<Denial> denials) implements Payload {
        public DenialsListed {
            denials = List.copyOf(denials);
        }

        @Override
        public int bytes() {
            return 64 + 128 * denials.size();
        }
    }

    /** To a microkernel: run a client here. {@code spec} is for the machine room, which knows what to make of it. */
    record StartClient(Payload spec, Address supervisor) implements Payload.Request<StartReply> {}

    sealed interface StartReply extends Payload {}

    record ClientStarted(ClientId client, Address firstMailbox) implements StartReply {}

    /** A tile has at most one client, for space is shared and time is not (§3). */
    record TileTaken() implements StartReply {}

    record StartFailed(String why) implements StartReply {}

    /**
     * To a microkernel: {@link Signal#KILL} cuts this client off, and its end follows as {@link ClientEnded}; another signal it
     * handles in its own turn. A client that takes no signals is cut off by any.
     */
    record StopClient(ClientId client, Signal signal) implements Payload.Request<StopReply> {}

    record StopReply() implements Payload {}

    /**
     * To the client's supervisor, once as it happens, and again whenever it {@link ListClients asks}, until it is noted.
     *
     * @param certain false where the node was lost that it was to move to: it may have run there, and moved on in time
     */
    record ClientEnded(ClientId client, TileId tile, int status, boolean certain) implements Payload.Request<EndNoted> {
        public ClientEnded(ClientId client, TileId tile, int status) {
            this(client, tile, status, true);
        }
    }

    record EndNoted() implements Payload {}

    /** To a microkernel: what was started here and runs, and what has ended without its supervisor having noted it. */
    record ListClients() implements Payload.Request<ClientsListed> {}

    record ClientsListed(List<RunningClient> running, List<ClientEnded> ended) implements Payload {
        public ClientsListed {
            running = List.copyOf(running);
            ended = List.copyOf(ended);
        }

        @Override
        public int bytes() {
            return 64 * (1 + ended.size())
                    + running.stream()
                            .mapToInt(client -> 64 + client.spec().bytes())
                            .sum();
        }
    }

    /** {@code startedNanos}: on the monotonic clock of its node. */
    record RunningClient(ClientId client, Address supervisor, Payload spec, long startedNanos) {}

    /** To a microkernel of the node where the mailbox should be: whether it is there, and whose it is. */
    record CheckMailbox(Address mailbox) implements Payload.Request<MailboxChecked> {}

    /**
     * The domain of the mailbox's client, and how often that has moved; the domain is empty where there is no such
     * mailbox.
     */
    record MailboxChecked(String domain, int moves) implements Payload {}

    /** To a microkernel: how its name cache has done. */
    record ReportCache() implements Payload.Request<CacheReported> {}

    record CacheReported(long hits, long misses) implements Payload {}

    /** To a microkernel: the automatic names (§3.4) of its tile's mailboxes. */
    record ListMailboxes() implements Payload.Request<MailboxesListed> {}

    record MailboxesListed(List<Address> mailboxes) implements Payload {
        public MailboxesListed {
            mailboxes = List.copyOf(mailboxes);
        }

        @Override
        public int bytes() {
            return 64 + 32 * mailboxes.size();
        }
    }

    /** To a microkernel: what its tile has counted. */
    record ReportTile() implements Payload.Request<TileReported> {}

    /**
     * Counted since the node started, for all clients that the tile has had: sends begun, those of them that were not accepted,
     * names that were found in the tile's cache and names that were not, messages that went with their mailboxes. Counted now:
     * the mailboxes of its client, and the messages in them.
     *
     * @param taken of its client alone, since that runs here
     */
    record TileReported(
            TileId tile,
            long sends,
            List<Refusals> refused,
            long hits,
            long misses,
            int mailboxes,
            long queued,
            long discarded,
            Taken taken)
            implements Payload {
        public TileReported {
            refused = List.copyOf(refused);
        }

        @Override
        public int bytes() {
            return 128 + 32 * refused.size() + 32 * taken.here().size();
        }
    }

    /** How many sends ended so. */
    record Refusals(SendResult result, long sends) {}

    /**
     * The requests that a client has taken.
     *
     * @param here by the tile of its own node that they came from, in the order of tiles; only those that have sent any
     * @param elsewhere how many came from other nodes
     */
    record Taken(List<TakenFrom> here, long elsewhere) {
        public static final Taken NONE = new Taken(List.of(), 0);

        public Taken {
            here = List.copyOf(here);
        }
    }

    /** How many requests came from that tile. */
    record TakenFrom(TileId tile, long requests) {}
}
