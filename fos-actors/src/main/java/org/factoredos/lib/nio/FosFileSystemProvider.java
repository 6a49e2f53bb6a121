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
import org.factoredos.file.FileProtocol.Status;
import org.factoredos.lib.Fos;
import org.factoredos.lib.FosException;
import org.factoredos.lib.OpenFile;
import org.jspecify.annotations.Nullable;

/** The system calls of one process behind the interface of java.nio; see {@link FosFileSystem}. */
final class FosFileSystemProvider extends FileSystemProvider {
    static final String SCHEME = "fos";

    private final FosFileSystem system;

    FosFileSystemProvider(FosFileSystem system) {
        this.system = system;
    }

    private Fos fos() {
        return system.fos();
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
        return system;
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
        refuse(attributes);
        FosPath file = FosPath.from(path);
        Opening opening = Opening.of(options);
        return new FosChannel(file, open(file, opening), opening);
    }

    private OpenFile open(FosPath path, Opening opening) throws IOException {
        OpenFile file = FileErrors.named(path, () -> fos().open(text(path), opening.mode()));
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
        refuse(attributes);
        FosPath path = FosPath.from(directory);
        FileErrors.done(path, () -> fos().makeDirectory(text(path)));
    }

    private static void refuse(FileAttribute<?>... attributes) {
        for (FileAttribute<?> attribute : attributes) {
            throw FosAttributeView.unsupported(attribute.name());
        }
    }

    @Override
    public void delete(Path path) throws IOException {
        FosPath doomed = FosPath.from(path);
        FileErrors.done(doomed, () -> {
            try {
                fos().unlink(text(doomed));
            } catch (FosException e) {
                if (e.error() != FileError.EISDIR) {
                    throw e;
                }
                fos().removeDirectory(text(doomed));
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
        if (wishes.contains(StandardCopyOption.COPY_ATTRIBUTES)) {
            throw FosAttributeView.unsupported("times");
        }
        FosAttributes attributes = attributes(from);
        if (isSameFile(from, to)) {
            return;
        }
        makeRoom(to, wishes.contains(StandardCopyOption.REPLACE_EXISTING));
        copy(from, attributes, to);
    }

    private void copy(FosPath from, FosAttributes attributes, FosPath to) throws IOException {
        if (attributes.isDirectory()) {
            createDirectory(to);
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
        } else if (status(target).isPresent()) {
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
            Optional<Status> there = status(to);
            if (there.isPresent() && (!replace || new FosAttributes(there.get()).isDirectory())) {
                makeRoom(to, replace);
            }
        }
        try {
            fos().rename(text(from), text(to));
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
        FosAttributes attributes = attributes(from);
        if (attributes.isDirectory()) {
            try (DirectoryStream<Path> entries = newDirectoryStream(from, entry -> true)) {
                if (entries.iterator().hasNext()) {
                    throw new DirectoryNotEmptyException(from.toString());
                }
            }
        }
        makeRoom(to, replace);
        copy(from, attributes, to);
        delete(from);
    }

    @Override
    public boolean isSameFile(Path path, Path other) throws IOException {
        if (path.equals(other)) {
            return true;
        }
        if (!(other instanceof FosPath that) || that.getFileSystem() != system) {
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
        FosAttributes attributes = attributes(FosPath.from(path));
        if (attributes.isRegularFile() && Arrays.asList(modes).contains(AccessMode.EXECUTE)) {
            throw new AccessDeniedException(path.toString(), null, "fos executes no files");
        }
    }

    FosAttributes attributes(FosPath path) throws IOException {
        return new FosAttributes(FileErrors.named(path, () -> fos().stat(text(path))));
    }

    private Optional<Status> status(FosPath path) throws IOException {
        return FileErrors.named(path, () -> fos().find(text(path)));
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
        return type.cast(new FosAttributeView(FosPath.from(path), name));
    }

    @Override
    public <A extends BasicFileAttributes> A readAttributes(Path path, Class<A> type, LinkOption... options)
            throws IOException {
        if (!type.isAssignableFrom(FosAttributes.class)) {
            throw new UnsupportedOperationException("fos has no " + type.getSimpleName());
        }
        return type.cast(attributes(FosPath.from(path)));
    }

    @Override
    public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options) throws IOException {
        int colon = attributes.indexOf(':');
        String view = colon < 0 ? "basic" : attributes.substring(0, colon);
        if (!FosAttributes.VIEWS.contains(view)) {
            throw new UnsupportedOperationException("fos has no attributes of '" + view + "'");
        }
        Map<String, Object> all = attributes(FosPath.from(path)).named(view);
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
    public void setAttribute(Path path, String attribute, Object value, LinkOption... options) {
        throw FosAttributeView.unsupported(attribute);
    }
}
