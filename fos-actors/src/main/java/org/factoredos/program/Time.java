package org.factoredos.program;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.factoredos.lib.Fos;
import org.factoredos.placement.ProcessSpec;

/** {@code time}: how long a program takes, from its spawn to its end. */
final class Time {
    static final Command COMMAND = new Command(
            new Usage(
                    Usage.Group.SYSTEM,
                    "time",
                    "PROGRAM [ARGUMENT...]",
                    "runs a program, and prints how long it took to where errors go; several: time sh -c 'COMMANDS'",
                    "time cat /etc/motd"),
            Time::run);

    private Time() {}

    private static int run(Fos fos, List<String> arguments) throws IOException {
        if (arguments.isEmpty() || arguments.getFirst().startsWith("-")) {
            Options options = Options.of(COMMAND.usage(), "", arguments);
            throw options.wrong("no program");
        }
        ProcessSpec spec = fos.like(arguments.getFirst(), arguments.subList(1, arguments.size()));
        long begun = fos.nanoTime();
        int status = fos.waitFor(fos.spawn(spec).process());
        String took = String.format(Locale.ROOT, "real %.3f s", (fos.nanoTime() - begun) / 1e9);
        Text.writeLine(fos.err(), took);
        return status;
    }
}
