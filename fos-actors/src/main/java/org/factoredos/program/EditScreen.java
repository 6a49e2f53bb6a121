package org.factoredos.program;

import org.factoredos.driver.ConsoleProtocol.SizeAnswered;

/** Which part of a text is on the terminal, and how it is drawn there: two lines at the bottom are the editor's. */
final class EditScreen {
    private static final int OWN_ROWS = 2;
    private static final String HIDE_CURSOR = "\u001b[?25l";
    private static final String SHOW_CURSOR = "\u001b[?25h";
    private static final String CLEAR_LINE = "\u001b[K";
    private static final String INVERSE = "\u001b[7m";
    private static final String PLAIN = "\u001b[0m";

    private int top;
    private int left;

    /** How many lines of text fit. */
    static int rows(SizeAnswered size) {
        return Math.max(1, size.rows() - OWN_ROWS);
    }

    /**
     * All of it, in one piece, so that a terminal shows it at once.
     *
     * @param state of the file, for the line above the last
     * @param below for the last line; the cursor stands behind it where {@code asks}
     */
    String draw(EditedText text, SizeAnswered size, String state, String below, boolean asks) {
        int rows = rows(size);
        int columns = Math.max(1, size.columns());
        follow(text, rows, columns);
        StringBuilder drawn = new StringBuilder(HIDE_CURSOR);
        for (int i = 0; i < rows; i++) {
            String line = top + i < text.rows() ? cut(text.shown(top + i), left, columns) : "~";
            drawn.append(to(i, 0)).append(line).append(CLEAR_LINE);
        }
        drawn.append(to(rows, 0))
                .append(INVERSE)
                .append(cut(state, 0, columns))
                .append(PLAIN)
                .append(CLEAR_LINE);
        String last = cut(below, Math.max(0, asks ? below.length() + 1 - columns : 0), columns);
        drawn.append(to(rows + 1, 0)).append(last).append(CLEAR_LINE);
        drawn.append(asks ? to(rows + 1, last.length()) : to(text.row() - top, text.column() - left));
        return drawn.append(SHOW_CURSOR).toString();
    }

    /** Leaves what is drawn where it is, and the cursor below. */
    static String leave(SizeAnswered size) {
        return to(size.rows() - 1, 0) + CLEAR_LINE;
    }

    private void follow(EditedText text, int rows, int columns) {
        top = Math.clamp(top, Math.max(0, text.row() - rows + 1), text.row());
        int column = text.column();
        if (column < left || column >= left + columns) {
            left = Math.max(0, column - columns / 2);
        }
    }

    private static String cut(String line, int from, int columns) {
        int begin = Math.min(from, line.length());
        return line.substring(begin, Math.min(line.length(), begin + columns));
    }

    private static String to(int row, int column) {
        return "\u001b[" + (row + 1) + ";" + (column + 1) + "H";
    }
}
