package org.factoredos.lib.nio;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Globs as {@link java.nio.file.FileSystem#getPathMatcher} describes them, as regular expressions. */
public final class Globs {
    private final String glob;
    private final StringBuilder regex = new StringBuilder();
    private int at;
    private boolean inGroup;

    private Globs(String glob) {
        this.glob = glob;
    }

    /**
     * The regular expression for a glob.
     *
     * @throws PatternSyntaxException where it is no glob
     */
    public static String regex(String glob) {
        return new Globs(glob).translated();
    }

    private String translated() {
        while (at < glob.length()) {
            char c = glob.charAt(at++);
            switch (c) {
                case '*' -> stars();
                case '?' -> regex.append("[^/]");
                case '[' -> bracket();
                case '{' -> open();
                case '}' -> regex.append(inGroup ? "))" : "\\}");
                case ',' -> regex.append(inGroup ? ")|(?:" : ",");
                case '\\' -> literal(escaped());
                default -> literal(c);
            }
            inGroup &= c != '}';
        }
        if (inGroup) {
            throw wrong("{ lacks its }");
        }
        return regex.toString();
    }

    private void stars() {
        boolean two = at < glob.length() && glob.charAt(at) == '*';
        at += two ? 1 : 0;
        regex.append(two ? ".*" : "[^/]*");
    }

    private void open() {
        if (inGroup) {
            throw wrong("a group in a group");
        }
        inGroup = true;
        regex.append("(?:(?:");
    }

    private void bracket() {
        regex.append("[[^/]&&[");
        if (at < glob.length() && glob.charAt(at) == '!') {
            regex.append('^');
            at++;
        }
        int first = at;
        while (at < glob.length() && (glob.charAt(at) != ']' || at == first)) {
            char c = glob.charAt(at++);
            regex.append("\\[]&^".indexOf(c) < 0 ? "" : "\\").append(c);
        }
        if (at >= glob.length()) {
            throw wrong("[ lacks its ]");
        }
        at++;
        regex.append("]]");
    }

    private char escaped() {
        if (at >= glob.length()) {
            throw wrong("\\ stands before nothing");
        }
        return glob.charAt(at++);
    }

    private void literal(char c) {
        regex.append(Pattern.quote(String.valueOf(c)));
    }

    private PatternSyntaxException wrong(String why) {
        return new PatternSyntaxException(why, glob, at - 1);
    }
}
