package org.factoredos.program;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.factoredos.driver.ConsoleProtocol.SizeAnswered;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Bytes;
import org.factoredos.lib.Fos;

/** What is drawn anew every second: on a terminal in its place and at each key too, until that is q. */
final class Live {
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final String CLEAR = "\u001b[2J";
    private static final String TO_THE_TOP = "\u001b[H";
    private static final String CLEAR_LINE = "\u001b[K";
    private static final String CLEAR_BELOW = "\u001b[J";

    /** {@code silent}: nodes that did not say what is to be drawn of them. */
    record Picture(List<String> lines, List<NodeId> silent) {}

    /** Never waits for time to pass. */
    @FunctionalInterface
    interface Painter {
        Picture paint(SizeAnswered size) throws IOException;

        /** Called once before the first picture; whether its figures need an interval behind this. */
        default boolean ready() throws IOException {
            return false;
        }
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
        boolean waits = painter.ready();
        if (terminal.isPresent()) {
            untilLeft(fos, terminal.get(), waits, painter);
            return 0;
        }
        TreeSet<NodeId> silent = new TreeSet<>();
        for (int i = 0; i < count.orElse(1); i++) {
            if (waits || i > 0) {
                fos.sleep(INTERVAL);
            }
            Picture picture = painter.paint(SizeAnswered.NO_TERMINAL);
            for (String line : picture.lines()) {
                Text.printLine(fos, line);
            }
            fos.out().flush();
            silent.addAll(picture.silent());
        }
        return Processes.tellSilent(fos, List.copyOf(silent));
    }

    /** The keys are this program's meanwhile; it has the terminal, or it would be in the background and know of none. */
    private static void untilLeft(Fos fos, SizeAnswered first, boolean waits, Painter painter) throws IOException {
        Text.print(fos, CLEAR);
        boolean left = waits && left(fos);
        while (!left) {
            SizeAnswered size = fos.terminal().orElse(first); // Windows change their size.
            Text.print(fos, frame(painter.paint(size), size));
            fos.out().flush();
            left = left(fos);
        }
    }

    /** Waits until the next picture is due; whether it is to be the last. */
    private static boolean left(Fos fos) throws IOException {
        String pressed = fos.keys(INTERVAL).map(Live::text).orElse("");
        return pressed.indexOf('q') >= 0 || pressed.indexOf('Q') >= 0;
    }

    private static String text(Bytes pressed) {
        return pressed.isEmpty() ? "q" : pressed.toUtf8(); // At the end of the input nobody is left to press it.
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
