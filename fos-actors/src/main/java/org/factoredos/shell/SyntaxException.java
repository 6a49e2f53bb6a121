package org.factoredos.shell;

/** Text that is not of the language; the message is one line that says where, and what was expected there. */
final class SyntaxException extends Exception {
    private final boolean incomplete;

    /** @param incomplete whether more input could mend it: a quote or a block that has not ended yet */
    SyntaxException(String source, int position, String what, boolean incomplete) {
        super(place(source, position) + ": " + what);
        this.incomplete = incomplete;
    }

    boolean incomplete() {
        return incomplete;
    }

    private static String place(String source, int position) {
        String before = source.substring(0, Math.min(position, source.length()));
        long line = before.chars().filter(c -> c == '\n').count() + 1;
        int column = before.length() - before.lastIndexOf('\n');
        return "line " + line + ", column " + column;
    }
}
