package org.factoredos.shell;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.factoredos.file.FileProtocol.OpenMode;
import org.factoredos.lib.Fos;
import org.factoredos.placement.Stream;

/** Output of the shell itself, to wherever a command's streams lead. */
final class Sinks {
    private final Fos fos;

    Sinks(Fos fos) {
        this.fos = fos;
    }

    /** Writes to a command's standard output. */
    void print(Streams streams, String text) throws IOException {
        // A terminal is both streams, and then this is the one that is meant.
        boolean first = streams.out().equals(fos.stream(1));
        write(streams.out(), first ? fos.out() : fos.err(), text);
    }

    /** Writes to a command's standard error. */
    void complain(Streams streams, String text) throws IOException {
        boolean second = streams.err().equals(fos.stream(2));
        write(streams.err(), second ? fos.err() : fos.out(), text);
    }

    /** Writes at once: what a child prints next must come behind it. */
    private void write(Stream to, OutputStream own, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (to.equals(fos.stream(1)) || to.equals(fos.stream(2))) {
            fos.out().flush();
            own.write(bytes);
            own.flush();
        } else if (to instanceof Stream.File(String path)) {
            try (OutputStream file = fos.open(path, OpenMode.CREATE).appender()) {
                file.write(bytes);
            }
        }
        // Nothing else is left but Stream.Nothing: a pipe or a console is the shell's own, or no shell command's.
    }
}
