package org.factoredos.program;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;
import org.factoredos.lib.Fos;
import org.factoredos.placement.PlacementProtocol.TileReport;
import org.factoredos.placement.PlacementProtocol.TilesReported;
import org.jspecify.annotations.Nullable;

/** How many sends a second each tile does: what its microkernel has counted, against what it had a second before. */
final class Rates {
    /** Over less time chance would decide. */
    private static final Duration SHORTEST = Duration.ofMillis(500);

    record Busy(TileReport report, double sendsPerSecond) {}

    record Measured(List<Busy> tiles, List<NodeId> silent) {}

    private final Fos fos;
    private final Map<TileId, Long> before = new TreeMap<>();
    private long begun;
    private @Nullable Measured last;

    Rates(Fos fos) {
        this.fos = fos;
    }

    /** What the first figures are to be taken against, some time later. */
    void begin() throws IOException {
        remember(fos.tileReports());
    }

    /** Since the last time, unless that has just been: then what it was. */
    Measured measure() throws IOException {
        if (last != null && fos.nanoTime() - begun < SHORTEST.toNanos()) {
            return last;
        }
        TilesReported now = fos.tileReports();
        double seconds = (fos.nanoTime() - begun) / 1e9;
        List<Busy> tiles = new ArrayList<>();
        for (TileReport tile : now.tiles()) {
            long sends = tile.counted().sends();
            // A tile that was free a second ago has sent all that in the meantime, or before it was given the last
            // time.
            long last = before.getOrDefault(tile.counted().tile(), sends);
            tiles.add(new Busy(tile, Math.max(0, sends - last) / seconds)); // Its node may have begun anew.
        }
        remember(now);
        last = new Measured(tiles, now.silent());
        return last;
    }

    private void remember(TilesReported reported) {
        begun = fos.nanoTime();
        before.clear();
        reported.tiles()
                .forEach(
                        tile -> before.put(tile.counted().tile(), tile.counted().sends()));
    }
}
