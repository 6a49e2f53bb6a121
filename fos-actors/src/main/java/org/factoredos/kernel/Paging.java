package org.factoredos.kernel;

import java.util.List;
import org.factoredos.grid.TileId;
import org.jspecify.annotations.Nullable;

/**
 * What memory servers and the microkernels of their node say to each other (§3.1: memory protection is the microkernel's,
 * allocation the OS layer's).
 *
 * <p>A server hands frames to a client by the microkernel of a tile, which keeps the receipt: from then on what the tile lists
 * is the truth, and the server's table a copy of it. A client gives frames up to its own microkernel, at once and for good, and so
 * it does with all as it ends; servers find that they are listed no more. So nothing is acknowledged twice, and
 * a server that has taken the place of another asks its tiles and knows what the other knew.
 */
public interface Paging {
    int FRAME_BYTES = 4096;

    /** How many frames a run has at most: 2 MiB. */
    int LONGEST_RUN = 512;

    /** How many regions a client has at most. */
    int MOST_REGIONS = 1024;

    /**
     * To a microkernel, from a memory server: these frames are the client's too, as its region of that number. May be said
     * again, also by the server that has come in the other's place.
     *
     * @param region the client's own number for it, larger than that of each region that it had before
     * @param owner whether the frames were allocated for it, and not shared with it
     * @param fresh whether nobody else has them: what they hold is wiped out first
     */
    record GrantFrames(
            ClientId client, long region, List<FrameRun> runs, boolean owner, boolean writable, boolean fresh)
            implements Payload.Request<GrantReply> {
        public GrantFrames {
            runs = List.copyOf(runs);
        }

        @Override
        public int bytes() {
            return 96 + 16 * runs.size();
        }
    }

    sealed interface GrantReply extends Payload {}

    record FramesGranted() implements GrantReply {}

    record GrantRefused(Obstacle obstacle) implements GrantReply {}

    /** Why a client did not get what was to be granted to it. */
    enum Obstacle {
        /** It is not on this node. */
        NO_SUCH_CLIENT,
        /** It has given the region up, perhaps before it came, or has a later one. */
        GIVEN_UP,
        /** It has that region, of other frames: by a server that does not know what another one has granted. */
        HELD,
        /** It is on its way to another tile, and takes nothing along. */
        MOVING,
        TOO_MANY_REGIONS,
        /** The server that said this is no more. */
        NO_SUCH_SERVER
    }

    /** To a microkernel, from a memory server: what is granted on this tile, by whomever. */
    record ListGrants() implements Payload.Request<GrantsListed> {}

    /** {@code server}: the memory server that runs on the tile itself, if one does. */
    record GrantsListed(List<Held> held, @Nullable Address server) implements Payload {
        public GrantsListed {
            held = List.copyOf(held);
        }

        @Override
        public int bytes() {
            return 64
                    + held.stream()
                            .mapToInt(one -> 128 + 16 * one.runs().size())
                            .sum();
        }
    }

    /** A region of a client. {@code server}: who granted it, and shares it. */
    record Held(
            ClientId client,
            String domain,
            long region,
            List<FrameRun> runs,
            boolean owner,
            boolean writable,
            Address server) {
        public Held {
            runs = List.copyOf(runs);
        }
    }

    /** To a memory server, a plain message that may be lost: something of its is not held any more on that tile. */
    record FramesReturned(TileId tile) implements Payload {}
}
