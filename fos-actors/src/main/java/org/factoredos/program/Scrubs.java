package org.factoredos.program;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.factoredos.file.FileProtocol.ScrubReported;
import org.factoredos.lib.Fos;

/** {@code scrub}: how the search for damaged chunks goes. */
final class Scrubs {
    static final Command COMMAND = new Command(
            new Usage(
                    Usage.Group.SYSTEM,
                    "scrub",
                    "[--now]",
                    "shows the search for chunks that disks have damaged, by slices (--now: begins one)",
                    "scrub --now"),
            Scrubs::run);

    private Scrubs() {}

    private static int run(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(COMMAND.usage(), "", Set.of("now"), arguments);
        options.operands(0, 0);
        Table table = new Table("SLICE", "STATE", "CHUNKS", "DAMAGED", "REPAIRED", "LAST ENDED (UTC)");
        for (ScrubReported scrub : fos.scrubs(options.has("now"))) {
            table.add(
                    Integer.toString(scrub.slice()),
                    scrub.running() ? "running" : "waiting",
                    Long.toString(scrub.verified()),
                    Long.toString(scrub.damaged()),
                    Long.toString(scrub.repaired()),
                    scrub.endedMillis() == 0 ? "-" : Ls.time(scrub.endedMillis()));
        }
        table.print(fos);
        return 0;
    }
}
