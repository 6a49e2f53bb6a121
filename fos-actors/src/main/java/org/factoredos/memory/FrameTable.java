package org.factoredos.memory;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.FrameRun;
import org.factoredos.kernel.Paging;
import org.factoredos.memory.MemoryProtocol.AllocateReply;
import org.factoredos.memory.MemoryProtocol.DomainUse;
import org.factoredos.server.Call;
import org.jspecify.annotations.Nullable;

/**
 * The frames of one server: its pool, what of it is free, and who holds the others. What tiles list is the truth; this is
 * what the server knows of it.
 */
final class FrameTable {
    /** A region of a client. */
    record RegionKey(ClientId client, long region) implements Comparable<RegionKey> {
        private static final Comparator<RegionKey> ORDER =
                Comparator.comparing(RegionKey::client).thenComparingLong(RegionKey::region);

        @Override
        public int compareTo(RegionKey other) {
            return ORDER.compare(this, other);
        }
    }

    /** Frames that were allocated together, until the last client has given them up. */
    static final class Allocation {
        final List<FrameRun> runs;
        final SortedMap<RegionKey, Holding> holders = new TreeMap<>();

        private Allocation(List<FrameRun> runs) {
            this.runs = runs;
        }

        int frames() {
            return FrameSet.count(runs);
        }

        /** Whose quota it counts against. */
        private Holding charged() {
            return holders.values().stream()
                    .filter(holding -> holding.owner)
                    .findFirst()
                    .orElseGet(() -> holders.get(holders.firstKey()));
        }
    }

    /** What one client has, or is about to be granted. */
    static final class Holding {
        final RegionKey key;
        final String domain;
        /** Where its receipt is. */
        final TileId tile;

        final boolean owner;
        final boolean writable;
        final Allocation of;
        /** When the grant left, counted in what was said to tiles: whatever a tile says later knows of it. */
        final long said;
        /** Who waits for it; null once that was answered. */
        @Nullable
        Call<AllocateReply> waiting;

        private Holding(
                RegionKey key, String domain, TileId tile, boolean owner, boolean writable, Allocation of, long said) {
            this.key = key;
            this.domain = domain;
            this.tile = tile;
            this.owner = owner;
            this.writable = writable;
            this.of = of;
            this.said = said;
        }
    }

    private final BitSet pool = new BitSet();
    private final Buddy free = new Buddy();
    private final Map<RegionKey, Holding> holdings = new LinkedHashMap<>();
    private final Map<Integer, Allocation> allocations = new LinkedHashMap<>();

    // The pool

    int size() {
        return pool.cardinality();
    }

    int free() {
        return free.free();
    }

    BitSet pool() {
        return (BitSet) pool.clone();
    }

    BitSet freeFrames() {
        return free.frames();
    }

    /** Frames that come into the pool; those that nobody holds are free. */
    void grow(BitSet frames) {
        if (frames.intersects(pool)) {
            throw new IllegalStateException("frames come that are here: " + FrameSet.runs(frames));
        }
        pool.or(frames);
        BitSet held = new BitSet();
        allocations.values().forEach(allocation -> held.or(FrameSet.of(allocation.runs)));
        FrameSet.runs(FrameSet.without(frames, held)).forEach(free::add);
    }

    /** Takes free frames out of the pool: so many, or all that there are where these are fewer. */
    List<FrameRun> shrink(int frames) {
        List<FrameRun> taken = free.take(Math.min(frames, free.free()));
        pool.andNot(FrameSet.of(taken));
        return taken;
    }

    // Allocations

    /** Null where fewer are free. */
    @Nullable
    Allocation allocate(int frames) {
        List<FrameRun> runs = free.take(frames);
        if (runs.isEmpty()) {
            return null;
        }
        Allocation made = new Allocation(runs);
        allocations.put(runs.getFirst().first(), made);
        return made;
    }

    Holding hold(Allocation of, RegionKey key, String domain, TileId tile, boolean owner, boolean writable, long said) {
        Holding holding = new Holding(key, domain, tile, owner, writable, of, said);
        if (holdings.putIfAbsent(key, holding) != null) {
            throw new IllegalStateException(key + " is held already");
        }
        of.holders.put(key, holding);
        return holding;
    }

    /** What a tile has listed that this server is to know from now on; {@link #grow} follows with its frames. */
    void adopt(Paging.Held held, TileId tile, long said) {
        RegionKey key = new RegionKey(held.client(), held.region());
        if (!holdings.containsKey(key)) {
            Allocation of =
                    allocations.computeIfAbsent(held.runs().getFirst().first(), first -> new Allocation(held.runs()));
            hold(of, key, held.domain(), tile, held.owner(), held.writable(), said);
        }
    }

    @Nullable
    Holding holding(RegionKey key) {
        return holdings.get(key);
    }

    Collection<Holding> holdings() {
        return List.copyOf(holdings.values());
    }

    /** The client does not have it any more; its frames are free when nobody has. */
    void drop(Holding holding) {
        if (!holdings.remove(holding.key, holding)) {
            return;
        }
        Allocation of = holding.of;
        of.holders.remove(holding.key);
        if (of.holders.isEmpty()) {
            allocations.remove(of.runs.getFirst().first());
            of.runs.forEach(free::add);
        }
    }

    /** Those on the tile that were said to it before, and that it does not list. */
    List<Holding> missing(TileId tile, long said, Set<RegionKey> listed) {
        List<Holding> missing = new ArrayList<>();
        for (Holding holding : holdings.values()) {
            if (holding.tile.equals(tile) && holding.said < said && !listed.contains(holding.key)) {
                missing.add(holding);
            }
        }
        return missing;
    }

    /** How many frames count for the domain. */
    int usedBy(String domain) {
        return allocations.values().stream()
                .filter(allocation -> allocation.charged().domain.equals(domain))
                .mapToInt(Allocation::frames)
                .sum();
    }

    List<DomainUse> domains() {
        SortedMap<String, DomainUse> domains = new TreeMap<>();
        for (Allocation allocation : allocations.values()) {
            domains.merge(
                    allocation.charged().domain,
                    new DomainUse(allocation.charged().domain, allocation.frames(), 1),
                    (a, b) -> new DomainUse(a.domain(), a.frames() + b.frames(), a.regions() + b.regions()));
        }
        return List.copyOf(domains.values());
    }
}
