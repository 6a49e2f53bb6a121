package org.factoredos.shell;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.factoredos.file.FileProtocol.Entry;
import org.factoredos.file.FileProtocol.Kind;
import org.factoredos.kernel.Name;
import org.factoredos.lib.Fos;
import org.factoredos.naming.NameProtocol;
import org.factoredos.privilege.KeyProtocol;

/**
 * What could stand at the cursor. Each offer is the whole word, quoted where it must be; a directory ends with a slash,
 * behind which the word goes on.
 */
final class Completion {
    private static final String BREAKS = " \t;|&<>(";
    private static final Set<String> BEFORE_COMMAND =
            Set.of("then", "else", "elif", "if", "while", "until", "do", "{", "!", "trace", "--all");
    private static final Set<String> TAKES_NAME = Set.of("resolve", "ping", "names");
    private static final Set<String> TAKES_DOMAIN = Set.of("su", "privileges", "grant", "revoke");
    private static final Name PRIVILEGES = new Name("sys:privileges");

    private final Fos fos;
    private final Variables variables;

    Completion(Fos fos, Variables variables) {
        this.fos = fos;
        this.variables = variables;
    }

    /** In order; none where nothing fits, or a server that was asked did not answer. */
    List<String> offers(String line, int cursor) {
        String before = line.substring(0, Math.max(0, Math.min(cursor, line.length())));
        int start = before.length();
        while (start > 0 && !breaksWord(before, start - 1)) {
            start--;
        }
        String typed = before.substring(start);
        String previous = before.substring(0, start).strip().replaceFirst("(?s).*[ \\t]", "");
        try {
            if (typed.startsWith("$")) {
                return variables(typed.substring(1));
            }
            if (previous.isEmpty()
                    || ";|&(".indexOf(previous.charAt(previous.length() - 1)) >= 0
                    || BEFORE_COMMAND.contains(previous)) {
                return typed.contains("/") ? paths(typed) : commands(typed);
            }
            if (previous.equals("help")) {
                return commands(typed);
            }
            if (TAKES_DOMAIN.contains(previous)) {
                return domains(typed);
            }
            return TAKES_NAME.contains(previous) ? names(typed) : paths(typed);
        } catch (IOException e) {
            return List.of();
        }
    }

    private static boolean breaksWord(String text, int index) {
        return BREAKS.indexOf(text.charAt(index)) >= 0 && (index == 0 || text.charAt(index - 1) != '\\');
    }

    private List<String> variables(String prefix) {
        return Stream.concat(variables.own().keySet().stream(), variables.exported().keySet().stream())
                .filter(name -> name.startsWith(prefix))
                .sorted()
                .map(name -> "$" + name)
                .toList();
    }

    private static List<String> commands(String prefix) {
        return Commands.usages().keySet().stream()
                .filter(name -> name.startsWith(prefix))
                .toList();
    }

    private List<String> names(String prefix) throws IOException {
        return fos.names(prefix + "*").stream().map(NameProtocol.Entry::name).toList();
    }

    /** Of the first page, which has all where there are not very many. */
    private List<String> domains(String prefix) throws IOException {
        return switch (fos.ask(PRIVILEGES, new KeyProtocol.ListDomains(""))) {
            case KeyProtocol.DomainsListed listed ->
                listed.domains().stream()
                        .map(KeyProtocol.Domain::name)
                        .filter(domain -> domain.startsWith(prefix))
                        .toList();
            case KeyProtocol.Refused refused -> List.of();
        };
    }

    private List<String> paths(String typed) throws IOException {
        String text = Glob.unescape(typed.replaceAll("[\"']", ""));
        int slash = text.lastIndexOf('/');
        String directory = text.substring(0, slash + 1);
        String prefix = text.substring(slash + 1);
        List<String> offers = new ArrayList<>();
        for (Entry entry : fos.list(directory.isEmpty() ? "." : directory)) {
            boolean hidden = entry.name().startsWith(".") && !prefix.startsWith(".");
            if (entry.name().startsWith(prefix) && !hidden) {
                String end = entry.status().kind() == Kind.DIRECTORY ? "/" : "";
                offers.add(Quoting.escape(directory + entry.name()) + end);
            }
        }
        return offers;
    }
}
