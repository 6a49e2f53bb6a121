package org.factoredos.memory;

import java.util.List;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.FrameRun;
import org.factoredos.kernel.Payload;

/**
 * What the memory fleet may be asked, and what it answers; for microkernels see {@link org.factoredos.kernel.Paging}.
 *
 * <p>A region is what one client got by one call. Its number is the client's own choice, larger than all before, so that a
 * call which is said again, or comes too late, grants nothing twice.
 */
public interface MemoryProtocol {
    sealed interface Request<R extends Reply> extends Payload.Request<R> {}

    sealed interface Reply extends Payload {}

    /** So many frames of the server's node, filled with zeros, as that region of the caller. */
    record AllocateFrames(long region, int frames) implements Request<AllocateReply> {
        @Override
        public boolean once() {
            return true; // Another server would know nothing of what this one has granted.
        }
    }

    sealed interface AllocateReply extends Reply {}

    /** Its microkernel lets it map them. */
    record FramesAllocated(boolean writable) implements AllocateReply {}

    /** The caller has given the region up to its microkernel; answered once the server knows. */
    record FreeFrames(long region) implements Request<FreeReply> {
        @Override
        public boolean once() {
            return true;
        }
    }

    sealed interface FreeReply extends Reply {}

    record FramesFreed() implements FreeReply {}

    /** The caller's region may be shared by {@code with}, which has to accept; until the caller gives it up. */
    record OfferFrames(long region, ClientId with, boolean writable) implements Request<OfferReply> {
        @Override
        public boolean once() {
            return true;
        }
    }

    sealed interface OfferReply extends Reply {}

    record FramesOffered() implements OfferReply {}

    /** Shares a region that {@code from} has offered, as that region of the caller's own. */
    record AcceptFrames(ClientId from, long theirs, long region) implements Request<AllocateReply> {
        @Override
        public boolean once() {
            return true;
        }
    }

    record ReportMemory() implements Request<MemoryReported> {}

    /**
     * In frames.
     *
     * @param node how many its node has
     * @param pool how many are this server's to give; {@code free} of them nobody holds
     * @param lowWater with fewer free ones it borrows
     * @param borrowed of its pool; 0 for the first server of a node, whose frames they all are
     * @param lent to the later servers of the node
     */
    record MemoryReported(
            TileId tile, int node, int pool, int free, int lowWater, int borrowed, int lent, List<DomainUse> domains)
            implements Reply {
        public MemoryReported {
            domains = List.copyOf(domains);
        }

        @Override
        public int bytes() {
            return 128 + 64 * domains.size();
        }
    }

    /** What the clients of a domain hold. A frame that is shared counts for the domain that allocated it, while that holds it. */
    record DomainUse(String domain, int frames, int regions) {}

    /** A definite failure: nothing was granted, nor will be by this call. */
    record Refused(MemoryError error) implements AllocateReply, FreeReply, OfferReply {}

    // Between the servers of one node. Its first server has all frames; later ones borrow theirs from it in bulk.

    /** From a later server that knows of none: which are mine? */
    record AskPool() implements Request<PoolTold> {}

    /** {@code number}: of the last settlement; none up to it counts any more. */
    record PoolTold(long number, List<FrameRun> pool) implements Reply {
        public PoolTold {
            pool = List.copyOf(pool);
        }

        @Override
        public int bytes() {
            return 64 + 16 * pool.size();
        }
    }

    /** A plain message to the first server: lend me so many. {@code urgent}: somebody waits for them. */
    record WantFrames(Address server, int frames, boolean urgent) implements Payload {}

    /**
     * From the first server: {@code lent} are yours from now on, and I want so many back. Said again under the same number
     * until it is answered, and done once.
     */
    record SettlePool(long number, List<FrameRun> lent, int wanted, boolean urgent) implements Request<PoolSettled> {
        public SettlePool {
            lent = List.copyOf(lent);
        }

        @Override
        public int bytes() {
            return 64 + 16 * lent.size();
        }
    }

    record PoolSettled(long number, List<FrameRun> given) implements Reply {
        public PoolSettled {
            given = List.copyOf(given);
        }

        @Override
        public int bytes() {
            return 64 + 16 * given.size();
        }
    }

    /** From a first server that has taken another's place: which are yours, after which settlement? */
    record ReportPool() implements Request<PoolReported> {}

    /** {@code known}: false from one that has begun anew, and whose tiles say what it has granted. */
    record PoolReported(boolean known, long number, List<FrameRun> pool) implements Reply {
        public PoolReported {
            pool = List.copyOf(pool);
        }

        @Override
        public int bytes() {
            return 64 + 16 * pool.size();
        }
    }
}
