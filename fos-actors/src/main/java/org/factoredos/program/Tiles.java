package org.factoredos.program;

import java.io.IOException;
import java.util.List;
import org.factoredos.lib.Fos;
import org.factoredos.placement.PlacementProtocol.TileStatus;
import org.factoredos.placement.PlacementProtocol.TilesListed;

/** {@code tiles}: what runs where. */
final class Tiles {
    static final Command TILES = new Command(
            new Usage(
                    Usage.Group.SYSTEM,
                    "tiles",
                    "[-a]",
                    "lists tiles and what runs on them, then how many are free (-a: free ones too)",
                    "tiles"),
            Tiles::tiles);

    private Tiles() {}

    private static int tiles(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(TILES.usage(), "a", arguments);
        options.operands(0, 0);
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
}
