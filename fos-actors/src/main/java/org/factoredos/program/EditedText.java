package org.factoredos.program;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * A text, and the place in it where somebody writes. Lines end with a line feed; columns count characters as they are
 * shown, in which a tab goes on to the next multiple of eight.
 */
final class EditedText {
    private static final int TAB = 8;
    private static final int NOWHERE = -1;
    /** Of what can be undone; and of all that is kept for it, which for a text of few long lines is less. */
    private static final int MOST_CHANGES = 1000;

    private static final long MOST_KEPT_CHARS = 16L << 20;

    private final List<StringBuilder> lines = new ArrayList<>();
    private int row;
    /** Of the line's chars, never within one character. */
    private int at;
    /** The column that up and down keep to, where lines are long enough. */
    private int goal;

    /** Which of the states that the text was in it is in now. */
    private long state;

    private long lastState;
    private long saved;
    private final ArrayDeque<Change> undone = new ArrayDeque<>();
    private final ArrayDeque<Change> done = new ArrayDeque<>();
    private long kept;
    /** Where what was typed last ends, if nothing else has happened since: what is typed there belongs to the same change. */
    private int typedRow = NOWHERE;

    private int typedAt;

    /**
     * Takes a change back: these lines belong where {@code count} others are now.
     *
     * @param row where one was then, likewise {@code at} and {@code state}
     */
    private record Change(int first, int count, List<String> lines, int row, int at, long state) {
        long chars() {
            return lines.stream().mapToLong(String::length).sum();
        }
    }

    EditedText(String text) {
        for (String line : text.split("\n", -1)) {
            lines.add(new StringBuilder(line));
        }
    }

    String text() {
        return String.join("\n", lines);
    }

    boolean changed() {
        return state != saved;
    }

    void saved() {
        saved = state;
    }

    int rows() {
        return lines.size();
    }

    int row() {
        return row;
    }

    /** Where the cursor stands on the screen. */
    int column() {
        int column = 0;
        for (int i = 0; i < at; i = line().offsetByCodePoints(i, 1)) {
            column = behind(column, line().codePointAt(i));
        }
        return column;
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
        int column = 0;
        for (int i = 0; i < line.length(); ) {
            int next = Character.codePointAt(line, i);
            int behind = behind(column, next);
            if (next == '\t') {
                shown.append(" ".repeat(behind - column));
            } else {
                shown.appendCodePoint(Character.isISOControl(next) ? '?' : next);
            }
            column = behind;
            i += Character.charCount(next);
        }
        return shown.toString();
    }

    /** The column behind a character that begins at that one. */
    private static int behind(int column, int codePoint) {
        if (codePoint == '\t') {
            return column + TAB - column % TAB;
        }
        return column + (Character.isISOControl(codePoint) ? 1 : Columns.of(codePoint));
    }

    // Changes

    void insert(String text) {
        boolean goesOn = typedRow == row && typedAt == at;
        Change before = beginning(row, 1);
        line().insert(at, text);
        at += text.length();
        if (goesOn) {
            state = ++lastState;
            goal = column();
        } else {
            ended(before, 1);
        }
        typedRow = row;
        typedAt = at;
    }

    void breakLine() {
        Change before = beginning(row, 1);
        StringBuilder line = line();
        lines.add(row + 1, new StringBuilder(line.substring(at)));
        line.setLength(at);
        row++;
        at = 0;
        ended(before, 2);
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
            Change before = beginning(row, 1);
            line.delete(at, after(at));
            ended(before, 1);
        } else if (row + 1 < lines.size()) {
            Change before = beginning(row, 2);
            line.append(lines.remove(row + 1));
            ended(before, 1);
        }
    }

    /** Takes the line out and returns it. */
    String cutLine() {
        String cut = line().toString();
        Change before = beginning(row, 1);
        boolean only = lines.size() == 1;
        if (only) {
            line().setLength(0);
        } else {
            lines.remove(row);
            row = Math.min(row, lines.size() - 1);
        }
        at = 0;
        ended(before, only ? 1 : 0);
        return cut;
    }

    /** Puts a line above this one. */
    void insertLine(String line) {
        Change before = beginning(row, 0);
        lines.add(row, new StringBuilder(line));
        row++;
        at = 0;
        ended(before, 1);
    }

    private Change beginning(int first, int count) {
        return new Change(first, 0, texts(first, count), row, at, state);
    }

    private List<String> texts(int first, int count) {
        return lines.subList(first, first + count).stream()
                .map(StringBuilder::toString)
                .toList();
    }

    /** Those of its lines are so many now. */
    private void ended(Change before, int count) {
        undone.forEach(change -> kept -= change.chars());
        undone.clear();
        state = ++lastState;
        keep(done, new Change(before.first(), count, before.lines(), before.row(), before.at(), before.state()));
        typedRow = NOWHERE;
        goal = column();
    }

    // What was

    /** Takes the last change back; false where there is none, or it is too long ago. */
    boolean undo() {
        return takeBack(done, undone);
    }

    /** Takes the last {@link #undo} back, unless something was changed since. */
    boolean redo() {
        return takeBack(undone, done);
    }

    private boolean takeBack(ArrayDeque<Change> from, ArrayDeque<Change> to) {
        Change change = from.pollLast();
        if (change == null) {
            return false;
        }
        kept -= change.chars();
        keep(
                to,
                new Change(
                        change.first(), change.lines().size(), texts(change.first(), change.count()), row, at, state));
        List<StringBuilder> place = lines.subList(change.first(), change.first() + change.count());
        place.clear();
        change.lines().forEach(line -> place.add(new StringBuilder(line)));
        row = change.row();
        at = change.at();
        state = change.state();
        typedRow = NOWHERE;
        goal = column();
        return true;
    }

    private void keep(ArrayDeque<Change> changes, Change change) {
        changes.addLast(change);
        kept += change.chars();
        while (changes.size() > MOST_CHANGES || (kept > MOST_KEPT_CHARS && !changes.isEmpty())) {
            kept -= changes.removeFirst().chars();
        }
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
        int column = 0;
        while (at < line.length() && behind(column, line.codePointAt(at)) <= goal) {
            column = behind(column, line.codePointAt(at));
            at = after(at);
        }
    }

    /** Behind the character there and the marks on it. */
    private int after(int index) {
        int after = line().offsetByCodePoints(index, 1);
        while (after < line().length() && isMark(after)) {
            after = line().offsetByCodePoints(after, 1);
        }
        return after;
    }

    private int before(int index) {
        int before = line().offsetByCodePoints(index, -1);
        while (before > 0 && isMark(before)) {
            before = line().offsetByCodePoints(before, -1);
        }
        return before;
    }

    private boolean isMark(int index) {
        int codePoint = line().codePointAt(index);
        return codePoint != '\t' && behind(0, codePoint) == 0;
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
