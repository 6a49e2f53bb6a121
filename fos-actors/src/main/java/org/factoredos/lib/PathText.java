package org.factoredos.lib;

import java.util.ArrayDeque;
import java.util.Deque;
import org.factoredos.kernel.Name;

/** What libfos makes of a path before any server sees it. */
final class PathText {
    private static final Name FILES = new Name("sys:fs");
    static final Name HOST = new Name("sys:host");

    private PathText() {}

    /** Absolute, with single slashes, without {@code .} and {@code ..}. */
    static String absolute(String directory, String path) {
        Deque<String> parts = new ArrayDeque<>();
        String whole = path.startsWith("/") ? path : directory + "/" + path;
        for (String part : whole.split("/", -1)) {
            switch (part) {
                case "", "." -> {}
                case ".." -> parts.pollLast();
                default -> parts.addLast(part);
            }
        }
        return "/" + String.join("/", parts);
    }

    /** Who serves an absolute path: the host's tree has a driver of its own. */
    static Name server(String absolute) {
        return absolute.equals("/host") || absolute.startsWith("/host/") ? HOST : FILES;
    }
}
