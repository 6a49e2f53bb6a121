package org.factoredos.program;

import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import org.factoredos.file.FileMode;
import org.factoredos.file.FileProtocol.Entry;
import org.factoredos.file.FileProtocol.Kind;
import org.factoredos.file.FileProtocol.Status;
import org.factoredos.lib.Fos;

/** {@code ls}: one name a line; with {@code -l} mode, number of names, owner, size in bytes and time of the last change (UTC)
 * before it. */
final class Ls {
    static final Command COMMAND = new Command(
            new Usage(
                    Usage.Group.FILES,
                    "ls",
                    "[-l] [-a] [PATH...]",
                    "lists directories (-l: with mode, names, owner, size and time; -a: names with a leading dot too)",
                    "ls -l /home"),
            (fos, arguments) -> new Ls(fos, arguments).run());

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm").withZone(ZoneOffset.UTC);

    private final Fos fos;
    private final Failures failures;
    private final boolean details;
    private final boolean hidden;
    private final List<String> paths;

    private Ls(Fos fos, List<String> arguments) {
        this.fos = fos;
        this.failures = new Failures(fos);
        Options options = Options.of(COMMAND.usage(), "la", arguments);
        this.details = options.has('l');
        this.hidden = options.has('a');
        this.paths = options.operands().isEmpty() ? List.of(".") : options.operands();
    }

    /** Files come before directories, as everywhere: a directory's entries would hide them. */
    private int run() throws IOException {
        List<Entry> files = new ArrayList<>();
        List<String> directories = new ArrayList<>();
        for (String path : paths) {
            failures.attempt(() -> {
                Status status = details ? fos.statLink(path) : fos.find(path).orElse(null);
                if (status == null) {
                    status = fos.statLink(path); // A link that leads nowhere is listed all the same.
                }
                if (status.kind() == Kind.DIRECTORY) {
                    directories.add(path);
                } else {
                    files.add(new Entry(path, status));
                }
            });
        }
        print("", files);
        boolean first = files.isEmpty();
        for (String directory : directories) {
            if (paths.size() > 1) {
                Text.print(fos, (first ? "" : "\n") + directory + ":\n");
            }
            first = false;
            failures.attempt(() -> print(directory, entries(directory)));
        }
        return failures.status();
    }

    private List<Entry> entries(String directory) throws IOException {
        List<Entry> entries = new ArrayList<>();
        if (hidden) {
            entries.add(new Entry(".", fos.stat(directory)));
            entries.add(new Entry("..", fos.stat(Paths.join(directory, ".."))));
        }
        for (Entry entry : fos.list(directory)) {
            if (hidden || !entry.name().startsWith(".")) {
                entries.add(entry);
            }
        }
        return entries;
    }

    /** @param directory where the entries lie; empty where their names say it */
    private void print(String directory, List<Entry> entries) throws IOException {
        int[] widths = {1, 1, 1};
        for (Entry entry : entries) {
            String[] cells = cells(entry.status());
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], cells[i].length());
            }
        }
        for (Entry entry : entries) {
            if (!details) {
                Text.printLine(fos, entry.name());
                continue;
            }
            Status status = entry.status();
            String[] cells = cells(status);
            String path = directory.isEmpty() ? entry.name() : Paths.join(directory, entry.name());
            Text.printLine(
                    fos,
                    FileMode.text(status.kind(), status.attributes().mode()) + " " + right(cells[0], widths[0]) + " "
                            + left(cells[1], widths[1]) + " " + right(cells[2], widths[2]) + " " + time(status) + " "
                            + entry.name() + target(path, status));
        }
    }

    private static String[] cells(Status status) {
        return new String[] {
            Integer.toString(status.attributes().links()),
            status.attributes().owner(),
            Long.toString(status.sizeBytes())
        };
    }

    private String target(String path, Status status) throws IOException {
        return status.kind() == Kind.SYMBOLIC_LINK ? " -> " + fos.readLink(path) : "";
    }

    private static String left(String text, int width) {
        return text + " ".repeat(width - text.length());
    }

    private static String right(String text, int width) {
        return " ".repeat(width - text.length()) + text;
    }

    static String time(Status status) {
        return time(status.modifiedMillis());
    }

    static String time(long millis) {
        return TIME.format(Instant.ofEpochMilli(millis));
    }
}
