package org.factoredos.program;

import java.util.ArrayList;
import java.util.List;

/**
 * A text, and the place in it where somebody writes. Lines end with a line feed; columns count characters as they are
 * shown, in which a tab goes on to the next multiple of eight.
 */
final class EditedText {
    private static final int TAB = 8;

    private final List<StringBuilder> lines = new ArrayList<>();
    private int row;
    /** Of the line's chars, never within one character. */
    private int at;
    /** The column that up and down keep to, where lines are long enough. */
    private int goal;

    private boolean changed;

    EditedText(String text) {
        for (String line : text.split("\n", -1)) {
            lines.add(new StringBuilder(line));
        }
    }

    String text() {
        return String.join("\n", lines);
    }

    boolean changed() {
        return changed;
    }

    void saved() {
        changed = false;
    }

    int rows() {
        return lines.size();
    }

    int row() {
        return row;
    }

    /** Where the cursor stands on the screen. */
    int column() {
        return shown(line().substring(0, at)).length();
    }

    /** The line as it is shown. */
    String shown(int row) {
        return shown(lines.get(row));
    }

    private StringBuilder line() {
        return lines.get(row);
    }

    private static String shown(CharSequence line) {
        StringBuilder shown = new StringBuilder(line.length());
        for (int i = 0; i < line.length(); i++) {
            char next = line.charAt(i);
            if (next == '\t') {
                shown.append(" ".repeat(TAB - shown.length() % TAB));
            } else {
                shown.append(Character.isISOControl(next) ? '?' : next);
            }
        }
        return shown.toString();
    }

    // Changes

    void insert(String text) {
        line().insert(at, text);
        at += text.length();
        touched();
    }

    void breakLine() {
        StringBuilder line = line();
        lines.add(row + 1, new StringBuilder(line.substring(at)));
        line.setLength(at);
        row++;
        at = 0;
        touched();
    }

    void backspace() {
        if (row > 0 || at > 0) {
            left();
            delete();
        }
    }

    void delete() {
        StringBuilder line = line();
        if (at < line.length()) {
            line.delete(at, after(at));
        } else if (row + 1 < lines.size()) {
            line.append(lines.remove(row + 1));
        } else {
            return;
        }
        touched();
    }

    /** Takes the line out and returns it. */
    String cutLine() {
        String cut = line().toString();
        if (lines.size() == 1) {
            line().setLength(0);
        } else {
            lines.remove(row);
            row = Math.min(row, lines.size() - 1);
        }
        at = 0;
        touched();
        return cut;
    }

    /** Puts a line above this one. */
    void insertLine(String line) {
        lines.add(row, new StringBuilder(line));
        row++;
        at = 0;
        touched();
    }

    private void touched() {
        changed = true;
        goal = column();
    }

    // Moves

    void left() {
        if (at > 0) {
            at = before(at);
        } else if (row > 0) {
            row--;
            at = line().length();
        }
        goal = column();
    }

    void right() {
        if (at < line().length()) {
            at = after(at);
        } else if (row + 1 < lines.size()) {
            row++;
            at = 0;
        }
        goal = column();
    }

    void home() {
        at = 0;
        goal = 0;
    }

    void end() {
        at = line().length();
        goal = column();
    }

    /** So many lines down, or up where it is below zero. */
    void move(int rowsDown) {
        row = Math.clamp((long) row + rowsDown, 0, lines.size() - 1);
        StringBuilder line = line();
        at = 0;
        while (at < line.length() && shown(line.substring(0, after(at))).length() <= goal) {
            at = after(at);
        }
    }

    private int after(int index) {
        return line().offsetByCodePoints(index, 1);
    }

    private int before(int index) {
        return line().offsetByCodePoints(index, -1);
    }

    /** Goes to the next place behind this one, from the text's end on to its beginning; false where there is none. */
    boolean find(String wanted) {
        for (int i = 0; i <= lines.size(); i++) {
            int candidate = (row + i) % lines.size();
            int from = i == 0 ? Math.min(at + 1, line().length()) : 0;
            int found = wanted.isEmpty() ? -1 : lines.get(candidate).indexOf(wanted, from);
            if (found >= 0) {
                row = candidate;
                at = found;
                goal = column();
                return true;
            }
        }
        return false;
    }
}
