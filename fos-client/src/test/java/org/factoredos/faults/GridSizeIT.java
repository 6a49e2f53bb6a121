package org.factoredos.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** How large a grid one machine bears: 4,096 tiles in four JVMs. Run by {@code -Dfos.size=true}. */
@EnabledIfSystemProperty(named = "fos.size", matches = "true")
class GridSizeIT {
    private static final int NODES = 4;
    private static final Duration MOST = Duration.ofSeconds(40);

    @Test
    void fourThousandTilesServeSoon() throws Exception {
        NetworkSpace.assumeAllowed();
        var _ = Product.fos("--version"); // The cache of what a start loads is made once, and not now.
        long began = System.nanoTime();
        try (UpGrid grid = UpGrid.start("grid-size", NODES, "--tiles", "32x32")) {
            Duration took = Duration.ofNanos(System.nanoTime() - began);
            for (int node = 0; node < NODES; node++) {
                Report.say("node " + (node + 1) + ": " + memory(grid.pid(node)));
            }
            assertThat(took).isLessThan(MOST);
        }
    }

    private static String memory(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream()
                .filter(line -> line.startsWith("VmRSS"))
                .findFirst()
                .orElseThrow()
                .replaceAll("\\s+", " ");
    }
}
