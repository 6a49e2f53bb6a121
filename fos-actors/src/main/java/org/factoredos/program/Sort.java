package org.factoredos.program;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import org.factoredos.lib.Fos;

/** {@code sort}: orders lines by their bytes, which for UTF-8 is by code point; holds them all. */
final class Sort {
    static final Command COMMAND = new Command(
            new Usage(
                    Usage.Group.TEXT,
                    "sort",
                    "[-n] [-r] [-u] [FILE...]",
                    "sorts lines (-n: by the number at their start; -r: the other way round; -u: equal ones once)",
                    "ls -l /home | sort -r"),
            Sort::run);

    private static final Pattern NUMBER = Pattern.compile("[ \\t]*(-?(?:\\d+(?:\\.\\d*)?|\\.\\d+))");

    private static final Comparator<Line> BY_BYTES = (a, b) -> Arrays.compareUnsigned(a.bytes, b.bytes);

    /** No record: two lines are told apart by their bytes, not by their arrays. */
    private static final class Line {
        private final byte[] bytes;
        private final BigDecimal number;

        Line(byte[] bytes, BigDecimal number) {
            this.bytes = bytes;
            this.number = number;
        }

        BigDecimal number() {
            return number;
        }
    }

    private Sort() {}

    private static int run(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(COMMAND.usage(), "nru", arguments);
        boolean numeric = options.has('n');
        List<Line> lines = new ArrayList<>();
        Failures failures = new Failures(fos);
        Inputs.each(fos, options.operands(), failures, (name, in) -> {
            LineReader reader = new LineReader(in);
            for (byte[] line = reader.next(); line != null; line = reader.next()) {
                lines.add(new Line(line, numeric ? number(line) : BigDecimal.ZERO));
            }
        });
        Comparator<Line> key = numeric ? Comparator.comparing(Line::number) : BY_BYTES;
        // Equal numbers fall back to the bytes, unless equal is to mean the number alone.
        Comparator<Line> order = options.has('u') ? key : key.thenComparing(BY_BYTES);
        lines.sort(options.has('r') ? order.reversed() : order);
        Line before = null;
        for (Line line : lines) {
            if (!options.has('u') || before == null || key.compare(before, line) != 0) {
                fos.out().write(line.bytes);
                fos.out().write('\n');
            }
            before = line;
        }
        return failures.status();
    }

    /** The number at the line's start; 0 where there is none. */
    private static BigDecimal number(byte[] line) {
        var matcher = NUMBER.matcher(new String(line, StandardCharsets.ISO_8859_1));
        return matcher.lookingAt() ? new BigDecimal(matcher.group(1)) : BigDecimal.ZERO;
    }
}
