package org.factoredos.program;

import java.io.IOException;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.lib.Fos;
import org.factoredos.naming.NameProtocol;
import org.factoredos.placement.PlacementProtocol.TileStatus;
import org.factoredos.placement.PlacementProtocol.TilesListed;

/** {@code tiles} and {@code fleets}: what runs where. */
final class Tiles {
    static final Command TILES = new Command(
            new Usage(
                    Usage.Group.SYSTEM,
                    "tiles",
                    "[-a]",
                    "lists tiles and what runs on them, then how many are free (-a: free ones too)",
                    "tiles"),
            Tiles::tiles);

    static final Command FLEETS = new Command(
            new Usage(
                    Usage.Group.SYSTEM,
                    "fleets",
                    "",
                    "lists the fleets of servers: name, how many, on which tiles",
                    "fleets"),
            Tiles::fleets);

    /** Where the system's own servers are registered (§3.4). */
    private static final String SYSTEM_NAMES = "sys:*";

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

    /** The directory says who belongs to a fleet; of the tiles only a mailbox's own says where that is. */
    private static int fleets(Fos fos, List<String> arguments) throws IOException {
        Options.of(FLEETS.usage(), "", arguments).operands(0, 0);
        Table table = new Table("FLEET", "SERVERS", "TILES");
        for (NameProtocol.Entry entry : fos.names(SYSTEM_NAMES)) {
            SortedSet<TileId> tiles =
                    entry.mailboxes().stream().map(Address::tile).collect(Collectors.toCollection(TreeSet::new));
            String places = tiles.stream().map(TileId::toString).collect(Collectors.joining(" "));
            table.add(entry.name(), Integer.toString(entry.mailboxes().size()), places);
        }
        table.print(fos);
        return 0;
    }
}
