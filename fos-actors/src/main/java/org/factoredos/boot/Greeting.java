package org.factoredos.boot;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.factoredos.file.FileError;
import org.factoredos.file.FileProtocol.OpenMode;
import org.factoredos.grid.NodeId;
import org.factoredos.lib.Fos;
import org.factoredos.lib.FosException;
import org.factoredos.lib.OpenFile;

/** The message of the day, written when there is none: the first file of a new grid. */
final class Greeting {
    private static final String PATH = "/etc/motd";

    private Greeting() {}

    /**
     * Returns when the file is there, which only a file fleet that serves can bring about. The nodes of a new grid may all
     * be about it at the same time.
     */
    static boolean write(Fos fos, NodeId node, String version) throws IOException {
        if (fos.find(PATH).isPresent()) {
            return true;
        }
        makeFolder(fos);
        String greeting = "Welcome to fos " + version + ", a factored operating system.\n"
                + "'help' lists the commands, 'tiles' shows what runs where.\n";
        byte[] text = greeting.getBytes(StandardCharsets.UTF_8);
        // Under its own name only when it is whole, for this boot may not live to the end.
        String unfinished = PATH + "." + node;
        try (OpenFile file = fos.open(unfinished, OpenMode.CREATE_OR_TRUNCATE)) {
            file.write(0, text, 0, text.length);
        }
        fos.rename(unfinished, PATH);
        return true;
    }

    private static void makeFolder(Fos fos) throws IOException {
        try {
            fos.makeDirectory("/etc");
        } catch (FosException e) {
            if (e.error() != FileError.EEXIST) {
                throw e;
            }
        }
    }
}
