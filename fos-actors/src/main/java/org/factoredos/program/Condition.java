package org.factoredos.program;

import java.io.IOException;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import org.factoredos.file.FileProtocol.Kind;
import org.factoredos.file.FileProtocol.Status;
import org.factoredos.lib.Fos;
import org.factoredos.lib.UsageException;

/** {@code test} and {@code [}: whether something holds. Status 0 for yes, 1 for no, 2 for a question that is none. */
final class Condition {
    static final Command TEST = new Command(
            new Usage(
                    Usage.Group.SHELL,
                    "test",
                    "[!] -e|-f|-d|-s|-L PATH | -n|-z TEXT | A =|!= B | A -eq|-ne|-lt|-le|-gt|-ge B",
                    "asks about files, texts and whole numbers",
                    "if test -f /etc/motd; then cat /etc/motd; fi"),
            (fos, arguments) -> holds(fos, arguments) ? 0 : 1);

    static final Command BRACKET = new Command(
            new Usage(Usage.Group.SHELL, "[", "CONDITION ]", "is 'test' in brackets", "[ $? -eq 0 ] && echo good"),
            Condition::bracket);

    private Condition() {}

    private static int bracket(Fos fos, List<String> arguments) throws IOException {
        if (arguments.isEmpty() || !arguments.getLast().equals("]")) {
            throw new UsageException(
                    "no ']' at the end; usage: " + BRACKET.usage().line());
        }
        return holds(fos, arguments.subList(0, arguments.size() - 1)) ? 0 : 1;
    }

    /** The number of arguments decides what is an operator and what a text, as POSIX has it. */
    private static boolean holds(Fos fos, List<String> words) throws IOException {
        if (words.size() > 1 && words.size() < 5 && words.getFirst().equals("!")) {
            return !holds(fos, words.subList(1, words.size()));
        }
        return switch (words.size()) {
            case 0 -> false;
            case 1 -> !words.getFirst().isEmpty();
            case 2 -> one(fos, words.getFirst(), words.getLast());
            case 3 -> two(words.get(0), words.get(1), words.get(2));
            default -> throw wrong("too many arguments");
        };
    }

    private static boolean one(Fos fos, String operator, String text) throws IOException {
        return switch (operator) {
            case "-n" -> !text.isEmpty();
            case "-z" -> text.isEmpty();
            case "-e" -> fos.find(text).isPresent();
            case "-f" -> is(fos.find(text), Kind.FILE);
            case "-d" -> is(fos.find(text), Kind.DIRECTORY);
            case "-L", "-h" -> is(fos.findLink(text), Kind.SYMBOLIC_LINK);
            case "-s" -> fos.find(text).filter(status -> status.sizeBytes() > 0).isPresent();
            default -> throw wrong("'" + operator + "' asks nothing");
        };
    }

    private static boolean is(Optional<Status> found, Kind kind) {
        return found.isPresent() && found.get().kind() == kind;
    }

    private static boolean two(String a, String operator, String b) {
        return switch (operator) {
            case "=" -> a.equals(b);
            case "!=" -> !a.equals(b);
            case "-eq" -> number(a).compareTo(number(b)) == 0;
            case "-ne" -> number(a).compareTo(number(b)) != 0;
            case "-lt" -> number(a).compareTo(number(b)) < 0;
            case "-le" -> number(a).compareTo(number(b)) <= 0;
            case "-gt" -> number(a).compareTo(number(b)) > 0;
            case "-ge" -> number(a).compareTo(number(b)) >= 0;
            default -> throw wrong("'" + operator + "' asks nothing");
        };
    }

    private static BigInteger number(String text) {
        try {
            return new BigInteger(text);
        } catch (NumberFormatException e) {
            throw wrong("'" + text + "' is no whole number");
        }
    }

    private static UsageException wrong(String what) {
        return new UsageException(what + "; usage: " + TEST.usage().line());
    }
}
