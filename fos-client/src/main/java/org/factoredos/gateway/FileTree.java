package org.factoredos.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;

/** Files that are copied from or to: this machine's, or a grid's. Its failures name the path and say what is wrong. */
public interface FileTree {
    enum Kind {
        MISSING,
        FILE,
        DIRECTORY,
        /** What is neither: a device, a pipe, a link that leads nowhere. */
        SPECIAL
    }

    record Entry(String name, Kind kind) {}

    Kind kind(String path) throws IOException;

    List<Entry> list(String directory) throws IOException;

    InputStream read(String path) throws IOException;

    /** Makes the file where it is missing, empties it where it is there. */
    OutputStream write(String path) throws IOException;

    void makeDirectory(String path) throws IOException;

    /** Gives {@code from} the name {@code to}, in one step, also where a file has it. */
    void replace(String from, String to) throws IOException;

    void remove(String path) throws IOException;

    static String join(String directory, String name) {
        return directory.endsWith("/") ? directory + name : directory + "/" + name;
    }
}
