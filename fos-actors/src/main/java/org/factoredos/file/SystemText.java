package org.factoredos.file;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.factoredos.driver.ClockProtocol.TimeTold;
import org.factoredos.file.Pictures.Heard;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Delegation;
import org.factoredos.kernel.Payload;
import org.factoredos.memory.MemoryProtocol.MemoryReported;
import org.factoredos.naming.NameProtocol.Entry;
import org.factoredos.naming.NameProtocol.NamesListed;
import org.factoredos.placement.PlacementProtocol.ProcessStatus;
import org.factoredos.placement.PlacementProtocol.ProcessesListed;
import org.factoredos.placement.PlacementProtocol.TileReport;
import org.factoredos.placement.PlacementProtocol.TileStatus;
import org.factoredos.placement.PlacementProtocol.TilesListed;
import org.factoredos.placement.PlacementProtocol.TilesReported;
import org.factoredos.placement.ProcessId;
import org.factoredos.server.Response;
import org.jspecify.annotations.Nullable;

/** What is to be read in {@code /proc}, of what the fleets have said. Whoever has said nothing gets a line that says so. */
final class SystemText {
    /** Of a grid of many thousand tiles. */
    private static final int MOST_BYTES = 4 << 20;

    private static final String CUT = "... and more than fits into this file\n";
    private static final double NANOS = 1e9;
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    /** Lines, the first of headings; then what is wrong. */
    private final List<String[]> rows = new ArrayList<>();

    private final List<String> complaints = new ArrayList<>();

    private SystemText() {}

    /** The text of a file; null where the process that it is of is no more. */
    static @Nullable Bytes of(SystemPath at, SystemFile file, List<Heard> heard, String version) {
        return switch (file) {
            case VERSION -> Bytes.utf8("fos " + version + "\n");
            case UPTIME -> new SystemText().of(heard, SystemText::uptime);
            case CLOCK -> new SystemText().of(heard, SystemText::clock);
            case TILES -> new SystemText().table("TILE", "CLIENT").of(heard, SystemText::tiles);
            case CACHES ->
                new SystemText()
                        .table("TILE", "CLIENT", "SENDS", "REFUSED", "QUEUED", "LOST", "HITS", "MISSES")
                        .of(heard, SystemText::caches);
            case FLEETS -> new SystemText().table("FLEET", "SERVERS", "TILES").of(heard, SystemText::fleets);
            case MEM ->
                new SystemText()
                        .table("SERVER", "NODE", "FRAMES", "FREE", "HELD", "BORROWED", "LENT", "LOW-WATER")
                        .of(heard, SystemText::memory);
            case STATUS, CMDLINE -> ofProcess(at, file, heard);
            case CONSOLE, NULL, RANDOM, URANDOM, ZERO -> throw new IllegalArgumentException(file + " is no text");
        };
    }

    private static @Nullable Bytes ofProcess(SystemPath at, SystemFile file, List<Heard> heard) {
        if (!(heard.getFirst().answer() instanceof ProcessesListed listed)) {
            return new SystemText().of(heard, (text, answer) -> {});
        }
        return at.subject()
                .flatMap(process -> find(listed, process))
                .map(status -> Bytes.utf8(file == SystemFile.STATUS ? status(listed, status) : commandLine(status)))
                .orElse(null);
    }

    static Optional<ProcessStatus> find(ProcessesListed listed, ProcessId process) {
        return listed.processes().stream()
                .filter(status -> status.process().equals(process))
                .findFirst();
    }

    private interface Part {
        void add(SystemText text, Payload answer);
    }

    private Bytes of(List<Heard> heard, Part part) {
        for (Heard each : heard) {
            Payload answer = each.answer();
            if (answer == null) {
                complaints.add(complaint(each));
            } else {
                part.add(this, answer);
            }
        }
        return bytes();
    }

    private static String complaint(Heard heard) {
        return heard.who() + ": "
                + (heard.response() instanceof Response.SendRefused(var result)
                        ? result.sentence()
                        : FileError.ETIMEDOUT.sentence());
    }

    private SystemText table(String... headings) {
        rows.add(headings);
        return this;
    }

    private void row(String... cells) {
        rows.add(cells);
    }

    private void silent(List<NodeId> silent) {
        silent.forEach(node -> complaints.add(node + ": it does not answer, and is not in this list"));
    }

    /** Each column as wide as its widest cell. */
    private Bytes bytes() {
        int[] widths = new int[rows.stream().mapToInt(row -> row.length).max().orElse(0)];
        for (String[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.length; i++) {
                line.append(row[i]).append(" ".repeat(widths[i] - row[i].length() + 2));
            }
            text.append(line.toString().stripTrailing()).append('\n');
            if (text.length() > MOST_BYTES) {
                text.append(CUT);
                break;
            }
        }
        complaints.forEach(line -> text.append(line).append('\n'));
        return Bytes.utf8(text.toString());
    }

    // What each fleet says.

    private void uptime(Payload answer) {
        if (answer instanceof TimeTold told) {
            row(String.format(Locale.ROOT, "%.2f", told.upNanos() / NANOS));
        } else {
            complaints.add("the clock does not answer");
        }
    }

    private void clock(Payload answer) {
        if (answer instanceof TimeTold told) {
            long seconds = Math.floorDiv(told.epochNanos(), NANOS_PER_SECOND);
            Instant time = Instant.ofEpochSecond(seconds, Math.floorMod(told.epochNanos(), NANOS_PER_SECOND));
            row(time.toString(), Long.toString(told.epochNanos()));
        } else {
            complaints.add("the clock does not answer");
        }
    }

    private void tiles(Payload answer) {
        if (answer instanceof TilesListed listed) {
            for (TileStatus status : listed.tiles()) {
                row(status.tile().toString(), status.client().isEmpty() ? "free" : status.client());
            }
            silent(listed.silent());
        }
    }

    private void caches(Payload answer) {
        if (answer instanceof TilesReported reported) {
            for (TileReport report : reported.tiles()) {
                Delegation.TileReported counted = report.counted();
                long refused = counted.refused().stream()
                        .mapToLong(Delegation.Refusals::sends)
                        .sum();
                row(
                        counted.tile().toString(),
                        report.client(),
                        Long.toString(counted.sends()),
                        Long.toString(refused),
                        Long.toString(counted.queued()),
                        Long.toString(counted.discarded()),
                        Long.toString(counted.hits()),
                        Long.toString(counted.misses()));
            }
            silent(reported.silent());
        }
    }

    private void fleets(Payload answer) {
        if (answer instanceof NamesListed listed) {
            for (Entry entry : listed.entries()) {
                String tiles = entry.mailboxes().stream()
                        .map(Address::tile)
                        .sorted()
                        .map(TileId::toString)
                        .collect(Collectors.joining(" "));
                row(entry.name(), Integer.toString(entry.mailboxes().size()), tiles);
            }
        } else {
            complaints.add("the name fleet is busy; read again");
        }
    }

    private void memory(Payload answer) {
        if (answer instanceof MemoryReported report) {
            row(
                    report.tile().toString(),
                    Integer.toString(report.node()),
                    Integer.toString(report.pool()),
                    Integer.toString(report.free()),
                    Integer.toString(report.pool() - report.free()),
                    Integer.toString(report.borrowed()),
                    Integer.toString(report.lent()),
                    Integer.toString(report.lowWater()));
        }
    }

    private static String status(ProcessesListed listed, ProcessStatus status) {
        StringBuilder tiles = new StringBuilder(status.tile().toString());
        status.more().forEach(tile -> tiles.append(' ').append(tile));
        // Whose parent has ended is init's, which also starts whatever no process does.
        String parent = find(listed, status.parent())
                .map(found -> found.process().toString())
                .orElse("init");
        return "Name:\t" + printable(status.program()) + "\nProcess:\t" + status.process()
                + "\nState:\trunning\nParent:\t"
                + parent + "\nDomain:\t" + status.domain() + "\nTiles:\t" + tiles + "\nAge:\t"
                + String.format(Locale.ROOT, "%.3f s", status.ageNanos() / NANOS) + "\n";
    }

    /** Nobody's name makes a line of its own. */
    private static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }

    /** Each of its words with a zero behind it. */
    private static String commandLine(ProcessStatus status) {
        StringBuilder line = new StringBuilder(status.program()).append('\0');
        status.arguments().forEach(argument -> line.append(argument).append('\0'));
        return line.toString();
    }
}
