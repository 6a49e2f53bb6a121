package org.factoredos.program;

import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.factoredos.file.FileProtocol.NewAttributes;
import org.factoredos.file.FileProtocol.OpenMode;
import org.factoredos.lib.Fos;

/** {@code touch}: makes empty files, and sets the times of others. */
final class Touch {
    static final Command COMMAND = new Command(
            new Usage(
                    Usage.Group.FILES,
                    "touch",
                    "[-a] [-c] [-h] [-m] [-d TIME] FILE...",
                    "makes empty files, sets the times of others (-d: to TIME in UTC; -c: makes none; -h: of links)",
                    "touch -d '2026-11-28 12:00' /home/todo"),
            Touch::run);

    private Touch() {}

    private static int run(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(COMMAND.usage(), "achmd:", arguments);
        List<String> paths = options.operands(1, Integer.MAX_VALUE);
        Optional<String> text = options.value('d');
        long millis =
                text.isPresent() ? millis(options, text.get()) : Instant.now().toEpochMilli();
        boolean both = options.has('a') == options.has('m');
        NewAttributes times = NewAttributes.ofTimes(
                both || options.has('m') ? millis : null, both || options.has('a') ? millis : null);
        Failures failures = new Failures(fos);
        for (String path : paths) {
            failures.attempt(() -> touch(fos, options, path, times, text.isPresent()));
        }
        return failures.status();
    }

    private static void touch(Fos fos, Options options, String path, NewAttributes times, boolean dated)
            throws IOException {
        boolean there = options.has('h')
                ? fos.findLink(path).isPresent()
                : fos.find(path).isPresent();
        if (!there && options.has('c')) {
            return;
        }
        if (!there) {
            fos.open(path, OpenMode.CREATE).close();
        }
        if (there || dated) {
            fos.setAttributes(path, !options.has('h'), times);
        }
    }

    /** {@code @SECONDS} since 1970, a day, or a day and a time, all UTC. */
    static long millis(Options options, String text) {
        try {
            if (text.startsWith("@")) {
                return Math.multiplyExact(Long.parseLong(text.substring(1)), 1000L);
            }
            String iso = text.strip().replace(' ', 'T');
            if (iso.endsWith("Z")) {
                return Instant.parse(iso).toEpochMilli();
            }
            LocalDateTime time = iso.contains("T")
                    ? LocalDateTime.parse(iso)
                    : LocalDate.parse(iso).atStartOfDay();
            return time.toInstant(ZoneOffset.UTC).toEpochMilli();
        } catch (DateTimeException | NumberFormatException | ArithmeticException e) {
            throw options.wrong("'" + text + "' is no time, such as 2026-11-28, '2026-11-28 12:00' or @1700000000");
        }
    }
}
