package org.factoredos.kernel;

import java.util.List;
import org.factoredos.grid.TileId;

/**
 * What a microkernel and the OS layer say to each other (§3.1.3): the microkernel originates messages for its clients'
 * sake, and servers answer by microkernel messaging. None of these makes a microkernel delegate again, so there is no loop.
 */
public interface Delegation {
    /** To the name server: which mailbox {@code name} means for a client on {@code tile}. */
    record BindName(String name, TileId tile) implements Payload.Request<BindReply> {}

    sealed interface BindReply extends Payload {}

    /** The tile may use this until it is told to drop the name, or the node lease is lost. */
    record NameBound(Address mailbox) implements BindReply {}

    /** A negative entry, held under the same terms. */
    record NameUnbound() implements BindReply {}

    /** The name server cannot say now; nothing may be cached. */
    record BindFailed() implements BindReply {}

    /** To a microkernel: forget the name. Answered once no send that began with the old entry is under way. */
    record DropName(String name) implements Payload.Request<NameDropped> {}

    /** The same for every name: from a name server that does not know what an earlier life of it gave out. */
    record DropAllNames() implements Payload.Request<NameDropped> {}

    record NameDropped() implements Payload {}

    /** To a microkernel: run a client here. {@code spec} is for the machine room, which knows what to make of it. */
    record StartClient(Payload spec, Address supervisor) implements Payload.Request<StartReply> {}

    sealed interface StartReply extends Payload {}

    record ClientStarted(ClientId client, Address firstMailbox) implements StartReply {}

    /** A tile has at most one client, for space is shared and time is not (§3). */
    record TileTaken() implements StartReply {}

    record StartFailed(String why) implements StartReply {}

    /** To a microkernel: cut this client off; its end follows as {@link ClientEnded}. */
    record StopClient(ClientId client) implements Payload.Request<StopReply> {}

    record StopReply() implements Payload {}

    /** To the client's supervisor, again and again until it is noted or there is no supervisor: the tile is free. */
    record ClientEnded(ClientId client, TileId tile, int status) implements Payload.Request<EndNoted> {}

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
}
