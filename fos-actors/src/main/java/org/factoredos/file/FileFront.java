package org.factoredos.file;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.factoredos.file.FileProtocol.FileId;
import org.factoredos.file.FileProtocol.ListDirectory;
import org.factoredos.file.FileProtocol.ListVolumes;
import org.factoredos.file.FileProtocol.LockFile;
import org.factoredos.file.FileProtocol.MakeVolume;
import org.factoredos.file.FileProtocol.ReadFile;
import org.factoredos.file.FileProtocol.ReadLink;
import org.factoredos.file.FileProtocol.Refused;
import org.factoredos.file.FileProtocol.ReportDisks;
import org.factoredos.file.FileProtocol.ReportScrub;
import org.factoredos.file.FileProtocol.Request;
import org.factoredos.file.FileProtocol.StatFile;
import org.factoredos.file.FileProtocol.StatLink;
import org.factoredos.file.FileProtocol.StatPath;
import org.factoredos.file.FileProtocol.StatVolume;
import org.factoredos.file.FileProtocol.UnlockFile;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.RightKind;
import org.factoredos.privilege.PrivilegeProtocol;
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
 * the front fetches them from the nearest disks. What lies on the host goes to this node's host driver,
 * and what the other fleets would tell in {@code /proc} and {@code /dev} the room next door asks them ({@link SystemTrees}).
 *
 * <p>It holds versions of chunks ({@link Buffers}), which nobody need tell it to forget; and of files that are read often where
 * their bytes are ({@link HeldReads}), under the owners' callbacks and while its node is leased: these reads it answers alone.
 */
public final class FileFront implements Server, Membership.Watcher {
    /** Longer than a write may wait for its disks; an attempt that is repeated joins the first. */
    private static final long OWNER_PATIENCE_NANOS = 4_000_000_000L;

    private static final long HOST_PATIENCE_NANOS = 60_000_000_000L;
    private static final long NANOS_PER_MILLI = 1_000_000L;
    private static final long RIGHT_PATIENCE_NANOS = 4_000_000_000L;
    private static final int MOST_ASKS = 2048;
    /** Of chunks in the heap: docs/decisions/0022. */
    static final long BUFFER_BYTES = 16L * 1024 * 1024;

    /** Each may be a link, and a volume that it leads to. */
    private static final int MOST_HOPS = 2 * PathWalk.MOST_LINKS;

    record AwaitingHost(Envelope in) implements Continuation {}

    /** The request is not begun before the privilege fleet has allowed it. */
    record AwaitingRight(Envelope in, Request<?> request) implements Continuation {}

    /** How far a request has come. */
    private static final class Progress {
        /** How often it was led elsewhere. */
        int hops;
        /** It is asked for so often that the answer is to be held. */
        boolean often;
        /** Where its bytes are was held here. */
        boolean byHeld;
        /** Where it was last said to find its bytes. */
        @Nullable
        ReadLocated located;
        /** In which attempt. */
        int attempt;
        /** Where it has not found them. */
        @Nullable
        ReadLocated missing;
    }

    private final Incarnation self;
    private final Routes routes;
    private final Asks<Progress> asks = new Asks<>(new Answers(), MOST_ASKS, OWNER_PATIENCE_NANOS);
    private final Fetches fetches;
    private final Disks disks;
    private final DiskReports reports;
    private final HeldReads held = new HeldReads();
    private final BooleanSupplier leased;
    private final SystemTrees system;
    private @Nullable Membership membership;

    /**
     * @param leased whether what this node was told may still be believed
     * @param host whether {@code /host} is this node's host's file tree; else it is an empty directory
     * @param version of the system, for {@code /proc/version}
     * @param millisAtZero what time it was when the node's monotonic clock was at zero
     */
    public FileFront(Incarnation self, BooleanSupplier leased, boolean host, String version, long millisAtZero) {
        this.self = self;
        this.leased = leased;
        this.system = new SystemTrees(self, version, millisAtZero);
        this.routes = new Routes(host);
        this.disks = new Disks(self);
        this.reports = new DiskReports(disks);
        this.fetches = new Fetches(disks, new Buffers(BUFFER_BYTES));
    }

    @Override
    public List<Effect> on(Membership changed, long nanos) {
        membership = changed;
        disks.on(changed);
        system.on(changed);
        return List.of();
    }

    @Override
    public List<Effect> on(Envelope in, long nanos) {
        return switch (in.payload()) {
            case Request<?> request when in.kind() == Envelope.Kind.REQUEST -> onRequest(in, request, nanos);
            case AnnounceOwner announced when in.fromSystem() -> onAnnounced(in, announced, nanos);
            case Recall recall when in.fromSystem() -> onRecall(in, recall);
            case ListOwners list -> List.of(reply(in, asks.owners()));
            default -> List.of(); // A stranger's payload: its sender's deadline ends the call.
        };
    }

    @Override
    public List<Effect> on(Continuation continuation, Response response, long nanos) {
        return switch (continuation) {
            case Asks.AwaitingOwner awaiting -> asks.on(awaiting, response, nanos);
            case Asks.TryAgain again -> asks.on(again, nanos);
            case AwaitingRight awaiting -> onRight(awaiting, response, nanos);
            case DiskReports.AwaitingSpace awaiting -> reports.on(awaiting, response);
            case SystemTrees.Parked parked -> system.on(parked, response, nanos);
            case AwaitingHost(var in) -> List.of(reply(in, fromHost(response)));
            case Fetches.AwaitingPiece awaiting -> onFetched(fetches.on(awaiting, response, nanos / NANOS_PER_MILLI));
            default -> throw new IllegalStateException("not parked by a file front: " + continuation);
        };
    }

    // Requests.

    private List<Effect> onRequest(Envelope in, Request<?> request, long nanos) {
        return switch (request) {
            case ReportDisks report -> reports.begin(in);
            case MakeVolume make -> askRight(in, make);
            case ReadFile read -> {
                Progress progress = new Progress();
                progress.often = held.often(in.domain(), read);
                yield take(in, read, progress, nanos);
            }
            default -> take(in, request, new Progress(), nanos);
        };
    }

    /** To where the request's text says. */
    private List<Effect> take(Envelope in, Request<?> request, Progress progress, long nanos) {
        Routes.Route route = routes.of(request);
        if (route.error() != null) {
            return refuse(in, route.error());
        }
        return switch (route.slice()) {
            case Routes.HOST -> askHost(in, request);
            case Routes.SYSTEM -> system.on(in, request, nanos);
            default -> take(in, route.slice(), request, progress, nanos);
        };
    }

    private List<Effect> take(Envelope in, int slice, Payload request, Progress progress, long nanos) {
        return asks.room(1) ? asks.begin(in, slice, request, progress, nanos) : refuse(in, FileError.EAGAIN);
    }

    /** An owner has found that the path goes on elsewhere, and done nothing. */
    private List<Effect> follow(Ask<Progress> ask, Redirected redirected, long nanos) {
        Progress progress = ask.of();
        if (++progress.hops > MOST_HOPS) {
            return refuse(ask.in(), FileError.ELOOP);
        }
        String volume = redirected.volume();
        if (volume.isEmpty()) {
            return take(ask.in(), redirected.request(), progress, nanos);
        }
        Payload led = new InVolume(volume, redirected.owner(), redirected.request());
        return take(ask.in(), Place.slice(volume), led, progress, nanos);
    }

    // The right to mount.

    private List<Effect> askRight(Envelope in, MakeVolume make) {
        Membership members = membership;
        Routes.Route route = routes.of(make);
        boolean slice = make.slice() >= FileProtocol.ANY_SLICE && make.slice() < Reserved.FILE_SLICES;
        if (route.error() != null || !slice || members == null) {
            return refuse(in, route.error() != null ? route.error() : slice ? FileError.EAGAIN : FileError.EINVAL);
        }
        int chosen = make.slice() == FileProtocol.ANY_SLICE
                ? Math.floorMod(make.path().hashCode(), Reserved.FILE_SLICES)
                : make.slice();
        var right = new PrivilegeProtocol.AskRight(
                in.domain(),
                RightKind.MOUNT,
                make.path(),
                in.from().client(),
                in.from().tile());
        return List.of(new Effect.Call(
                Reserved.PRIVILEGE_FRONT.address(self, members.grid()),
                right,
                new AwaitingRight(in, new MakeVolume(make.path(), chosen)),
                RIGHT_PATIENCE_NANOS));
    }

    private List<Effect> onRight(AwaitingRight awaiting, Response response, long nanos) {
        return switch (response) {
            case Response.Answered(PrivilegeProtocol.RightAllowed allowed) ->
                take(awaiting.in(), awaiting.request(), new Progress(), nanos);
            case Response.Answered(PrivilegeProtocol.RightDenied denied) -> refuse(awaiting.in(), FileError.EPERM);
            default -> refuse(awaiting.in(), FileError.EAGAIN);
        };
    }

    // The host.

    /** The driver does what this server may ask of it, so for others than the system it is to be asked by themselves. */
    private List<Effect> askHost(Envelope in, Request<?> request) {
        Membership members = membership;
        if (members == null || !Asker.unstopped(in.domain())) {
            return refuse(in, members == null ? FileError.EAGAIN : FileError.EACCES);
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

    private final class Answers implements Asks.Fleet<Progress> {
        @Override
        public boolean reads(Payload request) {
            return switch (request) {
                case InVolume led -> reads(led.request());
                case ReadFile read -> true;
                case StatPath stat -> true;
                case StatLink stat -> true;
                case StatFile stat -> true;
                case StatVolume stat -> true;
                case ReadLink read -> true;
                case ListDirectory list -> true;
                case ListVolumes list -> true;
                case ReportScrub report -> true;
                default -> false;
            };
        }

        @Override
        public Optional<List<Effect>> prepare(Ask<Progress> ask, long epoch, long nanos) {
            boolean known = ask.of().often && ask.attempt() == 1 && leased.getAsBoolean();
            ReadLocated located = known && ask.request() instanceof ReadFile read
                    ? held.get(ask.in().domain(), read)
                    : null;
            ask.of().byHeld = located != null;
            return located == null ? Optional.empty() : Optional.of(fetch(ask, located, nanos));
        }

        @Override
        public Payload wording(Ask<Progress> ask) {
            return switch (ask.request()) {
                case ReadFile read when ask.of().often -> new ReadToHold(read);
                case LockFile lock -> new OfClient(ask.in().from(), lock);
                case UnlockFile unlock -> new OfClient(ask.in().from(), unlock);
                default -> ask.request();
            };
        }

        @Override
        public Optional<List<Effect>> answered(Ask<Progress> ask, boolean mayHold, Payload answer, long nanos) {
            if (answer instanceof ReadLocated located) {
                if (mayHold && ask.request() instanceof ReadFile read) {
                    held.hold(ask.in().domain(), read, located);
                }
                return Optional.of(fetch(ask, located, nanos));
            }
            if (answer instanceof Refused(var error) && error == FileError.EAGAIN) {
                return Optional.empty(); // Too much waits at the owner: nothing was done.
            }
            asks.end(ask);
            return Optional.of(
                    answer instanceof Redirected redirected
                            ? follow(ask, redirected, nanos)
                            : List.of(reply(ask.in(), answer)));
        }

        @Override
        public List<Effect> busy(Ask<Progress> ask) {
            // Where the last attempt was told where the bytes are, the owner is well and the disks are not.
            boolean disks = ask.of().attempt != 0 && ask.of().attempt == ask.attempt();
            return List.of(reply(ask.in(), new Refused(disks ? FileError.EIO : FileError.EAGAIN)));
        }
    }

    private List<Effect> fetch(Ask<Progress> ask, ReadLocated located, long nanos) {
        ask.of().located = located;
        ask.of().attempt = ask.attempt();
        return onFetched(fetches.begin(ask.number(), located, nanos / NANOS_PER_MILLI));
    }

    private List<Effect> onFetched(Fetches.Outcome outcome) {
        @Nullable Ask<Progress> ask = asks.get(outcome.ask());
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
    private List<Effect> onUnread(Ask<Progress> ask, Fetches.Reason reason) {
        if (ask.request() instanceof ReadFile read) {
            held.drop(read.file());
        }
        Progress reading = ask.of();
        // A repair changes where bytes are and not which, so nothing is recalled for it.
        boolean mayCome = reading.byHeld
                || switch (reason) {
                    case DAMAGED -> false;
                    case MISSING -> !Objects.equals(reading.located, reading.missing);
                    case SILENT -> true;
                };
        if (mayCome) {
            reading.byHeld = false;
            reading.missing = reason == Fetches.Reason.MISSING ? reading.located : null;
            return List.of(asks.later(ask));
        }
        asks.end(ask);
        return List.of(reply(ask.in(), new Refused(FileError.EIO)));
    }

    private List<Effect> onRecall(Envelope in, Recall recall) {
        FileId recalled = Touches.file(recall.key());
        Predicate<FileId> touched = recalled.number() == VolumeTree.ROOT
                ? file -> file.volume().equals(recalled.volume())
                : recalled::equals;
        asks.overtake(ask -> ask.of().often && ask.request() instanceof ReadFile read && touched.test(read.file()));
        if (recalled.number() == VolumeTree.ROOT) {
            held.drop(touched);
        } else {
            held.drop(recalled);
        }
        return List.of(reply(in, new Recalled()));
    }

    private List<Effect> onAnnounced(Envelope in, AnnounceOwner announced, long nanos) {
        List<Effect> effects = new ArrayList<>();
        effects.add(reply(in, new OwnerNoted()));
        if (asks.note(announced)) {
            held.drop(file -> Place.slice(file.volume()) == announced.slice());
            effects.addAll(asks.askSuccessor(announced.slice(), nanos));
        }
        return effects;
    }

    private static List<Effect> refuse(Envelope in, FileError error) {
        return List.of(reply(in, new Refused(error)));
    }

    static Effect reply(Envelope in, Payload answer) {
        return new Effect.Reply(in.from(), in.call(), answer, in.trace());
    }
}
