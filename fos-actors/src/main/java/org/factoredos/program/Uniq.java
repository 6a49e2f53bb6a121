package org.factoredos.program;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.factoredos.lib.Fos;

/** {@code uniq}: of equal lines that follow each other, the first. */
final class Uniq {
    static final Command COMMAND = new Command(
            new Usage(
                    Usage.Group.TEXT,
                    "uniq",
                    "[-c] [FILE]",
                    "writes lines that follow equal ones once (-c: with how many there were)",
                    "sort /tmp/names | uniq -c"),
            Uniq::run);

    private Uniq() {}

    private static int run(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(COMMAND.usage(), "c", arguments);
        Failures failures = new Failures(fos);
        Inputs.each(fos, options.operands(0, 1), failures, (name, in) -> {
            LineReader lines = new LineReader(in);
            byte[] line = lines.next();
            while (line != null) {
                long count = 1;
                byte[] next = lines.next();
                while (next != null && Arrays.equals(line, next)) {
                    count++;
                    next = lines.next();
                }
                if (options.has('c')) {
                    Text.print(fos, String.format("%7d ", count));
                }
                fos.out().write(line);
                fos.out().write('\n');
                line = next;
            }
        });
        return failures.status();
    }
}
