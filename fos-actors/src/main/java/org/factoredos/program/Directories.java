package org.factoredos.program;

import java.io.IOException;
import java.util.List;
import org.factoredos.file.FileError;
import org.factoredos.lib.Fos;
import org.factoredos.lib.FosException;

/** {@code mkdir} and {@code rmdir}. */
final class Directories {
    static final Command MKDIR = new Command(
            new Usage(
                    Usage.Group.FILES,
                    "mkdir",
                    "[-p] PATH...",
                    "makes directories (-p: those above it too, and no error where it is there)",
                    "mkdir -p /home/src/fos"),
            Directories::make);

    static final Command RMDIR = new Command(
            new Usage(Usage.Group.FILES, "rmdir", "PATH...", "removes empty directories", "rmdir /tmp/empty"),
            Directories::remove);

    private Directories() {}

    private static int make(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(MKDIR.usage(), "p", arguments);
        Failures failures = new Failures(fos);
        for (String path : options.operands(1, Integer.MAX_VALUE)) {
            failures.attempt(() -> {
                if (options.has('p')) {
                    makeAll(fos, fos.absolute(path));
                } else {
                    fos.makeDirectory(path);
                }
            });
        }
        return failures.status();
    }

    /** From the top down. Another process may make one of them meanwhile, which is as good. */
    private static void makeAll(Fos fos, String path) throws IOException {
        for (int end = path.indexOf('/', 1); end != path.length(); ) {
            end = path.indexOf('/', end + 1);
            end = end < 0 ? path.length() : end;
            makeUnlessThere(fos, path.substring(0, end));
        }
    }

    private static void makeUnlessThere(Fos fos, String path) throws IOException {
        if (Paths.isDirectory(fos, path)) {
            return;
        }
        try {
            fos.makeDirectory(path);
        } catch (FosException e) {
            if (e.error() != FileError.EEXIST || !Paths.isDirectory(fos, path)) {
                throw e;
            }
        }
    }

    private static int remove(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(RMDIR.usage(), "", arguments);
        Failures failures = new Failures(fos);
        for (String path : options.operands(1, Integer.MAX_VALUE)) {
            failures.attempt(() -> fos.removeDirectory(path));
        }
        return failures.status();
    }
}
