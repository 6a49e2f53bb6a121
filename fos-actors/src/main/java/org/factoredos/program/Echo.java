package org.factoredos.program;

import java.io.IOException;
import java.util.List;
import org.factoredos.lib.Fos;

/** {@code echo}, {@code true} and {@code false}. */
final class Echo {
    static final Command COMMAND = new Command(
            new Usage(
                    Usage.Group.TEXT,
                    "echo",
                    "[-n] [WORD...]",
                    "writes its arguments in one line (-n: without the newline)",
                    "echo hello > /tmp/x"),
            Echo::run);

    static final Command TRUE = new Command(
            new Usage(Usage.Group.SHELL, "true", "", "does nothing, with status 0", "while true; do ps; sleep 5; done"),
            (fos, arguments) -> 0);

    static final Command FALSE = new Command(
            new Usage(Usage.Group.SHELL, "false", "", "does nothing, with status 1", "false || echo failed"),
            (fos, arguments) -> 1);

    private Echo() {}

    /** Only a first {@code -n} is an option: whatever else is there is to be written. */
    private static int run(Fos fos, List<String> arguments) throws IOException {
        boolean open = !arguments.isEmpty() && arguments.getFirst().equals("-n");
        List<String> words = open ? arguments.subList(1, arguments.size()) : arguments;
        Text.print(fos, String.join(" ", words) + (open ? "" : "\n"));
        return 0;
    }
}
