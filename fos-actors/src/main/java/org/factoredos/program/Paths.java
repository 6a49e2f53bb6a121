package org.factoredos.program;

import java.io.IOException;
import java.util.Optional;
import org.factoredos.file.FileProtocol.Kind;
import org.factoredos.file.FileProtocol.Status;
import org.factoredos.lib.Fos;

/** Paths as text: what file programs do with them before they ask a server. */
final class Paths {
    private Paths() {}

    /** The last part: {@code c} of {@code /a/b/c/}; {@code /} of the root. */
    static String nameOf(Fos fos, String path) {
        String absolute = fos.absolute(path);
        return absolute.equals("/") ? "/" : absolute.substring(absolute.lastIndexOf('/') + 1);
    }

    static String join(String directory, String name) {
        return directory.endsWith("/") ? directory + name : directory + "/" + name;
    }

    static boolean isDirectory(Fos fos, String path) throws IOException {
        return isDirectory(fos.find(path));
    }

    static boolean isDirectory(Optional<Status> found) {
        return found.isPresent() && found.get().kind() == Kind.DIRECTORY;
    }

    /** Where {@code source} goes: into {@code destination} where that is a directory, and else to its very name. */
    static String target(Fos fos, String source, String destination) throws IOException {
        return isDirectory(fos, destination) ? join(destination, nameOf(fos, source)) : destination;
    }

    /** Whether {@code path} is {@code tree} or lies below it. */
    static boolean isWithin(Fos fos, String path, String tree) {
        String root = fos.absolute(tree);
        String inner = fos.absolute(path);
        return inner.equals(root) || inner.startsWith(join(root, ""));
    }
}
