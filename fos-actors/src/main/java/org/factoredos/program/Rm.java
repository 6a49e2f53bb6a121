package org.factoredos.program;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.factoredos.file.FileProtocol.Status;
import org.factoredos.lib.Fos;

/** {@code rm}: removes files, and with {@code -r} directories; {@code -f} is content where there is nothing. */
final class Rm {
    static final Command COMMAND = new Command(
            new Usage(
                    Usage.Group.FILES,
                    "rm",
                    "[-r] [-f] PATH...",
                    "removes files (-r: directories with all that is in them; -f: no error where it is missing)",
                    "rm -r /tmp/old"),
            Rm::run);

    private Rm() {}

    private static int run(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(COMMAND.usage(), "rRf", arguments);
        boolean recursive = options.has('r') || options.has('R');
        boolean force = options.has('f');
        Failures failures = new Failures(fos);
        for (String path : options.operands(force ? 0 : 1, Integer.MAX_VALUE)) {
            failures.attempt(() -> remove(fos, path, recursive, force, failures));
        }
        return failures.status();
    }

    private static void remove(Fos fos, String path, boolean recursive, boolean force, Failures failures)
            throws IOException {
        Optional<Status> found = fos.findLink(path);
        if (found.isEmpty() && force) {
            return;
        }
        if (!recursive && Paths.isDirectory(found)) {
            throw new IOException(path + ": is a directory; 'rm -r' removes those");
        }
        // Removing the working directory, or what holds it, is nearly always a slip.
        if (recursive && Paths.isWithin(fos, fos.workingDirectory(), path)) {
            throw new IOException(path + ": holds the working directory; leave it first");
        }
        new Tree(fos, failures).remove(path);
    }
}
