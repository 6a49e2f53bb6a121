package org.factoredos.program;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Delegation;
import org.factoredos.lib.Fos;
import org.factoredos.naming.NameProtocol;
import org.factoredos.placement.PlacementProtocol.TileReport;
import org.factoredos.placement.PlacementProtocol.TilesReported;

/** {@code fleets}: which servers there are, and how far the requests have come that they took (§3.2). */
final class Fleets {
    static final Command COMMAND = new Command(
            new Usage(
                    Usage.Group.SYSTEM,
                    "fleets",
                    "[--hops] [--json]",
                    "lists the fleets of servers: name, how many, on which tiles (--hops: how many requests they took, from how"
                            + " many hops away, from other nodes, and the share that went to the nearest where there are several)",
                    "fleets --hops"),
            Fleets::run);

    /** Where the system's own servers are registered (§3.4). */
    private static final String SYSTEM_NAMES = "sys:*";

    /** One fleet, by the directory. */
    private record Fleet(String name, int servers, SortedSet<TileId> tiles) {
        static Fleet of(NameProtocol.Entry entry) {
            SortedSet<TileId> tiles =
                    entry.mailboxes().stream().map(Address::tile).collect(Collectors.toCollection(TreeSet::new));
            return new Fleet(entry.name(), entry.mailboxes().size(), tiles);
        }
    }

    private Fleets() {}

    /** The directory says who belongs to a fleet; of the tiles only a mailbox's own says where that is. */
    private static int run(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(COMMAND.usage(), "", Set.of("hops", "json"), arguments);
        options.operands(0, 0);
        List<Fleet> fleets = fos.names(SYSTEM_NAMES).stream().map(Fleet::of).toList();
        if (!options.has("hops")) {
            if (options.has("json")) {
                printJson(fos, fleets, Map.of());
            } else {
                print(fos, fleets);
            }
            return 0;
        }
        TilesReported reported = fos.tileReports();
        Map<TileId, Delegation.Taken> taken = reported.tiles().stream()
                .map(TileReport::counted)
                .collect(Collectors.toMap(
                        Delegation.TileReported::tile, Delegation.TileReported::taken, (one, other) -> other));
        SortedMap<String, Hops> hops = new TreeMap<>();
        fleets.forEach(fleet -> hops.put(fleet.name(), Hops.of(fleet.tiles(), taken)));
        if (options.has("json")) {
            printJson(fos, fleets, hops);
        } else {
            printHops(fos, hops);
        }
        return Processes.tellSilent(fos, reported.silent());
    }

    private static void print(Fos fos, List<Fleet> fleets) throws IOException {
        Table table = new Table("FLEET", "SERVERS", "TILES");
        for (Fleet fleet : fleets) {
            String places = fleet.tiles().stream().map(TileId::toString).collect(Collectors.joining(" "));
            table.add(fleet.name(), Integer.toString(fleet.servers()), places);
        }
        table.print(fos);
    }

    private static void printHops(Fos fos, SortedMap<String, Hops> hops) throws IOException {
        int farthest = hops.values().stream().mapToInt(Hops::farthest).max().orElse(0);
        List<String> headings = new ArrayList<>(List.of("FLEET", "REQUESTS", "0 HOPS"));
        // Each column but the first is twice as wide as the one before, so a mesh of any size has few.
        for (int most = 2; most == 2 || most / 2 < farthest; most *= 2) {
            headings.add(least(most) + "-" + most);
        }
        int columns = headings.size() - 3;
        headings.addAll(List.of("OTHER NODES", "MEAN", "NEAREST"));
        Table table = new Table(headings.toArray(String[]::new));
        hops.forEach((name, of) -> {
            List<String> row =
                    new ArrayList<>(List.of(name, Long.toString(of.requests()), Long.toString(of.between(0, 0))));
            for (int column = 1; column <= columns; column++) {
                int most = 1 << column;
                row.add(Long.toString(of.between(least(most), most)));
            }
            row.add(Long.toString(of.elsewhere()));
            row.add(of.here() == 0 ? "-" : String.format(Locale.ROOT, "%.1f", of.mean()));
            row.add(share(of));
            table.add(row.toArray(String[]::new));
        });
        table.print(fos);
    }

    private static int least(int most) {
        return most / 2 + (most == 2 ? 0 : 1);
    }

    /** Rounded down, so that it says 100 only where every one of them did. */
    private static String share(Hops hops) {
        return hops.choices() == 0 ? "-" : 100 * hops.nearest() / hops.choices() + "%";
    }

    private static void printJson(Fos fos, List<Fleet> fleets, Map<String, Hops> hops) throws IOException {
        String json = fleets.stream()
                .map(fleet -> {
                    String tiles = fleet.tiles().stream()
                            .map(tile -> "\"" + tile + "\"")
                            .collect(Collectors.joining(",", "[", "]"));
                    Hops its = hops.get(fleet.name());
                    return "{\"name\":\"" + fleet.name() + "\",\"servers\":" + fleet.servers() + ",\"tiles\":" + tiles
                            + (its == null ? "" : "," + json(its)) + "}";
                })
                .collect(Collectors.joining(",", "{\"fleets\":[", "]}"));
        Text.printLine(fos, json);
    }

    private static String json(Hops hops) {
        String byHops = hops.byHops().entrySet().stream()
                .map(of -> "\"" + of.getKey() + "\":" + of.getValue())
                .collect(Collectors.joining(",", "{", "}"));
        return String.join(
                ",",
                "\"requests\":" + hops.requests(),
                "\"byHops\":" + byHops,
                "\"otherNodes\":" + hops.elsewhere(),
                "\"choices\":" + hops.choices(),
                "\"nearest\":" + hops.nearest());
    }
}
