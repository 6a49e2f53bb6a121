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

    /** Writes at once: what a child prints next must come behind it. */
    void print(Stream to, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (to.equals(fos.stream(1))) {
            fos.out().write(bytes);
            fos.out().flush();
        } else if (to.equals(fos.stream(2))) {
            fos.err().write(bytes);
            fos.err().flush();
        } else if (to instanceof Stream.File(String path)) {
            try (OutputStream file = fos.open(path, OpenMode.CREATE).appender()) {
                file.write(bytes);
            }
        }
        // Nothing else is left but Stream.Nothing: a pipe or a console is the shell's own, or no shell command's.
    }
}
