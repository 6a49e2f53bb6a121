package org.factoredos.lib.nio;

import static org.factoredos.file.FileProtocol.LARGEST_TRANSFER_BYTES;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.AccessMode;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.FileSystemAlreadyExistsException;
import java.nio.file.LinkOption;
import java.nio.file.NotLinkException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileOwnerAttributeView;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.spi.FileSystemProvider;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.factoredos.file.FileError;
import org.factoredos.file.FileMode;
import org.factoredos.file.FileProtocol.Attributes;
import org.factoredos.file.FileProtocol.Kind;
import org.factoredos.file.FileProtocol.NewAttributes;
import org.factoredos.file.FileProtocol.Status;
import org.factoredos.lib.Fos;
import org.factoredos.lib.FosException;
import org.factoredos.lib.OpenFile;
import org.jspecify.annotations.Nullable;

/**
 * System calls behind the interface of java.nio, each of the process whose {@link FosFileSystem} a path belongs to. It is installed:
 * {@code Path.of(URI.create("fos:///etc/motd"))} is a path of the process that asks.
 */
public final class FosFileSystemProvider extends FileSystemProvider {
    static final String SCHEME = "fos";

    static final FosFileSystemProvider ONLY = new FosFileSystemProvider();

    /** For {@link java.util.ServiceLoader}. */
    public FosFileSystemProvider() {}

    private static Fos fos(FosPath path) {
        return path.getFileSystem().fos();
    }

    private static String text(FosPath path) {
        return path.toAbsolutePath().toString();
    }

    @Override
    public String getScheme() {
        return SCHEME;
    }

    @Override
    public FosFileSystem newFileSystem(URI uri, Map<String, ?> environment) {
        throw new FileSystemAlreadyExistsException("a process has one tree of files: fos:///");
    }

    @Override
    public FosFileSystem getFileSystem(URI uri) {
        if (!SCHEME.equalsIgnoreCase(uri.getScheme())) {
            throw new IllegalArgumentException(uri + " is no fos:///path");
        }
        return FosFileSystem.current();
    }

    @Override
    public FosPath getPath(URI uri) {
        @Nullable String path = uri.getPath();
        if (path == null || !path.startsWith("/") || uri.getAuthority() != null) {
            throw new IllegalArgumentException(uri + " is no fos:///path");
        }
        return getFileSystem(uri).getPath(path);
    }

    // Files

    @Override
    public FileChannel newByteChannel(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
            throws IOException {
        return newFileChannel(path, options, attributes);
    }

    @Override
    public FileChannel newFileChannel(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
            throws IOException {
        FosPath file = FosPath.from(path);
        Opening opening = Opening.of(options);
        OpenFile opened = open(file, opening);
        wish(file, attributes);
        return new FosChannel(file, opened, opening);
    }

    private OpenFile open(FosPath path, Opening opening) throws IOException {
        OpenFile file = FileErrors.named(path, () -> fos(path).open(text(path), opening.mode(), opening.access()));
        if (opening.truncate()) {
            FileErrors.done(path, () -> file.truncate(0));
        }
        return file;
    }

    @Override
    public DirectoryStream<Path> newDirectoryStream(Path directory, DirectoryStream.Filter<? super Path> filter)
            throws IOException {
        return new DirectoryPages(FosPath.from(directory), filter);
    }

    @Override
    public void createDirectory(Path directory, FileAttribute<?>... attributes) throws IOException {
        FosPath path = FosPath.from(directory);
        FileErrors.done(path, () -> fos(path).makeDirectory(text(path)));
        wish(path, attributes);
    }

    /** What is to be set of something that has just been made. */
    private static void wish(FosPath path, FileAttribute<?>... attributes) throws IOException {
        for (FileAttribute<?> attribute : attributes) {
            new FosAttributeView(path, "posix", true).set(named(attribute.name()), attribute.value());
        }
    }

    private static String named(String attribute) {
        return attribute.substring(attribute.indexOf(':') + 1);
    }

    @Override
    public void createSymbolicLink(Path link, Path target, FileAttribute<?>... attributes) throws IOException {
        FosPath path = FosPath.from(link);
        String says = target.toString();
        FileErrors.done(path, () -> fos(path).symbolicLink(says, text(path)));
    }

    @Override
    public void createLink(Path link, Path existing) throws IOException {
        FosPath path = FosPath.from(link);
        FosPath file = FosPath.from(existing);
        FileErrors.done(path, () -> fos(path).link(text(file), text(path)));
    }

    @Override
    public FosPath readSymbolicLink(Path link) throws IOException {
        FosPath path = FosPath.from(link);
        try {
            return path.getFileSystem().getPath(fos(path).readLink(text(path)));
        } catch (FosException e) {
            if (e.error() == FileError.EINVAL) {
                throw new NotLinkException(path.toString());
            }
            throw FileErrors.named(path, e);
        }
    }

    @Override
    public void delete(Path path) throws IOException {
        FosPath doomed = FosPath.from(path);
        FileErrors.done(doomed, () -> {
            try {
                fos(doomed).unlink(text(doomed));
            } catch (FosException e) {
                if (e.error() != FileError.EISDIR) {
                    throw e;
                }
                fos(doomed).removeDirectory(text(doomed));
            }
        });
    }

    @Override
    public void copy(Path source, Path target, CopyOption... options) throws IOException {
        FosPath from = FosPath.from(source);
        FosPath to = FosPath.from(target);
        Set<CopyOption> wishes = Set.copyOf(Arrays.asList(options));
        if (wishes.contains(StandardCopyOption.ATOMIC_MOVE)) {
            throw new UnsupportedOperationException("a copy is never atomic");
        }
        FosAttributes attributes = attributes(from, !wishes.contains(LinkOption.NOFOLLOW_LINKS));
        if (isSameFile(from, to)) {
            return;
        }
        makeRoom(to, wishes.contains(StandardCopyOption.REPLACE_EXISTING));
        copy(from, attributes, to);
        if (wishes.contains(StandardCopyOption.COPY_ATTRIBUTES)) {
            copyAttributes(attributes.status(), to);
        }
    }

    private void copyAttributes(Status status, FosPath to) throws IOException {
        Attributes known = status.attributes();
        Integer mode = status.kind() == Kind.SYMBOLIC_LINK ? null : known.mode();
        var attributes = new NewAttributes(mode, null, status.modifiedMillis(), known.accessedMillis());
        FileErrors.done(to, () -> fos(to).setAttributes(text(to), false, attributes));
    }

    private void copy(FosPath from, FosAttributes attributes, FosPath to) throws IOException {
        if (attributes.isDirectory()) {
            createDirectory(to);
            return;
        }
        if (attributes.isSymbolicLink()) {
            createSymbolicLink(to, readSymbolicLink(from));
            return;
        }
        try (InputStream in = newInputStream(from);
                OutputStream out = newOutputStream(to, StandardOpenOption.CREATE_NEW)) {
            byte[] piece = new byte[LARGEST_TRANSFER_BYTES];
            for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
                out.write(piece, 0, count);
            }
        }
    }

    private void makeRoom(FosPath target, boolean replace) throws IOException {
        if (replace) {
            deleteIfExists(target);
        } else if (link(target).isPresent()) {
            throw new FileAlreadyExistsException(target.toString(), null, FileError.EEXIST.sentence());
        }
    }

    /** Inside a volume a rename, and so atomic; a file goes to another volume as a copy. */
    @Override
    public void move(Path source, Path target, CopyOption... options) throws IOException {
        FosPath from = FosPath.from(source);
        FosPath to = FosPath.from(target);
        List<CopyOption> wishes = List.of(options);
        boolean atomic = wishes.contains(StandardCopyOption.ATOMIC_MOVE);
        boolean replace = atomic || wishes.contains(StandardCopyOption.REPLACE_EXISTING);
        if (!atomic) {
            if (isSameFile(from, to)) {
                return;
            }
            Optional<Status> there = link(to);
            if (there.isPresent() && (!replace || new FosAttributes(there.get()).isDirectory())) {
                var _ = attributes(from, false); // Nothing is deleted for what is not there.
                makeRoom(to, replace);
            }
        }
        try {
            fos(from).rename(text(from), text(to));
        } catch (FosException e) {
            if (e.error() != FileError.EXDEV) {
                throw FileErrors.named(e.error() == FileError.ENOENT ? from : to, e);
            }
            if (atomic) {
                throw new AtomicMoveNotSupportedException(from.toString(), to.toString(), FileError.EXDEV.sentence());
            }
            moveToOtherVolume(from, to, replace);
        }
    }

    private void moveToOtherVolume(FosPath from, FosPath to, boolean replace) throws IOException {
        FosAttributes attributes = attributes(from, false);
        if (attributes.isDirectory()) {
            try (DirectoryStream<Path> entries = newDirectoryStream(from, entry -> true)) {
                if (entries.iterator().hasNext()) {
                    throw new DirectoryNotEmptyException(from.toString());
                }
            }
        }
        makeRoom(to, replace);
        copy(from, attributes, to);
        copyAttributes(attributes.status(), to);
        delete(from);
    }

    @Override
    public boolean isSameFile(Path path, Path other) throws IOException {
        if (path.equals(other)) {
            return true;
        }
        if (!(other instanceof FosPath that) || that.getFileSystem() != path.getFileSystem()) {
            return false;
        }
        Optional<Status> mine = status(FosPath.from(path));
        return mine.isPresent() && mine.map(Status::id).equals(status(that).map(Status::id));
    }

    @Override
    public boolean isHidden(Path path) {
        @Nullable Path name = path.getFileName();
        return name != null && name.toString().startsWith(".");
    }

    @Override
    public FileStore getFileStore(Path path) {
        throw new UnsupportedOperationException("fos does not tell how much its disks hold");
    }

    // Attributes

    @Override
    public void checkAccess(Path path, AccessMode... modes) throws IOException {
        FosPath file = FosPath.from(path);
        FosAttributes attributes = attributes(file, true);
        List<AccessMode> wanted = Arrays.asList(modes);
        if (attributes.isRegularFile() && wanted.contains(AccessMode.EXECUTE)) {
            throw new AccessDeniedException(path.toString(), null, "fos executes no files");
        }
        int bits = (wanted.contains(AccessMode.READ) ? FileMode.READ : 0)
                | (wanted.contains(AccessMode.WRITE) ? FileMode.WRITE : 0)
                | (wanted.contains(AccessMode.EXECUTE) ? FileMode.EXECUTE : 0);
        Attributes known = attributes.status().attributes();
        if (!FileMode.allows(known.owner(), known.mode(), fos(file).domain(), bits)) {
            throw new AccessDeniedException(path.toString(), null, FileError.EACCES.sentence());
        }
    }

    FosAttributes attributes(FosPath path, boolean follow) throws IOException {
        return new FosAttributes(FileErrors.named(
                path, () -> follow ? fos(path).stat(text(path)) : fos(path).statLink(text(path))));
    }

    private static boolean follows(LinkOption... options) {
        return !Arrays.asList(options).contains(LinkOption.NOFOLLOW_LINKS);
    }

    private Optional<Status> link(FosPath path) throws IOException {
        return FileErrors.named(path, () -> fos(path).findLink(text(path)));
    }

    private Optional<Status> status(FosPath path) throws IOException {
        return FileErrors.named(path, () -> fos(path).find(text(path)));
    }

    @Override
    public <V extends FileAttributeView> @Nullable V getFileAttributeView(
            Path path, Class<V> type, LinkOption... options) {
        if (!type.isAssignableFrom(PosixFileAttributeView.class)) {
            return null;
        }
        String name = type == PosixFileAttributeView.class
                ? "posix"
                : type == FileOwnerAttributeView.class ? "owner" : "basic";
        return type.cast(new FosAttributeView(FosPath.from(path), name, follows(options)));
    }

    @Override
    public <A extends BasicFileAttributes> A readAttributes(Path path, Class<A> type, LinkOption... options)
            throws IOException {
        if (!type.isAssignableFrom(FosAttributes.class)) {
            throw new UnsupportedOperationException("fos has no " + type.getSimpleName());
        }
        return type.cast(attributes(FosPath.from(path), follows(options)));
    }

    @Override
    public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options) throws IOException {
        int colon = attributes.indexOf(':');
        String view = colon < 0 ? "basic" : attributes.substring(0, colon);
        if (!FosAttributes.VIEWS.contains(view)) {
            throw new UnsupportedOperationException("fos has no attributes of '" + view + "'");
        }
        Map<String, Object> all =
                attributes(FosPath.from(path), follows(options)).named(view);
        List<String> wanted = List.of(attributes.substring(colon + 1).split(","));
        if (wanted.contains("*")) {
            return all;
        }
        if (!all.keySet().containsAll(wanted)) {
            throw new IllegalArgumentException("'" + attributes + "' names what is no attribute");
        }
        all.keySet().retainAll(wanted);
        return all;
    }

    @Override
    public void setAttribute(Path path, String attribute, Object value, LinkOption... options) throws IOException {
        int colon = attribute.indexOf(':');
        String view = colon < 0 ? "basic" : attribute.substring(0, colon);
        if (!FosAttributes.VIEWS.contains(view)) {
            throw new UnsupportedOperationException("fos has no attributes of '" + view + "'");
        }
        new FosAttributeView(FosPath.from(path), view, follows(options)).set(named(attribute), value);
    }
}
