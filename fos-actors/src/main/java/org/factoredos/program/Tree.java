package org.factoredos.program;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;
import org.factoredos.file.FileProtocol.Entry;
import org.factoredos.file.FileProtocol.Kind;
import org.factoredos.file.FileProtocol.NewAttributes;
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

    /**
     * Copies a file, a link, or a directory with all that is in it, to {@code to}; goes on where one file fails.
     *
     * @param attributes whether modes and times are copied too
     */
    void copy(String from, String to, boolean attributes) throws IOException {
        Status source = fos.statLink(from);
        switch (source.kind()) {
            case FILE, DEVICE -> copyFile(from, source, to);
            case SYMBOLIC_LINK -> copyLink(from, to);
            case DIRECTORY -> copyDirectory(from, to, attributes);
        }
        if (attributes) {
            copyAttributes(source, to);
        }
    }

    private void copyDirectory(String from, String to, boolean attributes) throws IOException {
        if (Paths.isWithin(fos, to, from)) {
            throw new IOException(to + ": lies inside " + from + ", which would be copied into itself");
        }
        Optional<Status> target = fos.find(to);
        if (target.isEmpty()) {
            fos.makeDirectory(to);
        } else if (target.get().kind() != Kind.DIRECTORY) {
            throw new IOException(to + ": is a file, so the directory " + from + " cannot be copied there");
        }
        for (Entry entry : fos.list(from)) {
            failures.attempt(() -> copy(Paths.join(from, entry.name()), Paths.join(to, entry.name()), attributes));
        }
    }

    /** What is there makes room for it, if it is no directory. */
    private void copyLink(String from, String to) throws IOException {
        String target = fos.readLink(from);
        Optional<Status> there = fos.findLink(to);
        if (there.isPresent() && there.get().kind() != Kind.DIRECTORY) {
            fos.unlink(to);
        }
        fos.symbolicLink(target, to);
    }

    /** Copies what {@code from} leads to. */
    void copyContent(String from, String to, boolean attributes) throws IOException {
        Status source = fos.stat(from);
        copyFile(from, source, to);
        if (attributes) {
            copyAttributes(source, to);
        }
    }

    private void copyFile(String from, Status source, String to) throws IOException {
        // Opening it to write would empty it before it is read.
        Optional<Status> target = fos.find(to);
        if (target.isPresent() && target.get().id().equals(source.id())) {
            throw new IOException(to + ": is the same file as " + from);
        }
        try (InputStream in = fos.open(from, OpenMode.EXISTING).input();
                OutputStream out = fos.open(to, OpenMode.CREATE_OR_TRUNCATE).appender()) {
            Inputs.copy(in, out);
        }
    }

    private void copyAttributes(Status source, String to) throws IOException {
        boolean link = source.kind() == Kind.SYMBOLIC_LINK;
        Integer mode = link ? null : source.attributes().mode();
        fos.setAttributes(
                to,
                false,
                new NewAttributes(
                        mode, null, source.modifiedMillis(), source.attributes().accessedMillis()));
    }

    /** Removes a file, a link, or a directory with all that is in it; goes on where one file fails. */
    void remove(String path) throws IOException {
        remove(path, fos.statLink(path).kind());
    }

    private void remove(String path, Kind kind) throws IOException {
        if (kind != Kind.DIRECTORY) {
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
