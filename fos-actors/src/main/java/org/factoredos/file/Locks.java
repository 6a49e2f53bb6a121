package org.factoredos.file;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.factoredos.file.FileProtocol.Changed;
import org.factoredos.file.FileProtocol.LockFile;
import org.factoredos.file.FileProtocol.Locked;
import org.factoredos.file.FileProtocol.LockedBy;
import org.factoredos.file.FileProtocol.UnlockFile;
import org.factoredos.file.VolumeEvent.Lock;
import org.factoredos.file.VolumeEvent.LockTaken;
import org.factoredos.file.VolumeEvent.LocksReleased;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Delegation;
import org.factoredos.kernel.Incarnation;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Membership;
import org.factoredos.server.Response;
import org.jspecify.annotations.Nullable;

/**
 * Who has locked what of a slice's files. Locks are part of the durable truth: an owner's successor knows them. They end with
 * their process, a while later: its node's microkernels are asked whether it is still there.
 */
final class Locks {
    private static final long PERIOD_NANOS = 1_000_000_000L;
    private static final long PATIENCE_NANOS = 2_000_000_000L;
    /**
     * From the moment at which a holder is known to be gone: as long as something that it has asked for may still be on its way
     * at a front or here, and be carried out. It would be under the next holder's lock.
     */
    static final long QUIET_NANOS = 30_000_000_000L;

    private static final int MOST = 4096;
    private static final int MOST_OF_ONE = 256;

    /** It is time to look which holders are still there. */
    record LookForHolders() implements Continuation {}

    record AwaitingHolder(ClientId holder) implements Continuation {}

    private final SliceState state;
    private final Set<ClientId> asked = new TreeSet<>();
    /** Since when holders are known to be gone. */
    private final Map<ClientId, Long> goneNanos = new TreeMap<>();

    private long watchingSinceNanos;

    Locks(SliceState state) {
        this.state = state;
    }

    /** The first news of the members has come. */
    Effect begin(long nanos) {
        watchingSinceNanos = nanos;
        return next();
    }

    private static Effect next() {
        return new Effect.Timer(new LookForHolders(), PERIOD_NANOS);
    }

    Decision lock(Asker asker, Address client, LockFile request) {
        VolumeTree tree = state.tree(request.file().volume());
        TreeNode node = state.node(request.file());
        if (tree == null || node == null) {
            return Decision.refuse(FileError.ESTALE);
        }
        FileError error = node.withoutBytes();
        if (error == null && (request.from() < 0 || request.length() < 1)) {
            error = FileError.EINVAL;
        }
        if (error == null && !asker.mayUse(tree, node, request.shared() ? FileMode.READ : FileMode.WRITE)) {
            error = FileError.EACCES;
        }
        if (error == null && !client.client().node().equals(client.tile().node())) {
            error = FileError.ENOTSUP; // A state machine that has left its node: nobody could say when it is gone.
        }
        if (error != null) {
            return Decision.refuse(error);
        }
        Lock wanted =
                new Lock(request.file(), client, request.lock(), request.from(), request.length(), request.shared());
        int own = 0;
        for (Lock lock : state.locks()) {
            boolean mine = lock.holder().client().equals(client.client());
            if (lock.isOf(client.client(), request.file(), request.lock())) {
                return new Decision(null, new Locked());
            }
            if (lock.clashes(wanted)) {
                return new Decision(null, new LockedBy(lock.holder().client()));
            }
            own += mine ? 1 : 0;
        }
        return own >= MOST_OF_ONE || state.locks().size() >= MOST
                ? Decision.refuse(FileError.ENOLCK)
                : new Decision(new LockTaken(wanted), new Locked());
    }

    Decision unlock(Address client, UnlockFile request) {
        List<Lock> released = which(lock -> lock.isOf(client.client(), request.file(), request.lock()));
        return new Decision(released.isEmpty() ? null : new LocksReleased(released), new Changed());
    }

    private List<Lock> which(Predicate<Lock> which) {
        return state.locks().stream().filter(which).toList();
    }

    // Holders that are gone.

    List<Effect> look(@Nullable Membership members, long nanos) {
        List<Effect> effects = new ArrayList<>();
        if (members != null) {
            Map<ClientId, Address> holders = new LinkedHashMap<>();
            state.locks().forEach(lock -> holders.put(lock.holder().client(), lock.holder()));
            goneNanos.keySet().retainAll(holders.keySet());
            holders.values().forEach(holder -> effects.addAll(look(holder, members, nanos)));
        }
        effects.add(next());
        return effects;
    }

    private List<Effect> look(Address holder, Membership members, long nanos) {
        ClientId client = holder.client();
        Long gone = goneNanos.get(client);
        if (gone != null) {
            return nanos - gone >= QUIET_NANOS ? release(client) : List.of();
        }
        Incarnation home = new Incarnation(client.node(), client.boot());
        if (members.gone(home, nanos, watchingSinceNanos)) {
            goneNanos.put(client, nanos);
            return List.of();
        }
        // A program stays on its node, and any microkernel there knows all clients of it.
        return members.up().contains(home) && asked.add(client)
                ? List.of(new Effect.Call(
                        Address.ofShim(home, members.grid(), holder.tile()),
                        new Delegation.ReportDomain(client),
                        new AwaitingHolder(client),
                        PATIENCE_NANOS))
                : List.of();
    }

    /** Without an answer nobody knows; it is asked again. */
    void on(AwaitingHolder awaiting, Response response, long nanos) {
        asked.remove(awaiting.holder());
        if (response instanceof Response.Answered(Delegation.NoSuchClient none)) {
            goneNanos.put(awaiting.holder(), nanos);
        }
    }

    private List<Effect> release(ClientId holder) {
        List<Lock> released = which(lock -> lock.holder().client().equals(holder));
        if (released.isEmpty()) {
            return List.of();
        }
        VolumeEvent event = new LocksReleased(released);
        state.apply(event);
        return List.of(new Effect.Persist(event));
    }
}
