package org.factoredos.file;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.factoredos.driver.BlockError;
import org.factoredos.driver.BlockProtocol;
import org.factoredos.driver.BlockProtocol.ChunkId;
import org.factoredos.driver.BlockProtocol.ChunksSynced;
import org.factoredos.driver.BlockProtocol.SyncChunks;
import org.factoredos.file.FileProtocol.Changed;
import org.factoredos.file.FileProtocol.FileId;
import org.factoredos.file.FileProtocol.Refused;
import org.factoredos.file.VolumeEvent.Version;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Payload;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.JournalSync;
import org.factoredos.server.Response;
import org.jspecify.annotations.Nullable;

/**
 * {@code fsync}: first the disks that hold the file's chunks, then the journal that maps them.
 *
 * <p>A disk is asked for the versions by name: one that was acknowledged may have gone with the power since, and then there
 * is nothing to sync. What is known to be safe is not asked for again.
 */
final class Syncs {
    private static final long PATIENCE_NANOS = 5_000_000_000L;
    private static final int MOST = 256;
    private static final int MOST_CHUNKS_AT_ONCE = 1024;
    /** Of so many files is known how much of them is safe. */
    private static final int REMEMBERED = 4096;

    record AwaitingDisk(long sync, NodeId node, List<ChunkId> chunks) implements Continuation {}

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
        /** How many of the disks that are to hold a chunk have not said that it is not there. */
        final Map<ChunkId, Integer> hopes = new LinkedHashMap<>();

        int awaited;

        @Nullable
        FileError error;

        Sync(Call<Payload> call, FileId file, Mark newest) {
            this.call = call;
            this.file = file;
            this.newest = newest;
        }
    }

    private final SliceState state;
    private final Disks disks;
    private final Writes writes;
    private final Map<Long, Sync> syncs = new LinkedHashMap<>();
    /** Of each file: the disks have synced its versions up to this one. */
    private final SequencedMap<FileId, Mark> safe = new LinkedHashMap<>();

    private long last;

    Syncs(SliceState state, Disks disks, Writes writes) {
        this.state = state;
        this.disks = disks;
        this.writes = writes;
    }

    /** What was acknowledged is committed already, so this waits for no write. */
    List<Effect> begin(Call<Payload> call, Asker asker, FileId file, long millis) {
        VolumeTree tree = state.tree(file.volume());
        TreeNode node = state.node(file);
        if (tree == null || node == null) {
            return List.of(call.reply(new Refused(FileError.ESTALE)));
        }
        if (!asker.mayUse(tree, node, 0)) {
            return List.of(call.reply(new Refused(FileError.EACCES)));
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
                return List.of(call.reply(new Refused(FileError.EAGAIN)));
            }
            ChunkId chunk = tree.chunk(node.number, each.getKey(), version);
            present.forEach(
                    on -> wanted.computeIfAbsent(on, n -> new ArrayList<>()).add(chunk));
        }
        // A write that is under way has numbers already, and copies of other chunks may have got later ones since.
        OptionalLong undecided = writes.firstUndecided(file);
        if (undecided.isPresent()) {
            Mark below = new Mark(state.writer(), undecided.getAsLong() - 1);
            newest = below.compareTo(newest) < 0 ? below : newest;
        }
        Sync sync = new Sync(call, file, newest);
        List<Effect> effects = new ArrayList<>();
        if (!node.synced) {
            VolumeEvent.FileSynced relied = new VolumeEvent.FileSynced(file.volume(), file.number());
            state.apply(relied);
            effects.add(new Effect.Persist(relied));
        }
        List<Effect> asked = ask(++last, wanted);
        effects.addAll(asked);
        if (asked.isEmpty()) {
            effects.add(journal(call));
            return effects;
        }
        sync.awaited = asked.size();
        wanted.values().forEach(chunks -> chunks.forEach(chunk -> sync.hopes.merge(chunk, 1, Integer::sum)));
        syncs.put(last, sync);
        return effects;
    }

    private List<Effect> ask(long sync, Map<NodeId, List<ChunkId>> wanted) {
        List<Effect> effects = new ArrayList<>();
        wanted.forEach((node, chunks) -> {
            Address driver = disks.driver(node);
            for (int from = 0; driver != null && from < chunks.size(); from += MOST_CHUNKS_AT_ONCE) {
                List<ChunkId> some = chunks.subList(from, Math.min(chunks.size(), from + MOST_CHUNKS_AT_ONCE));
                effects.add(new Effect.Call(
                        driver, new SyncChunks(some), new AwaitingDisk(sync, node, List.copyOf(some)), PATIENCE_NANOS));
            }
        });
        return effects;
    }

    List<Effect> on(AwaitingDisk awaiting, Response response, long millis) {
        disks.note(awaiting.node(), response, millis);
        Sync sync = syncs.get(awaiting.sync());
        if (sync == null) {
            return List.of();
        }
        sync.awaited--;
        if (!(response instanceof Response.Answered(ChunksSynced synced))) {
            sync.error = worse(sync.error, error(sync, awaiting, response));
        }
        if (sync.awaited > 0) {
            return List.of();
        }
        syncs.remove(awaiting.sync());
        if (sync.error != null) {
            return List.of(sync.call.reply(new Refused(sync.error)));
        }
        safe.merge(sync.file, sync.newest, (a, b) -> a.compareTo(b) > 0 ? a : b);
        if (safe.size() > REMEMBERED) {
            safe.pollFirstEntry();
        }
        return List.of(journal(sync.call));
    }

    /** Whether it may be another time: the node is about to be removed, or a chunk to be copied from another disk. */
    private static FileError error(Sync sync, AwaitingDisk awaiting, Response response) {
        if (!(response instanceof Response.Answered(BlockProtocol.Refused(BlockError why)))) {
            return FileError.EAGAIN;
        }
        if (why != BlockError.NO_SUCH_CHUNK) {
            return why == BlockError.BUSY ? FileError.EAGAIN : FileError.EIO;
        }
        boolean lost = false;
        for (ChunkId chunk : awaiting.chunks()) {
            lost |= sync.hopes.merge(chunk, -1, Integer::sum) == 0;
        }
        return lost ? FileError.EIO : FileError.EAGAIN;
    }

    private static FileError worse(@Nullable FileError a, FileError b) {
        return a == null || a == FileError.EAGAIN ? b : a;
    }

    List<Effect> on(AwaitingJournal awaiting, Response response) {
        boolean synced = response instanceof Response.Answered(JournalSync.JournalSynced done);
        return List.of(awaiting.call().reply(synced ? new Changed() : new Refused(FileError.EIO)));
    }

    private static Effect journal(Call<Payload> call) {
        return new Effect.Device(new JournalSync.SyncJournal(), new AwaitingJournal(call), PATIENCE_NANOS);
    }
}
