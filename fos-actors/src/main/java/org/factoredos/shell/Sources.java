package org.factoredos.shell;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.Map;
import org.factoredos.file.FileProtocol.OpenMode;
import org.factoredos.lib.Fos;
import org.factoredos.placement.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Input of what the shell runs. Two things need keeping: how far {@code read} has come in a file, and the shell's own input
 * where that is a pipe, which no child can inherit.
 */
final class Sources {
    /** Stands for the shell's own input where no child can be given it: a pipe, or nothing at all. */
    private static final Stream NOT_TO_INHERIT = new Stream.FromPipe(0);

    private final Fos fos;
    private final Map<Stream, InputStream> opened = new HashMap<>();

    /** What was left of the own pipe when the first child wanted it. */
    private @Nullable Stream left;

    Sources(Fos fos) {
        this.fos = fos;
    }

    /** Where the shell's own input leads, for what it runs. */
    Stream own() {
        Stream own = fos.stream(0);
        return own instanceof Stream.Nothing ? NOT_TO_INHERIT : own;
    }

    /**
     * What a child gets for {@code in}. Of the own pipe that is a copy of all that is left in it: nothing is lost, whoever
     * reads it; but a second child reads it once more.
     */
    Stream forChild(Stream in) throws IOException {
        if (!in.equals(NOT_TO_INHERIT)) {
            return in;
        }
        if (left == null) {
            int first = fos.in().read();
            left = first < 0 ? new Stream.Nothing() : copied(first);
        }
        return left;
    }

    private Stream copied(int first) throws IOException {
        String path = TemporaryFiles.newPath(fos);
        try (OutputStream copy = fos.open(path, OpenMode.CREATE_NEW).appender()) {
            copy.write(first);
            fos.in().transferTo(copy);
        }
        return new Stream.File(path);
    }

    /** What a builtin reads; a file goes on where the last one that read it stopped, until {@link #release}. */
    InputStream forBuiltin(Stream in) throws IOException {
        Stream source = in.equals(NOT_TO_INHERIT) && left != null ? left : in;
        if (source.equals(own())) {
            return fos.in();
        }
        if (!(source instanceof Stream.File file)) {
            return InputStream.nullInputStream();
        }
        InputStream known = opened.get(source);
        if (known == null) {
            known = new BufferedInputStream(
                    fos.open(file.path(), OpenMode.EXISTING).input());
            opened.put(source, known);
        }
        return known;
    }

    /** The command whose input was led there has ended. */
    void release(Stream in) throws IOException {
        InputStream known = opened.remove(in);
        if (known != null) {
            known.close();
        }
    }

    void close() throws IOException {
        if (left instanceof Stream.File(String path)) {
            release(left);
            fos.unlink(path);
        }
        left = null;
    }
}
