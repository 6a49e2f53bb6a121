package org.factoredos.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.factoredos.driver.ConsoleDevice;
import org.factoredos.driver.ConsoleProtocol;
import org.factoredos.file.FileError;
import org.factoredos.file.FileProtocol.OpenMode;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Payload;
import org.factoredos.lib.Fos;
import org.factoredos.lib.FosException;
import org.factoredos.lib.OpenFile;
import org.factoredos.lib.Program;
import org.factoredos.program.Programs;
import org.factoredos.server.Device;
import org.factoredos.server.DeviceRequest;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node on a disk of its own that gets full: an image that is mounted, which needs Linux and root. */
@Tag("O5")
@Tag("O6")
class FullDiskIT {
    private static final int MIB = 1024 * 1024;
    /** What the node keeps free for itself, and some room for chunks beside the journal. */
    private static final String IMAGE_BYTES = "420M";

    @TempDir
    Path folder;

    private boolean mounted;

    @AfterEach
    void unmount() throws Exception {
        if (mounted) {
            assertThat(host("umount", disk().toString())).isZero();
        }
    }

    private Path disk() {
        return folder.resolve("disk");
    }

    private void mount() throws Exception {
        assumeThat(System.getProperty("user.name")).as("mounting needs root").isEqualTo("root");
        Path image = folder.resolve("image");
        Files.createDirectory(disk());
        boolean made = host("truncate", "-s", IMAGE_BYTES, image.toString()) == 0
                && host("mkfs.ext4", "-q", "-F", image.toString()) == 0;
        assumeThat(made).as("truncate and mkfs.ext4 are there").isTrue();
        mounted = host("mount", "-o", "loop", image.toString(), disk().toString()) == 0;
        assumeThat(mounted).as("this machine mounts loop devices").isTrue();
    }

    private static int host(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getInputStream().readAllBytes();
        return process.waitFor();
    }

    @Test
    void aFullDiskRefusesWritesAndTearsNothing() throws Exception {
        mount();
        StringBuffer said = new StringBuffer();
        int written;
        try (Node node = start(said)) {
            assertThat(run(node, "fill")).as(said.toString()).isZero();
            written = Integer.parseInt(said.toString().strip().split(" ")[1]);
            assertThat(said.toString()).startsWith("ENOSPC ");
            assertThat(written).isPositive();
            said.setLength(0);
            assertThat(run(node, "verify", Integer.toString(written)))
                    .as(said.toString())
                    .isZero();
            // Names and small changes are the journal's, which has the reserve.
            assertThat(run(node, "mkdir", "/tmp/d")).as(said.toString()).isZero();
            assertThat(run(node, "mv", "/tmp/full", "/tmp/d/full")).isZero();
            assertThat(run(node, "mv", "/tmp/d/full", "/tmp/full")).isZero();
        }
        said.setLength(0);
        try (Node node = start(said)) {
            assertThat(run(node, "verify", Integer.toString(written)))
                    .as(said.toString())
                    .isZero();
            assertThat(run(node, "rm", "/tmp/full")).isZero();
        }
    }

    private Node start(StringBuffer said) throws Exception {
        Settings settings = Settings.of(
                ConfigFactory.parseMap(Map.of("fos.data", disk().resolve("data").toString())));
        return Node.start(settings, new Equipment(new Printer(said), FullDiskIT::program, Optional.empty(), "test"));
    }

    private record Printer(StringBuffer said) implements Device {
        @Override
        public void begin(DeviceRequest<?> request, Consumer<Payload> done) {
            if (request instanceof ConsoleDevice.Write(boolean error, Bytes data)) {
                said.append(new String(data.toArray(), StandardCharsets.UTF_8));
                done.accept(new ConsoleProtocol.ConsoleWritten());
            }
        }
    }

    private static int run(Node node, String program, String... arguments) throws Exception {
        return node.running().start(program, List.of(arguments)).exit().get(120, TimeUnit.SECONDS);
    }

    private static @Nullable Program program(String name) {
        return switch (name) {
            case "fill" -> FullDiskIT::fill;
            case "verify" -> FullDiskIT::verify;
            default -> Programs.find(name).orElse(null);
        };
    }

    private static byte[] piece(int number) {
        byte[] data = new byte[MIB];
        for (int i = 0; i < data.length; i++) {
            data[i] = (byte) (i * 31 + number * 7 + (i >> 8));
        }
        return data;
    }

    /** Appends until it may not; prints why, and how many pieces were taken whole. */
    private static int fill(Fos fos, List<String> arguments) throws IOException {
        int number = 0;
        try (OpenFile file = fos.open("/tmp/full", OpenMode.CREATE)) {
            for (; number < 1000; number++) {
                file.write((long) number * MIB, piece(number), 0, MIB);
            }
        } catch (FosException e) {
            fos.out().write((e.error() + " " + number + "\n").getBytes(StandardCharsets.UTF_8));
            return e.error() == FileError.ENOSPC ? 0 : 1;
        }
        return 2;
    }

    private static int verify(Fos fos, List<String> arguments) throws IOException {
        byte[] read = new byte[MIB];
        try (OpenFile file = fos.open("/tmp/full", OpenMode.EXISTING)) {
            for (int number = 0; number < Integer.parseInt(arguments.getFirst()); number++) {
                int count = file.read((long) number * MIB, read, 0, MIB);
                if (count != MIB || !Arrays.equals(read, piece(number))) {
                    fos.err()
                            .write(("piece " + number + " is not what was written\n").getBytes(StandardCharsets.UTF_8));
                    return 1;
                }
            }
        }
        return 0;
    }
}
