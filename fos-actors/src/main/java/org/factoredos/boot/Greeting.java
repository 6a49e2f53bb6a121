package org.factoredos.boot;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.factoredos.file.FileProtocol.OpenMode;
import org.factoredos.lib.Fos;
import org.factoredos.lib.OpenFile;

/** The message of the day, written when there is none: the first file of a new grid. */
final class Greeting {
    private static final String PATH = "/etc/motd";

    private Greeting() {}

    /** Returns when the file is there, which only a file fleet that serves can bring about. */
    static boolean write(Fos fos, String version) throws IOException {
        if (fos.find(PATH).isPresent()) {
            return true;
        }
        if (fos.find("/etc").isEmpty()) {
            fos.makeDirectory("/etc");
        }
        String greeting = "Welcome to fos " + version + ", a factored operating system.\n"
                + "'help' lists the commands, 'tiles' shows what runs where.\n";
        byte[] text = greeting.getBytes(StandardCharsets.UTF_8);
        // Under its own name only when it is whole, for this boot may not live to the end.
        try (OpenFile file = fos.open(PATH + ".new", OpenMode.CREATE_OR_TRUNCATE)) {
            file.write(0, text, 0, text.length);
        }
        fos.rename(PATH + ".new", PATH);
        return true;
    }
}
