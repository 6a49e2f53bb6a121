package org.factoredos.program;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;
import org.factoredos.file.FileProtocol.Entry;
import org.factoredos.file.FileProtocol.Kind;
import org.factoredos.file.FileProtocol.OpenMode;
import org.factoredos.file.FileProtocol.Status;
import org.factoredos.lib.Fos;

/** Whole trees of files: what {@code cp -r}, {@code rm -r} and {@code mv} between volumes share. */
final class Tree {
    private final Fos fos;
    private final Failures failures;

    Tree(Fos fos, Failures failures) {
        this.fos = fos;
        this.failures = failures;
    }

    /** Copies a file, or a directory with all that is in it, to {@code to}; goes on where one file fails. */
    void copy(String from, String to) throws IOException {
        Status source = fos.stat(from);
        Optional<Status> target = fos.find(to);
        if (source.kind() == Kind.FILE) {
            copyFile(from, source, to, target);
            return;
        }
        if (Paths.isWithin(fos, to, from)) {
            throw new IOException(to + ": lies inside " + from + ", which would be copied into itself");
        }
        if (target.isEmpty()) {
            fos.makeDirectory(to);
        } else if (target.get().kind() == Kind.FILE) {
            throw new IOException(to + ": is a file, so the directory " + from + " cannot be copied there");
        }
        for (Entry entry : fos.list(from)) {
            failures.attempt(() -> copy(Paths.join(from, entry.name()), Paths.join(to, entry.name())));
        }
    }

    private void copyFile(String from, Status source, String to, Optional<Status> target) throws IOException {
        // Opening it to write would empty it before it is read.
        if (target.isPresent() && target.get().id().equals(source.id())) {
            throw new IOException(to + ": is the same file as " + from);
        }
        try (InputStream in = fos.open(from, OpenMode.EXISTING).input();
                OutputStream out = fos.open(to, OpenMode.CREATE_OR_TRUNCATE).appender()) {
            Inputs.copy(in, out);
        }
    }

    /** Removes a file, or a directory with all that is in it; goes on where one file fails. */
    void remove(String path) throws IOException {
        remove(path, fos.stat(path).kind());
    }

    private void remove(String path, Kind kind) throws IOException {
        if (kind == Kind.FILE) {
            fos.unlink(path);
            return;
        }
        for (Entry entry : fos.list(path)) {
            failures.attempt(
                    () -> remove(Paths.join(path, entry.name()), entry.status().kind()));
        }
        fos.removeDirectory(path);
    }
}
