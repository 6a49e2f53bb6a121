package org.factoredos.sim;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.factoredos.driver.BlockDevice;
import org.factoredos.driver.BlockError;
import org.factoredos.driver.BlockProtocol.ChunkId;
import org.factoredos.driver.BlockProtocol.ChunkPut;
import org.factoredos.driver.BlockProtocol.ChunkRead;
import org.factoredos.driver.BlockProtocol.ChunksDropped;
import org.factoredos.driver.BlockProtocol.ChunksLookedFor;
import org.factoredos.driver.BlockProtocol.ChunksSynced;
import org.factoredos.driver.BlockProtocol.Refused;
import org.factoredos.driver.BlockProtocol.Reply;
import org.factoredos.driver.BlockProtocol.SpaceReported;
import org.factoredos.kernel.Bytes;
import org.factoredos.server.Device;
import org.jspecify.annotations.Nullable;

/**
 * One node's disk over all its lives, by the contract of {@link org.factoredos.driver.ChunkStore}.
 *
 * <p>Operations end in any order. A crash of the node loses nothing that was done, and what was under way is done or not. A
 * loss of power takes back the last of what was done since the last sync: the log is written in order.
 */
public final class SimDisk {
    /**
     * How the disk behaves.
     *
     * @param failed how many of a thousand operations are answered with {@link BlockError#IO}, done or not
     */
    public record Faults(int failed, long shortestNanos, long longestNanos) {
        public static final Faults NONE = new Faults(0, 100 * World.MICROSECOND, World.MILLISECOND);
        /** Shorter than any restart: nothing that a life has begun happens in the next. */
        public static final Faults HOSTILE = new Faults(10, 100 * World.MICROSECOND, 20 * World.MILLISECOND);
    }

    private record Kept(Bytes data, int checksum) {}

    /** How to take back what was done. */
    private record Undo(ChunkId chunk, @Nullable Kept before) {}

    private final World world;
    private final Map<ChunkId, Kept> chunks = new LinkedHashMap<>();
    private final List<Undo> unsynced = new ArrayList<>();
    private final Set<ChunkId> everPut = new LinkedHashSet<>();
    private Faults faults;
    private int powerLosses;
    private boolean full;

    public SimDisk(World world, Faults faults) {
        this.world = world;
        this.faults = faults;
    }

    public void become(Faults next) {
        faults = next;
    }

    /** Whether there is room for more. */
    public void fill(boolean full) {
        this.full = full;
    }

    public boolean holds(ChunkId chunk) {
        return chunks.containsKey(chunk);
    }

    /** Flips a bit of one chunk, if it holds any that is whole; whether it does. */
    public boolean damage() {
        List<ChunkId> whole = chunks.keySet().stream().filter(this::whole).toList();
        if (whole.isEmpty()) {
            return false;
        }
        ChunkId chunk = whole.get(world.random(whole.size()));
        byte[] bytes = Objects.requireNonNull(chunks.get(chunk)).data().toArray();
        int checksum = Objects.requireNonNull(chunks.get(chunk)).checksum();
        if (bytes.length > 0) {
            bytes[world.random(bytes.length)] ^= 1;
        }
        chunks.put(chunk, new Kept(Bytes.owning(bytes), checksum));
        return true;
    }

    /** The disk as the driver in one life of the node has it. */
    public Device device(SimNode node) {
        return (request, done) -> {
            int loss = powerLosses;
            boolean undone = world.chance(500);
            boolean fails = world.chance(faults.failed());
            world.after(world.between(faults.shortestNanos(), faults.longestNanos()), "disk", () -> {
                if (loss != powerLosses || (node.ended() && undone)) {
                    return;
                }
                Reply answer = fails && undone ? new Refused(BlockError.IO) : perform((BlockDevice) request);
                node.after(0, "disk answers", () -> done.accept(fails ? new Refused(BlockError.IO) : answer));
            });
        };
    }

    /** The node is without power for a moment: to be called as it crashes. */
    public void losePower() {
        powerLosses++;
        for (int left = SimJournal.keptWithoutPower(world, unsynced.size()); unsynced.size() > left; ) {
            Undo last = unsynced.removeLast();
            if (last.before() == null) {
                chunks.remove(last.chunk());
            } else {
                chunks.put(last.chunk(), last.before());
            }
        }
        unsynced.clear();
    }

    /** The node gets an empty disk for this one: to be called as it crashes. */
    public void replace() {
        powerLosses++; // What was under way is nowhere.
        chunks.clear();
        unsynced.clear();
        everPut.clear();
    }

    private Reply perform(BlockDevice operation) {
        return switch (operation) {
            case BlockDevice.Put put when full -> new Refused(BlockError.NO_SPACE);
            case BlockDevice.Put(var chunk, var data, var checksum) -> {
                if (!everPut.add(chunk)) {
                    throw new IllegalStateException("a version is written once: " + chunk);
                }
                unsynced.add(new Undo(chunk, chunks.put(chunk, new Kept(data, checksum))));
                yield new ChunkPut();
            }
            case BlockDevice.Get(var chunk) -> {
                Kept kept = chunks.get(chunk);
                yield kept == null
                        ? new Refused(BlockError.NO_SUCH_CHUNK)
                        : new ChunkRead(kept.data(), kept.checksum());
            }
            case BlockDevice.Drop(var dropped) -> {
                dropped.forEach(chunk -> unsynced.add(new Undo(chunk, chunks.remove(chunk))));
                yield new ChunksDropped();
            }
            case BlockDevice.Sync(var wanted) -> {
                if (!chunks.keySet().containsAll(wanted)) {
                    yield new Refused(BlockError.NO_SUCH_CHUNK);
                }
                unsynced.clear();
                yield new ChunksSynced();
            }
            case BlockDevice.Space() -> new SpaceReported(Long.MAX_VALUE, full ? 0 : Long.MAX_VALUE);
            case BlockDevice.Verify(var wanted) ->
                new ChunksLookedFor(
                        wanted.stream().filter(chunk -> !whole(chunk)).toList());
            case BlockDevice.Look(var wanted) ->
                new ChunksLookedFor(wanted.stream()
                        .filter(chunk -> !chunks.containsKey(chunk))
                        .toList());
        };
    }

    /** Whether it holds the chunk as it was put. */
    public boolean whole(ChunkId chunk) {
        Kept kept = chunks.get(chunk);
        return kept != null && kept.data().crc32c() == kept.checksum();
    }
}
