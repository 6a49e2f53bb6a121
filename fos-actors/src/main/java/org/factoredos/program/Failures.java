package org.factoredos.program;

import java.io.IOException;
import org.factoredos.lib.Fos;

/** Lets a program go on with its next operand when one failed, and end with status 1 (POSIX: consequences of errors). */
final class Failures {
    /** What is done for one operand. */
    @FunctionalInterface
    interface Attempt {
        void run() throws IOException;
    }

    private final Fos fos;
    private boolean failed;

    Failures(Fos fos) {
        this.fos = fos;
    }

    void attempt(Attempt attempt) throws IOException {
        try {
            attempt.run();
        } catch (IOException e) {
            if (Command.isBrokenPipe(e)) {
                throw e;
            }
            failed = true;
            Text.complain(fos, Text.of(e));
        }
    }

    boolean any() {
        return failed;
    }

    int status() {
        return failed ? 1 : 0;
    }
}
