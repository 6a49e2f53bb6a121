package org.factoredos.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;

/** This machine's files. Links are followed: fos has none. */
public final class LocalTree implements FileTree {
    @FunctionalInterface
    private interface Step<T> {
        T take(Path path) throws IOException;
    }

    /** Says in words what java.nio says with the name of an exception. */
    private static <T> T at(String path, Step<T> step) throws IOException {
        try {
            return step.take(Path.of(path));
        } catch (InvalidPathException e) {
            throw new IOException(
                    "'" + path + "' is no name of a file here: where the locale knows only ASCII, set LC_ALL=C.UTF-8",
                    e);
        } catch (NoSuchFileException e) {
            throw new IOException(path + ": no such file or directory", e);
        } catch (AccessDeniedException e) {
            throw new IOException(path + ": permission denied", e);
        } catch (FileSystemException e) {
            throw new IOException(path + ": " + (e.getReason() == null ? e.getMessage() : e.getReason()), e);
        }
    }

    @Override
    public Kind kind(String path) throws IOException {
        return at(path, LocalTree::kind);
    }

    private static Kind kind(Path path) {
        if (Files.isDirectory(path)) {
            return Kind.DIRECTORY;
        }
        if (Files.isRegularFile(path)) {
            return Kind.FILE;
        }
        return Files.exists(path) || Files.isSymbolicLink(path) ? Kind.SPECIAL : Kind.MISSING;
    }

    @Override
    public List<Entry> list(String directory) throws IOException {
        return at(directory, path -> {
            try (Stream<Path> entries = Files.list(path)) {
                return entries.map(entry -> new Entry(entry.getFileName().toString(), kind(entry)))
                        .toList();
            }
        });
    }

    @Override
    public InputStream read(String path) throws IOException {
        return at(path, Files::newInputStream);
    }

    @Override
    public OutputStream write(String path) throws IOException {
        return at(path, Files::newOutputStream);
    }

    @Override
    public void makeDirectory(String path) throws IOException {
        var _ = at(path, Files::createDirectory);
    }

    /** A link at {@code to} stays, and what it leads to is replaced. */
    @Override
    public void replace(String from, String to) throws IOException {
        var _ = at(
                to,
                target -> Files.move(
                        Path.of(from),
                        Files.isSymbolicLink(target) ? target.toRealPath() : target,
                        StandardCopyOption.ATOMIC_MOVE));
    }

    @Override
    public void remove(String path) throws IOException {
        var _ = at(path, Files::deleteIfExists);
    }
}
