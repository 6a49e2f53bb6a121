package org.factoredos.sim;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.factoredos.server.Event;
import org.factoredos.server.Journal;
import org.factoredos.server.Snapshot;
import org.jspecify.annotations.Nullable;

/**
 * The database that holds all owners' events, which no crash of a node harms.
 *
 * <p>A row is there for good once it is there, and the key (id, sequence number) takes only one. On the way to it rows
 * take their time: if their node crashes they are lost or come in all the same, by the seed, and a writer may be told that
 * nobody knows while its row is still to come.
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
    private Faults faults;

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
        world.after(delay(), "journal", () -> {
            if (writer.ended() && goesDown) {
                return; // It had not left the node.
            }
            if (unknown && world.chance(500)) { // The connection breaks, and the row is lost or comes in later.
                if (world.chance(500)) {
                    world.after(world.between(0, World.SECOND), "journal", () -> commit(id, sequence, row));
                }
                tell(writer, done, Journal.Outcome.INDEFINITE);
                return;
            }
            Journal.Outcome outcome = commit(id, sequence, row);
            tell(writer, done, unknown ? Journal.Outcome.INDEFINITE : outcome);
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
