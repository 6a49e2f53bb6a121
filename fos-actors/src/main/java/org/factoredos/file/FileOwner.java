package org.factoredos.file;

import java.util.ArrayList;
import java.util.List;
import org.factoredos.file.FileProtocol.AppendFile;
import org.factoredos.file.FileProtocol.ListDirectory;
import org.factoredos.file.FileProtocol.ListVolumes;
import org.factoredos.file.FileProtocol.LockFile;
import org.factoredos.file.FileProtocol.MakeDirectory;
import org.factoredos.file.FileProtocol.MakeLink;
import org.factoredos.file.FileProtocol.MakeSymbolicLink;
import org.factoredos.file.FileProtocol.MakeVolume;
import org.factoredos.file.FileProtocol.OpenFile;
import org.factoredos.file.FileProtocol.ReadFile;
import org.factoredos.file.FileProtocol.ReadLink;
import org.factoredos.file.FileProtocol.Refused;
import org.factoredos.file.FileProtocol.RemoveDirectory;
import org.factoredos.file.FileProtocol.RenamePath;
import org.factoredos.file.FileProtocol.ReportDisks;
import org.factoredos.file.FileProtocol.ReportScrub;
import org.factoredos.file.FileProtocol.Request;
import org.factoredos.file.FileProtocol.SetAttributes;
import org.factoredos.file.FileProtocol.SetQuota;
import org.factoredos.file.FileProtocol.StatFile;
import org.factoredos.file.FileProtocol.StatLink;
import org.factoredos.file.FileProtocol.StatPath;
import org.factoredos.file.FileProtocol.StatVolume;
import org.factoredos.file.FileProtocol.SyncFile;
import org.factoredos.file.FileProtocol.TruncateFile;
import org.factoredos.file.FileProtocol.UnlinkFile;
import org.factoredos.file.FileProtocol.UnlockFile;
import org.factoredos.file.FileProtocol.WriteFile;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.server.Access;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Event;
import org.factoredos.server.Membership;
import org.factoredos.server.OwnerLife;
import org.factoredos.server.Response;
import org.factoredos.server.Snapshot;
import org.jspecify.annotations.Nullable;

/**
 * The truth about the volumes of one slice: their directories, their files, and which version of each chunk counts.
 *
 * <p>A write puts new versions on the disks of live nodes and then journals the chunk map: that event is the commit. A read
 * is answered with the map's versions ({@link ReadLocated}), which the asking front fetches itself. In a list of effects
 * each request's events stand before its reply, and behind the reply of the request before.
 */
public final class FileOwner implements OwnerLife.Slice, Membership.Watcher {
    private final int slice;
    private final long millisAtZero;
    private final SliceState state;
    private final Disks disks;
    private final Queries queries;
    private final Namespace namespace;
    private final Touches touches;
    private final Properties properties;
    private final Writes writes;
    private final Syncs syncs;
    private final Sweeper sweeper;
    private final Scrub scrub;
    private final Repairs repairs;
    private final Locks locks;
    private @Nullable Membership members;
    private boolean begun;

    /**
     * How files are kept.
     *
     * @param replicas on how many nodes' disks each chunk is; on fewer where there are fewer nodes
     * @param repairDelayNanos how long a lost node may take to come back before its chunks are copied to others
     * @param scrubIntervalNanos how often all chunks are read and compared with their checksums; 0 for never
     */
    public record Settings(int replicas, long repairDelayNanos, long scrubIntervalNanos) {}

    /**
     * For one slice, empty until events or a snapshot fill it.
     *
     * @param self where it runs
     * @param millisAtZero what the wall clock shows, in milliseconds since 1970, when the monotonic one shows 0
     */
    public FileOwner(int slice, Incarnation self, Settings settings, long millisAtZero) {
        this.slice = slice;
        this.millisAtZero = millisAtZero;
        this.state = new SliceState(slice);
        this.disks = new Disks(self);
        Spots spots = new Spots(state);
        this.queries = new Queries(state, spots);
        this.namespace = new Namespace(spots);
        this.touches = new Touches(spots, namespace);
        this.properties = new Properties(spots);
        this.sweeper = new Sweeper(state, disks);
        this.writes = new Writes(state, disks, sweeper, namespace, settings.replicas());
        this.syncs = new Syncs(state, disks, writes);
        this.locks = new Locks(state);
        this.scrub = new Scrub(slice, settings.scrubIntervalNanos());
        this.repairs = new Repairs(state, disks, sweeper, scrub, settings.replicas(), settings.repairDelayNanos());
    }

    @Override
    public Access access(Payload request) {
        return touches.of(request);
    }

    /** Where a read finds its bytes; who may not read may by then, and of what is gone nobody would say that it has come. */
    @Override
    public boolean mayBeHeld(Payload answer) {
        return answer instanceof ReadLocated;
    }

    /** The first news of the members comes as the owner begins to serve. */
    @Override
    public List<Effect> on(Membership membership, long nanos) {
        disks.on(membership);
        members = membership;
        long now = millis(nanos);
        List<Effect> effects = new ArrayList<>();
        if (!begun) {
            begun = true;
            // The wall clock has gone on since whatever was written before.
            VolumeEvent event = new VolumeEvent.WriterBegun(now);
            state.apply(event);
            effects.add(new Effect.Persist(event));
            effects.add(sweeper.begin(now));
            effects.add(locks.begin(nanos));
        }
        effects.addAll(repairs.onMembers(now));
        return effects;
    }

    @Override
    public List<Effect> on(Envelope in, long nanos) {
        if (in.kind() != Envelope.Kind.REQUEST) {
            return List.of(); // Nobody waits for an answer to a plain message.
        }
        Call<Payload> call = new Call<>(in.from(), in.call(), in.settled(), in.trace());
        long now = millis(nanos);
        return switch (in.payload()) {
            case InVolume led -> onLed(call, in.domain(), led, now);
            case OfClient(var client, LockFile lock) ->
                decided(call, locks.lock(new Asker(in.domain(), ""), client, lock));
            case OfClient(var client, UnlockFile unlock) -> decided(call, locks.unlock(client, unlock));
            case ReadToHold(var read) -> on(call, new Asker(in.domain(), ""), read, now);
            case Request<?> request -> on(call, new Asker(in.domain(), ""), request, now);
            default -> List.of();
        };
    }

    /** A mount point has led the front here. Who comes first finds the volume begun. */
    private List<Effect> onLed(Call<Payload> call, String domain, InVolume led, long now) {
        if (Place.slice(led.volume()) != slice) {
            return List.of(call.reply(new Refused(FileError.EAGAIN)));
        }
        Asker asker = new Asker(domain, led.volume());
        if (state.tree(led.volume()) != null) {
            return on(call, asker, led.request(), now);
        }
        VolumeEvent begun = new VolumeEvent.VolumeBegun(led.volume(), led.owner(), now);
        state.apply(begun);
        List<Effect> effects = new ArrayList<>(List.of(new Effect.Persist(begun)));
        effects.addAll(on(call, asker, led.request(), now));
        return effects;
    }

    private List<Effect> on(Call<Payload> call, Asker asker, Request<?> request, long now) {
        return switch (request) {
            case OpenFile open -> writes.open(call, asker, open, now);
            case ReadFile read -> decided(call, queries.locate(asker, read));
            case WriteFile(var file, var offset, var data) ->
                offset < 0
                        ? List.of(call.reply(new Refused(FileError.EINVAL)))
                        : writes.enqueue(new Writes.Write(call, asker, file, offset, data), now);
            case AppendFile(var file, var data) -> writes.enqueue(new Writes.Write(call, asker, file, -1, data), now);
            case TruncateFile(var file, var size) ->
                writes.enqueue(new Writes.Resize(call, asker, file, size, null), now);
            case SyncFile(var file) -> syncs.begin(call, asker, file, now);
            case StatPath stat -> decided(call, queries.stat(asker, stat));
            case StatLink stat -> decided(call, queries.stat(asker, stat));
            case StatFile(var file) -> decided(call, queries.stat(asker, file));
            case ReadLink read -> decided(call, queries.readLink(asker, read));
            case ListDirectory list -> decided(call, queries.list(asker, list));
            case MakeDirectory make -> decided(call, namespace.makeDirectory(asker, make, now));
            case MakeLink make -> decided(call, namespace.makeLink(asker, make, now));
            case MakeSymbolicLink make -> decided(call, namespace.makeSymbolicLink(asker, make, now));
            case RenamePath rename -> decided(call, namespace.rename(asker, rename, now));
            case UnlinkFile unlink -> decided(call, namespace.unlink(asker, unlink, now));
            case RemoveDirectory remove -> decided(call, namespace.removeDirectory(asker, remove, now));
            case SetAttributes set -> decided(call, properties.set(asker, set, now));
            case MakeVolume make -> decided(call, namespace.makeVolume(asker, make, now));
            case ListVolumes list -> decided(call, queries.volumes());
            case StatVolume stat -> decided(call, queries.volume(asker, stat));
            case SetQuota set -> decided(call, properties.setQuota(asker, set));
            case ReportScrub(var asked, var begin) -> scrub(call, asker, begin, now);
            case ReportDisks report -> List.of(); // Fronts ask the disks themselves.
            case LockFile lock -> List.of(); // Fronts say for whom.
            case UnlockFile unlock -> List.of();
        };
    }

    private List<Effect> scrub(Call<Payload> call, Asker asker, boolean begin, long now) {
        if (begin && !asker.unstopped()) {
            return List.of(call.reply(new Refused(FileError.EPERM)));
        }
        List<Effect> effects = new ArrayList<>(begin ? repairs.scrubNow(now) : List.of());
        effects.add(call.reply(scrub.report()));
        return effects;
    }

    @Override
    public List<Effect> on(Continuation continuation, Response response, long nanos) {
        long now = millis(nanos);
        return switch (continuation) {
            case Writes.AwaitingOld old -> writes.on(old, response, now);
            case Writes.AwaitingPut put -> writes.on(put, response, now);
            case Writes.AwaitingSync synced -> writes.on(synced, response, now);
            case Syncs.AwaitingDisk disk -> syncs.on(disk, response, now);
            case Syncs.AwaitingJournal journal -> syncs.on(journal, response);
            case Locks.LookForHolders look -> locks.look(members, nanos);
            case Locks.AwaitingHolder holder -> {
                locks.on(holder, response, nanos);
                yield List.of();
            }
            case Sweeper.Sweep sweep -> sweeper.sweep(now);
            case Sweeper.AwaitingJournal journal -> sweeper.on(journal, response);
            case Sweeper.AwaitingDropped dropped -> sweeper.on(dropped, response);
            case Repairs.BeginRound round -> repairs.on(round, now);
            case Repairs.BeginScrub begin -> repairs.on(begin, now);
            case Repairs.NextBatch next -> repairs.on(next, now);
            case Repairs.AwaitingLook look -> repairs.on(look, response, now);
            case Repairs.AwaitingBytes bytes -> repairs.on(bytes, response, now);
            case Repairs.AwaitingPut put -> repairs.on(put, response, now);
            case Repairs.AwaitingSync synced -> repairs.on(synced, response, now);
            default -> throw new IllegalStateException("not parked by a file owner: " + continuation);
        };
    }

    /** Whether every chunk lies on as many disks as it should. */
    @Override
    public boolean repaired() {
        return repairs.repaired();
    }

    private List<Effect> decided(Call<Payload> call, Decision decision) {
        return decision.carryOut(state, call);
    }

    @Override
    public void apply(Event event) {
        state.apply(event);
    }

    @Override
    public Snapshot snapshot() {
        return state.keep();
    }

    @Override
    public void restore(Snapshot snapshot) {
        state.restore((SliceState.KeptSlice) snapshot);
    }

    private long millis(long nanos) {
        return millisAtZero + Math.floorDiv(nanos, 1_000_000L);
    }
}
