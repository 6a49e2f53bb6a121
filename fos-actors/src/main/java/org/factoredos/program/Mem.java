package org.factoredos.program;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Paging;
import org.factoredos.lib.Fos;
import org.factoredos.lib.FosException;
import org.factoredos.memory.MemoryProtocol.DomainUse;
import org.factoredos.memory.MemoryProtocol.MemoryReported;
import org.factoredos.memory.MemoryProtocol.ReportMemory;

/** {@code mem}: what each memory server has, has given, and to whom. */
final class Mem {
    static final Command COMMAND = new Command(
            new Usage(
                    Usage.Group.SYSTEM,
                    "mem",
                    "[--domains] [--json]",
                    "shows the memory of each node, in frames of " + Paging.FRAME_BYTES / 1024
                            + " KiB (--domains: who holds how many)",
                    "mem --domains"),
            Mem::run);

    private static final String FLEET = "sys:memory";

    private Mem() {}

    private static int run(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(COMMAND.usage(), "", Set.of("domains", "json"), arguments);
        options.operands(0, 0);
        List<MemoryReported> reports = new ArrayList<>();
        int status = 0;
        for (Address server : fos.resolve(FLEET).mailboxes()) {
            try {
                reports.add(fos.call(server, new ReportMemory()));
            } catch (FosException e) {
                Text.complain(fos, String.valueOf(e.getMessage()));
                status = 1;
            }
        }
        if (options.has("json")) {
            Text.printLine(fos, json(reports));
        } else if (options.has("domains")) {
            printDomains(fos, reports);
        } else {
            print(fos, reports);
        }
        return status;
    }

    private static void print(Fos fos, List<MemoryReported> reports) throws IOException {
        Table table = new Table("SERVER", "NODE", "FRAMES", "FREE", "HELD", "BORROWED", "LENT", "LOW-WATER");
        for (MemoryReported report : reports) {
            table.add(
                    report.tile().toString(),
                    Integer.toString(report.node()),
                    Integer.toString(report.pool()),
                    Integer.toString(report.free()),
                    Integer.toString(report.pool() - report.free()),
                    Integer.toString(report.borrowed()),
                    Integer.toString(report.lent()),
                    Integer.toString(report.lowWater()));
        }
        table.print(fos);
    }

    private static void printDomains(Fos fos, List<MemoryReported> reports) throws IOException {
        Table table = new Table("SERVER", "DOMAIN", "FRAMES", "REGIONS");
        for (MemoryReported report : reports) {
            for (DomainUse use : report.domains()) {
                table.add(
                        report.tile().toString(),
                        use.domain(),
                        Integer.toString(use.frames()),
                        Integer.toString(use.regions()));
            }
        }
        table.print(fos);
    }

    private static String json(List<MemoryReported> reports) {
        return reports.stream()
                .map(report -> String.join(
                        ",",
                        "{\"server\":\"" + report.tile() + "\"",
                        "\"node\":" + report.node(),
                        "\"frames\":" + report.pool(),
                        "\"free\":" + report.free(),
                        "\"borrowed\":" + report.borrowed(),
                        "\"lent\":" + report.lent(),
                        "\"lowWater\":" + report.lowWater(),
                        "\"domains\":[" + domains(report) + "]}"))
                .collect(Collectors.joining(",", "{\"servers\":[", "]}"));
    }

    /** Domains are made of letters, digits and {@code _.-:}, which need no quoting. */
    private static String domains(MemoryReported report) {
        return report.domains().stream()
                .map(use -> "{\"domain\":\"" + use.domain() + "\",\"frames\":" + use.frames() + ",\"regions\":"
                        + use.regions() + "}")
                .collect(Collectors.joining(","));
    }
}
