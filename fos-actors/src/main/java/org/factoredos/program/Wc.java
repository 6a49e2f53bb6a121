package org.factoredos.program;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.factoredos.file.FileProtocol.Kind;
import org.factoredos.file.FileProtocol.Status;
import org.factoredos.lib.Fos;

/** {@code wc}: counts lines, words and bytes, and prints them as GNU's does. */
final class Wc {
    static final Command COMMAND = new Command(
            new Usage(
                    Usage.Group.TEXT,
                    "wc",
                    "[-l] [-w] [-c] [FILE...]",
                    "counts lines, words and bytes (-l, -w, -c: only those)",
                    "wc -l /etc/motd"),
            (fos, arguments) -> new Wc(fos, arguments).run());

    /** GNU's width for an input whose size is not known beforehand. */
    private static final int WIDTH_OF_UNKNOWN = 7;

    private record Counts(long lines, long words, long bytes) {
        Counts plus(Counts other) {
            return new Counts(lines + other.lines, words + other.words, bytes + other.bytes);
        }
    }

    private final Fos fos;
    private final Options options;
    private final boolean all;
    private Counts total = new Counts(0, 0, 0);

    private Wc(Fos fos, List<String> arguments) {
        this.fos = fos;
        this.options = Options.of(COMMAND.usage(), "lwc", arguments);
        this.all = !options.has('l') && !options.has('w') && !options.has('c');
    }

    private int run() throws IOException {
        List<String> files = options.operands();
        int width = width(files);
        Failures failures = new Failures(fos);
        Inputs.each(fos, files, failures, (name, in) -> {
            Counts counts = count(in);
            total = total.plus(counts);
            print(counts, width, files.isEmpty() ? "" : " " + name);
        });
        if (files.size() > 1) {
            print(total, width, " total");
        }
        return failures.status();
    }

    /** As wide as the files' total size; a single number is not padded. */
    private int width(List<String> files) throws IOException {
        if (files.size() <= 1 && columns() == 1) {
            return 1;
        }
        long bytes = 0;
        int least = files.isEmpty() ? WIDTH_OF_UNKNOWN : 1;
        for (String file : files) {
            Optional<Status> status = file.equals(Inputs.STANDARD_INPUT) ? Optional.empty() : fos.find(file);
            if (status.isPresent() && status.get().kind() == Kind.FILE) {
                bytes += status.get().sizeBytes();
            } else if (status.isPresent() || file.equals(Inputs.STANDARD_INPUT)) {
                least = WIDTH_OF_UNKNOWN;
            }
        }
        return Math.max(least, Long.toString(bytes).length());
    }

    private int columns() {
        return all ? 3 : (options.has('l') ? 1 : 0) + (options.has('w') ? 1 : 0) + (options.has('c') ? 1 : 0);
    }

    private void print(Counts counts, int width, String name) throws IOException {
        List<String> cells = new ArrayList<>();
        if (all || options.has('l')) {
            cells.add(padded(counts.lines(), width));
        }
        if (all || options.has('w')) {
            cells.add(padded(counts.words(), width));
        }
        if (all || options.has('c')) {
            cells.add(padded(counts.bytes(), width));
        }
        Text.printLine(fos, String.join(" ", cells) + name);
    }

    private static String padded(long number, int width) {
        String digits = Long.toString(number);
        return " ".repeat(Math.max(0, width - digits.length())) + digits;
    }

    private static Counts count(InputStream in) throws IOException {
        byte[] buffer = new byte[Inputs.BUFFER_BYTES];
        long lines = 0;
        long words = 0;
        long bytes = 0;
        boolean inWord = false;
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
            bytes += count;
            for (int i = 0; i < count; i++) {
                boolean space = buffer[i] == ' ' || (buffer[i] >= '\t' && buffer[i] <= '\r');
                if (!space && !inWord) {
                    words++;
                }
                inWord = !space;
                if (buffer[i] == '\n') {
                    lines++;
                }
            }
        }
        return new Counts(lines, words, bytes);
    }
}
