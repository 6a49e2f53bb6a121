package org.factoredos.file;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.factoredos.file.FileProtocol.AppendFile;
import org.factoredos.file.FileProtocol.FileId;
import org.factoredos.file.FileProtocol.ListDirectory;
import org.factoredos.file.FileProtocol.MakeDirectory;
import org.factoredos.file.FileProtocol.OpenFile;
import org.factoredos.file.FileProtocol.ReadFile;
import org.factoredos.file.FileProtocol.Refused;
import org.factoredos.file.FileProtocol.RemoveDirectory;
import org.factoredos.file.FileProtocol.RenamePath;
import org.factoredos.file.FileProtocol.Request;
import org.factoredos.file.FileProtocol.StatFile;
import org.factoredos.file.FileProtocol.StatPath;
import org.factoredos.file.FileProtocol.SyncFile;
import org.factoredos.file.FileProtocol.TruncateFile;
import org.factoredos.file.FileProtocol.UnlinkFile;
import org.factoredos.file.FileProtocol.WriteFile;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.server.Asks;
import org.factoredos.server.Asks.Ask;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Membership;
import org.factoredos.server.OwnerProtocol.AnnounceOwner;
import org.factoredos.server.OwnerProtocol.ListOwners;
import org.factoredos.server.OwnerProtocol.OwnerNoted;
import org.factoredos.server.OwnerProtocol.Recall;
import org.factoredos.server.OwnerProtocol.Recalled;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;
import org.factoredos.server.Server;
import org.jspecify.annotations.Nullable;

/**
 * The file server of one node: any client may ask any of them, for any path.
 *
 * <p>It finds the volume by its longest prefix, and takes the request to the owner of the volume's slice, again and again
 * under the client's own number while the owner moves. Of a read the owner says only which versions of which chunks it is;
 * the front fetches them from the nearest disks. What lies on the host goes to this node's host driver.
 *
 * <p>It holds nothing yet, so it has nothing to forget when it is told to.
 */
public final class FileFront implements Server, Membership.Watcher {
    /** Longer than a write may wait for its disks; an attempt that is repeated joins the first. */
    private static final long OWNER_PATIENCE_NANOS = 4_000_000_000L;

    private static final long HOST_PATIENCE_NANOS = 60_000_000_000L;
    private static final long NANOS_PER_MILLI = 1_000_000L;
    private static final int MOST_ASKS = 2048;

    record AwaitingHost(Envelope in) implements Continuation {}

    /** How far a read has come. */
    private static final class Reading {
        /** Where it was last said to find its bytes. */
        @Nullable
        ReadLocated located;
        /** In which attempt. */
        int attempt;
        /** Where it has not found them. */
        @Nullable
        ReadLocated missing;
    }

    /** Where a request goes: to a slice, to the host ({@link #HOST}), or nowhere for the reason of {@code error}. */
    private record Route(int slice, @Nullable FileError error) {}

    private static final int HOST = -1;

    private final Incarnation self;
    private final boolean host;
    private final Asks<Reading> asks = new Asks<>(new Answers(), MOST_ASKS, OWNER_PATIENCE_NANOS);
    private final Fetches fetches;
    private final Disks disks;
    private @Nullable Membership membership;

    /** @param host whether {@code /host} is this node's host's file tree; else it is an empty directory */
    public FileFront(Incarnation self, boolean host) {
        this.self = self;
        this.host = host;
        this.disks = new Disks(self);
        this.fetches = new Fetches(disks);
    }

    @Override
    public List<Effect> on(Membership changed, long nanos) {
        membership = changed;
        disks.on(changed);
        return List.of();
    }

    @Override
    public List<Effect> on(Envelope in, long nanos) {
        return switch (in.payload()) {
            case Request<?> request when in.kind() == Envelope.Kind.REQUEST -> onRequest(in, request, nanos);
            case AnnounceOwner announced when in.fromSystem() -> onAnnounced(in, announced, nanos);
            case Recall recall when in.fromSystem() -> List.of(reply(in, new Recalled()));
            case ListOwners list -> List.of(reply(in, asks.owners()));
            default -> List.of(); // A stranger's payload: its sender's deadline ends the call.
        };
    }

    @Override
    public List<Effect> on(Continuation continuation, Response response, long nanos) {
        return switch (continuation) {
            case Asks.AwaitingOwner awaiting -> asks.on(awaiting, response, nanos);
            case Asks.TryAgain again -> asks.on(again, nanos);
            case AwaitingHost(var in) -> List.of(reply(in, fromHost(response)));
            case Fetches.AwaitingPiece awaiting -> onFetched(fetches.on(awaiting, response, nanos / NANOS_PER_MILLI));
            default -> throw new IllegalStateException("not parked by a file front: " + continuation);
        };
    }

    // Requests.

    private List<Effect> onRequest(Envelope in, Request<?> request, long nanos) {
        Route route = route(request);
        if (route.error() != null) {
            return List.of(reply(in, new Refused(route.error())));
        }
        if (route.slice() == HOST) {
            return askHost(in, request);
        }
        return asks.room(1)
                ? asks.begin(in, route.slice(), request, new Reading(), nanos)
                : List.of(reply(in, new Refused(FileError.EAGAIN)));
    }

    private Route route(Request<?> request) {
        return switch (request) {
            case OpenFile(var path, var mode) -> route(path);
            case ReadFile(var file, var offset, var length) -> route(file);
            case WriteFile(var file, var offset, var data) -> route(file);
            case AppendFile(var file, var data) -> route(file);
            case TruncateFile(var file, var size) -> route(file);
            case StatPath(var path) -> route(path);
            case StatFile(var file) -> route(file);
            case ListDirectory list -> route(list.path());
            case MakeDirectory(var path) -> route(path);
            case RenamePath(var from, var to) -> route(from, to);
            case UnlinkFile(var path) -> route(path);
            case RemoveDirectory(var path) -> route(path);
            case SyncFile(var file) -> route(file);
        };
    }

    private Route route(String path) {
        FileError problem = Place.problem(path);
        if (problem != null) {
            return new Route(0, problem);
        }
        return new Route(
                host && Place.onHost(path) ? HOST : Place.slice(Place.of(path).volume()), null);
    }

    private Route route(String from, String to) {
        Route source = route(from);
        Route target = route(to);
        if (source.error() != null || target.error() != null) {
            return source.error() != null ? source : target;
        }
        boolean apart = (source.slice() == HOST || target.slice() == HOST)
                ? source.slice() != target.slice()
                : !Place.of(from).volume().equals(Place.of(to).volume());
        if (!apart) {
            return source;
        }
        return new Route(0, mounted(from) || mounted(to) ? FileError.EBUSY : FileError.EXDEV);
    }

    private boolean mounted(String path) {
        return path.equals(Place.HOST_PATH) || Place.of(path).root();
    }

    private Route route(FileId file) {
        if (host && file.volume().equals(Place.HOST)) {
            return new Route(HOST, null);
        }
        int slice = Place.slice(file.volume());
        return slice < 0 ? new Route(0, FileError.ESTALE) : new Route(slice, null);
    }

    // The host.

    private List<Effect> askHost(Envelope in, Request<?> request) {
        Membership members = membership;
        if (members == null) {
            return List.of(reply(in, new Refused(FileError.EAGAIN)));
        }
        Address driver = Reserved.HOST.address(self, members.grid());
        return List.of(new Effect.Call(driver, request, new AwaitingHost(in), HOST_PATIENCE_NANOS));
    }

    private static Payload fromHost(Response response) {
        return switch (response) {
            case Response.Answered(var answer) -> answer;
            case Response.SendRefused refused -> new Refused(FileError.EAGAIN);
            case Response.DeadlinePassed passed -> new Refused(FileError.EIO);
        };
    }

    // Owners.

    private final class Answers implements Asks.Fleet<Reading> {
        @Override
        public boolean reads(Payload request) {
            return request instanceof ReadFile
                    || request instanceof StatPath
                    || request instanceof StatFile
                    || request instanceof ListDirectory;
        }

        @Override
        public Optional<List<Effect>> answered(Ask<Reading> ask, boolean held, Payload answer, long nanos) {
            if (answer instanceof ReadLocated located) {
                ask.of().located = located;
                ask.of().attempt = ask.attempt();
                return Optional.of(onFetched(fetches.begin(ask.number(), located, nanos / NANOS_PER_MILLI)));
            }
            if (answer instanceof Refused(var error) && error == FileError.EAGAIN) {
                return Optional.empty(); // Too much waits at the owner: nothing was done.
            }
            asks.end(ask);
            return Optional.of(List.of(reply(ask.in(), answer)));
        }

        @Override
        public List<Effect> busy(Ask<Reading> ask) {
            // Where the last attempt was told where the bytes are, the owner is well and the disks are not.
            boolean disks = ask.of().attempt != 0 && ask.of().attempt == ask.attempt();
            return List.of(reply(ask.in(), new Refused(disks ? FileError.EIO : FileError.EAGAIN)));
        }
    }

    private List<Effect> onFetched(Fetches.Outcome outcome) {
        @Nullable Ask<Reading> ask = asks.get(outcome.ask());
        if (ask == null) {
            return List.of();
        }
        return switch (outcome) {
            case Fetches.UnderWay(var number, var effects) -> effects;
            case Fetches.Done(var number, var data) -> {
                asks.end(ask);
                yield List.of(reply(ask.in(), new FileProtocol.FileRead(data)));
            }
            case Fetches.Failed(var number, var reason) -> onUnread(ask, reason);
        };
    }

    /** The map may name other versions by now, or their node be back. */
    private List<Effect> onUnread(Ask<Reading> ask, Fetches.Reason reason) {
        Reading reading = ask.of();
        boolean mayCome = switch (reason) {
            case DAMAGED -> false;
            case MISSING -> !Objects.equals(reading.located, reading.missing);
            case SILENT -> true;
        };
        if (mayCome) {
            reading.missing = reason == Fetches.Reason.MISSING ? reading.located : null;
            return List.of(asks.later(ask));
        }
        asks.end(ask);
        return List.of(reply(ask.in(), new Refused(FileError.EIO)));
    }

    private List<Effect> onAnnounced(Envelope in, AnnounceOwner announced, long nanos) {
        List<Effect> effects = new ArrayList<>();
        effects.add(reply(in, new OwnerNoted()));
        if (asks.note(announced)) {
            effects.addAll(asks.askSuccessor(announced.slice(), nanos));
        }
        return effects;
    }

    private static Effect reply(Envelope in, Payload answer) {
        return new Effect.Reply(in.from(), in.call(), answer, in.trace());
    }
}
