package org.factoredos.program;

import java.io.IOException;
import java.util.List;
import java.util.TreeMap;
import org.factoredos.lib.Fos;
import org.factoredos.placement.ProcessSpec;
import org.factoredos.placement.Stream;

/** {@code su} and {@code whoami}: in which protection domain (§3.1.2) one acts. */
final class Become {
    static final Command SU = new Command(
            new Usage(
                    Usage.Group.PROTECTION,
                    "su",
                    "DOMAIN [-c COMMANDS]",
                    "runs a shell, or commands, in another domain; takes the right to become it",
                    "su alice -c 'ls /home'"),
            Become::become);

    static final Command WHOAMI = new Command(
            new Usage(Usage.Group.PROTECTION, "whoami", "", "prints the domain that one acts in", "whoami"),
            Become::tell);

    private static final String SHELL = "sh";

    private Become() {}

    private static int become(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(SU.usage(), "c:", arguments);
        String domain = options.operands(1, 1).getFirst();
        List<String> commands =
                options.value('c').map(given -> List.of("-c", given)).orElse(List.of());
        TreeMap<String, String> environment = new TreeMap<>(fos.environment());
        environment.put("HOME", domain.equals(ProcessSpec.OPERATOR) ? "/home" : Users.home(domain));
        Stream in = fos.stream(0);
        if (commands.isEmpty() && in instanceof Stream.Nothing) {
            throw options.wrong("no commands: what comes through a pipe, su keeps to itself");
        }
        if (Privileges.rights(fos, domain).isEmpty()) {
            throw new IOException(domain + ": no such domain, or it is allowed nothing: 'user add' makes one");
        }
        ProcessSpec shell = new ProcessSpec(
                SHELL,
                commands,
                fos.workingDirectory(),
                environment,
                in,
                fos.stream(1),
                fos.stream(2),
                ProcessSpec.Tracing.NONE,
                domain);
        return fos.waitFor(fos.spawn(shell).process());
    }

    private static int tell(Fos fos, List<String> arguments) throws IOException {
        Options.of(WHOAMI.usage(), "", arguments).operands(0, 0);
        Text.printLine(fos, fos.domain());
        return 0;
    }
}
