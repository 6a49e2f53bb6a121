package org.factoredos.program;

import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import org.factoredos.file.FileProtocol.Entry;
import org.factoredos.file.FileProtocol.Kind;
import org.factoredos.file.FileProtocol.Status;
import org.factoredos.lib.Fos;

/** {@code ls}: one name a line; with {@code -l} kind, size in bytes and time of the last change (UTC) before it. */
final class Ls {
    static final Command COMMAND = new Command(
            new Usage(
                    Usage.Group.FILES,
                    "ls",
                    "[-l] [-a] [PATH...]",
                    "lists directories (-l: with kind, size and time; -a: names with a leading dot too)",
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
                Status status = fos.stat(path);
                if (status.kind() == Kind.DIRECTORY) {
                    directories.add(path);
                } else {
                    files.add(new Entry(path, status));
                }
            });
        }
        print(files);
        boolean first = files.isEmpty();
        for (String directory : directories) {
            if (paths.size() > 1) {
                Text.print(fos, (first ? "" : "\n") + directory + ":\n");
            }
            first = false;
            failures.attempt(() -> print(entries(directory)));
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

    private void print(List<Entry> entries) throws IOException {
        int width = 1;
        for (Entry entry : entries) {
            width = Math.max(width, Long.toString(entry.status().sizeBytes()).length());
        }
        for (Entry entry : entries) {
            Text.printLine(fos, (details ? details(entry.status(), width) : "") + entry.name());
        }
    }

    private static String details(Status status, int width) {
        String kind = status.kind() == Kind.DIRECTORY ? "d" : "-";
        String size = Long.toString(status.sizeBytes());
        return kind + " " + " ".repeat(width - size.length()) + size + " " + time(status) + " ";
    }

    static String time(Status status) {
        return TIME.format(Instant.ofEpochMilli(status.modifiedMillis()));
    }
}
