package org.factoredos.file;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.factoredos.driver.BlockProtocol.ChunkId;
import org.factoredos.driver.BlockProtocol.ChunksSynced;
import org.factoredos.driver.BlockProtocol.SyncChunks;
import org.factoredos.file.FileProtocol.Changed;
import org.factoredos.file.FileProtocol.FileId;
import org.factoredos.file.FileProtocol.Refused;
import org.factoredos.file.VolumeEvent.Version;
import org.factoredos.file.VolumeTree.Node;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Payload;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.JournalSync;
import org.factoredos.server.Response;

/**
 * {@code fsync}: first the disks that hold the file's chunks, then the journal that maps them.
 *
 * <p>A disk is asked for the versions by name: one that was acknowledged may have gone with the power since, and then there
 * is nothing to sync. What is known to be safe is not asked for again.
 */
final class Syncs {
    private static final long PATIENCE_NANOS = 10_000_000_000L;
    private static final int MOST = 256;
    private static final int MOST_CHUNKS_AT_ONCE = 1024;
    /** Of so many files is known how much of them is safe. */
    private static final int REMEMBERED = 4096;

    record AwaitingDisk(long sync) implements Continuation {}

    record AwaitingJournal(Call<Payload> call) implements Continuation {}

    /** A version's place in the order in which a file's versions are made. */
    private record Mark(long epoch, long counter) implements Comparable<Mark> {
        static final Mark NONE = new Mark(0, 0);

        static Mark of(Version version) {
            return new Mark(version.epoch(), version.counter());
        }

        @Override
        public int compareTo(Mark other) {
            int byEpoch = Long.compare(epoch, other.epoch);
            return byEpoch != 0 ? byEpoch : Long.compare(counter, other.counter);
        }
    }

    private static final class Sync {
        final Call<Payload> call;
        final FileId file;
        final Mark newest;
        int awaited;
        boolean failed;

        Sync(Call<Payload> call, FileId file, Mark newest) {
            this.call = call;
            this.file = file;
            this.newest = newest;
        }
    }

    private final SliceState state;
    private final Disks disks;
    private final Map<Long, Sync> syncs = new LinkedHashMap<>();
    /** Of each file: the disks have synced its versions up to this one. */
    private final SequencedMap<FileId, Mark> safe = new LinkedHashMap<>();

    private long last;

    Syncs(SliceState state, Disks disks) {
        this.state = state;
        this.disks = disks;
    }

    /** What was acknowledged is committed already, so this waits for no write. */
    List<Effect> begin(Call<Payload> call, FileId file, long millis) {
        VolumeTree tree = state.tree(file.volume());
        Node node = state.node(file);
        if (tree == null || node == null) {
            return List.of(call.reply(new Refused(FileError.ESTALE)));
        }
        if (syncs.size() == MOST) {
            return List.of(call.reply(new Refused(FileError.EAGAIN)));
        }
        Mark known = safe.getOrDefault(file, Mark.NONE);
        Mark newest = known;
        Map<NodeId, List<ChunkId>> wanted = new TreeMap<>();
        for (Map.Entry<Long, Version> each : node.chunks.entrySet()) {
            Version version = each.getValue();
            Mark mark = Mark.of(version);
            if (mark.compareTo(known) <= 0) {
                continue;
            }
            newest = mark.compareTo(newest) > 0 ? mark : newest;
            List<NodeId> present = disks.nearest(version.replicas(), millis);
            if (present.isEmpty()) {
                return List.of(call.reply(new Refused(FileError.EIO)));
            }
            ChunkId chunk = tree.chunk(node.number, each.getKey(), version);
            present.forEach(
                    on -> wanted.computeIfAbsent(on, n -> new ArrayList<>()).add(chunk));
        }
        Sync sync = new Sync(call, file, newest);
        List<Effect> effects = ask(++last, wanted);
        if (effects.isEmpty()) {
            return List.of(journal(call));
        }
        sync.awaited = effects.size();
        syncs.put(last, sync);
        return effects;
    }

    private List<Effect> ask(long sync, Map<NodeId, List<ChunkId>> wanted) {
        List<Effect> effects = new ArrayList<>();
        wanted.forEach((node, chunks) -> {
            Address driver = disks.driver(node);
            for (int from = 0; driver != null && from < chunks.size(); from += MOST_CHUNKS_AT_ONCE) {
                List<ChunkId> some = chunks.subList(from, Math.min(chunks.size(), from + MOST_CHUNKS_AT_ONCE));
                effects.add(new Effect.Call(driver, new SyncChunks(some), new AwaitingDisk(sync), PATIENCE_NANOS));
            }
        });
        return effects;
    }

    List<Effect> on(AwaitingDisk awaiting, Response response) {
        Sync sync = syncs.get(awaiting.sync());
        if (sync == null) {
            return List.of();
        }
        sync.awaited--;
        sync.failed |= !(response instanceof Response.Answered(ChunksSynced synced));
        if (sync.awaited > 0) {
            return List.of();
        }
        syncs.remove(awaiting.sync());
        if (sync.failed) {
            return List.of(sync.call.reply(new Refused(FileError.EIO)));
        }
        safe.merge(sync.file, sync.newest, (a, b) -> a.compareTo(b) > 0 ? a : b);
        if (safe.size() > REMEMBERED) {
            safe.pollFirstEntry();
        }
        return List.of(journal(sync.call));
    }

    List<Effect> on(AwaitingJournal awaiting, Response response) {
        boolean synced = response instanceof Response.Answered(JournalSync.JournalSynced done);
        return List.of(awaiting.call().reply(synced ? new Changed() : new Refused(FileError.EIO)));
    }

    private static Effect journal(Call<Payload> call) {
        return new Effect.Device(new JournalSync.SyncJournal(), new AwaitingJournal(call), PATIENCE_NANOS);
    }
}
