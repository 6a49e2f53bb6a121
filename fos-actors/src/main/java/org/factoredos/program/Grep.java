package org.factoredos.program;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.factoredos.lib.Fos;

/** {@code grep}: the lines that a regular expression (Java's) finds. Status 0 for found, 1 for not, 2 for an error. */
final class Grep {
    static final Command COMMAND = new Command(
            new Usage(
                    Usage.Group.TEXT,
                    "grep",
                    "[-c] [-i] [-n] [-q] [-v] REGEX [FILE...]",
                    "prints lines that match (-c: how many; -i: in any case; -n: with numbers; -q: none; -v: others)",
                    "grep -n 'fos.*Akka' /etc/motd"),
            (fos, arguments) -> new Grep(fos, arguments).run());

    private final Fos fos;
    private final Options options;
    private final Pattern pattern;
    private final List<String> files;
    private boolean found;

    private Grep(Fos fos, List<String> arguments) {
        this.fos = fos;
        this.options = Options.of(COMMAND.usage(), "ciqnv", arguments);
        List<String> operands = options.operands(1, Integer.MAX_VALUE);
        this.pattern = compile(operands.getFirst());
        this.files = operands.subList(1, operands.size());
    }

    private Pattern compile(String regex) {
        try {
            return Pattern.compile(regex, options.has('i') ? Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE : 0);
        } catch (PatternSyntaxException e) {
            throw options.wrong("'" + regex + "' is no regular expression (" + e.getDescription() + ")");
        }
    }

    private int run() throws IOException {
        Failures failures = new Failures(fos);
        Inputs.each(fos, files, failures, this::search);
        if (options.has('q') && found) {
            return 0;
        }
        return failures.any() ? 2 : found ? 0 : 1;
    }

    private void search(String name, InputStream in) throws IOException {
        String prefix = files.size() > 1 ? name + ":" : "";
        LineReader lines = new LineReader(in);
        long number = 0;
        long matches = 0;
        for (byte[] line = lines.next(); line != null; line = lines.next()) {
            number++;
            if (pattern.matcher(new String(line, StandardCharsets.UTF_8)).find() == options.has('v')) {
                continue;
            }
            found = true;
            matches++;
            if (options.has('q')) {
                return;
            }
            if (!options.has('c')) {
                Text.print(fos, prefix + (options.has('n') ? number + ":" : ""));
                fos.out().write(line);
                fos.out().write('\n');
            }
        }
        if (options.has('c') && !options.has('q')) {
            Text.printLine(fos, prefix + matches);
        }
    }
}
