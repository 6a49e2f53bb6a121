package org.factoredos.kernel;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A client's side of its move: its microkernel asks it to leave, and its host lets it go when it is quiet.
 *
 * <p>Until the client has begun to pack, the microkernel may change its mind; from then on it is the client's word.
 */
public final class Leaving {
    /** How far a client can move. */
    public enum Reach {
        /** Boot placed it: others compute its address from its tile. */
        NOWHERE,
        /** A thread, which no other JVM can go on with. */
        WITHIN_NODE,
        /** A state machine that can be packed. */
        ANYWHERE
    }

    private enum State {
        STAYS,
        ASKED,
        PACKING
    }

    private final AtomicReference<State> state = new AtomicReference<>(State.STAYS);
    private final Map<Integer, Taken> taken = new LinkedHashMap<>();
    private volatile Reach reach = Reach.NOWHERE;
    private volatile @Nullable Microkernel next;
    private volatile Tenants.@Nullable Tenant tenant;

    private record Taken(Mailbox mailbox, List<Envelope> queued) {}

    void reach(Reach far) {
        reach = far;
    }

    Reach reach() {
        return reach;
    }

    /** In the shim's turn. {@code next}: the tile, where it is of the same node. */
    void ask(@Nullable Microkernel next, Tenants.Tenant as) {
        this.next = next;
        this.tenant = as;
        state.set(State.ASKED);
    }

    @Nullable
    Microkernel next() {
        return next;
    }

    Tenants.@Nullable Tenant tenant() {
        return tenant;
    }

    /** In the shim's turn: false where the client has begun to go. */
    boolean withdraw() {
        return state.compareAndSet(State.ASKED, State.STAYS);
    }

    /** Any thread: the client is to come to an end with what it waits for, and to begin nothing. */
    public boolean asked() {
        return state.get() != State.STAYS;
    }

    /** In the client's turn: it goes. False where it need not any more. */
    boolean begin() {
        return state.get() == State.PACKING || state.compareAndSet(State.ASKED, State.PACKING);
    }

    /** In the client's turn: a thread has gone to another tile, and is the same client there. */
    void arrived() {
        state.set(State.STAYS);
    }

    boolean packing() {
        return state.get() == State.PACKING;
    }

    /** Closes the mailboxes and takes out what they hold; false while something counted is not there yet. */
    boolean close(Map<Integer, Mailbox> mailboxes) {
        boolean all = true;
        for (Mailbox mailbox : new TreeMap<>(mailboxes).values()) {
            Taken from = taken.computeIfAbsent(mailbox.number(), number -> {
                mailbox.close();
                return new Taken(mailbox, new ArrayList<>());
            });
            for (Envelope next = mailbox.remove(); next != null; next = mailbox.remove()) {
                from.queued().add(next);
            }
            all &= mailbox.messages() == 0;
        }
        return all;
    }

    List<PackedClient.PackedMailbox> packed() {
        return taken.values().stream()
                .map(from -> new PackedClient.PackedMailbox(
                        from.mailbox().number(),
                        from.mailbox().capacityMessages(),
                        from.mailbox().capacityBytes(),
                        from.mailbox().interrupts(),
                        from.queued()))
                .toList();
    }
}
