package org.factoredos.program;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.factoredos.file.FileError;
import org.factoredos.file.FileProtocol.Kind;
import org.factoredos.file.FileProtocol.Status;
import org.factoredos.lib.Fos;
import org.factoredos.lib.FosException;

/** {@code mv}: renames, which is atomic inside a volume; between volumes it copies, then removes. */
final class Mv {
    static final Command COMMAND = new Command(
            new Usage(
                    Usage.Group.FILES,
                    "mv",
                    "SOURCE... DESTINATION",
                    "renames files and directories, or moves them into a directory",
                    "mv /tmp/draft /home/report"),
            Mv::run);

    private Mv() {}

    private static int run(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(COMMAND.usage(), "", arguments);
        List<String> paths = options.operands(2, Integer.MAX_VALUE);
        String destination = paths.getLast();
        if (paths.size() > 2 && !Paths.isDirectory(fos, destination)) {
            throw new IOException(destination + ": is no directory, so it cannot take several files");
        }
        Failures failures = new Failures(fos);
        for (String source : paths.subList(0, paths.size() - 1)) {
            failures.attempt(() -> move(fos, source, Paths.target(fos, source, destination)));
        }
        return failures.status();
    }

    private static void move(Fos fos, String from, String to) throws IOException {
        try {
            fos.rename(from, to);
        } catch (FosException e) {
            if (e.error() != FileError.EXDEV) {
                throw e;
            }
            moveAcrossVolumes(fos, from, to);
        }
    }

    private static void moveAcrossVolumes(Fos fos, String from, String to) throws IOException {
        Optional<Status> target = fos.find(to);
        if (target.isPresent() && target.get().kind() == Kind.DIRECTORY) {
            // Only an empty one may be replaced, as rename does it.
            fos.removeDirectory(to);
        }
        Failures copying = new Failures(fos);
        new Tree(fos, copying).copy(from, to, true);
        if (copying.any()) {
            throw new IOException(from + ": was not copied completely, so it is left where it is");
        }
        Failures removing = new Failures(fos);
        new Tree(fos, removing).remove(from);
        if (removing.any()) {
            throw new IOException(from + ": was copied, but not removed completely");
        }
    }
}
