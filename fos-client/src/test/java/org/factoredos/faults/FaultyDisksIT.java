package org.factoredos.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/** Disks that get full, that forget and that damage what they have: refused or repaired, and never other bytes. */
@Tag("O5")
@Tag("O6")
@Timeout(600)
class FaultyDisksIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration LONGEST = Duration.ofMinutes(2);
    private static final Duration SWEPT = Duration.ofSeconds(40);
    private static final int FILES = 8;
    private static final int FILE_CHARACTERS = 1 << 20;
    /** For three nodes and their journal; each leaves a quarter of a GiB of it free. */
    private static final String VOLUME_BYTES = "480M";

    /** A node that is away for longer finds that what its disk has is no longer asked for. */
    private static final Map<String, String> NOTHING_COPIED_MEANWHILE = Map.of("FOS_FILE_REPAIR_DELAY", "10m");

    private static final int LARGE_BYTES = 24 << 20;

    private static final Pattern SCRUBBED =
            Pattern.compile("(?m)^\\d+ +(running|waiting) +(\\d+) +(\\d+) +(\\d+) +(.+)$");

    @Test
    void whatADiskForgotOrDamagedIsReadFromAnotherAndRepaired() throws Exception {
        try (UpGrid grid = UpGrid.start("damaged-disk", 3, NOTHING_COPIED_MEANWHILE)) {
            Map<String, String> files = write(grid);
            List<Integer> fullest = fullest(grid); // The owner's choice: two of them have nearly everything.
            grid.kill(fullest.get(0));
            Damage damage = Damage.to(disk(grid, fullest.get(0)));
            Report.say("damaged disk: " + damage);
            assertThat(damage.damaged()).isGreaterThan(FILES);
            assertThat(damage.forgotten()).isGreaterThan(FILES);
            grid.up();
            await("the grid is whole").atMost(LONGEST).until(grid::whole);

            for (int node = 0; node < 3; node++) {
                areRight(grid, node, files);
            }
            try (Door door = grid.door(fullest.get(2))) {
                assertThat(door.run("scrub --now", PATIENCE).succeeded()).isTrue();
                await("a whole round, and repairs")
                        .atMost(LONGEST)
                        .untilAsserted(() -> assertRepaired(door.run("scrub", PATIENCE)));
            }
            grid.kill(fullest.get(1)); // Of what the two had, only the disk that was damaged is left.
            await("the grid without a node").atMost(LONGEST).until(grid::goesOnWithoutOne);
            areRight(grid, fullest.get(0), files);
            areRight(grid, fullest.get(2), files);
        }
    }

    @Test
    void aFullDiskRefusesWritesAndLosesNothing() throws Exception {
        Path volume = UpGrid.emptyHome("full-disk-volume");
        Path data = Files.createDirectories(volume.resolve("data"));
        mount(volume.resolve("image"), data);
        try (UpGrid grid =
                UpGrid.start("full-disk", 3, "--data", data.resolve("grid").toString())) {
            Map<String, String> files = write(grid);
            try (Door door = grid.door(0)) {
                String all = String.join(" ", files.keySet());
                Door.Answer filled =
                        door.run("for i in $(seq 100); do cat " + all + " > /home/fill-$i || exit 1; done", LONGEST);
                assertThat(filled.succeeded()).as(filled.toString()).isFalse();
                assertThat(filled.error()).as(filled.toString()).contains("no space");
                // What the last write had put before it was refused is dropped: that is room for a small file.
                Path large = grid.home().resolve("large");
                Files.write(large, new byte[LARGE_BYTES]);
                assertThatThrownBy(() -> grid.copy(large, "/home/copy")).hasMessageContaining("no space");
                // Names are the journal's, which the reserve is for.
                Door.Answer renamed =
                        door.run("mkdir /home/d && mv /home/0 /home/d/0 && mv /home/d/0 /home/0", PATIENCE);
                assertThat(renamed.succeeded()).as(renamed.toString()).isTrue();
                for (int node = 0; node < 3; node++) {
                    areRight(grid, node, files);
                }

                long removed = System.nanoTime();
                assertThat(door.run("rm /home/fill-*", PATIENCE).succeeded()).isTrue();
                // What is removed is dropped after half a minute, and so is what a refused copy has put.
                await("room for the large file")
                        .pollDelay(SWEPT)
                        .pollInterval(SWEPT)
                        .atMost(LONGEST)
                        .ignoreExceptionsInstanceOf(IOException.class)
                        .until(() -> {
                            grid.copy(large, "/home/copy");
                            return true;
                        });
                Report.say("full disk: room again " + (System.nanoTime() - removed) / 1_000_000
                        + " ms after files were removed");
                assertThat(door.run("wc -c < /home/copy", PATIENCE).out().strip())
                        .isEqualTo(Integer.toString(LARGE_BYTES));
                areRight(grid, 0, files);
            }
        } finally {
            assertThat(host("umount", "--lazy", data.toString())).isZero();
        }
    }

    private static Path disk(UpGrid grid, int node) {
        return grid.home().resolve(".fos/grid/node-" + (node + 1) + "/chunks");
    }

    /** The nodes, that with the most on its disk first. */
    private static List<Integer> fullest(UpGrid grid) throws IOException {
        Map<Integer, Long> bytes = new TreeMap<>();
        for (int node = 0; node < 3; node++) {
            long sum = 0;
            try (Stream<Path> files = Files.list(disk(grid, node))) {
                for (Path file : files.toList()) {
                    sum += file.toFile().length();
                }
            }
            bytes.put(node, sum);
        }
        return bytes.entrySet().stream()
                .sorted(Map.Entry.<Integer, Long>comparingByValue().reversed())
                .map(Map.Entry::getKey)
                .toList();
    }

    private static Map<String, String> write(UpGrid grid) throws Exception {
        Map<String, String> files = new TreeMap<>();
        Random random = new Random(1);
        for (int i = 0; i < FILES; i++) {
            StringBuilder text = new StringBuilder();
            while (text.length() < FILE_CHARACTERS) {
                text.append(Long.toHexString(random.nextLong())).append('\n');
            }
            Path file = grid.home().resolve(Integer.toString(i));
            Files.writeString(file, text);
            grid.copy(file, "/home/" + i);
            files.put("/home/" + i, text.toString());
        }
        return files;
    }

    private static void areRight(UpGrid grid, int node, Map<String, String> files) throws Exception {
        try (Door door = grid.door(node)) {
            for (Map.Entry<String, String> file : files.entrySet()) {
                Door.Answer read = door.run("cat " + file.getKey(), PATIENCE);
                assertThat(read.succeeded()).as(read.error()).isTrue();
                assertThat(read.out().equals(file.getValue()))
                        .as(file.getKey() + " at node " + (node + 1))
                        .isTrue();
            }
        }
    }

    /** Chunks that are missing may have been written anew before, as the node came back. */
    private static void assertRepaired(Door.Answer scrub) {
        Matcher row = SCRUBBED.matcher(scrub.out());
        int slices = 0;
        long damaged = 0;
        for (; row.find(); slices++) {
            assertThat(row.group(1)).as(scrub.toString()).isEqualTo("waiting");
            assertThat(row.group(5)).as(scrub.toString()).isNotEqualTo("-");
            assertThat(row.group(4)).as(scrub.toString()).isEqualTo(row.group(3));
            damaged += Long.parseLong(row.group(3));
        }
        assertThat(slices).as(scrub.toString()).isPositive();
        assertThat(damaged).as(scrub.toString()).isPositive();
    }

    private static void mount(Path image, Path folder) throws Exception {
        assumeThat(System.getProperty("user.name")).as("mounting needs root").isEqualTo("root");
        boolean made = host("truncate", "-s", VOLUME_BYTES, image.toString()) == 0
                && host("mkfs.ext4", "-q", "-F", "-m", "0", image.toString()) == 0;
        assumeThat(made).as("truncate and mkfs.ext4 are there").isTrue();
        assumeThat(host("mount", "-o", "loop", image.toString(), folder.toString()))
                .as("this machine mounts loop devices")
                .isZero();
    }

    private static int host(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command).inheritIO().start().waitFor();
    }

    /** What was done to a disk while nobody had it open: of three chunks one is damaged, one is gone. */
    private record Damage(int damaged, int forgotten, int left) {
        static Damage to(Path folder) throws RocksDBException {
            int damaged = 0;
            int forgotten = 0;
            int left = 0;
            RocksDB.loadLibrary();
            try (Options options = options();
                    RocksDB disk = RocksDB.open(options, folder.toString());
                    RocksIterator chunk = disk.newIterator()) {
                for (chunk.seekToFirst(); chunk.isValid(); chunk.next()) {
                    byte[] bytes = chunk.value();
                    switch ((damaged + forgotten + left) % 3) {
                        case 0 -> {
                            bytes[bytes.length / 2] ^= 0x10;
                            disk.put(chunk.key(), bytes);
                            damaged++;
                        }
                        case 1 -> {
                            disk.delete(chunk.key());
                            forgotten++;
                        }
                        default -> left++;
                    }
                }
            }
            return new Damage(damaged, forgotten, left);
        }

        private static Options options() {
            return new Options().setEnableBlobFiles(true).setMinBlobSize(4096);
        }
    }
}
