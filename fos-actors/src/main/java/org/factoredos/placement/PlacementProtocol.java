package org.factoredos.placement;

import java.util.List;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Payload;

/** What the placement fleet may be asked, and what it answers (§3.3: scheduler/placement server). */
public interface PlacementProtocol {
    sealed interface Request<R extends Reply> extends Payload.Request<R> {}

    sealed interface Reply extends Payload {}

    /** Runs a program on a free tile near {@code near}, which is where the parent runs. */
    record SpawnProcess(ProcessSpec spec, TileId near) implements Request<SpawnReply> {
        @Override
        public int bytes() {
            return 64 + spec.bytes();
        }
    }

    /** Answered when the process has ended, or as {@link StillRunning} after {@code patienceNanos}. */
    record WaitForProcess(ProcessId process, long patienceNanos) implements Request<WaitReply> {}

    /** Ends the process at its next system call; its tile is free once its thread has ended. */
    record KillProcess(ProcessId process) implements Request<KillReply> {}

    /** Likewise, with all that it has started, and what that has: what Ctrl-C at a terminal asks for. */
    record KillFamily(ProcessId process) implements Request<KillReply> {}

    record ListProcesses() implements Request<ProcessesListed> {}

    record ListTiles() implements Request<TilesListed> {}

    /** To a tile's microkernel, in a {@code StartClient}: what its machine room is to run. */
    record StartProcess(ProcessSpec spec) implements Payload {
        @Override
        public int bytes() {
            return 64 + spec.bytes();
        }
    }

    sealed interface SpawnReply extends Reply {}

    sealed interface WaitReply extends Reply {}

    sealed interface KillReply extends Reply {}

    /** {@code input}: the mailbox of its standard input where that is a pipe, and else one that nobody reads. */
    record ProcessSpawned(ProcessId process, TileId tile, Address input) implements SpawnReply {}

    record ProcessEnded(ProcessId process, int status) implements WaitReply {}

    record StillRunning() implements WaitReply {}

    record KillBegun() implements KillReply {}

    record ProcessesListed(List<ProcessStatus> processes) implements Reply {
        public ProcessesListed {
            processes = List.copyOf(processes);
        }

        @Override
        public int bytes() {
            return 64 + 128 * processes.size();
        }
    }

    /** The tiles of the asked server's node. */
    record TilesListed(List<TileStatus> tiles) implements Reply {
        public TilesListed {
            tiles = List.copyOf(tiles);
        }

        @Override
        public int bytes() {
            return 64 + 64 * tiles.size();
        }
    }

    record ProcessStatus(ProcessId process, TileId tile, String program, List<String> arguments, long ageNanos) {}

    /** {@code client}: what runs there, such as {@code name front} or {@code cat}; empty where the tile is free. */
    record TileStatus(TileId tile, String client) {}

    /** A definite failure: nothing was started, nothing was ended. */
    record Refused(PlacementError error) implements SpawnReply, WaitReply, KillReply {}
}
