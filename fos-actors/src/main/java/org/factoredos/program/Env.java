package org.factoredos.program;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.factoredos.lib.Fos;

/** {@code env}: the environment that this process was given, one variable a line. */
final class Env {
    static final Command COMMAND =
            new Command(new Usage(Usage.Group.SYSTEM, "env", "", "prints the environment", "X=1 env"), Env::run);

    private Env() {}

    private static int run(Fos fos, List<String> arguments) throws IOException {
        Options.of(COMMAND.usage(), "", arguments).operands(0, 0);
        for (Map.Entry<String, String> variable : fos.environment().entrySet()) {
            Text.printLine(fos, variable.getKey() + "=" + variable.getValue());
        }
        return 0;
    }
}
