package org.factoredos.file;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
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

/** {@code fsync}: first the disks that hold the file's chunks, then the journal that maps them. */
final class Syncs {
    private static final long PATIENCE_NANOS = 10_000_000_000L;
    private static final int MOST = 256;

    record AwaitingDisk(long sync, NodeId node) implements Continuation {}

    record AwaitingJournal(Call<Payload> call) implements Continuation {}

    private static final class Sync {
        final Call<Payload> call;
        final Set<NodeId> awaited = new TreeSet<>();
        boolean failed;

        Sync(Call<Payload> call) {
            this.call = call;
        }
    }

    private final SliceState state;
    private final Disks disks;
    private final Map<Long, Sync> syncs = new LinkedHashMap<>();
    private long last;

    Syncs(SliceState state, Disks disks) {
        this.state = state;
        this.disks = disks;
    }

    /** What was acknowledged is committed already, so this waits for no write. */
    List<Effect> begin(Call<Payload> call, FileId file) {
        Node node = state.node(file);
        if (node == null) {
            return List.of(call.reply(new Refused(FileError.ESTALE)));
        }
        if (syncs.size() == MOST) {
            return List.of(call.reply(new Refused(FileError.EAGAIN)));
        }
        Sync sync = new Sync(call);
        for (Version version : node.chunks.values()) {
            List<NodeId> present = disks.nearest(version.replicas());
            if (present.isEmpty()) {
                return List.of(call.reply(new Refused(FileError.EIO)));
            }
            sync.awaited.addAll(present);
        }
        List<Effect> effects = new ArrayList<>();
        long number = ++last;
        for (NodeId each : sync.awaited) {
            Address driver = disks.driver(each);
            if (driver != null) {
                effects.add(new Effect.Call(driver, new SyncChunks(), new AwaitingDisk(number, each), PATIENCE_NANOS));
            }
        }
        if (effects.isEmpty()) {
            return List.of(journal(call));
        }
        syncs.put(number, sync);
        return effects;
    }

    List<Effect> on(AwaitingDisk awaiting, Response response) {
        Sync sync = syncs.get(awaiting.sync());
        if (sync == null) {
            return List.of();
        }
        sync.awaited.remove(awaiting.node());
        sync.failed |= !(response instanceof Response.Answered(ChunksSynced synced));
        if (!sync.awaited.isEmpty()) {
            return List.of();
        }
        syncs.remove(awaiting.sync());
        return List.of(sync.failed ? sync.call.reply(new Refused(FileError.EIO)) : journal(sync.call));
    }

    List<Effect> on(AwaitingJournal awaiting, Response response) {
        boolean synced = response instanceof Response.Answered(JournalSync.JournalSynced done);
        return List.of(awaiting.call().reply(synced ? new Changed() : new Refused(FileError.EIO)));
    }

    private static Effect journal(Call<Payload> call) {
        return new Effect.Device(new JournalSync.SyncJournal(), new AwaitingJournal(call), PATIENCE_NANOS);
    }
}
