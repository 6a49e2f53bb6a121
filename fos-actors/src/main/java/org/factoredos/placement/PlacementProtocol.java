package org.factoredos.placement;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Delegation;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.Signal;
import org.jspecify.annotations.Nullable;

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

    /**
     * Runs a program on a free tile near {@code near}, which is where the parent runs.
     *
     * @param waitNanos for how long it may wait for a tile, behind all who waited before; who is then told that there is none,
     *     and asks again within two seconds, takes its old place
     * @param tiles how many, of one node, from 1 to {@link #MOST_TILES}: on each a client runs the program, and they start together
     *     or not at all
     */
    record SpawnProcess(ProcessSpec spec, TileId near, long waitNanos, int tiles) implements Request<SpawnReply> {
        /** Which does not wait. */
        public SpawnProcess(ProcessSpec spec, TileId near) {
            this(spec, near, 0, 1);
        }

        @Override
        public boolean once() {
            return true;
        }

        @Override
        public int bytes() {
            return 64 + spec.bytes();
        }
    }

    /** As many as the largest node that anybody makes has for programs. */
    int MOST_TILES = 1024;

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

    /**
     * A step of a node's start.
     *
     * @param beginMillis when it began, since 1970
     */
    record BootStep(String name, long beginMillis, long nanos) {}

    /** From a node's boot, as it ends. A server that takes another's place has not been told. */
    record NoteBoot(List<BootStep> steps) implements Request<BootReported> {
        public NoteBoot {
            steps = List.copyOf(steps);
        }

        @Override
        public int bytes() {
            return 64 + 64 * steps.size();
        }
    }

    /** How this member's node started. */
    record ReportBoot() implements Request<BootReported> {}

    /** From a member to another, a plain message: how many tiles processes of each domain hold on its node. */
    record TilesHeld(Incarnation member, SortedMap<String, Integer> byDomain) implements Payload {
        public TilesHeld {
            byDomain = Collections.unmodifiableSortedMap(new TreeMap<>(byDomain));
        }

        @Override
        public int bytes() {
            return 64 + 64 * byDomain.size();
        }
    }

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
     * @param rank which part of a process of several tiles; null for one of a single tile
     */
    record StartProcess(
            ProcessSpec spec, ClientId parent, @Nullable Rank rank) implements Payload {
        public StartProcess(ProcessSpec spec, ClientId parent) {
            this(spec, parent, null);
        }

        @Override
        public int bytes() {
            return 64 + spec.bytes();
        }
    }

    /**
     * Of the clients of one process, which this is.
     *
     * @param call the parent's call that asked for the process, which tells it from all others of that parent
     */
    record Rank(long call, int number, int size) {}

    /** From a client of a process of several tiles: where the others are. */
    record ListRanks(ProcessId process) implements Request<RanksReply> {}

    sealed interface RanksReply extends Reply {}

    /** The clients in the order of their ranks, and the tiles on which they were started. */
    record RanksListed(List<Address> clients) implements RanksReply {
        public RanksListed {
            clients = List.copyOf(clients);
        }

        @Override
        public int bytes() {
            return 64 + 32 * clients.size();
        }
    }

    /** Not all have started. */
    record StillStarting() implements RanksReply {}

    /** Likewise: a further server of a fleet that has one on this node, such as {@code sys:net}. */
    record StartServer(String fleet) implements Payload {}

    sealed interface SpawnReply extends Reply {}

    sealed interface WaitReply extends Reply {}

    sealed interface KillReply extends Reply {}

    sealed interface MigrateReply extends Reply {}

    /** {@code input}: the mailbox of its standard input where that is a pipe, and else one that nobody reads. */
    record ProcessSpawned(ProcessId process, TileId tile, Address input) implements SpawnReply {}

    /** Nothing was started, for every tile has its client; {@code holders}: whose those are, the largest first. */
    record NoFreeTile(List<Holder> holders) implements SpawnReply {
        public NoFreeTile {
            holders = List.copyOf(holders);
        }

        @Override
        public int bytes() {
            return 64 + 64 * holders.size();
        }
    }

    /** How many tiles processes of a domain hold, over the grid. */
    record Holder(String domain, int tiles) {
        @Override
        public String toString() {
            return domain + " " + tiles;
        }
    }

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

    record BootReported(List<BootStep> steps) implements Reply {
        public BootReported {
            steps = List.copyOf(steps);
        }

        @Override
        public int bytes() {
            return 64 + 64 * steps.size();
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

    /**
     * A process that runs.
     *
     * @param parent who has started it, which need not be a process, and may have ended: then it is init's
     * @param more its further tiles, in the order of their ranks
     * @param domain the protection domain (§3.1.2) that it acts in
     */
    record ProcessStatus(
            ProcessId process,
            ProcessId parent,
            TileId tile,
            List<TileId> more,
            String domain,
            String program,
            List<String> arguments,
            long ageNanos) {
        public ProcessStatus {
            more = List.copyOf(more);
            arguments = List.copyOf(arguments);
        }
    }

    /** {@code client}: what runs there, such as {@code name front} or {@code cat}; empty where the tile is free. */
    record TileStatus(TileId tile, String client) {}

    /** A definite failure: nothing was started, ended or moved. */
    record Refused(PlacementError error) implements SpawnReply, WaitReply, KillReply, MigrateReply, RanksReply {}
}
