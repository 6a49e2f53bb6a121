package org.factoredos.program;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.factoredos.kernel.Address;
import org.factoredos.lib.Fos;
import org.factoredos.naming.NameProtocol;
import org.factoredos.naming.Policy;

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

    static final Command REGISTER = new Command(
            new Usage(
                    Usage.Group.NAMING,
                    "register",
                    "MAILBOX NAME [--set] [--stateful]",
                    "gives a mailbox a name (--set: others may join it; --stateful: likewise, and who found one member stays"
                            + " with it)",
                    "register @n1:5,5/1.1.200#2 web:1 --set"),
            Names::register);

    static final Command DELNAME = new Command(
            new Usage(
                    Usage.Group.NAMING,
                    "delname",
                    "NAME [MAILBOX]",
                    "deletes a name, or one mailbox of it",
                    "delname web:1"),
            Names::delname);

    static final Command POLICY = new Command(
            new Usage(
                    Usage.Group.NAMING,
                    "policy",
                    "NAME POLICY",
                    "says how members of a set are chosen: " + policies(),
                    "policy web:all round-robin"),
            Names::policy);

    static final Command CLAIM = new Command(
            new Usage(
                    Usage.Group.NAMING,
                    "claim",
                    "[-d] NAMESPACE",
                    "keeps the names in a namespace for this domain (-d: no longer)",
                    "claim 'web:*'"),
            Names::claim);

    private Names() {}

    private static int register(Fos fos, List<String> arguments) throws IOException {
        List<String> others = new ArrayList<>(arguments);
        boolean stateful = others.remove("--stateful");
        boolean set = others.remove("--set") || stateful;
        Options options = Options.of(REGISTER.usage(), "", others);
        List<String> operands = options.operands(2, 2);
        fos.register(
                mailbox(options, operands.getFirst()), operands.get(1), new NameProtocol.Flags(set, set && !stateful));
        return 0;
    }

    private static int delname(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(DELNAME.usage(), "", arguments);
        List<String> operands = options.operands(1, 2);
        if (operands.size() == 1) {
            fos.deleteName(operands.getFirst());
        } else {
            fos.deleteName(operands.getFirst(), mailbox(options, operands.get(1)));
        }
        return 0;
    }

    private static Address mailbox(Options options, String text) {
        return Address.parse(text)
                .orElseThrow(() -> options.wrong("'" + text + "' is no mailbox, such as @n1:5,5/1.1.200#2"));
    }

    private static int policy(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(POLICY.usage(), "", arguments);
        List<String> operands = options.operands(2, 2);
        Policy policy = Policy.parse(operands.get(1))
                .orElseThrow(() -> options.wrong("'" + operands.get(1) + "' is none of " + policies()));
        fos.setPolicy(operands.getFirst(), policy);
        return 0;
    }

    private static String policies() {
        return Arrays.stream(Policy.values()).map(Policy::toString).collect(Collectors.joining(", "));
    }

    private static int claim(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(CLAIM.usage(), "d", arguments);
        String namespace = options.operands(1, 1).getFirst();
        if (options.has('d')) {
            fos.releaseNamespace(namespace);
        } else {
            fos.claimNamespace(namespace);
        }
        return 0;
    }

    private static int names(Fos fos, List<String> arguments) throws IOException {
        List<String> patterns = Options.of(NAMES.usage(), "", arguments).operands(0, 1);
        List<NameProtocol.Entry> entries = fos.names(patterns.isEmpty() ? "*" : patterns.getFirst());
        if (entries.isEmpty()) {
            return 1;
        }
        Table table = new Table("NAME", "MAILBOXES", "KIND", "POLICY");
        for (NameProtocol.Entry entry : entries) {
            table.add(
                    entry.name(),
                    Integer.toString(entry.mailboxes().size()),
                    kind(entry.flags()),
                    entry.flags().set() ? entry.policy().toString() : "");
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
