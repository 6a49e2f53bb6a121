package org.factoredos.program;

import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.factoredos.driver.ConsoleProtocol.SizeAnswered;
import org.factoredos.kernel.Delegation;
import org.factoredos.lib.Fos;
import org.factoredos.program.Rates.Busy;

/** {@code top}: the tiles whose clients send most, by what their microkernels have counted. */
final class Top {
    static final Command COMMAND = new Command(
            new Usage(
                    Usage.Group.SYSTEM,
                    "top",
                    "[-n COUNT] [-t TILES]",
                    "shows the busiest tiles: sends a second, messages queued and lost, names found in the cache; on a terminal"
                            + " anew every second until q (-n: so many times, then ends; -t: how many tiles, as many as the"
                            + " terminal has lines or 10 unless told)",
                    "top -n 1 -t 5"),
            Top::run);

    private static final int TILES_UNLESS_TOLD = 10;
    /** Of a terminal: the headings, and the last one, where the cursor rests. */
    private static final int LINES_WITHOUT_TILE = 2;

    private Top() {}

    private static int run(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(COMMAND.usage(), "n:t:", arguments);
        options.operands(0, 0);
        Optional<Integer> times = Live.count(options, 'n', "times");
        Optional<Integer> most = Live.count(options, 't', "tiles");
        Rates rates = new Rates(fos);
        return Live.run(fos, times, true, new Live.Painter() {
            @Override
            public boolean ready() throws IOException {
                rates.begin();
                return true;
            }

            @Override
            public Live.Picture paint(SizeAnswered size) throws IOException {
                int fit = size.terminal() ? Math.max(1, size.rows() - LINES_WITHOUT_TILE) : TILES_UNLESS_TOLD;
                Rates.Measured now = rates.measure();
                return new Live.Picture(lines(now.tiles(), most.orElse(fit)), now.silent());
            }
        });
    }

    /** The busiest first. */
    static List<String> lines(List<Busy> tiles, int most) {
        Table table = new Table("TILE", "CLIENT", "SENDS/S", "SENDS", "REFUSED", "QUEUED", "LOST", "CACHE HITS");
        tiles.stream()
                .sorted(Comparator.comparingDouble(Busy::sendsPerSecond)
                        .reversed()
                        .thenComparing(Comparator.<Busy>comparingLong(
                                        busy -> busy.report().counted().sends())
                                .reversed())
                        .thenComparing(busy -> busy.report().counted().tile()))
                .limit(most)
                .forEach(busy -> add(table, busy));
        return table.lines();
    }

    private static void add(Table table, Busy busy) {
        Delegation.TileReported counted = busy.report().counted();
        table.add(
                counted.tile().toString(),
                busy.report().client(),
                String.format(Locale.ROOT, "%.0f", busy.sendsPerSecond()),
                Long.toString(counted.sends()),
                Long.toString(counted.refused().stream()
                        .mapToLong(Delegation.Refusals::sends)
                        .sum()),
                Long.toString(counted.queued()),
                Long.toString(counted.discarded()),
                hits(counted.hits(), counted.hits() + counted.misses()));
    }

    private static String hits(long hits, long lookups) {
        return lookups == 0 ? "-" : String.format(Locale.ROOT, "%d of %d", hits, lookups);
    }
}
