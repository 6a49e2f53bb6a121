package org.factoredos.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.factoredos.kernel.Payload;
import org.factoredos.server.Device;
import org.factoredos.server.Event;
import org.factoredos.server.Journal;
import org.factoredos.server.JournalSync;
import org.factoredos.server.Snapshot;
import org.jspecify.annotations.Nullable;

/**
 * The database that holds all owners' events, which no crash of a node harms.
 *
 * <p>The key (id, sequence number) takes one row, and only a loss of power takes rows away: the last of those that came
 * since the last sync. On the way to the database rows take their time: if their node crashes they are lost or come in all
 * the same, by the seed, and a writer may be told that nobody knows while its row is still to come.
 */
public final class SimJournal {
    /** Often enough that most recoveries begin with one. */
    static final int SNAPSHOTS_PER_MILLE = 50;

    /**
     * How the database behaves.
     *
     * @param indefinite how many of a thousand appends are answered with {@link Journal.Outcome#INDEFINITE}
     */
    public record Faults(int indefinite, long shortestNanos, long longestNanos) {
        public static final Faults NONE = new Faults(0, 200 * World.MICROSECOND, World.MILLISECOND);
        public static final Faults HOSTILE = new Faults(10, 200 * World.MICROSECOND, 30 * World.MILLISECOND);
    }

    /** What a reader finds: the newest snapshot, and the rows after it. */
    public record Recovered(@Nullable Snapshot snapshot, List<List<Event>> rows, long lastSequence) {}

    private final World world;
    private final Map<String, TreeMap<Long, List<Event>>> rows = new TreeMap<>();
    private final Map<String, Saved> snapshots = new TreeMap<>();
    /** In the order in which they came. */
    private final List<Key> unsynced = new ArrayList<>();

    private Faults faults;
    private int powerLosses;

    private record Key(String id, long sequence) {}

    private record Saved(long sequence, Snapshot snapshot) {}

    public SimJournal(World world, Faults faults) {
        this.world = world;
        this.faults = faults;
    }

    public void become(Faults next) {
        faults = next;
    }

    /** All rows of {@code id} that are durable now, in order. */
    public List<List<Event>> rows(String id) {
        return List.copyOf(rows.getOrDefault(id, new TreeMap<>()).values());
    }

    /** Begins to append; {@code done} is told in the life that asked, if it lasts. */
    public void append(SimNode writer, String id, long sequence, List<Event> row, Consumer<Journal.Outcome> done) {
        boolean goesDown = world.chance(500);
        boolean unknown = world.chance(faults.indefinite());
        whilePowered(delay(), "journal", () -> {
            if (writer.ended() && goesDown) {
                return; // It had not left the node.
            }
            if (unknown && world.chance(500)) { // The connection breaks, and the row is lost or comes in later.
                if (world.chance(500)) {
                    whilePowered(world.between(0, World.SECOND), "journal", () -> commit(id, sequence, row));
                }
                tell(writer, done, Journal.Outcome.INDEFINITE);
                return;
            }
            Journal.Outcome outcome = commit(id, sequence, row);
            tell(writer, done, unknown ? Journal.Outcome.INDEFINITE : outcome);
        });
    }

    /** The way of an owner on that node to {@code fsync}: forces to the disk what is there. */
    public Device device(SimNode node) {
        return (request, done) -> {
            boolean fails = world.chance(faults.indefinite());
            whilePowered(delay(), "sync", () -> {
                if (!fails) {
                    unsynced.clear();
                }
                Payload answer = fails ? new JournalSync.JournalSyncFailed() : new JournalSync.JournalSynced();
                node.after(delay(), "synced", () -> done.accept(answer));
            });
        };
    }

    /** The database is without power for a moment, as are all who write to it. */
    public void losePower() {
        powerLosses++;
        List<Key> lost = unsynced.subList(keptWithoutPower(world, unsynced.size()), unsynced.size());
        for (Key key : lost) {
            world.note(key + " is lost");
            rows.getOrDefault(key.id(), new TreeMap<>()).remove(key.sequence());
            Saved saved = snapshots.get(key.id());
            if (saved != null && saved.sequence() >= key.sequence()) {
                snapshots.remove(key.id());
            }
        }
        unsynced.clear();
    }

    /** How many of the changes in a log that is not synced are left after a loss of power: often none, often all. */
    static int keptWithoutPower(World world, int changes) {
        return switch (world.random(3)) {
            case 0 -> 0;
            case 1 -> changes;
            default -> world.random(changes + 1);
        };
    }

    private void whilePowered(long delayNanos, String what, Runnable action) {
        int loss = powerLosses;
        world.after(delayNanos, what, () -> {
            if (loss == powerLosses) {
                action.run();
            }
        });
    }

    private void tell(SimNode writer, Consumer<Journal.Outcome> done, Journal.Outcome outcome) {
        writer.after(delay(), "journaled", () -> done.accept(outcome));
    }

    private Journal.Outcome commit(String id, long sequence, List<Event> row) {
        if (rows.computeIfAbsent(id, i -> new TreeMap<>()).putIfAbsent(sequence, row) != null) {
            world.note(id + " fenced at " + sequence);
            return Journal.Outcome.FENCED;
        }
        unsynced.add(new Key(id, sequence));
        world.note(id + " " + sequence + " " + row);
        return Journal.Outcome.DURABLE;
    }

    /** Reads what recovery needs. */
    void read(SimNode reader, String id, Consumer<Recovered> done) {
        world.after(delay(), "read", () -> {
            TreeMap<Long, List<Event>> all = rows.getOrDefault(id, new TreeMap<>());
            Saved saved = snapshots.get(id);
            Recovered recovered = new Recovered(
                    saved == null ? null : saved.snapshot(),
                    List.copyOf(all.tailMap(saved == null ? 0 : saved.sequence(), false)
                            .values()),
                    all.isEmpty() ? 0 : all.lastKey());
            reader.after(delay(), "recovered", () -> done.accept(recovered));
        });
    }

    void save(String id, long sequence, Snapshot snapshot) {
        Saved before = snapshots.get(id);
        if (before == null || before.sequence() < sequence) {
            snapshots.put(id, new Saved(sequence, snapshot));
        }
    }

    private long delay() {
        return world.between(faults.shortestNanos(), faults.longestNanos());
    }
}
