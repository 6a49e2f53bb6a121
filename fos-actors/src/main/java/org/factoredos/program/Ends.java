package org.factoredos.program;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.factoredos.lib.Fos;

/** {@code head} and {@code tail}: the first or the last lines of each file. */
final class Ends {
    static final Command HEAD = new Command(
            new Usage(
                    Usage.Group.TEXT,
                    "head",
                    "[-n LINES | -c BYTES] [FILE...]",
                    "writes the first lines, 10 unless told (-c: the first bytes)",
                    "head -c 16 /dev/random | hexdump"),
            (fos, arguments) -> run(fos, Ends.HEAD.usage(), arguments, Ends::head));

    static final Command TAIL = new Command(
            new Usage(
                    Usage.Group.TEXT,
                    "tail",
                    "[-n [+]LINES] [FILE...]",
                    "writes the last lines, 10 unless told (+LINES: from that line on)",
                    "tail -n 1 /etc/motd"),
            (fos, arguments) -> run(fos, Ends.TAIL.usage(), arguments, Ends::tail));

    private static final String LINES_UNLESS_TOLD = "10";

    private interface End {
        void copy(InputStream in, OutputStream out, String count) throws IOException;
    }

    private Ends() {}

    private static int run(Fos fos, Usage usage, List<String> arguments, End end) throws IOException {
        boolean head = usage.name().equals("head");
        Options options = Options.of(usage, head ? "n:c:" : "n:", withoutShorthand(arguments));
        if (head && options.has('c')) {
            return bytes(fos, options);
        }
        String count = options.value('n').orElse(LINES_UNLESS_TOLD);
        if (!count.matches(usage.name().equals("tail") ? "\\+?\\d{1,9}" : "\\d{1,9}")) {
            throw options.wrong("'" + count + "' is no number of lines");
        }
        List<String> files = options.operands();
        Failures failures = new Failures(fos);
        boolean[] first = {true};
        Inputs.each(fos, files, failures, (name, in) -> {
            if (files.size() > 1) {
                Text.print(fos, (first[0] ? "" : "\n") + "==> " + name + " <==\n");
                first[0] = false;
            }
            end.copy(in, fos.out(), count);
        });
        return failures.status();
    }

    private static int bytes(Fos fos, Options options) throws IOException {
        String count = options.value('c').orElse("");
        if (!count.matches("\\d{1,15}") || options.has('n')) {
            throw options.wrong(
                    options.has('n') ? "lines or bytes, not both" : "'" + count + "' is no number of bytes");
        }
        Failures failures = new Failures(fos);
        Inputs.each(fos, options.operands(), failures, (name, in) -> {
            byte[] buffer = new byte[Inputs.BUFFER_BYTES];
            for (long left = Long.parseLong(count); left > 0; ) {
                int limit = in.read(buffer, 0, (int) Math.min(left, buffer.length));
                if (limit < 0) {
                    return;
                }
                fos.out().write(buffer, 0, limit);
                left -= limit;
            }
        });
        return failures.status();
    }

    /** {@code head -3} is old and not POSIX's, and in everyone's fingers. */
    private static List<String> withoutShorthand(List<String> arguments) {
        if (arguments.isEmpty() || !arguments.getFirst().matches("-\\d{1,9}")) {
            return arguments;
        }
        List<String> spelled = new ArrayList<>(arguments);
        spelled.set(0, "-n" + arguments.getFirst().substring(1));
        return spelled;
    }

    /** Reads no further than it must: a pipe's writer is told at once that nobody wants the rest. */
    private static void head(InputStream in, OutputStream out, String count) throws IOException {
        int wanted = Integer.parseInt(count);
        byte[] buffer = new byte[Inputs.BUFFER_BYTES];
        while (wanted > 0) {
            int limit = in.read(buffer);
            if (limit < 0) {
                return;
            }
            int end = 0;
            while (end < limit && wanted > 0) {
                wanted -= buffer[end++] == '\n' ? 1 : 0;
            }
            out.write(buffer, 0, end);
        }
    }

    private static void tail(InputStream in, OutputStream out, String count) throws IOException {
        LineReader lines = new LineReader(in);
        if (count.startsWith("+")) {
            from(Integer.parseInt(count.substring(1)), lines, out);
            return;
        }
        int kept = Integer.parseInt(count);
        Deque<byte[]> last = new ArrayDeque<>();
        boolean terminated = true;
        for (byte[] line = lines.next(); line != null; line = lines.next()) {
            last.addLast(line);
            terminated = lines.terminated();
            if (last.size() > kept) {
                last.removeFirst();
            }
        }
        while (!last.isEmpty()) {
            out.write(last.removeFirst());
            if (terminated || !last.isEmpty()) {
                out.write('\n');
            }
        }
    }

    private static void from(int number, LineReader lines, OutputStream out) throws IOException {
        int seen = 0;
        for (byte[] line = lines.next(); line != null; line = lines.next()) {
            if (++seen >= number) {
                out.write(line);
                if (lines.terminated()) {
                    out.write('\n');
                }
            }
        }
    }
}
