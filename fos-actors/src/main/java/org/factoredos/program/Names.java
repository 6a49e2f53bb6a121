package org.factoredos.program;

import java.io.IOException;
import java.util.List;
import org.factoredos.kernel.Address;
import org.factoredos.lib.Fos;
import org.factoredos.naming.NameProtocol;

/** {@code names} and {@code resolve}: the name directory (§3.4). */
final class Names {
    static final Command NAMES = new Command(
            new Usage(
                    Usage.Group.NAMING,
                    "names",
                    "[PATTERN]",
                    "lists names and how many mailboxes each has (* in a pattern stands for any text)",
                    "names 'sys:*'"),
            Names::names);

    static final Command RESOLVE = new Command(
            new Usage(Usage.Group.NAMING, "resolve", "NAME", "prints the mailboxes of a name", "resolve sys:fs"),
            Names::resolve);

    private Names() {}

    private static int names(Fos fos, List<String> arguments) throws IOException {
        List<String> patterns = Options.of(NAMES.usage(), "", arguments).operands(0, 1);
        List<NameProtocol.Entry> entries = fos.names(patterns.isEmpty() ? "*" : patterns.getFirst());
        if (entries.isEmpty()) {
            return 1;
        }
        Table table = new Table("NAME", "MAILBOXES", "KIND");
        for (NameProtocol.Entry entry : entries) {
            table.add(entry.name(), Integer.toString(entry.mailboxes().size()), kind(entry.flags()));
        }
        table.print(fos);
        return 0;
    }

    private static String kind(NameProtocol.Flags flags) {
        if (!flags.set()) {
            return "single";
        }
        return flags.interchangeable() ? "interchangeable" : "stateful";
    }

    private static int resolve(Fos fos, List<String> arguments) throws IOException {
        String name = Options.of(RESOLVE.usage(), "", arguments).operands(1, 1).getFirst();
        for (Address mailbox : fos.resolve(name).mailboxes()) {
            Text.printLine(fos, mailbox.toString());
        }
        return 0;
    }
}
