package org.factoredos.shell;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.factoredos.file.FileProtocol.Entry;
import org.factoredos.file.FileProtocol.Kind;
import org.factoredos.lib.Fos;

/**
 * Patterns of names: {@code *}, {@code ?}, {@code [a-z]}, {@code [!a-z]}; a backslash makes the next character itself.
 *
 * <p>As everywhere, no wildcard matches a slash or a name's leading dot.
 */
final class Glob {
    private Glob() {}

    /** A pattern that matches {@code text} alone. */
    static String escape(String text) {
        return text.replaceAll("[\\\\*?\\[\\]]", "\\\\$0");
    }

    /** The text that the pattern stands for where it has no wildcard, or where it matches nothing. */
    static String unescape(String pattern) {
        return pattern.replaceAll("(?s)\\\\(.)", "$1");
    }

    static boolean hasWildcard(String pattern) {
        return pattern.replaceAll("(?s)\\\\.", "").matches("(?s).*[*?\\[].*");
    }

    static boolean matches(String pattern, String name) {
        return (!name.startsWith(".") || pattern.startsWith("."))
                && compile(pattern).matcher(name).matches();
    }

    private static Pattern compile(String pattern) {
        StringBuilder regex = new StringBuilder();
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            int end = c == '[' ? classEnd(pattern, i) : -1;
            if (c == '*') {
                regex.append(".*");
            } else if (c == '?') {
                regex.append('.');
            } else if (end > 0) {
                regex.append(characterClass(pattern.substring(i + 1, end)));
                i = end;
            } else {
                int start = c == '\\' && i + 1 < pattern.length() ? ++i : i;
                int literal = pattern.codePointAt(start);
                regex.append(Pattern.quote(Character.toString(literal)));
                i = start + Character.charCount(literal) - 1;
            }
        }
        return Pattern.compile(regex.toString(), Pattern.DOTALL);
    }

    /** Where the class that opens at {@code start} closes; -1 where it does not, and the bracket is itself. */
    private static int classEnd(String pattern, int start) {
        int first = start + 1;
        if (first < pattern.length() && "!^".indexOf(pattern.charAt(first)) >= 0) {
            first++;
        }
        for (int i = first; i < pattern.length(); i++) {
            if (pattern.charAt(i) == '\\') {
                i++;
            } else if (pattern.charAt(i) == ']' && i > first) {
                return i;
            }
        }
        return -1;
    }

    private static String characterClass(String members) {
        boolean negated = members.startsWith("!") || members.startsWith("^");
        StringBuilder regex = new StringBuilder(negated ? "[^" : "[");
        for (int i = negated ? 1 : 0; i < members.length(); i++) {
            char c = members.charAt(i);
            boolean last = i + 1 == members.length();
            if (c == '-' && i > (negated ? 1 : 0) && !last && members.charAt(i - 1) < members.charAt(i + 1)) {
                regex.append('-');
            } else {
                char member = c == '\\' && !last ? members.charAt(++i) : c;
                regex.append("[]\\^&-".indexOf(member) >= 0 ? "\\" : "").append(member);
            }
        }
        return regex.append(']').toString();
    }

    /** The paths that match, in name order; relative ones where the pattern is relative. */
    static List<String> expand(Fos fos, String pattern) {
        List<String> found = List.of(pattern.startsWith("/") ? "/" : "");
        List<String> parts = new ArrayList<>(List.of(pattern.split("/+")));
        parts.removeIf(String::isEmpty);
        for (int i = 0; i < parts.size(); i++) {
            boolean onlyDirectories = i + 1 < parts.size() || pattern.endsWith("/");
            List<String> next = new ArrayList<>();
            for (String directory : found) {
                step(fos, directory, parts.get(i), onlyDirectories, next);
            }
            found = next;
        }
        return pattern.endsWith("/") ? found.stream().map(path -> path + "/").toList() : found;
    }

    private static void step(Fos fos, String directory, String part, boolean onlyDirectories, List<String> found) {
        String prefix = directory.isEmpty() || directory.endsWith("/") ? directory : directory + "/";
        try {
            if (!hasWildcard(part)) {
                String path = prefix + unescape(part);
                if (fos.find(path).isPresent()) {
                    found.add(path);
                }
                return;
            }
            for (Entry entry : fos.list(directory.isEmpty() ? "." : directory)) {
                if (matches(part, entry.name()) && (!onlyDirectories || leadsToDirectory(fos, prefix, entry))) {
                    found.add(prefix + entry.name());
                }
            }
        } catch (IOException e) {
            // What cannot be listed matches nothing, and the pattern then stands for itself, as in POSIX shells.
            return;
        }
    }

    private static boolean leadsToDirectory(Fos fos, String prefix, Entry entry) throws IOException {
        return switch (entry.status().kind()) {
            case FILE, DEVICE -> false;
            case DIRECTORY -> true;
            case SYMBOLIC_LINK ->
                fos.find(prefix + entry.name())
                        .filter(status -> status.kind() == Kind.DIRECTORY)
                        .isPresent();
        };
    }
}
