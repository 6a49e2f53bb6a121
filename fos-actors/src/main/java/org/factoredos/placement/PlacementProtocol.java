package org.factoredos.placement;

import java.util.List;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Delegation;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.Signal;

/** What the placement fleet may be asked, and what it answers (§3.3: scheduler/placement server). */
public interface PlacementProtocol {
    sealed interface Request<R extends Reply> extends Payload.Request<R> {}

    sealed interface Reply extends Payload {}

    /** The exit status of a process whose node was lost: as if by SIGHUP, for what it hung on is gone. */
    int NODE_LOST_STATUS = 129;

    /** How far the asked server may go; the members ask each other for what is their own node's. */
    enum Reach {
        GRID,
        NODE
    }

    /** Runs a program on a free tile near {@code near}, which is where the parent runs. */
    record SpawnProcess(ProcessSpec spec, TileId near) implements Request<SpawnReply> {
        @Override
        public boolean once() {
            return true;
        }

        @Override
        public int bytes() {
            return 64 + spec.bytes();
        }
    }

    /** From a member whose node is full, to another: the same, on its own node or not at all. */
    record PlaceProcess(SpawnProcess spawn, ClientId parent) implements Request<SpawnReply> {
        @Override
        public boolean once() {
            return true;
        }

        @Override
        public int bytes() {
            return 64 + spawn.bytes();
        }
    }

    /** Answered when the process has ended, or as {@link StillRunning} after {@code patienceNanos}. */
    record WaitForProcess(ProcessId process, long patienceNanos) implements Request<WaitReply> {}

    /**
     * Tells the process to end, at its next system call; its tile is free once its thread has ended. A program may handle any
     * signal but {@link Signal#KILL}. It takes the right SIGNAL on the process's domain, unless that is the asker's own.
     */
    record KillProcess(ProcessId process, Signal signal) implements Request<KillReply> {}

    /** Likewise, with all that it has started, and what that has: what Ctrl-C at a terminal asks for. */
    record KillFamily(ProcessId process, Signal signal) implements Request<KillReply> {}

    /**
     * From a member to another: what {@code client} of {@code domain}, which sits on {@code tile}, has asked about a process that
     * the other knows. Whether it may is for that one to find out.
     */
    record HandedOn(Payload asked, String domain, ClientId client, TileId tile) implements Request<Reply> {
        @Override
        public boolean once() {
            return asked instanceof Payload.Request<?> request && request.once();
        }

        @Override
        public int bytes() {
            return 64 + asked.bytes();
        }
    }

    /** Moves the process to a free tile, of any node where it is a state machine; its number stays. Takes what a signal does. */
    record MigrateProcess(ProcessId process, TileId tile) implements Request<MigrateReply> {}

    record ListProcesses(Reach reach) implements Request<ProcessesListed> {}

    record ListTiles(Reach reach) implements Request<TilesListed> {}

    /** What the tiles that are not free have counted: their microkernels are asked. */
    record ReportTiles(Reach reach) implements Request<TilesReported> {}

    /** From a member to another: signals what these have started on its node, and what that has. */
    record EndChildren(List<ProcessId> parents, Signal signal) implements Request<ChildrenEnding> {
        public EndChildren {
            parents = List.copyOf(parents);
        }

        @Override
        public int bytes() {
            return 64 + 32 * parents.size();
        }
    }

    /**
     * To a tile's microkernel, in a {@code StartClient}: what its machine room is to run.
     *
     * @param parent who asked for it, which need not be a process
     */
    record StartProcess(ProcessSpec spec, ClientId parent) implements Payload {
        @Override
        public int bytes() {
            return 64 + spec.bytes();
        }
    }

    /** Likewise: a further server of a fleet that has one on this node, such as {@code sys:net}. */
    record StartServer(String fleet) implements Payload {}

    sealed interface SpawnReply extends Reply {}

    sealed interface WaitReply extends Reply {}

    sealed interface KillReply extends Reply {}

    sealed interface MigrateReply extends Reply {}

    /** {@code input}: the mailbox of its standard input where that is a pipe, and else one that nobody reads. */
    record ProcessSpawned(ProcessId process, TileId tile, Address input) implements SpawnReply {}

    record ProcessEnded(ProcessId process, int status) implements WaitReply {}

    record StillRunning() implements WaitReply {}

    record ProcessMigrated(TileId tile) implements MigrateReply {}

    record KillBegun() implements KillReply {}

    record ChildrenEnding() implements Reply {}

    /** {@code silent}: nodes that did not answer, so that what runs there is not in the list. */
    record ProcessesListed(List<ProcessStatus> processes, List<NodeId> silent) implements Reply {
        public ProcessesListed {
            processes = List.copyOf(processes);
            silent = List.copyOf(silent);
        }

        @Override
        public int bytes() {
            return 64 + 128 * processes.size() + 8 * silent.size();
        }
    }

    /** {@code silent}: nodes that did not answer, so that their tiles are not in the list. */
    record TilesListed(List<TileStatus> tiles, List<NodeId> silent) implements Reply {
        public TilesListed {
            tiles = List.copyOf(tiles);
            silent = List.copyOf(silent);
        }

        @Override
        public int bytes() {
            return 64 + 64 * tiles.size() + 8 * silent.size();
        }
    }

    /** {@code silent}: nodes that did not answer; nor are tiles in the list that did not. */
    record TilesReported(List<TileReport> tiles, List<NodeId> silent) implements Reply {
        public TilesReported {
            tiles = List.copyOf(tiles);
            silent = List.copyOf(silent);
        }

        @Override
        public int bytes() {
            return 64
                    + tiles.stream()
                            .mapToInt(tile -> 64 + tile.counted().bytes())
                            .sum()
                    + 8 * silent.size();
        }
    }

    /** {@code client}: what runs there, as in {@link TileStatus}. */
    record TileReport(String client, Delegation.TileReported counted) {}

    /** {@code domain}: the protection domain (§3.1.2) that it acts in. */
    record ProcessStatus(
            ProcessId process, TileId tile, String domain, String program, List<String> arguments, long ageNanos) {}

    /** {@code client}: what runs there, such as {@code name front} or {@code cat}; empty where the tile is free. */
    record TileStatus(TileId tile, String client) {}

    /** A definite failure: nothing was started, ended or moved. */
    record Refused(PlacementError error) implements SpawnReply, WaitReply, KillReply, MigrateReply {}
}
