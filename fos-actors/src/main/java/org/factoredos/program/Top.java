package org.factoredos.program;

import java.io.IOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Delegation;
import org.factoredos.lib.Fos;
import org.factoredos.placement.PlacementProtocol.TileReport;
import org.factoredos.placement.PlacementProtocol.TilesReported;

/** {@code top}: the tiles whose clients send most, by what their microkernels have counted twice, a second apart. */
final class Top {
    static final Command COMMAND = new Command(
            new Usage(
                    Usage.Group.SYSTEM,
                    "top",
                    "[-n COUNT]",
                    "shows the busiest tiles: sends a second, messages queued and lost, names found in the cache"
                            + " (-n: how many tiles, 10 unless told)",
                    "top -n 5"),
            Top::run);

    private static final String TILES_UNLESS_TOLD = "10";
    private static final Duration BETWEEN = Duration.ofSeconds(1);

    private record Busy(TileReport report, double sendsPerSecond) {}

    private Top() {}

    private static int run(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(COMMAND.usage(), "n:", arguments);
        options.operands(0, 0);
        String count = options.value('n').orElse(TILES_UNLESS_TOLD);
        if (!count.matches("[1-9]\\d{0,5}")) {
            throw options.wrong("'" + count + "' is no number of tiles");
        }
        long begun = fos.nanoTime();
        Map<TileId, Long> before = new TreeMap<>();
        fos.tileReports()
                .tiles()
                .forEach(
                        tile -> before.put(tile.counted().tile(), tile.counted().sends()));
        fos.sleep(BETWEEN);
        TilesReported now = fos.tileReports();
        double seconds = (fos.nanoTime() - begun) / 1e9;
        Table table = new Table("TILE", "CLIENT", "SENDS/S", "SENDS", "REFUSED", "QUEUED", "LOST", "CACHE HITS");
        now.tiles().stream()
                .map(tile -> new Busy(tile, sendsSince(before, tile.counted()) / seconds))
                .sorted(Comparator.comparingDouble(Busy::sendsPerSecond)
                        .reversed()
                        .thenComparing(Comparator.<Busy>comparingLong(
                                        busy -> busy.report().counted().sends())
                                .reversed())
                        .thenComparing(busy -> busy.report().counted().tile()))
                .limit(Integer.parseInt(count))
                .forEach(busy -> add(table, busy));
        table.print(fos);
        return Processes.tellSilent(fos, now.silent());
    }

    /** A tile that was free a second ago has sent all that it has in the meantime, or before it was given the last time. */
    private static long sendsSince(Map<TileId, Long> before, Delegation.TileReported counted) {
        return counted.sends() - before.getOrDefault(counted.tile(), counted.sends());
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
