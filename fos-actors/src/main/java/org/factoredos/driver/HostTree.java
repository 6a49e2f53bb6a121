package org.factoredos.driver;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.factoredos.file.FileError;
import org.factoredos.file.FileProtocol;
import org.factoredos.file.FileProtocol.Access;
import org.factoredos.file.FileProtocol.AppendFile;
import org.factoredos.file.FileProtocol.Changed;
import org.factoredos.file.FileProtocol.DirectoryListed;
import org.factoredos.file.FileProtocol.Entry;
import org.factoredos.file.FileProtocol.FileId;
import org.factoredos.file.FileProtocol.FileOpened;
import org.factoredos.file.FileProtocol.FileRead;
import org.factoredos.file.FileProtocol.FileWritten;
import org.factoredos.file.FileProtocol.LinkRead;
import org.factoredos.file.FileProtocol.ListDirectory;
import org.factoredos.file.FileProtocol.ListVolumes;
import org.factoredos.file.FileProtocol.LockFile;
import org.factoredos.file.FileProtocol.MakeDirectory;
import org.factoredos.file.FileProtocol.MakeLink;
import org.factoredos.file.FileProtocol.MakeSymbolicLink;
import org.factoredos.file.FileProtocol.MakeVolume;
import org.factoredos.file.FileProtocol.NewAttributes;
import org.factoredos.file.FileProtocol.OpenFile;
import org.factoredos.file.FileProtocol.OpenMode;
import org.factoredos.file.FileProtocol.ReadFile;
import org.factoredos.file.FileProtocol.ReadLink;
import org.factoredos.file.FileProtocol.Refused;
import org.factoredos.file.FileProtocol.RemoveDirectory;
import org.factoredos.file.FileProtocol.RenamePath;
import org.factoredos.file.FileProtocol.ReportDisks;
import org.factoredos.file.FileProtocol.ReportScrub;
import org.factoredos.file.FileProtocol.SetAttributes;
import org.factoredos.file.FileProtocol.SetQuota;
import org.factoredos.file.FileProtocol.StatAnswered;
import org.factoredos.file.FileProtocol.StatFile;
import org.factoredos.file.FileProtocol.StatLink;
import org.factoredos.file.FileProtocol.StatPath;
import org.factoredos.file.FileProtocol.StatVolume;
import org.factoredos.file.FileProtocol.Status;
import org.factoredos.file.FileProtocol.SyncFile;
import org.factoredos.file.FileProtocol.TruncateFile;
import org.factoredos.file.FileProtocol.UnlinkFile;
import org.factoredos.file.FileProtocol.UnlockFile;
import org.factoredos.file.FileProtocol.WriteFile;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Payload;
import org.factoredos.server.Device;
import org.factoredos.server.DeviceRequest;

/**
 * The host's files as a device. A file's number stands for its path, as long as this remembers it: a file that was renamed
 * or forgotten is stale. Whatever the host's user may not do, nobody in fos may.
 */
public final class HostTree implements Device, AutoCloseable {
    private static final String MOUNT = "/host";
    private static final String VOLUME = "host";
    private static final LinkOption[] NOT_FOLLOWING = {LinkOption.NOFOLLOW_LINKS};
    private static final int THREADS = 2;
    private static final int WAITING = 4096;
    private static final int REMEMBERED = 1 << 16;
    private static final int MOST_ENTRIES = 1024;

    private final Path root;
    private final ThreadPoolExecutor threads;
    private final SequencedMap<Long, Path> paths = new LinkedHashMap<>(); // Guarded by paths, like numbers.
    private final Map<Path, Long> numbers = new LinkedHashMap<>();
    private long lastNumber;

    /**
     * For the tree below one directory of the host.
     *
     * @param root what {@code /host} is
     * @param boot keeps the numbers of an earlier start from meaning other files
     */
    public HostTree(Path root, int boot) {
        this.root = root.toAbsolutePath();
        this.lastNumber = (long) boot << 40;
        this.threads = new ThreadPoolExecutor(
                THREADS, THREADS, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(WAITING), task -> {
                    Thread thread = new Thread(task, "fos-host");
                    thread.setDaemon(true);
                    return thread;
                });
    }

    @Override
    public void begin(DeviceRequest<?> request, Consumer<Payload> done) {
        if (!(request instanceof HostDevice(var asked))) {
            throw new IllegalArgumentException("a host cannot " + request);
        }
        try {
            threads.execute(() -> done.accept(perform(asked)));
        } catch (RejectedExecutionException e) {
            done.accept(new Refused(FileError.EAGAIN));
        }
    }

    @Override
    public void close() {
        threads.shutdown();
    }

    /** A refusal on its way out of an operation. */
    private static final class Refusal extends IOException {
        private static final long serialVersionUID = 1;
        final FileError error;

        Refusal(FileError error) {
            super(error.sentence());
            this.error = error;
        }
    }

    private Payload perform(FileProtocol.Request<?> request) {
        try {
            return switch (request) {
                case OpenFile(var path, var mode, var access) -> open(path(path), mode, access);
                case ReadFile(var file, var offset, var length) -> read(path(file), offset, length);
                case WriteFile(var file, var offset, var data) -> write(path(file), offset, data);
                case AppendFile(var file, var data) -> append(path(file), data);
                case TruncateFile(var file, var size) -> truncate(path(file), size);
                case StatPath(var path) -> new StatAnswered(status(path(path)));
                case StatFile(var file) -> new StatAnswered(status(path(file)));
                case ListDirectory list -> list(list);
                case MakeDirectory(var path) -> {
                    Files.createDirectory(path(path));
                    yield new Changed();
                }
                case RenamePath(var from, var to) -> rename(path(from), path(to));
                case UnlinkFile(var path) -> unlink(path(path));
                case RemoveDirectory(var path) -> removeDirectory(path(path));
                case SyncFile(var file) -> sync(path(file));
                case StatLink(var path) -> new StatAnswered(status(path(path), NOT_FOLLOWING));
                case ReadLink(var path) -> readLink(path(path));
                case MakeLink(var existing, var path) -> {
                    Files.createLink(path(path), path(existing));
                    yield new Changed();
                }
                case MakeSymbolicLink(var target, var path) -> {
                    Files.createSymbolicLink(path(path), Path.of(target));
                    yield new Changed();
                }
                case SetAttributes(var path, var follow, var attributes) -> set(path(path), follow, attributes);
                case LockFile lock -> new Refused(FileError.ENOTSUP);
                case UnlockFile unlock -> new Refused(FileError.ENOTSUP);
                case MakeVolume make -> new Refused(FileError.ENOTSUP);
                case ListVolumes list -> new Refused(FileError.ENOTSUP);
                case StatVolume stat -> new Refused(FileError.ENOTSUP);
                case SetQuota quota -> new Refused(FileError.ENOTSUP);
                case ReportScrub scrub -> new Refused(FileError.ENOTSUP);
                case ReportDisks report -> new Refused(FileError.ENOTSUP);
            };
        } catch (IOException | RuntimeException e) {
            return new Refused(error(e));
        }
    }

    private static Payload readLink(Path path) throws IOException {
        if (!Files.isSymbolicLink(path)) {
            throw new Refusal(Files.exists(path) ? FileError.EINVAL : FileError.ENOENT);
        }
        return new LinkRead(Files.readSymbolicLink(path).toString());
    }

    private static Payload set(Path path, boolean follow, NewAttributes attributes) throws IOException {
        if (attributes.owner() != null) {
            throw new Refusal(FileError.EPERM);
        }
        HostAttributes.set(path, attributes, follow ? new LinkOption[0] : NOT_FOLLOWING);
        return new Changed();
    }

    private Payload open(Path path, OpenMode mode, Access access) throws IOException {
        boolean there = Files.exists(path);
        if (there && mode == OpenMode.CREATE_NEW) {
            throw new Refusal(FileError.EEXIST);
        }
        if (there && Files.isDirectory(path)) {
            throw new Refusal(FileError.EISDIR);
        }
        if (!there && mode == OpenMode.EXISTING) {
            throw new NoSuchFileException(path.toString());
        }
        if (!there || mode == OpenMode.CREATE_OR_TRUNCATE) {
            OpenOption make = mode == OpenMode.CREATE_NEW ? StandardOpenOption.CREATE_NEW : StandardOpenOption.CREATE;
            Set<OpenOption> options = mode == OpenMode.CREATE_OR_TRUNCATE
                    ? Set.of(StandardOpenOption.WRITE, make, StandardOpenOption.TRUNCATE_EXISTING)
                    : Set.of(StandardOpenOption.WRITE, make);
            FileChannel.open(path, options).close();
        } else if ((reads(access) && !Files.isReadable(path)) || (access == Access.WRITE && !Files.isWritable(path))) {
            throw new AccessDeniedException(path.toString());
        }
        return new FileOpened(status(path));
    }

    private static boolean reads(Access access) {
        return access == Access.READ || access == Access.READ_AND_WRITE;
    }

    private static Payload read(Path path, long offset, int length) throws IOException {
        if (offset < 0 || length < 0 || length > FileProtocol.LARGEST_TRANSFER_BYTES) {
            throw new Refusal(FileError.EINVAL);
        }
        regular(path);
        ByteBuffer buffer = ByteBuffer.allocate(length);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            while (buffer.hasRemaining() && channel.read(buffer, offset + buffer.position()) > 0) {}
        }
        return new FileRead(Bytes.owning(buffer.array()).slice(0, buffer.position()));
    }

    private static Payload write(Path path, long offset, Bytes data) throws IOException {
        if (offset < 0 || data.length() > FileProtocol.LARGEST_TRANSFER_BYTES) {
            throw new Refusal(FileError.EINVAL);
        }
        regular(path);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            ByteBuffer buffer = ByteBuffer.wrap(data.toArray());
            while (buffer.hasRemaining()) {
                channel.write(buffer, offset + buffer.position());
            }
        }
        return new FileWritten(offset + data.length());
    }

    private static Payload append(Path path, Bytes data) throws IOException {
        if (data.length() > FileProtocol.LARGEST_TRANSFER_BYTES) {
            throw new Refusal(FileError.EINVAL);
        }
        regular(path);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
            ByteBuffer buffer = ByteBuffer.wrap(data.toArray());
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            return new FileWritten(channel.position());
        }
    }

    private static Payload truncate(Path path, long size) throws IOException {
        if (size < 0) {
            throw new Refusal(FileError.EINVAL);
        }
        regular(path);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            if (size > channel.size()) {
                channel.write(ByteBuffer.allocate(1), size - 1);
            } else {
                channel.truncate(size);
            }
        }
        return new Changed();
    }

    private Payload list(ListDirectory list) throws IOException {
        if (list.limit() < 1) {
            throw new Refusal(FileError.EINVAL);
        }
        Path directory = path(list.path());
        List<Path> found;
        try (Stream<Path> children = Files.list(directory)) {
            found = children.filter(child -> name(child).compareTo(list.after()) > 0)
                    .sorted((a, b) -> name(a).compareTo(name(b)))
                    .toList();
        }
        int limit = Math.min(list.limit(), MOST_ENTRIES);
        List<Entry> entries = new ArrayList<>();
        for (Path child : found.subList(0, Math.min(limit, found.size()))) {
            try {
                entries.add(new Entry(name(child), status(child, NOT_FOLLOWING)));
            } catch (FileSystemException e) {
                // Removed meanwhile: there is no file of that name.
            }
        }
        return new DirectoryListed(entries, found.size() > limit);
    }

    private static String name(Path path) {
        return path.getFileName().toString();
    }

    private Payload rename(Path from, Path to) throws IOException {
        if (from.equals(root) || to.equals(root)) {
            throw new Refusal(FileError.EBUSY);
        }
        boolean directory = Files.isDirectory(from, LinkOption.NOFOLLOW_LINKS);
        if (Files.exists(to) && Files.isDirectory(to) != directory) {
            throw new Refusal(directory ? FileError.ENOTDIR : FileError.EISDIR);
        }
        if (directory && to.startsWith(from) && !to.equals(from)) {
            throw new Refusal(FileError.EINVAL);
        }
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        return new Changed();
    }

    private static Payload unlink(Path path) throws IOException {
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            throw new Refusal(FileError.EISDIR);
        }
        Files.delete(path);
        return new Changed();
    }

    private Payload removeDirectory(Path path) throws IOException {
        if (path.equals(root)) {
            throw new Refusal(FileError.EBUSY);
        }
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS) && !Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            throw new Refusal(FileError.ENOTDIR);
        }
        Files.delete(path);
        return new Changed();
    }

    private static Payload sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
        return new Changed();
    }

    private Status status(Path path, LinkOption... options) throws IOException {
        return HostAttributes.status(path, new FileId(VOLUME, number(path)), options);
    }

    /** Neither a directory nor a pipe, which would block a thread until somebody writes there. */
    private static void regular(Path path) throws IOException {
        BasicFileAttributes attributes;
        try {
            attributes = Files.readAttributes(path, BasicFileAttributes.class);
        } catch (NoSuchFileException e) {
            throw new Refusal(FileError.ESTALE);
        }
        if (attributes.isDirectory()) {
            throw new Refusal(FileError.EISDIR);
        }
        if (!attributes.isRegularFile()) {
            throw new Refusal(FileError.EINVAL);
        }
    }

    /** The host's path. It has no {@code ..}, so it stays below the root but for links, which are the host's own. */
    private Path path(String path) throws IOException {
        boolean below = path.equals(MOUNT) || path.startsWith(MOUNT + "/");
        if (!below || path.indexOf('\0') >= 0) {
            throw new Refusal(FileError.EINVAL);
        }
        for (String part : path.substring(1).split("/", -1)) {
            if (part.isEmpty() || part.equals(".") || part.equals("..")) {
                throw new Refusal(FileError.EINVAL);
            }
        }
        return path.length() <= MOUNT.length() ? root : root.resolve(path.substring(MOUNT.length() + 1));
    }

    private Path path(FileId file) throws IOException {
        synchronized (paths) {
            Path path = paths.get(file.number());
            if (path == null || !file.volume().equals(VOLUME)) {
                throw new Refusal(FileError.ESTALE);
            }
            paths.putLast(file.number(), path);
            return path;
        }
    }

    private long number(Path path) {
        synchronized (paths) {
            Long known = numbers.get(path);
            if (known != null) {
                paths.putLast(known, path);
                return known;
            }
            paths.put(++lastNumber, path);
            numbers.put(path, lastNumber);
            if (paths.size() > REMEMBERED) {
                numbers.remove(paths.pollFirstEntry().getValue());
            }
            return lastNumber;
        }
    }

    private static FileError error(Exception e) {
        return switch (e) {
            case Refusal refusal -> refusal.error;
            case NoSuchFileException missing -> belowFile(missing.getFile()) ? FileError.ENOTDIR : FileError.ENOENT;
            case FileAlreadyExistsException exists -> FileError.EEXIST;
            case DirectoryNotEmptyException full -> FileError.ENOTEMPTY;
            case NotDirectoryException file -> FileError.ENOTDIR;
            case AccessDeniedException denied -> FileError.EACCES;
            case FileSystemLoopException loop -> FileError.ELOOP;
            case InvalidPathException invalid -> FileError.EINVAL;
            case SecurityException denied -> FileError.EACCES;
            case FileSystemException other -> byReason(String.valueOf(other.getReason()));
            default -> byReason(String.valueOf(e.getMessage()));
        };
    }

    /** The JDK says of a path through a file, too, that there is no such file. */
    private static boolean belowFile(String path) {
        Path at = Path.of(path).getParent();
        while (at != null && !Files.exists(at)) {
            at = at.getParent();
        }
        return at != null && !Files.isDirectory(at);
    }

    /** What java.nio tells only in words. */
    private static FileError byReason(String reason) {
        if (reason.contains("Not a directory")) {
            return FileError.ENOTDIR;
        }
        if (reason.contains("Is a directory")) {
            return FileError.EISDIR;
        }
        if (reason.contains("No space left")) {
            return FileError.ENOSPC;
        }
        if (reason.contains("not empty")) {
            return FileError.ENOTEMPTY;
        }
        if (reason.contains("Read-only") || reason.contains("not permitted") || reason.contains("ermission denied")) {
            return FileError.EACCES;
        }
        if (reason.contains("name too long")) {
            return FileError.ENAMETOOLONG;
        }
        if (reason.contains("busy")) {
            return FileError.EBUSY;
        }
        if (reason.contains("Too many levels")) {
            return FileError.ELOOP;
        }
        return reason.contains("cross-device") ? FileError.EXDEV : FileError.EIO;
    }
}
