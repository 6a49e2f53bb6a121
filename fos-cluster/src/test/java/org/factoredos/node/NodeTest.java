package org.factoredos.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.typesafe.config.ConfigFactory;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.factoredos.driver.ConsoleDevice;
import org.factoredos.driver.ConsoleProtocol;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Payload;
import org.factoredos.program.Programs;
import org.factoredos.server.Device;
import org.factoredos.server.DeviceRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A grid of one node: from an empty folder to a file that outlives it, and to a folder that another may have. */
class NodeTest {
    @TempDir
    Path folder;

    private final Printer printer = new Printer();

    @Test
    void aFileOutlivesTheNode() throws Exception {
        try (Node node = Node.start(settings(""), equipment())) {
            assertThat(run(node, "cp", "/etc/motd", "/home/x")).isZero();
        }

        try (Node node = Node.start(settings(""), equipment())) {
            assertThat(run(node, "cat", "/home/x")).isZero();
            assertThat(printer.text()).startsWith("Welcome to fos test,");
        }
    }

    @Test
    void anIdleNodeStopsWithoutWaitingForAnyTimeout() throws Exception {
        Node node = Node.start(settings(""), equipment());

        long began = System.nanoTime();
        node.close();

        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
    }

    @Test
    void aStoppedNodeLetsGoOfItsData() throws Exception {
        Node.start(settings(""), equipment()).close();

        Files.move(folder.resolve("data"), folder.resolve("moved"));
        try (DataFolder data = DataFolder.open(folder.resolve("moved"))) {
            assertThat(data.boot()).isEqualTo(2);
        }
    }

    @Test
    void aSecondNodeOnTheSameDataSaysWhatToDo() throws Exception {
        try (Node first = Node.start(settings(""), equipment())) {
            assertThatExceptionOfType(Node.CannotStart.class)
                    .isThrownBy(() -> Node.start(settings(""), equipment()))
                    .withMessageContaining(folder.resolve("data") + " is in use by another fos");
            assertThat(run(first, "cat", "/etc/motd")).isZero();
        }
    }

    @Test
    void aJournalThatCannotBeHadSaysWhatToDoAndLetsGoOfTheData() throws Exception {
        assertThatExceptionOfType(Node.CannotStart.class)
                .isThrownBy(() -> Node.start(
                        settings(
                                "fos.journal { url = \"jdbc:postgresql://127.0.0.1:1/fos?user=fos\", patience = 1 s }"),
                        equipment()))
                .withMessageStartingWith("the journal at jdbc:postgresql://127.0.0.1:1/fos")
                .withMessageContaining("see to it that its database is there");

        DataFolder.open(folder.resolve("data")).close();
    }

    private static int run(Node node, String program, String... arguments) throws Exception {
        return node.running().start(program, List.of(arguments)).exit().get(30, TimeUnit.SECONDS);
    }

    private Equipment equipment() {
        return new Equipment(printer, name -> Programs.find(name).orElse(null), Optional.empty(), "test");
    }

    private Settings settings(String more) {
        return Settings.of(ConfigFactory.parseString(more)
                .withFallback(ConfigFactory.parseMap(
                        Map.of("fos.data", folder.resolve("data").toString()))));
    }

    /** A terminal that remembers what was written to it. */
    private static final class Printer implements Device {
        private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

        @Override
        public void begin(DeviceRequest<?> request, Consumer<Payload> done) {
            if (request instanceof ConsoleDevice.Write(boolean error, Bytes data)) {
                printed.writeBytes(data.toArray());
                done.accept(new ConsoleProtocol.ConsoleWritten());
            }
        }

        String text() {
            return printed.toString(StandardCharsets.UTF_8);
        }
    }
}
