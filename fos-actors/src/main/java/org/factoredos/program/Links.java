package org.factoredos.program;

import java.io.IOException;
import java.util.List;
import org.factoredos.lib.Fos;

/** {@code ln} and {@code readlink}. */
final class Links {
    static final Command LN = new Command(
            new Usage(
                    Usage.Group.FILES,
                    "ln",
                    "[-s] [-f] TARGET [PATH]",
                    "gives a file one more name (-s: makes a symbolic link; -f: in place of what is there)",
                    "ln -s /srv/data /home/data"),
            Links::link);

    static final Command READLINK = new Command(
            new Usage(
                    Usage.Group.FILES,
                    "readlink",
                    "LINK...",
                    "prints where symbolic links lead, as they say it",
                    "readlink /home/data"),
            Links::read);

    private Links() {}

    private static int link(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(LN.usage(), "sf", arguments);
        List<String> operands = options.operands(1, 2);
        String target = operands.getFirst();
        String path = Paths.target(fos, target, operands.size() == 1 ? "." : operands.getLast());
        boolean soft = options.has('s');
        if (options.has('f') && fos.findLink(path).isPresent()) {
            boolean same = !soft
                    && fos.findLink(target)
                            .map(status -> status.id())
                            .equals(fos.findLink(path).map(status -> status.id()));
            if (same) {
                return 0;
            }
            fos.unlink(path);
        }
        if (soft) {
            fos.symbolicLink(target, path);
        } else {
            fos.link(target, path);
        }
        return 0;
    }

    private static int read(Fos fos, List<String> arguments) throws IOException {
        Failures failures = new Failures(fos);
        for (String path : Options.of(READLINK.usage(), "", arguments).operands(1, Integer.MAX_VALUE)) {
            failures.attempt(() -> Text.printLine(fos, fos.readLink(path)));
        }
        return failures.status();
    }
}
