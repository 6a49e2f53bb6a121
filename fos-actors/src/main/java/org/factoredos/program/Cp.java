package org.factoredos.program;

import java.io.IOException;
import java.util.List;
import org.factoredos.lib.Fos;

/** {@code cp}: copies files, and with {@code -r} directories, between any two servers that serve files. */
final class Cp {
    static final Command COMMAND = new Command(
            new Usage(
                    Usage.Group.FILES,
                    "cp",
                    "[-r] [-p] SOURCE... DESTINATION",
                    "copies files (-r: directories with all that is in them, links as links; -p: modes and times too)",
                    "cp /host/etc/hosts /tmp"),
            Cp::run);

    private Cp() {}

    private static int run(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(COMMAND.usage(), "rRp", arguments);
        List<String> paths = options.operands(2, Integer.MAX_VALUE);
        boolean recursive = options.has('r') || options.has('R');
        String destination = paths.getLast();
        if (paths.size() > 2 && !Paths.isDirectory(fos, destination)) {
            throw new IOException(destination + ": is no directory, so it cannot take several files");
        }
        Failures failures = new Failures(fos);
        Tree tree = new Tree(fos, failures);
        for (String source : paths.subList(0, paths.size() - 1)) {
            failures.attempt(() -> {
                if (!recursive && Paths.isDirectory(fos, source)) {
                    throw new IOException(source + ": is a directory; 'cp -r' copies those");
                }
                String target = Paths.target(fos, source, destination);
                if (recursive) {
                    tree.copy(source, target, options.has('p'));
                } else {
                    tree.copyContent(source, target, options.has('p'));
                }
            });
        }
        return failures.status();
    }
}
