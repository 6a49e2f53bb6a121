package org.factoredos.program;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.factoredos.file.FileMode;
import org.factoredos.file.FileProtocol.Entry;
import org.factoredos.file.FileProtocol.Kind;
import org.factoredos.file.FileProtocol.NewAttributes;
import org.factoredos.file.FileProtocol.Status;
import org.factoredos.lib.Fos;

/** {@code chmod} and {@code chown}: who may do what with files. */
final class Chmod {
    static final Command CHMOD = new Command(
            new Usage(
                    Usage.Group.PROTECTION,
                    "chmod",
                    "[-R] MODE PATH...",
                    "says who may read, write and search (MODE: 750, u+w, o-rwx, +t; -R: all that is in it too)",
                    "chmod o-rwx /home/draft"),
            Chmod::mode);

    static final Command CHOWN = new Command(
            new Usage(
                    Usage.Group.PROTECTION,
                    "chown",
                    "[-R] DOMAIN PATH...",
                    "gives files to a domain, which the operator may (-R: all that is in it too)",
                    "chown alice /home/alice"),
            Chmod::owner);

    private static final Pattern OCTAL = Pattern.compile("[01]?[0-7]{3}");
    private static final Pattern CLAUSE = Pattern.compile("([ugoa]*)([-+=])([rwxt]*)");

    private interface Change {
        NewAttributes of(Status status);
    }

    private Chmod() {}

    private static int mode(Fos fos, List<String> arguments) throws IOException {
        // What begins with a dash may be a mode, such as -w.
        boolean dash = !arguments.isEmpty()
                && arguments.getFirst().startsWith("-")
                && !arguments.getFirst().equals("-R");
        Options options = Options.of(CHMOD.usage(), "R", dash ? dashed(arguments) : arguments);
        List<String> operands = options.operands(2, Integer.MAX_VALUE);
        UnaryOperator<Integer> change = change(options, operands.getFirst());
        return each(
                fos,
                options,
                operands.subList(1, operands.size()),
                status -> NewAttributes.ofMode(change.apply(status.attributes().mode())));
    }

    private static List<String> dashed(List<String> arguments) {
        List<String> all = new ArrayList<>(arguments);
        all.addFirst("--");
        return all;
    }

    /** What {@code text} makes of a mode. */
    static UnaryOperator<Integer> change(Options options, String text) {
        if (OCTAL.matcher(text).matches()) {
            int mode = FileMode.of(Integer.parseInt(text, 8));
            return before -> mode;
        }
        UnaryOperator<Integer> all = mode -> mode;
        for (String clause : text.split(",", -1)) {
            Matcher matcher = CLAUSE.matcher(clause);
            if (!matcher.matches()) {
                throw options.wrong("'" + text + "' is no mode, such as 750, u+w or o-rwx");
            }
            UnaryOperator<Integer> before = all;
            all = mode -> clause(before.apply(mode), matcher.group(1), matcher.group(2), matcher.group(3));
        }
        return all;
    }

    private static int clause(int mode, String classes, String operator, String letters) {
        boolean everybody = classes.isEmpty() || classes.contains("a");
        int bits = (letters.contains("r") ? FileMode.READ : 0)
                | (letters.contains("w") ? FileMode.WRITE : 0)
                | (letters.contains("x") ? FileMode.EXECUTE : 0);
        // There are no groups: who says something of the group says it of the others.
        boolean owner = everybody || classes.contains("u");
        boolean others = everybody || classes.contains("o") || classes.contains("g");
        int whole = (owner ? bits << 6 : 0) | (others ? bits : 0) | (letters.contains("t") ? FileMode.STICKY : 0);
        int scope = (owner ? 0700 : 0) | (others ? 7 : 0);
        return FileMode.of(
                switch (operator) {
                    case "+" -> mode | whole;
                    case "-" -> mode & ~whole;
                    default -> (mode & ~scope) | whole;
                });
    }

    private static int owner(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(CHOWN.usage(), "R", arguments);
        List<String> operands = options.operands(2, Integer.MAX_VALUE);
        String owner = operands.getFirst();
        return each(fos, options, operands.subList(1, operands.size()), status -> NewAttributes.ofOwner(owner));
    }

    private static int each(Fos fos, Options options, List<String> paths, Change change) throws IOException {
        Failures failures = new Failures(fos);
        for (String path : paths) {
            failures.attempt(() -> apply(fos, failures, path, fos.stat(path), options.has('R'), change));
        }
        return failures.status();
    }

    private static void apply(Fos fos, Failures failures, String path, Status status, boolean recursive, Change change)
            throws IOException {
        fos.setAttributes(path, true, change.of(status));
        if (!recursive || status.kind() != Kind.DIRECTORY) {
            return;
        }
        for (Entry entry : fos.list(path)) {
            if (entry.status().kind() != Kind.SYMBOLIC_LINK) { // What it leads to may lie anywhere.
                failures.attempt(
                        () -> apply(fos, failures, Paths.join(path, entry.name()), entry.status(), true, change));
            }
        }
    }
}
