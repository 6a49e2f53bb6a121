package org.factoredos.program;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.factoredos.driver.ConsoleProtocol.SizeAnswered;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;
import org.factoredos.lib.Fos;
import org.factoredos.placement.PlacementProtocol.TileStatus;
import org.factoredos.placement.PlacementProtocol.TilesListed;
import org.factoredos.placement.PlacementProtocol.TilesReported;
import org.factoredos.program.TileMap.By;

/** {@code tiles}: what runs where. */
final class Tiles {
    static final Command TILES = new Command(
            new Usage(
                    Usage.Group.SYSTEM,
                    "tiles",
                    "[-a] | [--live] [--by fleet|load|queue] [-n COUNT]",
                    "lists tiles and what runs on them, then how many are free (-a: free ones too; --by: draws a map instead, each"
                            + " tile marked by what runs there, by its sends a second or by the messages that wait there; --live:"
                            + " anew every second on a terminal, until q; -n: so many times)",
                    "tiles --live --by load"),
            Tiles::tiles);

    private Tiles() {}

    private static int tiles(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(TILES.usage(), "an:", Set.of("live", "by:"), arguments);
        options.operands(0, 0);
        if (options.has("live") || options.has("by") || options.has('n')) {
            return map(fos, options);
        }
        Table table = new Table("TILE", "CLIENT");
        int free = 0;
        TilesListed listed = fos.tiles();
        for (TileStatus status : listed.tiles()) {
            boolean isFree = status.client().isEmpty();
            free += isFree ? 1 : 0;
            if (!isFree || options.has('a')) {
                table.add(status.tile().toString(), isFree ? "free" : status.client());
            }
        }
        table.print(fos);
        Text.printLine(fos, free + " of " + listed.tiles().size() + " tiles are free");
        return Processes.tellSilent(fos, listed.silent());
    }

    private static int map(Fos fos, Options options) throws IOException {
        if (options.has('a')) {
            throw options.wrong("a map has all tiles: no -a");
        }
        By by = switch (options.value("by").orElse("fleet")) {
            case "fleet" -> By.FLEET;
            case "load" -> By.LOAD;
            case "queue" -> By.QUEUE;
            default ->
                throw options.wrong("'" + options.value("by").orElseThrow() + "' is neither fleet, load nor queue");
        };
        Optional<Integer> count = Live.count(options, 'n', "times");
        Rates rates = new Rates(fos);
        return Live.run(fos, count, options.has("live"), new Live.Painter() {
            @Override
            public boolean ready() throws IOException {
                if (by == By.LOAD) {
                    rates.begin();
                }
                return by == By.LOAD;
            }

            @Override
            public Live.Picture paint(SizeAnswered size) throws IOException {
                return picture(fos, by, rates, size.columns());
            }
        });
    }

    private static Live.Picture picture(Fos fos, By by, Rates rates, int columns) throws IOException {
        Map<TileId, Long> figures = new TreeMap<>();
        TreeSet<NodeId> silent = new TreeSet<>();
        if (by == By.LOAD) {
            Rates.Measured measured = rates.measure();
            measured.tiles()
                    .forEach(busy -> figures.put(busy.report().counted().tile(), Math.round(busy.sendsPerSecond())));
            silent.addAll(measured.silent());
        } else if (by == By.QUEUE) {
            TilesReported reported = fos.tileReports();
            reported.tiles()
                    .forEach(tile ->
                            figures.put(tile.counted().tile(), tile.counted().queued()));
            silent.addAll(reported.silent());
        }
        TilesListed listed = fos.tiles();
        silent.addAll(listed.silent());
        List<TileMap.Cell> cells = listed.tiles().stream()
                .map(status ->
                        new TileMap.Cell(status.tile(), status.client(), figures.getOrDefault(status.tile(), 0L)))
                .toList();
        return new Live.Picture(TileMap.lines(by, cells, columns), List.copyOf(silent));
    }
}
