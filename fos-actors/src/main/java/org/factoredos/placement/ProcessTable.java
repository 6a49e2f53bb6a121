package org.factoredos.placement;

import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Incarnation;
import org.factoredos.placement.PlacementProtocol.Rank;
import org.jspecify.annotations.Nullable;

/** What one node's tiles hold, as its placement server knows it; their microkernels know it better. */
final class ProcessTable {
    /** The statuses of ended processes that somebody may still wait for; the oldest make room. */
    private static final int MOST_ENDED = 4096;

    /** {@code parent}: who asked for it, which need not be a process; {@code rank}: of a process of several tiles. */
    record Running(
            ProcessId id,
            ProcessSpec spec,
            TileId tile,
            ProcessId parent,
            long startedNanos,
            @Nullable Rank rank) {
        Running at(TileId other) {
            return new Running(id, spec, other, parent, startedNanos, rank);
        }

        /** Whether it is the one that the process is known by, and with which it ends. */
        boolean leads() {
            return rank == null || rank.number() == 0;
        }

        boolean isPartWith(Running other) {
            Rank its = other.rank;
            return rank != null && its != null && rank.call() == its.call() && parent.equals(other.parent);
        }
    }

    private final SequencedMap<ProcessId, Running> processes = new LinkedHashMap<>();
    private final Map<TileId, String> taken = new LinkedHashMap<>();
    /** Tiles on which a process of that domain may be starting. */
    private final Map<TileId, String> starting = new LinkedHashMap<>();

    private final SequencedMap<ProcessId, Integer> ended = new LinkedHashMap<>();
    /** The nodes that processes went to from here; the oldest make room. */
    private final SequencedMap<ProcessId, Incarnation> away = new LinkedHashMap<>();
    /** Processes that are being ended, here or on another node. */
    private final SequencedSet<ProcessId> ending = new LinkedHashSet<>();

    /** {@code given}: tiles that are none of its own to give, and what runs there. */
    ProcessTable(SortedMap<TileId, String> given) {
        taken.putAll(given);
    }

    void take(TileId tile, String program) {
        taken.put(tile, program);
    }

    /** For a process of that domain, which is about to start. */
    void take(TileId tile, ProcessSpec spec) {
        taken.put(tile, spec.program());
        starting.put(tile, spec.domain());
    }

    /** How many tiles each domain has, those included on which something may be starting. */
    SortedMap<String, Integer> held() {
        SortedMap<String, Integer> held = new TreeMap<>();
        processes.values().forEach(process -> held.merge(process.spec().domain(), 1, Integer::sum));
        starting.values().forEach(domain -> held.merge(domain, 1, Integer::sum));
        return held;
    }

    /** Nothing was started there after all; where a process is known to run, nothing changes. */
    void give(TileId tile) {
        starting.remove(tile);
        if (processes.values().stream().noneMatch(running -> running.tile().equals(tile))) {
            taken.remove(tile);
        }
    }

    /** A process runs, or has already ended: then the news of its end overtook that of its start. */
    void started(Running process) {
        starting.remove(process.tile());
        if (ended.containsKey(process.id())) {
            give(process.tile());
        } else {
            processes.putIfAbsent(process.id(), process);
            taken.put(process.tile(), process.spec().program());
        }
    }

    /** It runs there now, on a tile of this node. */
    void arrived(Running process) {
        if (ended.containsKey(process.id())) {
            return; // The news of its end overtook that of its arrival.
        }
        Running before = processes.put(process.id(), process);
        if (before != null && !before.tile().equals(process.tile())) {
            taken.remove(before.tile());
        }
        taken.put(process.tile(), process.spec().program());
        away.remove(process.id());
    }

    /** It runs on another node now, whose server knows it. */
    void departed(ProcessId id, Incarnation to) {
        Running process = processes.remove(id);
        if (process != null) {
            taken.remove(process.tile());
        }
        away.put(id, to);
        if (away.size() > MOST_ENDED) {
            away.pollFirstEntry();
        }
    }

    /** Where it went from here; null where it did not. */
    @Nullable
    Incarnation away(ProcessId id) {
        return away.get(id);
    }

    /** Returns false where that was known: a tile tells it again until it knows that it was noted. */
    boolean ended(ProcessId id, int status) {
        if (ended.putIfAbsent(id, status) != null) {
            return false;
        }
        if (ended.size() > MOST_ENDED) {
            ended.pollFirstEntry();
        }
        ending.remove(id);
        Running process = processes.remove(id);
        if (process != null) {
            taken.remove(process.tile());
        }
        return true;
    }

    @Nullable
    Running running(ProcessId id) {
        return processes.get(id);
    }

    /** The exit status; null where it has not ended, or long ago. */
    @Nullable
    Integer status(ProcessId id) {
        return ended.get(id);
    }

    /** In the order of their starts. */
    List<Running> running() {
        return processes.values().stream()
                .sorted(Comparator.comparingLong(Running::startedNanos))
                .toList();
    }

    /** All clients of the process that {@code one} is part of, in the order of their ranks. */
    List<Running> parts(Running one) {
        return one.rank() == null
                ? List.of(one)
                : processes.values().stream()
                        .filter(one::isPartWith)
                        .sorted(Comparator.comparingInt(ProcessTable::number))
                        .toList();
    }

    private static int number(Running one) {
        Rank rank = one.rank();
        return rank == null ? 0 : rank.number();
    }

    /** Returns false where it is being ended already. What it starts from now on is to be ended too. */
    boolean ending(ProcessId id) {
        boolean begun = ending.add(id);
        if (ending.size() > MOST_ENDED) {
            ending.removeFirst(); // Of another node, whose end nobody tells here.
        }
        return begun;
    }

    /** Whether nobody is there any more to wait for what it starts, or to end it. */
    boolean gone(ProcessId id) {
        return ending.contains(id) || ended.containsKey(id);
    }

    boolean isTaken(TileId tile) {
        return taken.containsKey(tile);
    }

    /** What runs there; empty where the tile is free. */
    String clientOf(TileId tile) {
        return taken.getOrDefault(tile, "");
    }

    Set<TileId> taken() {
        return Collections.unmodifiableSet(taken.keySet());
    }
}
