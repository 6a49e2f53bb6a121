package org.factoredos.kernel;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One client's memory: which frames it was granted, and at which pages it has mapped them. An access finds its frame here or
 * fails.
 *
 * <p>A client maps, unmaps and gives up in its own turn; the shim of a tile of its node grants. All of it is one immutable state,
 * replaced as a whole, so an access is one read of it. It goes where its client goes within the node.
 */
public final class PageTable {
    private static final State EMPTY = new State(0, Collections.emptySortedMap(), List.of(), false);

    private final Ram ram;
    private final AtomicReference<State> state = new AtomicReference<>(EMPTY);

    /** What the client was granted; {@code server}: who is asked about it. */
    public record Region(long number, List<FrameRun> runs, boolean writable, Address server) {
        public int frames() {
            return runs.stream().mapToInt(FrameRun::count).sum();
        }
    }

    /** Where bytes that lie one behind the other are: in {@code bank} from {@code offset}, so many. */
    public record Span(MemorySegment bank, long offset, long bytes) {}

    /** {@code home}: the tile that has the receipt. */
    record Grant(Paging.Held held, FrameGrants home) {}

    /** Pages one behind the other that are mapped to frames one behind the other. */
    private record Extent(long page, int frame, int count, boolean writable, long region) {
        long end() {
            return page + count;
        }
    }

    /**
     * @param lastRegion no region with a smaller number is granted any more
     * @param extents in the order of their pages
     * @param shut nothing is granted any more, for the client ends or leaves
     */
    private record State(long lastRegion, SortedMap<Long, Grant> grants, List<Extent> extents, boolean shut) {
        /** The extent of the page; null where it is not mapped. */
        @Nullable
        Extent find(long page) {
            int low = 0;
            int high = extents.size() - 1;
            while (low <= high) {
                int middle = (low + high) >>> 1;
                Extent extent = extents.get(middle);
                if (page < extent.page()) {
                    high = middle - 1;
                } else if (page >= extent.end()) {
                    low = middle + 1;
                } else {
                    return extent;
                }
            }
            return null;
        }

        State with(SortedMap<Long, Grant> others, List<Extent> mapped) {
            return new State(lastRegion, others, mapped, shut);
        }
    }

    PageTable(Ram ram) {
        this.ram = ram;
    }

    // In a shim's turn.

    /** Null where it was granted. */
    Paging.@Nullable Obstacle grant(Grant grant) {
        while (true) {
            State now = state.get();
            long region = grant.held().region();
            Grant before = now.grants().get(region);
            Paging.Obstacle obstacle = before == null ? obstacle(now, region) : null;
            if (obstacle != null) {
                return obstacle;
            }
            if (before != null
                    && (before.home() != grant.home()
                            || !before.held().runs().equals(grant.held().runs()))) {
                return Paging.Obstacle.HELD; // There is but one receipt, and it says something else.
            }
            TreeMap<Long, Grant> grants = new TreeMap<>(now.grants());
            grants.put(region, grant); // Perhaps said again; who says it is asked from now on.
            State next = new State(Math.max(region, now.lastRegion()), grants, now.extents(), now.shut());
            if (state.compareAndSet(now, next)) {
                return null;
            }
        }
    }

    private static Paging.@Nullable Obstacle obstacle(State now, long region) {
        if (region <= now.lastRegion()) {
            return Paging.Obstacle.GIVEN_UP;
        }
        if (now.shut()) {
            return Paging.Obstacle.MOVING;
        }
        return now.grants().size() == Paging.MOST_REGIONS ? Paging.Obstacle.TOO_MANY_REGIONS : null;
    }

    /** Before its client moves: false where it holds something. From then on it is granted nothing, until it stays. */
    boolean shutIfEmpty() {
        State now = state.get();
        return now.grants().isEmpty()
                && state.compareAndSet(now, new State(now.lastRegion(), now.grants(), now.extents(), true));
    }

    void open() {
        change(now -> new State(now.lastRegion(), now.grants(), now.extents(), false));
    }

    long lastRegion() {
        return state.get().lastRegion();
    }

    /** On another tile: what it had before was granted under smaller numbers. */
    void goOnFrom(long lastRegion) {
        change(now -> new State(Math.max(lastRegion, now.lastRegion()), now.grants(), now.extents(), now.shut()));
    }

    // In the client's own turn.

    /** The region of that number; empty where it was not granted, or given up. */
    public Optional<Region> region(long number) {
        Grant grant = state.get().grants().get(number);
        return grant == null ? Optional.empty() : Optional.of(described(grant.held()));
    }

    public List<Region> regions() {
        return state.get().grants().values().stream()
                .map(grant -> described(grant.held()))
                .toList();
    }

    private static Region described(Paging.Held held) {
        return new Region(held.region(), held.runs(), held.writable(), held.server());
    }

    /** A number for its next region. */
    public long nextRegion() {
        return state.get().lastRegion() + 1;
    }

    /**
     * Maps {@code count} frames of a region, from the one that has the index {@code from} in it, at the pages from {@code page}
     * on.
     *
     * @throws IllegalArgumentException where it was not granted, or is read-only, or one of the pages is mapped
     */
    public void map(long page, long region, int from, int count, boolean writable) {
        change(now -> {
            Grant grant = now.grants().get(region);
            if (grant == null || (writable && !grant.held().writable())) {
                throw new IllegalArgumentException(
                        "region " + region + (grant == null ? " was not granted" : " is read-only"));
            }
            List<Extent> extents = new ArrayList<>(now.extents());
            long next = page;
            int skip = from;
            int left = count;
            for (FrameRun run : grant.held().runs()) {
                int taken = Math.min(left, run.count() - skip);
                if (taken > 0) {
                    extents.add(new Extent(next, run.first() + skip, taken, writable, region));
                    next += taken;
                    left -= taken;
                }
                skip = Math.max(0, skip - run.count());
            }
            if (page < 0 || from < 0 || count < 1 || left > 0) {
                throw new IllegalArgumentException("region " + region + " has no " + count + " frames from " + from);
            }
            return now.with(now.grants(), inOrder(extents));
        });
    }

    private static List<Extent> inOrder(List<Extent> extents) {
        List<Extent> sorted =
                extents.stream().sorted(Comparator.comparingLong(Extent::page)).toList();
        for (int i = 1; i < sorted.size(); i++) {
            if (sorted.get(i - 1).end() > sorted.get(i).page()) {
                throw new IllegalArgumentException("page " + sorted.get(i).page() + " is mapped already");
            }
        }
        return sorted;
    }

    /** What is mapped at these pages is not any more. */
    public void unmap(long page, long count) {
        change(now -> {
            List<Extent> left = new ArrayList<>();
            for (Extent extent : now.extents()) {
                long from = Math.max(page, extent.page());
                long to = Math.min(page + count, extent.end());
                if (from >= to) {
                    left.add(extent);
                    continue;
                }
                if (extent.page() < from) {
                    left.add(part(extent, extent.page(), from));
                }
                if (to < extent.end()) {
                    left.add(part(extent, to, extent.end()));
                }
            }
            return now.with(now.grants(), inOrder(left));
        });
    }

    private static Extent part(Extent of, long from, long to) {
        int frame = of.frame() + (int) (from - of.page());
        return new Extent(from, frame, (int) (to - from), of.writable(), of.region());
    }

    /** Unmaps the region and gives it up; where it was not granted yet, it never will be. */
    public void giveUp(long region) {
        State before = change(now -> {
            TreeMap<Long, Grant> grants = new TreeMap<>(now.grants());
            grants.remove(region);
            List<Extent> left = now.extents().stream()
                    .filter(extent -> extent.region() != region)
                    .toList();
            return new State(Math.max(region, now.lastRegion()), grants, left, now.shut());
        });
        Grant given = before.grants().get(region);
        if (given != null) {
            given.home().cameBack(given.held());
        }
    }

    /** Returns what was before. */
    private State change(UnaryOperator<State> how) {
        State before = state.get();
        while (!state.compareAndSet(before, how.apply(before))) {
            before = state.get();
        }
        return before;
    }

    /** The client's code has ended: gives up everything, and takes nothing any more. Any thread. */
    void end() {
        State last = state.getAndSet(new State(Long.MAX_VALUE, Collections.emptySortedMap(), List.of(), true));
        last.grants().values().forEach(grant -> grant.home().cameBack(grant.held()));
    }

    // Access

    /**
     * Where the byte at {@code address} is, with those behind it that are in the same place.
     *
     * @throws PageFault where it is not mapped, or not to be written
     */
    public Span find(long address, boolean write) {
        Extent extent = address < 0 ? null : state.get().find(address / Paging.FRAME_BYTES);
        if (extent == null || (write && !extent.writable())) {
            throw new PageFault(address, write, extent != null);
        }
        int frame = extent.frame() + (int) (address / Paging.FRAME_BYTES - extent.page());
        long within = address % Paging.FRAME_BYTES;
        long left = (extent.end() * Paging.FRAME_BYTES) - address;
        return new Span(ram.bank(frame), Ram.offset(frame) + within, left);
    }
}
