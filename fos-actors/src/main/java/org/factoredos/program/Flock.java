package org.factoredos.program;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.factoredos.file.FileProtocol.Access;
import org.factoredos.file.FileProtocol.OpenMode;
import org.factoredos.lib.Fos;
import org.factoredos.lib.OpenFile;

/** {@code flock}: runs commands while it has a file locked. */
final class Flock {
    static final Command COMMAND = new Command(
            new Usage(
                    Usage.Group.FILES,
                    "flock",
                    "[-s] [-n] FILE -c COMMANDS",
                    "runs commands with a file locked, which it makes if need be (-s: shared; -n: fails where another has it)",
                    "flock /tmp/counter.lock -c 'cat /tmp/counter'"),
            Flock::run);

    private static final String SHELL = "sh";

    private Flock() {}

    private static int run(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(COMMAND.usage(), "snc:", arguments);
        String path = options.operands(1, 1).getFirst();
        String commands = options.value('c').orElseThrow(() -> options.wrong("no commands"));
        boolean shared = options.has('s');
        try (OpenFile file = fos.open(path, OpenMode.CREATE, shared ? Access.READ : Access.WRITE)) {
            Optional<OpenFile.Lock> lock = options.has('n')
                    ? file.tryLock(0, Long.MAX_VALUE, shared)
                    : Optional.of(file.lock(0, Long.MAX_VALUE, shared));
            if (lock.isEmpty()) {
                throw new IOException(path + ": another process has locked it");
            }
            return fos.waitFor(
                    fos.spawn(fos.like(SHELL, List.of("-c", commands))).process());
        }
    }
}
