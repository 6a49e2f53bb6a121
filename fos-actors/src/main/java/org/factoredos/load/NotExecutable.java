package org.factoredos.load;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** What a user wants run cannot be; the message says why, behind its path. */
final class NotExecutable extends IOException {
    /** As shells have it: there is such a file. */
    private static final int NOT_EXECUTABLE = 126;

    private static final int NOT_FOUND = 127;
    private static final long serialVersionUID = 1;

    private final int status;

    private NotExecutable(int status, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.status = status;
    }

    static NotExecutable of(String path, String why) {
        return of(path, why, null);
    }

    static NotExecutable of(String path, String why, @Nullable Throwable cause) {
        return new NotExecutable(NOT_EXECUTABLE, path + ": " + why, cause);
    }

    static NotExecutable notFound(String path) {
        return new NotExecutable(NOT_FOUND, path + ": there is no such file", null);
    }

    /** The exit status of the process that was to run it. */
    int status() {
        return status;
    }
}
