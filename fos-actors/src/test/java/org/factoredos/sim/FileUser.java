package org.factoredos.sim;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.factoredos.driver.BlockProtocol;
import org.factoredos.file.FileError;
import org.factoredos.file.FileProtocol;
import org.factoredos.file.FileProtocol.AppendFile;
import org.factoredos.file.FileProtocol.Changed;
import org.factoredos.file.FileProtocol.FileId;
import org.factoredos.file.FileProtocol.FileOpened;
import org.factoredos.file.FileProtocol.ListDirectory;
import org.factoredos.file.FileProtocol.LockFile;
import org.factoredos.file.FileProtocol.MakeLink;
import org.factoredos.file.FileProtocol.MakeSymbolicLink;
import org.factoredos.file.FileProtocol.NewAttributes;
import org.factoredos.file.FileProtocol.OpenFile;
import org.factoredos.file.FileProtocol.OpenMode;
import org.factoredos.file.FileProtocol.ReadFile;
import org.factoredos.file.FileProtocol.ReadLink;
import org.factoredos.file.FileProtocol.Refused;
import org.factoredos.file.FileProtocol.RenamePath;
import org.factoredos.file.FileProtocol.Reply;
import org.factoredos.file.FileProtocol.Request;
import org.factoredos.file.FileProtocol.SetAttributes;
import org.factoredos.file.FileProtocol.StatFile;
import org.factoredos.file.FileProtocol.StatLink;
import org.factoredos.file.FileProtocol.StatPath;
import org.factoredos.file.FileProtocol.SyncFile;
import org.factoredos.file.FileProtocol.TruncateFile;
import org.factoredos.file.FileProtocol.UnlinkFile;
import org.factoredos.file.FileProtocol.UnlockFile;
import org.factoredos.file.FileProtocol.WriteFile;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.server.Continuation;
import org.factoredos.server.Effect;
import org.factoredos.server.Membership;
import org.factoredos.server.Reserved;
import org.factoredos.server.Response;
import org.jspecify.annotations.Nullable;

/** A client that does everything to a few files at random, through any node's front. */
final class FileUser implements Scenario.User, Membership.Watcher {
    /** Two that are renamed to each other, and one whose bytes lie around the border of two chunks. */
    private static final List<String> PATHS = List.of("/tmp/a", "/tmp/b", "/home/wide");

    /** A symbolic link, if somebody has made it; it may lead to itself. */
    private static final String LINK = "/tmp/l";

    private static final List<String> TARGETS = List.of("a", "b", "l");
    private static final List<Integer> FILE_MODES = List.of(0600, 0644, 0666);

    private static final List<OpenMode> MODES = List.of(OpenMode.values());
    private static final List<String> LAST_STEPS = List.of("open", "read", "append", "sync", "read");
    private static final int MOST_READ = 1024;

    private record Next() implements Continuation {}

    /** @param number zero for an unlocking */
    private record AwaitingLock(FileId file, long number) implements Continuation {}

    /** Told who has which file locked. */
    interface LockLog {
        void took(FileId file, FileUser user);

        /** It is about to unlock it. */
        void leaves(FileId file, FileUser user);
    }

    /** @param step of the last questions; below zero for the others */
    private record Awaiting(int operation, Request<?> request, int step) implements Continuation {}

    private final Incarnation self;
    private final String domain;
    private final SplittableRandom random;
    private final History<Payload, Payload> history;
    private final LockLog lockLog;
    private final Map<String, FileId> opened = new LinkedHashMap<>();
    /** What it has locked, or may have, and under which number. */
    private final Map<FileId, Long> locks = new LinkedHashMap<>();

    private long lastLock;
    private @Nullable Membership membership;
    private boolean lastAsked;
    private @Nullable String unanswered;

    FileUser(
            Incarnation self,
            String domain,
            SplittableRandom random,
            History<Payload, Payload> history,
            LockLog lockLog) {
        this.lockLog = lockLog;
        this.self = self;
        this.domain = domain;
        this.random = random;
        this.history = history;
    }

    @Override
    public @Nullable String unanswered() {
        return unanswered;
    }

    @Override
    public List<Effect> on(Membership changed, long nanos) {
        membership = changed;
        return List.of();
    }

    @Override
    public List<Effect> on(Envelope in, long nanos) {
        return List.of();
    }

    @Override
    public List<Effect> on(Continuation continuation, Response response, long nanos) {
        return switch (continuation) {
            case Scenario.Begin begin -> pause();
            case Next next -> lastAsked ? List.of() : askAtRandom();
            case Scenario.AskLast last -> {
                lastAsked = true;
                yield askLast(0);
            }
            case Awaiting(var operation, var request, var step) -> {
                boolean answered = onResponse(operation, request, response, step >= 0);
                if (step < 0) {
                    yield lastAsked ? List.of() : pause();
                }
                yield answered ? askLast(step + 1) : List.of();
            }
            case AwaitingLock(var file, var number) -> {
                if (number > 0 && response instanceof Response.Answered(FileProtocol.Locked locked)) {
                    lockLog.took(file, this);
                } else if (number == 0
                        ? response instanceof Response.Answered(Changed done)
                        : response instanceof Response.Answered) {
                    locks.remove(file);
                }
                yield lastAsked ? List.of() : pause();
            }
            default -> List.of();
        };
    }

    private List<Effect> lockOrUnlock(Membership members, FileId file) {
        Long held = locks.get(file);
        if (held == null) {
            locks.put(file, ++lastLock);
            return List.of(new Effect.Call(
                    front(members),
                    new LockFile(file, lastLock, 0, 1, false),
                    new AwaitingLock(file, lastLock),
                    10 * World.SECOND));
        }
        lockLog.leaves(file, this);
        return List.of(new Effect.Call(
                front(members), new UnlockFile(file, held), new AwaitingLock(file, 0), 10 * World.SECOND));
    }

    Incarnation life() {
        return self;
    }

    private List<Effect> pause() {
        return List.of(new Effect.Timer(new Next(), random.nextLong(400 * World.MILLISECOND)));
    }

    private List<Effect> askAtRandom() {
        if (random.nextInt(4) == 0) {
            return ask(ofLinksAndModes(), -1);
        }
        String path = PATHS.get(random.nextInt(PATHS.size()));
        FileId file = opened.get(path);
        if (file == null || random.nextInt(8) == 0) {
            return ask(new OpenFile(path, MODES.get(random.nextInt(MODES.size()))), -1);
        }
        Membership members = membership;
        if (members != null && random.nextInt(8) == 0) {
            return lockOrUnlock(members, file);
        }
        return ask(
                switch (random.nextInt(16)) {
                    case 0, 1, 2, 3 -> new ReadFile(file, begin(path), MOST_READ);
                    case 4, 5, 6 -> new AppendFile(file, unique());
                    case 7, 8 -> new WriteFile(file, begin(path) + random.nextInt(10), unique());
                    case 9 -> new TruncateFile(file, begin(path) + random.nextInt(10));
                    case 10, 11 -> new SyncFile(file);
                    case 12 -> new StatFile(file);
                    case 13 -> new StatPath(path);
                    case 14 -> new ListDirectory(FileModel.volume(path), "", 10);
                    default ->
                        path.equals(PATHS.getLast()) || random.nextInt(3) == 0
                                ? new UnlinkFile(path)
                                : new RenamePath(path, PATHS.get(random.nextInt(2)));
                },
                -1);
    }

    private Request<?> ofLinksAndModes() {
        String path = PATHS.get(random.nextInt(PATHS.size()));
        String name = PATHS.get(random.nextInt(2));
        return switch (random.nextInt(10)) {
            case 0, 1 -> new MakeSymbolicLink(TARGETS.get(random.nextInt(TARGETS.size())), LINK);
            case 2 -> new StatLink(LINK);
            case 3 -> new ReadLink(random.nextInt(3) == 0 ? path : LINK);
            case 4 -> random.nextBoolean() ? new UnlinkFile(LINK) : new RenamePath(LINK, name);
            case 5, 6 -> new OpenFile(LINK, MODES.get(random.nextInt(MODES.size())));
            case 7, 8 -> new MakeLink(name, PATHS.get(random.nextInt(2)));
            default -> {
                int mode = FILE_MODES.get(random.nextInt(FILE_MODES.size()));
                yield new SetAttributes(random.nextInt(3) == 0 ? LINK : path, true, NewAttributes.ofMode(mode));
            }
        };
    }

    /** All files one after the other, each synced; then appends that nothing syncs, so that each file's size tells of them. */
    private List<Effect> askLast(int step) {
        int synced = PATHS.size() * LAST_STEPS.size();
        if (step == synced + PATHS.size()) {
            unanswered = null;
            return List.of();
        }
        String path = PATHS.get(step < synced ? step / LAST_STEPS.size() : step - synced);
        String what = step < synced ? LAST_STEPS.get(step % LAST_STEPS.size()) : "append";
        FileId file = opened.getOrDefault(path, new FileId(FileModel.volume(path), 0));
        return ask(
                switch (what) {
                    case "open" -> new OpenFile(path, OpenMode.CREATE);
                    case "read" -> new ReadFile(file, begin(path), MOST_READ);
                    case "sync" -> new SyncFile(file);
                    default -> new AppendFile(file, unique());
                },
                step);
    }

    private static long begin(String path) {
        return path.equals(PATHS.getLast()) ? BlockProtocol.CHUNK_BYTES - 5 : 0;
    }

    /** Text that no other request has. */
    private Bytes unique() {
        return Bytes.utf8(Long.toString(36 * 36 + history.moment(), 36));
    }

    private List<Effect> ask(Request<?> request, int step) {
        Membership members = membership;
        if (members == null) {
            return pause();
        }
        int operation = history.called(object(request), new FileModel.Asked(domain, request));
        if (step >= 0) {
            unanswered = "no answer to " + request;
        }
        long patience = (step >= 0 || random.nextInt(4) > 0 ? 20 : 6) * World.SECOND;
        return List.of(new Effect.Call(front(members), request, new Awaiting(operation, request, step), patience));
    }

    private static String object(Request<?> request) {
        return switch (request) {
            case OpenFile(var path, var mode, var access) -> FileModel.volume(path);
            case StatPath(var path) -> FileModel.volume(path);
            case UnlinkFile(var path) -> FileModel.volume(path);
            case StatLink(var path) -> FileModel.volume(path);
            case ReadLink(var path) -> FileModel.volume(path);
            case MakeSymbolicLink(var target, var path) -> FileModel.volume(path);
            case MakeLink(var existing, var path) -> FileModel.volume(path);
            case SetAttributes set -> FileModel.volume(set.path());
            case RenamePath(var from, var to) -> FileModel.volume(from);
            case ListDirectory(var path, var after, var limit) -> path;
            case ReadFile(var file, var offset, var length) -> file.volume();
            case WriteFile(var file, var offset, var data) -> file.volume();
            case AppendFile(var file, var data) -> file.volume();
            case TruncateFile(var file, var size) -> file.volume();
            case SyncFile(var file) -> file.volume();
            case StatFile(var file) -> file.volume();
            default -> throw new IllegalArgumentException("never asked: " + request);
        };
    }

    /** Most often the own node's. */
    private Address front(Membership members) {
        List<Incarnation> all = List.copyOf(members.up());
        Incarnation node = random.nextInt(3) > 0 ? self : all.get(random.nextInt(all.size()));
        return Reserved.FILE_FRONT.address(node, members.grid());
    }

    /** Whether it was answered. */
    private boolean onResponse(int operation, Request<?> request, Response response, boolean last) {
        boolean definite = switch (response) {
            case Response.Answered(Refused(FileError error)) ->
                last
                        ? error != FileError.EAGAIN
                        : error != FileError.EAGAIN && error != FileError.EIO && error != FileError.ENOSPC;
            case Response.Answered answered -> true;
            default -> false;
        };
        boolean refused = response instanceof Response.Answered
                || (response instanceof Response.SendRefused(var result) && result.definite());
        if (definite && response instanceof Response.Answered(Reply reply)) {
            history.returned(operation, FileModel.timeless(reply));
            if (request instanceof OpenFile(var path, var mode, var access)
                    && reply instanceof FileOpened(var status)) {
                opened.put(path, status.id());
            }
        } else if (refused || asksOnly(request)) {
            history.forget(operation);
        }
        if (last && !definite) {
            unanswered = request + " came to " + response;
        }
        return definite;
    }

    /** Such a request says nothing where it is not answered. */
    private static boolean asksOnly(Request<?> request) {
        return request instanceof ReadFile
                || request instanceof StatFile
                || request instanceof StatPath
                || request instanceof StatLink
                || request instanceof ReadLink
                || request instanceof ListDirectory
                || request instanceof SyncFile;
    }
}
