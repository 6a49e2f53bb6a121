package org.factoredos.program;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.factoredos.file.FileProtocol.Entry;
import org.factoredos.file.FileProtocol.Kind;
import org.factoredos.file.FileProtocol.Status;
import org.factoredos.lib.Fos;
import org.factoredos.lib.UsageException;
import org.factoredos.lib.nio.Globs;
import org.jspecify.annotations.Nullable;

/** {@code find}: what lies in directories and below them. Symbolic links are found, and not followed. */
final class Find {
    static final Command COMMAND = new Command(
            new Usage(
                    Usage.Group.FILES,
                    "find",
                    "[PATH...] [-name PATTERN] [-type f|d|l|c] [-user DOMAIN] [-maxdepth N]",
                    "prints the paths of all that lies below, or of what fits",
                    "find /home -name '*.txt'"),
            (fos, arguments) -> new Find(fos, arguments).run());

    private final Fos fos;
    private final Failures failures;
    private final List<String> paths = new ArrayList<>();
    private @Nullable Pattern name;
    private @Nullable Kind kind;
    private @Nullable String owner;
    private int deepest = Integer.MAX_VALUE;

    private Find(Fos fos, List<String> arguments) {
        this.fos = fos;
        this.failures = new Failures(fos);
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            if (!argument.startsWith("-") || argument.length() == 1) {
                paths.add(argument);
            } else if (i + 1 == arguments.size()) {
                throw wrong(argument + " needs a value");
            } else {
                take(argument, arguments.get(++i));
            }
        }
        if (paths.isEmpty()) {
            paths.add(".");
        }
    }

    private void take(String option, String value) {
        switch (option) {
            case "-name" -> {
                try {
                    name = Pattern.compile(Globs.regex(value));
                } catch (PatternSyntaxException e) {
                    throw wrong("'" + value + "' is no pattern: " + e.getDescription());
                }
            }
            case "-type" ->
                kind = switch (value) {
                    case "f" -> Kind.FILE;
                    case "d" -> Kind.DIRECTORY;
                    case "l" -> Kind.SYMBOLIC_LINK;
                    case "c" -> Kind.DEVICE;
                    default -> throw wrong("-type is f, d, l or c, not '" + value + "'");
                };
            case "-user" -> owner = value;
            case "-maxdepth" -> {
                if (!value.matches("\\d{1,6}")) {
                    throw wrong("-maxdepth is a number, not '" + value + "'");
                }
                deepest = Integer.parseInt(value);
            }
            default -> throw wrong("unknown option " + option);
        }
    }

    private static UsageException wrong(String what) {
        return new UsageException(what + "; usage: " + COMMAND.usage().line());
    }

    private int run() throws IOException {
        for (String path : paths) {
            failures.attempt(() -> visit(path, Paths.nameOf(fos, path), fos.statLink(path), 0));
        }
        return failures.status();
    }

    private void visit(String path, String last, Status status, int depth) throws IOException {
        if (fits(last, status)) {
            Text.printLine(fos, path);
        }
        if (status.kind() != Kind.DIRECTORY || depth == deepest) {
            return;
        }
        for (Entry entry : fos.list(path)) {
            failures.attempt(() -> visit(Paths.join(path, entry.name()), entry.name(), entry.status(), depth + 1));
        }
    }

    private boolean fits(String last, Status status) {
        return (name == null || name.matcher(last).matches())
                && (kind == null || kind == status.kind())
                && (owner == null || owner.equals(status.attributes().owner()));
    }
}
