package org.factoredos.program;

import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.factoredos.driver.ClockProtocol.TimeTold;
import org.factoredos.lib.Fos;

/** {@code date} and {@code uptime}. */
final class Clocks {
    static final Command DATE = new Command(
            new Usage(
                    Usage.Group.SYSTEM,
                    "date",
                    "[--iso | --seconds]",
                    "prints the time in UTC (--iso: as 2009-04-01T12:00:00Z; --seconds: since the beginning of 1970)",
                    "date"),
            Clocks::date);

    static final Command UPTIME = new Command(
            new Usage(
                    Usage.Group.SYSTEM,
                    "uptime",
                    "",
                    "prints the time, for how long this node has run, and how many processes the grid runs",
                    "uptime"),
            Clocks::uptime);

    private static final long NANOS = 1_000_000_000L;
    private static final DateTimeFormatter USUAL =
            DateTimeFormatter.ofPattern("EEE MMM d HH:mm:ss 'UTC' yyyy", Locale.ROOT);

    private Clocks() {}

    private static int date(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(DATE.usage(), "", Set.of("iso", "seconds"), arguments);
        options.operands(0, 0);
        if (options.has("iso") && options.has("seconds")) {
            throw options.wrong("one form at a time");
        }
        TimeTold told = fos.wallTime();
        ZonedDateTime time = time(told);
        if (options.has("seconds")) {
            Text.printLine(fos, Long.toString(Math.floorDiv(told.epochNanos(), NANOS)));
        } else {
            Text.printLine(
                    fos,
                    options.has("iso")
                            ? DateTimeFormatter.ISO_INSTANT.format(
                                    time.toInstant().truncatedTo(ChronoUnit.SECONDS))
                            : USUAL.format(time));
        }
        return 0;
    }

    private static ZonedDateTime time(TimeTold told) {
        return Instant.ofEpochSecond(0, told.epochNanos()).atZone(ZoneOffset.UTC);
    }

    private static int uptime(Fos fos, List<String> arguments) throws IOException {
        Options.of(UPTIME.usage(), "", arguments).operands(0, 0);
        TimeTold told = fos.wallTime();
        long minutes = told.upNanos() / NANOS / 60;
        String up = minutes < 60
                ? minutes + " min"
                : minutes < 24 * 60
                        ? String.format(Locale.ROOT, "%d:%02d", minutes / 60, minutes % 60)
                        : minutes / (24 * 60) + " days";
        var listed = fos.processes();
        Text.printLine(
                fos,
                String.format(
                        Locale.ROOT,
                        "%tT up %s, %d processes",
                        time(told),
                        up,
                        listed.processes().size()));
        return Processes.tellSilent(fos, listed.silent());
    }
}
