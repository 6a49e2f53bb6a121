package org.factoredos.lib.nio;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import org.factoredos.file.FileProtocol.DirectoryListed;
import org.factoredos.file.FileProtocol.Entry;
import org.jspecify.annotations.Nullable;

/** A directory's entries in name order, one answer of a server at a time: a large directory is never held whole. */
final class DirectoryPages implements DirectoryStream<Path> {
    private final FosPath directory;
    private final Filter<? super Path> filter;
    private final Deque<Entry> page = new ArrayDeque<>();
    private boolean more;
    private String last = "";
    private @Nullable FosPath next;
    private boolean iterating;
    private boolean closed;

    /** Asks for the first page, so that what is no directory fails here. */
    DirectoryPages(FosPath directory, Filter<? super Path> filter) throws IOException {
        this.directory = directory;
        this.filter = filter;
        turn();
    }

    private void turn() throws IOException {
        FosPath absolute = directory.toAbsolutePath();
        DirectoryListed listed = FileErrors.named(
                directory, () -> directory.getFileSystem().fos().list(absolute.toString(), last));
        page.addAll(listed.entries());
        more = listed.more() && !page.isEmpty();
        if (more) {
            last = page.getLast().name();
        }
    }

    @Override
    public Iterator<Path> iterator() {
        if (closed || iterating) {
            throw new IllegalStateException("a directory is listed once, before it is closed");
        }
        iterating = true;
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                try {
                    return advance() != null;
                } catch (IOException e) {
                    throw new DirectoryIteratorException(e);
                }
            }

            @Override
            public Path next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                return taken();
            }
        };
    }

    private @Nullable FosPath advance() throws IOException {
        while (next == null && !closed && (more || !page.isEmpty())) {
            if (page.isEmpty()) {
                turn();
                continue;
            }
            Entry entry = page.removeFirst();
            FosPath path = directory.listed(entry.name(), entry.status());
            if (filter.accept(path)) {
                next = path;
            }
        }
        return next;
    }

    private Path taken() {
        Path path = Objects.requireNonNull(next);
        next = null;
        return path;
    }

    @Override
    public void close() {
        closed = true;
    }
}
