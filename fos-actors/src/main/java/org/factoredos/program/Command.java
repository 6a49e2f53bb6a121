package org.factoredos.program;

import java.io.IOException;
import java.util.List;
import org.factoredos.lib.CallError;
import org.factoredos.lib.Fos;
import org.factoredos.lib.FosException;
import org.factoredos.lib.Program;

/** A program under its name; adds what every program does alike: {@code --help}, and a quiet end at a broken pipe. */
public record Command(Usage usage, Program program) implements Program {
    /** What POSIX shells show for a writer that SIGPIPE ended (128 + 13); people test for it. */
    static final int BROKEN_PIPE_STATUS = 141;

    @Override
    public int run(Fos fos, List<String> arguments) throws IOException {
        try {
            if (!arguments.isEmpty() && arguments.getFirst().equals("--help")) {
                Text.print(fos, usage.text());
                fos.out().flush();
                return 0;
            }
            int status = program.run(fos, arguments);
            // Here rather than at the process's end, so that a reader that has gone is met quietly too.
            fos.out().flush();
            return status;
        } catch (FosException e) {
            if (isBrokenPipe(e)) {
                return BROKEN_PIPE_STATUS;
            }
            throw e;
        }
    }

    /** Whether a write failed because nobody reads it any more: a reason to stop, and nothing to report. */
    public static boolean isBrokenPipe(IOException e) {
        return e instanceof FosException failed && failed.error() == CallError.BROKEN_PIPE;
    }
}
