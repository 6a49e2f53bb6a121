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

/** How many sends a second each tile does: what its microkernel has counted, against what it had a second before. */
final class Rates {
    private static final Duration BETWEEN = Duration.ofSeconds(1);

    record Busy(TileReport report, double sendsPerSecond) {}

    record Measured(List<Busy> tiles, List<NodeId> silent) {}

    private final Fos fos;
    private final Map<TileId, Long> before = new TreeMap<>();
    private long begun;

    Rates(Fos fos) {
        this.fos = fos;
    }

    /** Waits a second. */
    Measured measure() throws IOException {
        if (before.isEmpty()) {
            remember(fos.tileReports());
        }
        fos.sleep(BETWEEN);
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
        return new Measured(tiles, now.silent());
    }

    private void remember(TilesReported reported) {
        begun = fos.nanoTime();
        before.clear();
        reported.tiles()
                .forEach(
                        tile -> before.put(tile.counted().tile(), tile.counted().sends()));
    }
}
