package org.factoredos.file;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.factoredos.driver.BlockError;
import org.factoredos.driver.BlockProtocol;
import org.factoredos.driver.BlockProtocol.ChunkId;
import org.factoredos.driver.BlockProtocol.ChunkPut;
import org.factoredos.driver.BlockProtocol.ChunkRead;
import org.factoredos.driver.BlockProtocol.ChunksSynced;
import org.factoredos.file.FileProtocol.FileId;
import org.factoredos.file.FileProtocol.FileWritten;
import org.factoredos.file.FileProtocol.OpenFile;
import org.factoredos.file.FileProtocol.Refused;
import org.factoredos.file.VolumeEvent.ChunksMapped;
import org.factoredos.file.VolumeEvent.FileResized;
import org.factoredos.file.VolumeEvent.Mapped;
import org.factoredos.file.VolumeEvent.Version;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Response;
import org.jspecify.annotations.Nullable;

/**
 * The changes of files' contents, one after the other for each file.
 *
 * <p>A write first puts new versions of its chunks on the disks; then the event that maps them is the commit. Until then
 * it has changed nothing, so whatever fails is a definite refusal, and what it left on a disk is never read.
 */
final class Writes {
    static final long LARGEST_FILE_BYTES = 1L << 42;
    private static final long PATIENCE_NANOS = 3_000_000_000L;
    /** Together the most that one owner keeps waiting; more is for the fronts to hold back. */
    private static final int MOST_CHANGES = 1024;

    private static final long MOST_BYTES = 64L * 1024 * 1024;
    /** Appends in small pieces need the last chunk again and again. */
    private static final int RECENT = 16;

    /** A change of one file's contents. */
    sealed interface Change {
        Call<Payload> call();

        Asker asker();

        FileId file();
    }

    /** @param offset below zero for the file's end */
    record Write(Call<Payload> call, Asker asker, FileId file, long offset, Bytes data) implements Change {}

    /** @param opening the open that empties the file; null where nothing is opened */
    record Resize(
            Call<Payload> call,
            Asker asker,
            FileId file,
            long sizeBytes,
            @Nullable OpenFile opening) implements Change {}

    /** A disk's answer with the chunk that a write changes in part. */
    record AwaitingOld(FileId file, long run, long index, Version old, NodeId asked, List<NodeId> others, boolean hope)
            implements Continuation {}

    record AwaitingPut(FileId file, long run, NodeId node) implements Continuation {}

    record AwaitingSync(FileId file, long run, NodeId node) implements Continuation {}

    private final SliceState state;
    private final Disks disks;
    private final Sweeper sweeper;
    private final Namespace namespace;
    private final int replicas;
    private final Map<FileId, ArrayDeque<Change>> queues = new LinkedHashMap<>();
    private final Map<FileId, WriteRun> runs = new LinkedHashMap<>();
    private final Map<ChunkId, Bytes> recent = new LinkedHashMap<>();
    private int changes;
    private long bytes;
    private long lastRun;

    Writes(SliceState state, Disks disks, Sweeper sweeper, Namespace namespace, int replicas) {
        this.state = state;
        this.disks = disks;
        this.sweeper = sweeper;
        this.namespace = namespace;
        this.replicas = replicas;
    }

    /** How many changes wait or are under way. */
    int waiting() {
        return changes;
    }

    /** Waits for the file's other changes where it empties one. */
    List<Effect> open(Call<Payload> call, Asker asker, OpenFile open, long millis) {
        FileId emptied = namespace.emptiedBy(asker, open);
        return emptied == null
                ? namespace.open(asker, open, millis).carryOut(state, call)
                : enqueue(new Resize(call, asker, emptied, 0, open), millis);
    }

    List<Effect> enqueue(Change change, long millis) {
        if (changes == MOST_CHANGES || bytes + size(change) > MOST_BYTES) {
            return List.of(change.call().reply(new Refused(FileError.EAGAIN)));
        }
        changes++;
        bytes += size(change);
        ArrayDeque<Change> queue = queues.computeIfAbsent(change.file(), file -> new ArrayDeque<>());
        queue.add(change);
        List<Effect> effects = new ArrayList<>();
        if (queue.size() == 1) {
            proceed(change.file(), effects, millis);
        }
        return effects;
    }

    private static long size(Change change) {
        return change instanceof Write write ? write.data().length() : 0;
    }

    /** Begins what is at the head, until something must be waited for. */
    private void proceed(FileId file, List<Effect> effects, long millis) {
        ArrayDeque<Change> queue = queues.get(file);
        while (queue != null && !queue.isEmpty() && !runs.containsKey(file)) {
            switch (queue.peek()) {
                case Resize resize -> finish(file, resized(resize, millis), effects);
                case Write write -> begin(write, effects, millis);
            }
        }
        if (queue != null && queue.isEmpty()) {
            queues.remove(file);
        }
    }

    /** The head is answered; its events stand before its reply, and the next change's behind it. */
    private void finish(FileId file, List<Effect> decided, List<Effect> effects) {
        ArrayDeque<Change> queue = queues.get(file);
        Change done = queue == null ? null : queue.poll();
        if (done != null) {
            changes--;
            bytes -= size(done);
        }
        runs.remove(file);
        effects.addAll(decided);
    }

    private List<Effect> resized(Resize resize, long millis) {
        OpenFile opening = resize.opening();
        if (opening != null && !resize.file().equals(namespace.emptiedBy(resize.asker(), opening))) {
            // The path leads elsewhere since it began to wait, where fronts may hold something: it is to be asked anew.
            return refused(resize, FileError.EAGAIN);
        }
        TreeNode node = state.node(resize.file());
        FileError error = problem(resize, node);
        if (error == null && resize.sizeBytes() < 0) {
            error = FileError.EINVAL;
        } else if (error == null && resize.sizeBytes() > LARGEST_FILE_BYTES) {
            error = FileError.EFBIG;
        }
        if (error != null || node == null) {
            return refused(resize, error == null ? FileError.ESTALE : error);
        }
        FileId file = resize.file();
        VolumeEvent event = new FileResized(file.volume(), file.number(), resize.sizeBytes(), millis);
        state.apply(event);
        Payload reply =
                opening != null ? new FileProtocol.FileOpened(node.status(file.volume())) : new FileProtocol.Changed();
        return List.of(new Effect.Persist(event), resize.call().reply(reply));
    }

    private static List<Effect> refused(Change change, FileError error) {
        return List.of(change.call().reply(new Refused(error)));
    }

    private void begin(Write write, List<Effect> effects, long millis) {
        TreeNode node = state.node(write.file());
        FileError error = problem(write, node);
        if (error != null || node == null) {
            finish(write.file(), refused(write, error == null ? FileError.ESTALE : error), effects);
            return;
        }
        long offset = write.offset() < 0 ? node.sizeBytes : write.offset();
        if (write.data().isEmpty()) {
            finish(write.file(), List.of(write.call().reply(new FileWritten(offset))), effects);
            return;
        }
        WriteRun run = new WriteRun(++lastRun, write, offset);
        error = write.data().length() > FileProtocol.LARGEST_TRANSFER_BYTES
                ? FileError.EINVAL
                : offset > LARGEST_FILE_BYTES - write.data().length()
                        ? FileError.EFBIG
                        : room(run, node) ? null : FileError.EDQUOT;
        if (error != null) {
            finish(write.file(), refused(write, error), effects);
            return;
        }
        runs.put(write.file(), run);
        for (long index = offset / BlockProtocol.CHUNK_BYTES;
                index <= (run.end() - 1) / BlockProtocol.CHUNK_BYTES;
                index++) {
            compose(run, node, index, effects, millis);
        }
        advance(run, effects, millis);
    }

    private @Nullable FileError problem(Change change, @Nullable TreeNode node) {
        VolumeTree tree = state.tree(change.file().volume());
        if (tree == null || node == null) {
            return FileError.ESTALE;
        }
        if (node.withoutBytes() != null) {
            return node.withoutBytes();
        }
        return change.asker().mayUse(tree, node, FileMode.WRITE) ? null : FileError.EACCES;
    }

    /** Whether the owner's files may take what the write adds. */
    private boolean room(WriteRun run, TreeNode node) {
        VolumeTree tree = state.tree(run.write.file().volume());
        return tree != null && tree.shares().room(node.owner, run.growth(node));
    }

    /** Makes the new bytes of a chunk, or asks a disk for the old ones first. */
    private void compose(WriteRun run, TreeNode node, long index, List<Effect> effects, long millis) {
        Version old = node.chunks.get(index);
        long begin = index * BlockProtocol.CHUNK_BYTES;
        long end = Math.min(run.end(), begin + BlockProtocol.CHUNK_BYTES);
        if (old == null || (run.offset <= begin && end - begin >= old.length())) {
            run.fresh.put(index, run.merged(index, Bytes.EMPTY));
            return;
        }
        Bytes known = recent.get(chunk(run, index, old));
        if (known != null) {
            run.fresh.put(index, run.merged(index, known.slice(0, old.length())));
            return;
        }
        getAnew(run, index, old, effects, millis);
    }

    private void getAnew(WriteRun run, long index, Version old, List<Effect> effects, long millis) {
        List<NodeId> present = disks.nearest(old.replicas(), millis);
        run.awaited++;
        get(run, index, old, present, present.size() < old.replicas().size(), effects);
    }

    /** @param hope whether a disk that may have it is away, or has said nothing */
    private void get(WriteRun run, long index, Version old, List<NodeId> nodes, boolean hope, List<Effect> effects) {
        Address driver = nodes.isEmpty() ? null : disks.driver(nodes.getFirst());
        if (driver == null) {
            run.awaited--;
            run.error = hope ? FileError.EAGAIN : FileError.EIO;
            return;
        }
        List<NodeId> others = List.copyOf(nodes.subList(1, nodes.size()));
        effects.add(new Effect.Call(
                driver,
                new BlockProtocol.GetChunk(chunk(run, index, old)),
                new AwaitingOld(run.write.file(), run.number, index, old, nodes.getFirst(), others, hope),
                PATIENCE_NANOS));
    }

    /** Goes on where nothing is waited for any more. */
    private void advance(WriteRun run, List<Effect> effects, long millis) {
        if (run.awaited > 0) {
            return;
        }
        if (run.error != null) {
            fail(run, run.error, effects, millis);
        } else if (run.versions.isEmpty()) {
            put(run, effects, millis);
        } else if (!run.synced && replacesSynced(run)) {
            sync(run, effects);
        } else {
            commit(run, effects, millis);
        }
    }

    /** The map's row may outlive a loss of power that takes what is not synced: bytes that were safe would go with it. */
    private boolean replacesSynced(WriteRun run) {
        TreeNode node = state.node(run.write.file());
        return node != null && node.synced && run.versions.keySet().stream().anyMatch(node.chunks::containsKey);
    }

    private void sync(WriteRun run, List<Effect> effects) {
        List<ChunkId> chunks = new ArrayList<>();
        run.versions.forEach((index, version) -> chunks.add(chunk(run, index, version)));
        for (Incarnation target : run.targets) {
            Address driver = disks.driver(target.node());
            if (driver != null) {
                run.awaited++;
                AwaitingSync awaiting = new AwaitingSync(run.write.file(), run.number, target.node());
                effects.add(new Effect.Call(driver, new BlockProtocol.SyncChunks(chunks), awaiting, PATIENCE_NANOS));
            }
        }
    }

    private void put(WriteRun run, List<Effect> effects, long millis) {
        run.targets = disks.targets(replicas, run.avoided, millis);
        if (run.targets.isEmpty() || run.targets.size() < disks.wanted(replicas)) {
            fail(run, run.error == null ? FileError.EAGAIN : run.error, effects, millis);
            return;
        }
        run.error = null;
        run.synced = false;
        List<NodeId> nodes = run.targets.stream().map(Incarnation::node).toList();
        run.fresh.forEach((index, data) -> {
            Version version = new Version(state.writer(), state.nextCounter(), data.length(), nodes);
            run.versions.put(index, version);
            BlockProtocol.PutChunk put = new BlockProtocol.PutChunk(chunk(run, index, version), data, data.crc32c());
            for (NodeId node : nodes) {
                Address driver = disks.driver(node);
                if (driver != null) {
                    run.awaited++;
                    AwaitingPut awaiting = new AwaitingPut(run.write.file(), run.number, node);
                    effects.add(new Effect.Call(driver, put, awaiting, PATIENCE_NANOS));
                }
            }
        });
    }

    List<Effect> on(AwaitingOld awaiting, Response response, long millis) {
        List<Effect> effects = new ArrayList<>();
        WriteRun run = running(awaiting.file(), awaiting.run());
        disks.note(awaiting.asked(), response, millis);
        if (run == null) {
            return effects;
        }
        TreeNode node = state.node(awaiting.file());
        Version now = node == null ? null : node.chunks.get(awaiting.index());
        if (now == null) { // The file was removed meanwhile; no other write may change it while this runs.
            run.awaited--;
            run.error = FileError.ESTALE;
        } else if (response instanceof Response.Answered(ChunkRead(var data, var checksum))
                && data.crc32c() == checksum
                && data.length() >= now.length()) {
            run.awaited--; // Where the chunk has been copied meanwhile, its bytes are the same.
            run.fresh.put(awaiting.index(), run.merged(awaiting.index(), data.slice(0, now.length())));
        } else if (chunk(run, awaiting.index(), now).equals(chunk(run, awaiting.index(), awaiting.old()))) {
            boolean hope = awaiting.hope() || !(response instanceof Response.Answered);
            get(run, awaiting.index(), now, awaiting.others(), hope, effects);
        } else {
            run.awaited--;
            getAnew(run, awaiting.index(), now, effects, millis);
        }
        advance(run, effects, millis);
        proceed(awaiting.file(), effects, millis);
        return effects;
    }

    List<Effect> on(AwaitingPut awaiting, Response response, long millis) {
        boolean put = response instanceof Response.Answered(ChunkPut done);
        return onDisk(running(awaiting.file(), awaiting.run()), awaiting.node(), response, put, millis);
    }

    List<Effect> on(AwaitingSync awaiting, Response response, long millis) {
        WriteRun run = running(awaiting.file(), awaiting.run());
        if (run != null) {
            run.synced = true;
        }
        boolean synced = response instanceof Response.Answered(ChunksSynced done);
        return onDisk(run, awaiting.node(), response, synced, millis);
    }

    /** One of a run's disks has done what it was to do, or not. */
    private List<Effect> onDisk(@Nullable WriteRun run, NodeId node, Response response, boolean done, long millis) {
        List<Effect> effects = new ArrayList<>();
        disks.note(node, response, millis);
        if (run == null) {
            return effects;
        }
        run.awaited--;
        if (!done) {
            run.avoided.add(node);
            run.error = worse(run.error, error(response));
        }
        if (run.awaited == 0 && (run.error != null || !enough(run))) {
            // Other disks may take what these do not; of one that was lost meanwhile nobody knows what it has.
            abandon(run, millis);
            put(run, effects, millis);
        } else {
            advance(run, effects, millis);
        }
        proceed(run.write.file(), effects, millis);
        return effects;
    }

    /** Whether its disks are still as many as they should be: members come and go while they are written to. */
    private boolean enough(WriteRun run) {
        return disks.live().containsAll(run.targets) && run.targets.size() >= disks.wanted(replicas);
    }

    /** The lowest number of a version of this file that may yet be mapped; no lower one will be. */
    OptionalLong firstUndecided(FileId file) {
        WriteRun run = runs.get(file);
        return run == null
                ? OptionalLong.empty()
                : run.versions.values().stream().mapToLong(Version::counter).min();
    }

    private static FileError error(Response response) {
        return switch (response) {
            case Response.Answered(BlockProtocol.Refused(var why)) when why == BlockError.NO_SPACE -> FileError.ENOSPC;
            case Response.Answered(BlockProtocol.Refused(var why)) when why != BlockError.BUSY -> FileError.EIO;
            default -> FileError.EAGAIN;
        };
    }

    private static FileError worse(@Nullable FileError a, FileError b) {
        return a == null || a == FileError.EAGAIN ? b : a;
    }

    private void commit(WriteRun run, List<Effect> effects, long millis) {
        FileId file = run.write.file();
        TreeNode node = state.node(file);
        FileError error = problem(run.write, node); // Much may have changed while the disks were busy.
        if (error == null && node != null && !room(run, node)) {
            error = FileError.EDQUOT;
        }
        if (error != null || node == null) {
            fail(run, error == null ? FileError.ESTALE : error, effects, millis);
            return;
        }
        List<Mapped> mapped = new ArrayList<>();
        run.versions.forEach((index, version) -> {
            mapped.add(new Mapped(index, version));
            remember(chunk(run, index, version), run.fresh.getOrDefault(index, Bytes.EMPTY));
        });
        long size = Math.max(node.sizeBytes, run.end());
        VolumeEvent event = new ChunksMapped(file.volume(), file.number(), size, millis, mapped);
        state.apply(event);
        finish(file, List.of(new Effect.Persist(event), run.write.call().reply(new FileWritten(run.end()))), effects);
    }

    private void fail(WriteRun run, FileError error, List<Effect> effects, long millis) {
        abandon(run, millis);
        finish(run.write.file(), refused(run.write, error), effects);
    }

    private void abandon(WriteRun run, long millis) {
        run.versions.forEach(
                (index, version) -> sweeper.orphan(chunk(run, index, version), version.replicas(), millis));
        run.versions.clear();
    }

    private void remember(ChunkId chunk, Bytes data) {
        if (data.length() < BlockProtocol.CHUNK_BYTES) {
            recent.put(chunk, data);
            if (recent.size() > RECENT) {
                recent.remove(recent.keySet().iterator().next());
            }
        }
    }

    private @Nullable WriteRun running(FileId file, long number) {
        WriteRun run = runs.get(file);
        return run != null && run.number == number ? run : null;
    }

    private static ChunkId chunk(WriteRun run, long index, Version version) {
        FileId file = run.write.file();
        return new ChunkId(file.volume(), file.number(), index, version.epoch(), version.counter());
    }
}
