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

    /** What is on the screen stays behind the editor's, which is another one. */
    static final String ENTER = "\u001b[?1049h";
    /** And is there again. A terminal that has no other one is cleared. */
    static final String LEAVE = "\u001b[H\u001b[J\u001b[?1049l";

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
            String line = top + i < text.rows() ? Columns.cut(text.shown(top + i), left, columns) : "~";
            drawn.append(to(i, 0)).append(line).append(CLEAR_LINE);
        }
        drawn.append(to(rows, 0))
                .append(INVERSE)
                .append(Columns.cut(state, 0, columns))
                .append(PLAIN)
                .append(CLEAR_LINE);
        int first = asks ? Math.max(0, Columns.of(below) + 1 - columns) : 0;
        String last = Columns.cut(below, first, columns);
        drawn.append(to(rows + 1, 0)).append(last).append(CLEAR_LINE);
        drawn.append(asks ? to(rows + 1, Columns.of(last)) : to(text.row() - top, text.column() - left));
        return drawn.append(SHOW_CURSOR).toString();
    }

    private void follow(EditedText text, int rows, int columns) {
        top = Math.clamp(top, Math.max(0, text.row() - rows + 1), text.row());
        int column = text.column();
        if (column < left || column >= left + columns) {
            left = Math.max(0, column - columns / 2);
        }
    }

    private static String to(int row, int column) {
        return "\u001b[" + (row + 1) + ";" + (column + 1) + "H";
    }
}
