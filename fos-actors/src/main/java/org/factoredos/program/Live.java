package org.factoredos.program;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.factoredos.driver.ConsoleProtocol.SizeAnswered;
import org.factoredos.grid.NodeId;
import org.factoredos.lib.Fos;

/** What is drawn anew every second: on a terminal in its place, until Ctrl-C ends the process. */
final class Live {
    private static final String CLEAR = "\u001b[2J";
    private static final String TO_THE_TOP = "\u001b[H";
    private static final String CLEAR_LINE = "\u001b[K";
    private static final String CLEAR_BELOW = "\u001b[J";

    /** {@code silent}: nodes that did not say what is to be drawn of them. */
    record Picture(List<String> lines, List<NodeId> silent) {}

    /** Waits for as long as its figures take, a second in the least but for the first. */
    @FunctionalInterface
    interface Painter {
        Picture paint(SizeAnswered size) throws IOException;
    }

    private Live() {}

    /**
     * Paints and prints.
     *
     * @param count how many pictures; unless told one, or any number on the terminal of a program that {@code follows}
     * @return the exit status: 1 where a node was silent
     */
    static int run(Fos fos, Optional<Integer> count, boolean follows, Painter painter) throws IOException {
        Optional<SizeAnswered> terminal = count.isEmpty() && follows ? fos.terminal() : Optional.empty();
        if (terminal.isPresent()) {
            Text.print(fos, CLEAR);
            while (true) {
                SizeAnswered size = fos.terminal().orElse(terminal.get()); // Windows change their size.
                Text.print(fos, frame(painter.paint(size), size));
                fos.out().flush();
            }
        }
        TreeSet<NodeId> silent = new TreeSet<>();
        for (int i = 0; i < count.orElse(1); i++) {
            Picture picture = painter.paint(SizeAnswered.NO_TERMINAL);
            for (String line : picture.lines()) {
                Text.printLine(fos, line);
            }
            fos.out().flush();
            silent.addAll(picture.silent());
        }
        return Processes.tellSilent(fos, List.copyOf(silent));
    }

    /** A picture over the one before: no longer and wider than the terminal, or it would scroll. */
    static String frame(Picture picture, SizeAnswered size) {
        List<String> lines = new ArrayList<>(picture.lines());
        picture.silent().forEach(node -> lines.addFirst(node + " did not answer"));
        StringBuilder frame = new StringBuilder(TO_THE_TOP);
        for (String line : lines.subList(0, Math.min(lines.size(), Math.max(1, size.rows() - 1)))) {
            frame.append(line, 0, Math.min(line.length(), size.columns()))
                    .append(CLEAR_LINE)
                    .append('\n');
        }
        return frame.append(CLEAR_BELOW).toString();
    }

    /** The value of an option that says how many. */
    static Optional<Integer> count(Options options, char letter, String what) {
        Optional<String> text = options.value(letter);
        if (text.isPresent() && !text.get().matches("[1-9]\\d{0,5}")) {
            throw options.wrong("'" + text.get() + "' is no number of " + what);
        }
        return text.map(Integer::parseInt);
    }
}
