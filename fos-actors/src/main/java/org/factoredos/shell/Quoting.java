package org.factoredos.shell;

/** Text as a word of the language: what {@link Lexer} reads back as exactly that text. */
final class Quoting {
    private static final String PLAIN = "[A-Za-z0-9_@%+:,./-]+";

    private Quoting() {}

    /** As it is where nothing in it means anything to the shell, and else in single quotes. */
    static String quote(String text) {
        return text.matches(PLAIN) ? text : "'" + text.replace("'", "'\\''") + "'";
    }

    /** With a backslash before each character that means something to the shell, as people type it. */
    static String escape(String text) {
        StringBuilder escaped = new StringBuilder();
        text.codePoints().forEach(c -> {
            String character = Character.toString(c);
            // A newline cannot be escaped: behind a backslash it joins two lines.
            boolean plain = character.matches(PLAIN) || c > 127;
            escaped.append(plain ? character : c == '\n' ? "'\n'" : "\\" + character);
        });
        return escaped.toString();
    }
}
