package org.factoredos.program;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.factoredos.lib.UsageException;

/**
 * A program's arguments, taken apart by POSIX's utility syntax: {@code -ab}, {@code -n 3}, {@code -n3}, {@code --}; and words
 * behind two dashes: {@code --json}, {@code --tiles 3}, {@code --tiles=3}.
 */
final class Options {
    private final Usage usage;
    private final Map<Character, String> options = new TreeMap<>();
    private final Map<String, String> words = new TreeMap<>();
    private final List<String> operands = new ArrayList<>();

    private Options(Usage usage) {
        this.usage = usage;
    }

    /**
     * @param letters the options, each followed by a colon where it takes a value, as for getopt
     * @throws UsageException for any other option, and for a value that is missing
     */
    static Options of(Usage usage, String letters, List<String> arguments) {
        return of(usage, letters, Set.of(), arguments);
    }

    /** Likewise, with options that are {@code words} behind two dashes, each followed by a colon where it takes a value. */
    static Options of(Usage usage, String letters, Set<String> words, List<String> arguments) {
        Options options = new Options(usage);
        int next = 0;
        while (next < arguments.size()) {
            String argument = arguments.get(next++);
            if (argument.equals("--")) {
                break;
            }
            if (argument.startsWith("--")) {
                next = options.takeWord(words, argument.substring(2), next, arguments);
                continue;
            }
            // A lone "-" is an operand: standard input.
            if (argument.length() > 1 && argument.startsWith("-")) {
                next = options.take(letters, argument, next, arguments);
            } else {
                options.operands.add(argument);
            }
        }
        options.operands.addAll(arguments.subList(next, arguments.size()));
        return options;
    }

    /** Takes the word; where it wants a value that is not behind its equals sign, the argument at {@code next} with it. */
    private int takeWord(Set<String> known, String argument, int next, List<String> arguments) {
        int equals = argument.indexOf('=');
        String word = equals < 0 ? argument : argument.substring(0, equals);
        if (known.contains(word) && equals < 0) {
            words.put(word, "");
            return next;
        }
        if (!known.contains(word + ":")) {
            throw wrong(known.contains(word) ? "option --" + word + " takes no value" : "unknown option --" + argument);
        }
        if (equals < 0 && next == arguments.size()) {
            throw wrong("option --" + word + " needs a value");
        }
        words.put(word, equals < 0 ? arguments.get(next) : argument.substring(equals + 1));
        return equals < 0 ? next + 1 : next;
    }

    /** Takes one argument of options; where the last wants a value, the argument at {@code next} with it. */
    private int take(String letters, String argument, int next, List<String> arguments) {
        for (int i = 1; i < argument.length(); i++) {
            char letter = argument.charAt(i);
            int known = letter == ':' ? -1 : letters.indexOf(letter);
            if (known < 0) {
                throw wrong("unknown option -" + letter);
            }
            if (known + 1 == letters.length() || letters.charAt(known + 1) != ':') {
                options.put(letter, "");
            } else if (i + 1 < argument.length()) {
                options.put(letter, argument.substring(i + 1));
                return next;
            } else if (next < arguments.size()) {
                options.put(letter, arguments.get(next));
                return next + 1;
            } else {
                throw wrong("option -" + letter + " needs a value");
            }
        }
        return next;
    }

    boolean has(String word) {
        return words.containsKey(word);
    }

    boolean has(char letter) {
        return options.containsKey(letter);
    }

    Optional<String> value(char letter) {
        return Optional.ofNullable(options.get(letter));
    }

    Optional<String> value(String word) {
        return Optional.ofNullable(words.get(word));
    }

    List<String> operands() {
        return operands;
    }

    /** The operands, of which there must be at least {@code least} and at most {@code most}. */
    List<String> operands(int least, int most) {
        if (operands.size() < least) {
            throw wrong(operands.isEmpty() ? "nothing to work on" : "too few arguments");
        }
        if (operands.size() > most) {
            throw wrong("too many arguments");
        }
        return operands;
    }

    /** A usage error that ends with what the program takes. */
    UsageException wrong(String what) {
        return new UsageException(what + "; usage: " + usage.line());
    }
}
