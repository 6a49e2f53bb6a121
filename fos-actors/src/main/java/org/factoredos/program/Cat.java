package org.factoredos.program;

import java.io.IOException;
import java.util.List;
import org.factoredos.lib.Fos;

/** {@code cat}: files, or standard input, one after the other, byte by byte as they are. */
final class Cat {
    static final Command COMMAND = new Command(
            new Usage(
                    Usage.Group.TEXT,
                    "cat",
                    "[FILE...]",
                    "writes files one after the other (-: standard input)",
                    "cat /etc/motd"),
            Cat::run);

    private Cat() {}

    private static int run(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(COMMAND.usage(), "", arguments);
        Failures failures = new Failures(fos);
        Inputs.each(fos, options.operands(), failures, (name, in) -> Inputs.copy(in, fos.out()));
        return failures.status();
    }
}
