package org.factoredos.file;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.factoredos.file.FileProtocol.Access;
import org.factoredos.file.FileProtocol.AppendFile;
import org.factoredos.file.FileProtocol.Attributes;
import org.factoredos.file.FileProtocol.DirectoryListed;
import org.factoredos.file.FileProtocol.Entry;
import org.factoredos.file.FileProtocol.FileId;
import org.factoredos.file.FileProtocol.FileOpened;
import org.factoredos.file.FileProtocol.FileWritten;
import org.factoredos.file.FileProtocol.Kind;
import org.factoredos.file.FileProtocol.LinkRead;
import org.factoredos.file.FileProtocol.ListDirectory;
import org.factoredos.file.FileProtocol.MakeDirectory;
import org.factoredos.file.FileProtocol.MakeLink;
import org.factoredos.file.FileProtocol.MakeSymbolicLink;
import org.factoredos.file.FileProtocol.OpenFile;
import org.factoredos.file.FileProtocol.OpenMode;
import org.factoredos.file.FileProtocol.ReadFile;
import org.factoredos.file.FileProtocol.ReadLink;
import org.factoredos.file.FileProtocol.Refused;
import org.factoredos.file.FileProtocol.RemoveDirectory;
import org.factoredos.file.FileProtocol.RenamePath;
import org.factoredos.file.FileProtocol.Request;
import org.factoredos.file.FileProtocol.SetAttributes;
import org.factoredos.file.FileProtocol.StatAnswered;
import org.factoredos.file.FileProtocol.StatFile;
import org.factoredos.file.FileProtocol.StatLink;
import org.factoredos.file.FileProtocol.StatPath;
import org.factoredos.file.FileProtocol.Status;
import org.factoredos.file.FileProtocol.SyncFile;
import org.factoredos.file.FileProtocol.TruncateFile;
import org.factoredos.file.FileProtocol.UnlinkFile;
import org.factoredos.file.FileProtocol.WriteFile;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.RightKind;
import org.factoredos.placement.PlacementProtocol.ListProcesses;
import org.factoredos.placement.PlacementProtocol.ProcessStatus;
import org.factoredos.placement.PlacementProtocol.ProcessesListed;
import org.factoredos.placement.PlacementProtocol.Reach;
import org.factoredos.placement.ProcessId;
import org.factoredos.privilege.PrivilegeProtocol.AskRight;
import org.factoredos.privilege.PrivilegeProtocol.RightAllowed;
import org.factoredos.privilege.PrivilegeProtocol.RightDenied;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Membership;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;
import org.jspecify.annotations.Nullable;

/**
 * A file front's {@code /proc} and {@code /dev}: trees of what the other fleets say, which no owner knows.
 *
 * <p>Who reads there has it from the fleet, by way of this front; so it takes the right to send to that fleet (§3.1.2),
 * asked for the reader's own domain at each request. Nothing there waits for a fleet that is silent: where a list was to be
 * read there is a line that says so.
 */
final class SystemTrees {
    private static final long RIGHT_PATIENCE_NANOS = 1_000_000_000L;
    /** Longer than a placement server waits for its silent peers; with the right, shorter than a client's patience. */
    static final long FLEET_PATIENCE_NANOS = 3_500_000_000L;

    private static final long NEWS_NANOS = 20_000_000L;
    private static final int MOST_ASKED = 50;
    private static final long NANOS_PER_MILLI = 1_000_000L;
    private static final int MOST_WAITING = 1024;
    private static final int MOST_ENTRIES = 1024;
    private static final String PLACEMENT = Reserved.PLACEMENT.domain();
    private static final String OPERATOR = "operator";
    private static final int OF_DIRECTORIES = 0555;

    /** Who wants what; {@code at}: where that is. */
    record Want(Envelope in, Request<?> request, SystemPath at) {}

    sealed interface Parked extends Continuation
            permits AwaitingRight,
                    AwaitingProcesses,
                    AwaitingNews,
                    SystemReads.AwaitingChance,
                    SystemReads.AwaitingPart {}

    record AwaitingRight(Want want) implements Parked {}

    /** Which processes there are. */
    record AwaitingProcesses(Want want, int asked) implements Parked {}

    /** Whoever asks about itself runs, and may do so before the placement fleet has heard that it was started. */
    record AwaitingNews(Want want, int asked) implements Parked {}

    private final Incarnation self;
    private final long millisAtZero;
    private final SystemReads reads;
    private @Nullable Membership membership;
    private int waiting;

    /**
     * For the front of a node.
     *
     * @param version of the system
     * @param millisAtZero what time it was when the node's monotonic clock was at zero
     */
    SystemTrees(Incarnation self, String version, long millisAtZero) {
        this.self = self;
        this.millisAtZero = millisAtZero;
        this.reads = new SystemReads(self, version);
    }

    void on(Membership changed) {
        membership = changed;
        reads.on(changed);
    }

    /** A request whose path or file lies in one of the trees; one with two paths has both there. */
    List<Effect> on(Envelope in, Request<?> request, long nanos) {
        return switch (request) {
            case OpenFile open -> open(want(in, open, open.path(), true), open, nanos);
            case StatPath(var path) -> begin(want(in, request, path, true), nanos);
            case StatLink(var path) -> begin(want(in, request, path, false), nanos);
            case StatFile(var file) -> begin(want(in, request, file), nanos);
            case ListDirectory list -> begin(want(in, list, list.path(), true), nanos);
            case ReadLink(var path) -> begin(want(in, request, path, false), nanos);
            case ReadFile read -> begin(want(in, read, read.file()), nanos);
            case WriteFile(var file, var offset, var data) -> written(in, file, offset, data);
            case AppendFile(var file, var data) -> written(in, file, 0, data);
            default -> refuse(in, unchanged(in, request));
        };
    }

    private static Want want(Envelope in, Request<?> request, String path, boolean follow) {
        return new Want(in, request, SystemPath.of(path, in.from().client(), follow));
    }

    private static Want want(Envelope in, Request<?> request, FileId file) {
        return new Want(in, request, SystemPath.of(file, in.from().client()));
    }

    List<Effect> on(Parked parked, Response response, long nanos) {
        return switch (parked) {
            case AwaitingRight(var want) -> onRight(want, response, nanos);
            case AwaitingProcesses(var want, int asked) -> {
                waiting--;
                yield onProcesses(want, asked, response, nanos);
            }
            case AwaitingNews(var want, int asked) -> {
                waiting--;
                yield askForProcesses(want, asked + 1);
            }
            case SystemReads.AwaitingChance(var in) -> reads.onChance(in, response);
            case SystemReads.AwaitingPart part -> reads.onPart(part, response, nanos);
        };
    }

    // Whether it may be asked, and exists.

    private List<Effect> begin(Want want, long nanos) {
        if (want.at() instanceof SystemPath.Nothing(var error, var free)) {
            return refuse(want.in(), error);
        }
        String fleet = fleet(want);
        Membership members = membership;
        if (fleet.isEmpty()) {
            return finish(want, List.of(), nanos);
        }
        if (members == null || waiting >= MOST_WAITING) {
            return refuse(want.in(), FileError.EAGAIN);
        }
        waiting++;
        Envelope in = want.in();
        AskRight ask = new AskRight(
                in.domain(),
                RightKind.SEND,
                fleet,
                in.from().client(),
                in.from().tile());
        return List.of(new Effect.Call(
                Reserved.PRIVILEGE_FRONT.address(self, members.grid()),
                ask,
                new AwaitingRight(want),
                RIGHT_PATIENCE_NANOS));
    }

    /** Whose the answer is; empty where it is this front's own. */
    private static String fleet(Want want) {
        if (want.at().subject().isPresent() || listsProcesses(want)) {
            return PLACEMENT;
        }
        boolean reads = want.request() instanceof ReadFile
                || (want.request() instanceof OpenFile open
                        && (open.access() == Access.READ || open.access() == Access.READ_AND_WRITE));
        return reads ? want.at().found().map(file -> file.fleet).orElse("") : "";
    }

    private static boolean listsProcesses(Want want) {
        return want.request() instanceof ListDirectory && want.at().equals(new SystemPath.Tree(SystemPath.PROC));
    }

    private List<Effect> onRight(Want want, Response response, long nanos) {
        waiting--;
        return switch (response) {
            case Response.Answered(RightAllowed allowed) -> allowed(want, nanos);
            case Response.Answered(RightDenied denied) ->
                // Who may not see processes sees the rest of the directory.
                listsProcesses(want) ? finish(want, List.of(), nanos) : refuse(want.in(), FileError.EACCES);
            default -> refuse(want.in(), FileError.EAGAIN);
        };
    }

    private List<Effect> allowed(Want want, long nanos) {
        boolean asks = want.at().subject().isPresent() && !(want.request() instanceof ReadFile);
        return asks || listsProcesses(want) ? askForProcesses(want, 1) : finish(want, List.of(), nanos);
    }

    private List<Effect> askForProcesses(Want want, int asked) {
        Membership members = membership;
        if (members == null) {
            return refuse(want.in(), FileError.EAGAIN);
        }
        waiting++;
        return List.of(new Effect.Call(
                Reserved.PLACEMENT.address(self, members.grid()),
                new ListProcesses(Reach.GRID),
                new AwaitingProcesses(want, asked),
                FLEET_PATIENCE_NANOS));
    }

    private List<Effect> onProcesses(Want want, int asked, Response response, long nanos) {
        if (response instanceof Response.Answered(ProcessesListed listed)) {
            if (listsProcesses(want)) {
                return finish(want, listed.processes(), nanos);
            }
            ProcessId process = want.at().subject().orElseThrow();
            Optional<ProcessStatus> found = SystemText.find(listed, process);
            if (found.isPresent()) {
                return finish(want, List.of(found.get()), nanos);
            }
            boolean isAsker = process.client().equals(want.in().from().client());
            if (isAsker && listed.silent().isEmpty() && asked < MOST_ASKED) {
                waiting++;
                return List.of(new Effect.Timer(new AwaitingNews(want, asked), NEWS_NANOS));
            }
            // What runs on a silent node may be there.
            return refuse(want.in(), listed.silent().isEmpty() ? FileError.ENOENT : FileError.ETIMEDOUT);
        }
        return listsProcesses(want) ? finish(want, List.of(), nanos) : refuse(want.in(), FileError.ETIMEDOUT);
    }

    // Answers.

    /** @param known of the processes: all, or the one that is asked about */
    private List<Effect> finish(Want want, List<ProcessStatus> known, long nanos) {
        return switch (want.request()) {
            case ReadFile read -> reads.read(want, read, nanos);
            case ListDirectory list -> List.of(FileFront.reply(want.in(), list(want, list, known, nanos)));
            case ReadLink read ->
                List.of(FileFront.reply(
                        want.in(),
                        want.at() instanceof SystemPath.Self(var process)
                                ? new LinkRead(process.toString())
                                : new Refused(FileError.EINVAL)));
            case OpenFile open -> {
                Status status = status(want.at(), known, nanos);
                yield List.of(FileFront.reply(
                        want.in(),
                        status.kind() == Kind.DIRECTORY ? new Refused(FileError.EISDIR) : new FileOpened(status)));
            }
            default -> List.of(FileFront.reply(want.in(), new StatAnswered(status(want.at(), known, nanos))));
        };
    }

    private Status status(SystemPath at, List<ProcessStatus> known, long nanos) {
        long millis = millisAtZero + nanos / NANOS_PER_MILLI;
        Optional<ProcessStatus> process =
                at.subject().isPresent() ? known.stream().findFirst() : Optional.empty();
        Kind kind = at.directory()
                ? Kind.DIRECTORY
                : at.found().map(SystemFile::kind).orElse(Kind.SYMBOLIC_LINK);
        int mode = at.directory()
                ? OF_DIRECTORIES
                : at.found().map(file -> file.mode).orElse(FileMode.OF_LINKS);
        long modified = millis
                - process.map(status -> status.ageNanos() / NANOS_PER_MILLI).orElse(0L);
        String owner = process.map(ProcessStatus::domain).orElse(OPERATOR);
        return new Status(SystemPath.id(at), kind, 0, modified, new Attributes(owner, mode, 1, 0, modified, modified));
    }

    private Payload list(Want want, ListDirectory list, List<ProcessStatus> known, long nanos) {
        SystemPath at = want.at();
        if (!at.directory()) {
            return new Refused(FileError.ENOTDIR);
        }
        if (list.limit() < 1) {
            return new Refused(FileError.EINVAL);
        }
        TreeMap<String, Status> entries = new TreeMap<>();
        switch (at) {
            case SystemPath.Tree(var path) -> {
                files(path).forEach(file -> entries.put(file.text, status(new SystemPath.Of(file), List.of(), nanos)));
                if (path.equals(SystemPath.PROC)) {
                    var asker = new ProcessId(want.in().from().client());
                    entries.put(SystemPath.SELF, status(new SystemPath.Self(asker), List.of(), nanos));
                    known.forEach(process -> entries.put(
                            process.process().toString(),
                            status(new SystemPath.ProcessDirectory(process.process()), List.of(process), nanos)));
                }
            }
            default -> {
                ProcessId process = at.subject().orElseThrow();
                files("")
                        .forEach(file ->
                                entries.put(file.text, status(new SystemPath.OfProcess(process, file), known, nanos)));
            }
        }
        int limit = Math.min(list.limit(), MOST_ENTRIES);
        var left = entries.tailMap(list.after(), false);
        List<Entry> page = left.entrySet().stream()
                .limit(limit)
                .map(entry -> new Entry(entry.getKey(), entry.getValue()))
                .toList();
        return new DirectoryListed(page, left.size() > limit);
    }

    private static List<SystemFile> files(String directory) {
        return Arrays.stream(SystemFile.values())
                .filter(file -> file.directory.equals(directory))
                .toList();
    }

    private List<Effect> open(Want want, OpenFile open, long nanos) {
        boolean writes = open.mode() == OpenMode.CREATE_OR_TRUNCATE
                || open.access() == Access.WRITE
                || open.access() == Access.READ_AND_WRITE;
        if (want.at() instanceof SystemPath.Nothing(var error, var free)) {
            return refuse(want.in(), free && open.mode() != OpenMode.EXISTING ? FileError.EROFS : error);
        }
        if (open.mode() == OpenMode.CREATE_NEW) {
            return refuse(want.in(), FileError.EEXIST);
        }
        Optional<SystemFile> file = want.at().found();
        boolean refused = writes && file.isPresent() && !file.get().writable();
        return refused ? refuse(want.in(), FileError.EROFS) : begin(want, nanos);
    }

    // Changes, of which there are none.

    private static List<Effect> written(Envelope in, FileId file, long offset, Bytes data) {
        SystemPath at = SystemPath.of(file, in.from().client());
        if (offset < 0 || data.length() > FileProtocol.LARGEST_TRANSFER_BYTES) {
            return refuse(in, FileError.EINVAL);
        }
        FileError error = unwritable(at);
        return error != null
                ? refuse(in, error)
                : List.of(FileFront.reply(in, new FileWritten(offset + data.length())));
    }

    private static @Nullable FileError unwritable(SystemPath at) {
        if (at instanceof SystemPath.Nothing(var error, var free)) {
            return error;
        }
        Optional<SystemFile> file = at.found();
        if (file.isEmpty()) {
            return FileError.EISDIR;
        }
        return switch (file.get()) {
            case NULL, ZERO -> null;
            case CONSOLE -> FileError.ENXIO; // Whoever has a terminal writes there itself.
            default -> FileError.EROFS;
        };
    }

    /** Why what would change something does not. */
    private static FileError unchanged(Envelope in, Request<?> request) {
        return switch (request) {
            case MakeDirectory(var path) -> made(in, path);
            case MakeSymbolicLink(var target, var path) -> made(in, path);
            case MakeLink(var existing, var path) ->
                SystemPath.sameTree(existing, path) ? made(in, path) : FileError.EXDEV;
            case RenamePath(var from, var to) ->
                SystemPath.sameTree(from, to) ? changed(at(in, from), FileError.EBUSY) : FileError.EXDEV;
            case UnlinkFile(var path) ->
                at(in, path).directory() ? FileError.EISDIR : changed(at(in, path), FileError.EROFS);
            case RemoveDirectory(var path) -> {
                SystemPath at = at(in, path);
                boolean directory = at.directory() || at instanceof SystemPath.Nothing;
                yield directory ? changed(at, FileError.EBUSY) : FileError.ENOTDIR;
            }
            case SetAttributes set -> changed(at(in, set.path()), FileError.EROFS);
            case TruncateFile(var file, var size) -> synced(in, file);
            case SyncFile(var file) -> synced(in, file);
            default -> FileError.ENOTSUP;
        };
    }

    private static SystemPath at(Envelope in, String path) {
        return SystemPath.of(path, in.from().client(), false);
    }

    private static FileError made(Envelope in, String path) {
        SystemPath at = at(in, path);
        return at instanceof SystemPath.Nothing(var error, var free)
                ? (free ? FileError.EROFS : error)
                : FileError.EEXIST;
    }

    private static FileError changed(SystemPath at, FileError ofTree) {
        return switch (at) {
            case SystemPath.Nothing(var error, var free) -> error;
            case SystemPath.Tree tree -> ofTree;
            default -> FileError.EROFS;
        };
    }

    /** What has no size can neither be cut nor be lost. */
    private static FileError synced(Envelope in, FileId file) {
        FileError error = unwritable(SystemPath.of(file, in.from().client()));
        return error == null ? FileError.EINVAL : error;
    }

    private static List<Effect> refuse(Envelope in, FileError error) {
        return List.of(FileFront.reply(in, new Refused(error)));
    }
}
