package org.factoredos.program;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.IllegalFormatException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.factoredos.lib.Fos;
import org.factoredos.lib.UsageException;

/** {@code printf}: arguments in a format, which is used again while there are arguments left. */
final class Printf {
    static final Command COMMAND = new Command(
            new Usage(
                    Usage.Group.TEXT,
                    "printf",
                    "FORMAT [ARGUMENT...]",
                    "writes arguments in a format (%s %d %x %o %f %c %b, \\n and the like)",
                    "printf '%-8s %3d\\n' tiles 64"),
            (fos, arguments) -> new Printf(fos, arguments).run());

    private static final Pattern DIRECTIVE = Pattern.compile("%([-+ 0#]*)(\\d{0,4})(\\.\\d{0,4})?([a-zA-Z%])");

    private final Fos fos;
    private final String format;
    private final Deque<String> arguments;
    private boolean used;

    private Printf(Fos fos, List<String> arguments) {
        this.fos = fos;
        if (arguments.isEmpty()) {
            throw wrong("no format");
        }
        this.format = arguments.getFirst();
        this.arguments = new ArrayDeque<>(arguments.subList(1, arguments.size()));
    }

    private int run() throws IOException {
        do {
            used = false;
            once();
        } while (used && !arguments.isEmpty());
        return 0;
    }

    private void once() throws IOException {
        Matcher directives = DIRECTIVE.matcher(format);
        int position = 0;
        while (position < format.length()) {
            int next = directives.find(position) ? directives.start() : format.length();
            fos.out().write(unescaped(format.substring(position, next)));
            position = next;
            if (next < format.length()) {
                fos.out().write(directive(directives));
                position = directives.end();
            }
        }
    }

    private byte[] directive(Matcher directive) {
        String flags = directive.group(1) + directive.group(2);
        String precision = directive.group(3) == null ? "" : directive.group(3);
        char kind = directive.group(4).charAt(0);
        if (kind == '%') {
            return utf8("%");
        }
        used = true;
        String argument = arguments.isEmpty() ? "" : arguments.removeFirst();
        try {
            return switch (kind) {
                case 's' -> utf8(text("%" + flags + precision + "s", argument));
                case 'b' -> unescaped(argument);
                case 'c' -> utf8(text("%" + flags + "s", argument.isEmpty() ? "" : firstCharacter(argument)));
                case 'd', 'i', 'u' -> utf8(text("%" + flags + "d", integer(argument)));
                case 'x', 'X', 'o' -> utf8(text("%" + flags + kind, integer(argument)));
                case 'f', 'e', 'E' -> utf8(text("%" + flags + precision + kind, decimal(argument)));
                default -> throw wrong("'" + directive.group() + "' is no format");
            };
        } catch (IllegalFormatException e) {
            throw wrong("'" + directive.group() + "' is no format");
        }
    }

    private static String text(String format, Object argument) {
        return String.format(Locale.ROOT, format, argument);
    }

    private static String firstCharacter(String text) {
        return text.substring(0, text.offsetByCodePoints(0, 1));
    }

    private static BigInteger integer(String text) {
        try {
            return text.isEmpty() ? BigInteger.ZERO : new BigInteger(text);
        } catch (NumberFormatException e) {
            throw wrong("'" + text + "' is no whole number");
        }
    }

    private static BigDecimal decimal(String text) {
        try {
            return text.isEmpty() ? BigDecimal.ZERO : new BigDecimal(text);
        } catch (NumberFormatException e) {
            throw wrong("'" + text + "' is no number");
        }
    }

    /** Bytes, for {@code \377} is one byte and no character. */
    private static byte[] unescaped(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int i = 0;
        while (i < text.length()) {
            int slash = text.indexOf('\\', i);
            if (slash < 0 || slash + 1 == text.length()) {
                bytes.writeBytes(utf8(text.substring(i)));
                break;
            }
            bytes.writeBytes(utf8(text.substring(i, slash)));
            i = escape(text, slash + 1, bytes);
        }
        return bytes.toByteArray();
    }

    /** Writes what the letters behind a backslash stand for; where the text goes on. */
    private static int escape(String text, int start, ByteArrayOutputStream bytes) {
        char letter = text.charAt(start);
        int plain = "abfnrtv\\'\"".indexOf(letter);
        if (plain >= 0) {
            bytes.write("\u0007\b\f\n\r\t\u000B\\'\"".charAt(plain));
            return start + 1;
        }
        int radix = letter == 'x' ? 16 : 8;
        int first = letter == 'x' ? start + 1 : start;
        int end = first;
        while (end < text.length()
                && end < first + (radix == 16 ? 2 : 3)
                && Character.digit(text.charAt(end), radix) >= 0) {
            end++;
        }
        if (end == first) {
            bytes.write('\\');
            return start;
        }
        bytes.write(Integer.parseInt(text.substring(first, end), radix));
        return end;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static UsageException wrong(String what) {
        return new UsageException(what + "; usage: " + COMMAND.usage().line());
    }
}
