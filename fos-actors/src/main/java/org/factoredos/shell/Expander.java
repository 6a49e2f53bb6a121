package org.factoredos.shell;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.factoredos.lib.Fos;
import org.factoredos.shell.Syntax.Literal;
import org.factoredos.shell.Syntax.Part;
import org.factoredos.shell.Syntax.Script;
import org.factoredos.shell.Syntax.Substitution;
import org.factoredos.shell.Syntax.Variable;
import org.factoredos.shell.Syntax.Word;

/**
 * Makes arguments of words, in POSIX's order: tilde, variables and commands; then what was unquoted is split at blanks;
 * then patterns become the paths that match them.
 */
final class Expander {
    /** Runs the script of a {@code $(...)}; its output without the newlines at its end. */
    @FunctionalInterface
    interface Substituter {
        String outputOf(Script script) throws IOException;
    }

    private final Fos fos;
    private final Variables variables;
    private final Substituter substituter;

    Expander(Fos fos, Variables variables, Substituter substituter) {
        this.fos = fos;
        this.variables = variables;
        this.substituter = substituter;
    }

    List<String> expand(List<Word> words) throws IOException {
        List<String> expanded = new ArrayList<>();
        for (Word word : words) {
            expanded.addAll(expand(word));
        }
        return expanded;
    }

    List<String> expand(Word word) throws IOException {
        List<String> expanded = new ArrayList<>();
        for (String pattern : patterns(word)) {
            List<String> paths = Glob.hasWildcard(pattern) ? Glob.expand(fos, pattern) : List.of();
            if (paths.isEmpty()) {
                expanded.add(Glob.unescape(pattern));
            } else {
                expanded.addAll(paths);
            }
        }
        return expanded;
    }

    /** The word as one text, neither split nor matched: an assignment's value. */
    String text(Word word) throws IOException {
        StringBuilder text = new StringBuilder();
        for (Part part : withHome(word.parts())) {
            text.append(text(part));
        }
        return text.toString();
    }

    private String text(Part part) throws IOException {
        return switch (part) {
            case Literal literal -> literal.text();
            case Variable variable -> variables.value(variable.name()).orElse("");
            case Substitution substitution -> substituter.outputOf(substitution.script());
        };
    }

    /** The fields of a word as patterns, in which what was quoted is escaped. */
    private List<String> patterns(Word word) throws IOException {
        Fields fields = new Fields();
        for (Part part : withHome(word.parts())) {
            if (part instanceof Variable(String name, boolean quoted) && quoted && name.equals("@")) {
                fields.each(variables.arguments());
            } else if (part.quoted()) {
                fields.append(Glob.escape(text(part)));
            } else if (part instanceof Literal literal) {
                fields.append(literal.text());
            } else {
                // A backslash in a value is itself; only the ones that people write quote something.
                fields.split(text(part).replace("\\", "\\\\"));
            }
        }
        return fields.finish();
    }

    /** {@code ~} and {@code ~/...} at a word's start, unquoted. */
    private List<Part> withHome(List<Part> parts) {
        if (parts.isEmpty() || !(parts.getFirst() instanceof Literal(String text, boolean quoted)) || quoted) {
            return parts;
        }
        if (!text.startsWith("~/") && !(text.equals("~") && parts.size() == 1)) {
            return parts;
        }
        List<Part> replaced = new ArrayList<>(parts);
        replaced.set(0, new Literal(text.substring(1), false));
        replaced.addFirst(new Variable("HOME", true));
        return replaced;
    }

    /** Fields as they grow: appended text stays in one, split text ends them at its blanks. */
    private static final class Fields {
        private final List<String> finished = new ArrayList<>();
        private final StringBuilder current = new StringBuilder();
        private boolean begun;

        void append(String text) {
            current.append(text);
            begun = true;
        }

        void split(String text) {
            int start = 0;
            for (int i = 0; i <= text.length(); i++) {
                boolean blank = i < text.length() && " \t\n".indexOf(text.charAt(i)) >= 0;
                if (blank || i == text.length()) {
                    if (i > start) {
                        append(text.substring(start, i));
                    }
                    if (blank) {
                        endField();
                    }
                    start = i + 1;
                }
            }
        }

        /** One field for each value; the first and the last join what stands beside them. */
        void each(List<String> values) {
            for (int i = 0; i < values.size(); i++) {
                if (i > 0) {
                    endField();
                }
                append(Glob.escape(values.get(i)));
            }
        }

        private void endField() {
            if (begun) {
                finished.add(current.toString());
            }
            current.setLength(0);
            begun = false;
        }

        List<String> finish() {
            endField();
            return finished;
        }
    }
}
