package org.factoredos.program;

import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Denial;
import org.factoredos.lib.Fos;
import org.factoredos.lib.FosException;
import org.factoredos.placement.ProcessId;
import org.factoredos.privilege.PrivilegeError;
import org.factoredos.privilege.PrivilegeProtocol.DenialsListed;
import org.factoredos.privilege.PrivilegeProtocol.DenialsReply;
import org.factoredos.privilege.PrivilegeProtocol.ListDenials;
import org.factoredos.privilege.PrivilegeProtocol.Refused;

/** {@code dmesg}: what was denied lately (§3.1.2). Each node's privilege server knows its own node's. */
final class Denials {
    static final Command COMMAND = new Command(
            new Usage(
                    Usage.Group.PROTECTION,
                    "dmesg",
                    "",
                    "lists what was denied lately on all nodes: when, to whom, what, and on which tile",
                    "dmesg | tail -n 5"),
            Denials::list);

    private static final Comparator<Denial> IN_TIME =
            Comparator.comparingLong(Denial::millis).thenComparing(Denial::client);

    private Denials() {}

    private static int list(Fos fos, List<String> arguments) throws IOException {
        Options.of(COMMAND.usage(), "", arguments).operands(0, 0);
        List<Denial> denials = new ArrayList<>();
        Failures failures = new Failures(fos);
        SortedSet<Address> servers = new TreeSet<>(Comparator.comparing(Address::client));
        servers.addAll(fos.resolve(Privileges.FLEET.text()).mailboxes());
        for (Address server : servers) {
            failures.attempt(() -> denials.addAll(denials(fos, server)));
        }
        denials.sort(IN_TIME);
        Table table = new Table("TIME", "DOMAIN", "PROCESS", "TILE", "DENIED");
        for (Denial denial : denials) {
            table.add(
                    Instant.ofEpochMilli(denial.millis())
                            .truncatedTo(ChronoUnit.MILLIS)
                            .toString(),
                    Text.printable(denial.domain()),
                    new ProcessId(denial.client()).toString(),
                    denial.tile().toString(),
                    denial.kind() + " " + Text.printable(denial.target()));
        }
        table.print(fos);
        return failures.status();
    }

    private static List<Denial> denials(Fos fos, Address server) throws IOException {
        String node = server.client().node().toString();
        DenialsReply reply;
        try {
            reply = fos.call(server, new ListDenials());
        } catch (FosException e) {
            throw new FosException(e.error(), node + " did not answer; what was denied there is not listed");
        }
        return switch (reply) {
            case DenialsListed(List<Denial> listed) -> listed;
            case Refused(PrivilegeError error) -> throw Privileges.refused(node, error);
        };
    }
}
