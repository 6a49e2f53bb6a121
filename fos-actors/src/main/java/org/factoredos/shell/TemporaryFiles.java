package org.factoredos.shell;

import java.io.IOException;
import org.factoredos.lib.Fos;

/** Names of files that live no longer than a command. */
final class TemporaryFiles {
    private TemporaryFiles() {}

    /** A path that nothing has; the process's number keeps shells apart. */
    static String newPath(Fos fos) throws IOException {
        for (int number = 0; ; number++) {
            String path = "/tmp/.sh-" + fos.process() + "-" + number;
            if (fos.find(path).isEmpty()) {
                return path;
            }
        }
    }
}
