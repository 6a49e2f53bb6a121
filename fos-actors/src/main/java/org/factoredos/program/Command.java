package org.factoredos.program;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.factoredos.lib.CallError;
import org.factoredos.lib.Fos;
import org.factoredos.lib.FosException;
import org.factoredos.lib.Program;
import org.factoredos.server.Movable;

/** A program under its name; adds what every program does alike, {@code --help}. */
public record Command(Usage usage, Program program) implements Program {
    @Override
    public int run(Fos fos, List<String> arguments) throws IOException {
        if (!arguments.isEmpty() && arguments.getFirst().equals("--help")) {
            Text.print(fos, usage.text());
            return 0;
        }
        return program.run(fos, arguments);
    }

    @Override
    public Optional<Movable> core(List<String> arguments) {
        return program.core(arguments);
    }

    /** Whether a write failed because nobody reads it any more: a reason to end, and nothing to report. */
    public static boolean isBrokenPipe(IOException e) {
        return e instanceof FosException failed && failed.error() == CallError.BROKEN_PIPE;
    }
}
