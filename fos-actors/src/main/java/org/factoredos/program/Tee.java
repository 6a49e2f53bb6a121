package org.factoredos.program;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import org.factoredos.file.FileProtocol.OpenMode;
import org.factoredos.lib.Fos;

/** {@code tee}: its input to its output, and to files. A file that fails is left out, and the others go on. */
final class Tee {
    static final Command COMMAND = new Command(
            new Usage(
                    Usage.Group.TEXT,
                    "tee",
                    "[-a] [FILE...]",
                    "writes its input to files too (-a: at their ends)",
                    "ps | tee /tmp/ps | wc -l"),
            Tee::run);

    private Tee() {}

    private static int run(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(COMMAND.usage(), "a", arguments);
        OpenMode mode = options.has('a') ? OpenMode.CREATE : OpenMode.CREATE_OR_TRUNCATE;
        Failures failures = new Failures(fos);
        List<OutputStream> files = new ArrayList<>();
        for (String path : options.operands()) {
            failures.attempt(() -> files.add(fos.open(path, mode).appender()));
        }
        byte[] buffer = new byte[Inputs.BUFFER_BYTES];
        for (int read = fos.in().read(buffer); read >= 0; read = fos.in().read(buffer)) {
            int count = read;
            fos.out().write(buffer, 0, count);
            List<OutputStream> written = new ArrayList<>();
            for (OutputStream file : files) {
                failures.attempt(() -> {
                    file.write(buffer, 0, count);
                    written.add(file);
                });
            }
            files.retainAll(written);
        }
        for (OutputStream file : files) {
            failures.attempt(file::close);
        }
        return failures.status();
    }
}
