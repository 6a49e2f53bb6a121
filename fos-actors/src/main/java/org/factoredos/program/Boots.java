package org.factoredos.program;

import java.io.IOException;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Name;
import org.factoredos.lib.Fos;
import org.factoredos.lib.FosException;
import org.factoredos.placement.PlacementProtocol.BootStep;
import org.factoredos.placement.PlacementProtocol.ReportBoot;

/** {@code boot}: what started when, on each node; its placement server has been told. */
final class Boots {
    static final Command COMMAND = new Command(
            new Usage(
                    Usage.Group.SYSTEM,
                    "boot",
                    "",
                    "lists what started when on each node, and how long that took; nothing of a node whose placement server was"
                            + " replaced since",
                    "boot"),
            Boots::list);

    private static final Name PLACEMENT = new Name("sys:placement");

    private Boots() {}

    private static int list(Fos fos, List<String> arguments) throws IOException {
        Options.of(COMMAND.usage(), "", arguments).operands(0, 0);
        Failures failures = new Failures(fos);
        SortedSet<Address> servers = new TreeSet<>(Comparator.comparing(Address::client));
        servers.addAll(fos.resolve(PLACEMENT.text()).mailboxes());
        Table table = new Table("NODE", "STEP", "BEGAN", "TOOK");
        for (Address server : servers) {
            failures.attempt(() -> steps(fos, server)
                    .forEach(step -> table.add(
                            server.client().node().toString(),
                            step.name(),
                            Instant.ofEpochMilli(step.beginMillis()).toString(),
                            String.format(Locale.ROOT, "%.1f ms", step.nanos() / 1e6))));
        }
        table.print(fos);
        return failures.status();
    }

    private static List<BootStep> steps(Fos fos, Address server) throws IOException {
        try {
            return fos.call(server, new ReportBoot()).steps();
        } catch (FosException e) {
            throw new FosException(e.error(), server.client().node() + " did not answer");
        }
    }
}
