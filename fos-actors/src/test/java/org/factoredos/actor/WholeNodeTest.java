package org.factoredos.actor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.factoredos.boot.BootFailed;
import org.factoredos.boot.StartedProcess;
import org.factoredos.file.FileProtocol.OpenMode;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Name;
import org.factoredos.kernel.SendResult;
import org.factoredos.lib.Fos;
import org.factoredos.lib.FosException;
import org.factoredos.lib.Program;
import org.factoredos.lib.TextMessage;
import org.factoredos.naming.NameError;
import org.factoredos.naming.NameProtocol;
import org.factoredos.placement.ProcessSpec;
import org.factoredos.placement.ProcessSpec.Tracing;
import org.factoredos.placement.Stream;
import org.factoredos.program.Programs;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** All fleets on the 64 tiles of one node, with the real programs. */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WholeNodeTest {
    private WholeNode node;

    @BeforeAll
    void boot(@TempDir Path host) throws BootFailed, IOException {
        Files.writeString(host.resolve("licence"), "freedom\n".repeat(100_000));
        Map<String, Program> programs = new TreeMap<>(Programs.all());
        programs.put("pipe", WholeNodeTest::catIntoWc);
        programs.put("loop", (fos, arguments) -> {
            while (true) {
                fos.sleep(Duration.ofMillis(1));
            }
        });
        programs.put("write", WholeNodeTest::writeAndRead);
        programs.put("named", WholeNodeTest::named);
        programs.put("mourner", WholeNodeTest::mourner);
        programs.put("mailbox", WholeNodeTest::nameOfAMailbox);
        node = new WholeNode(programs, host);
    }

    @AfterAll
    void stop() {
        node.close();
    }

    @Test
    @Tag("M15")
    void everyStepOfTheBootIsLogged() {
        assertThat(node.log)
                .extracting(line -> line.replaceFirst(" [0-9.]+ ms$", ""))
                .containsExactly(
                        "boot: lease",
                        "boot: privileges",
                        "boot: names",
                        "boot: memory",
                        "boot: drivers",
                        "boot: files",
                        "boot: placement",
                        "boot: network",
                        "boot: report");
    }

    @Test
    @Tag("O2")
    void echoPrintsAtTheTerminal() {
        assertThat(node.run("echo", "hello", "grid")).isZero();
        assertThat(node.text()).contains("hello grid\n");
    }

    @Test
    @Tag("O5")
    void theGreetingOfTheFirstBootCanBeRead() {
        assertThat(node.run("cat", "/etc/motd")).isZero();
        assertThat(node.text()).contains("Welcome to fos 0.1 of a test");
    }

    @Test
    @Tag("A2")
    void whatCatSendsThroughAPipeWcCounts() {
        assertThat(node.run("pipe", "/etc/motd")).isZero();
        assertThat(node.text()).containsPattern("(?m)^ *2$");
    }

    @Test
    @Tag("O5")
    void aBigFileIsReadAsItWasWritten() {
        assertThat(node.run("write", "/tmp/big", "3000000")).isZero();
    }

    @Test
    @Tag("O6")
    void aFileOfTheHostIsCopiedIntoTheGrid() {
        assertThat(node.run("cp", "/host/licence", "/tmp/licence")).isZero();
        assertThat(node.run("wc", "-c", "/tmp/licence")).isZero();
        assertThat(node.text()).contains("800000 /tmp/licence");
    }

    @Test
    @Tag("O5")
    void whatTheFleetsSayIsReadInProc() {
        assertThat(node.run("cat", "/proc/tiles", "/proc/fleets", "/proc/caches", "/proc/mem", "/proc/version"))
                .isZero();
        assertThat(node.text())
                .contains("n1:2,0  file front\n")
                .containsPattern("(?m)^sys:placement +1 +n1:3,0$")
                .containsPattern("(?m)^n1:1,0  name front +\\d+ +\\d+ +\\d+ +\\d+ +\\d+ +\\d+$")
                .containsPattern("(?m)^n1:0,1 +\\d+ +\\d+ +\\d+ +\\d+ +0 +0 +\\d+$")
                .contains("fos 0.1 of a test\n");
        assertThat(node.run("cat", "/proc/self/status", "/proc/self/cmdline")).isZero();
        assertThat(node.text()).contains("Name:\tcat\n").contains("cat\0/proc/self/status\0/proc/self/cmdline\0");
    }

    @Test
    @Tag("O6")
    void devicesAreFilesOfEveryProgram() {
        assertThat(node.run("ls", "/", "/dev")).isZero();
        assertThat(node.text())
                .containsPattern("(?m)^proc$")
                .containsPattern("(?m)^dev$")
                .contains("urandom");
        assertThat(node.run("head", "-c", "100000", "/dev/random")).isZero();
        assertThat(node.run("cp", "/etc/motd", "/dev/null")).isZero();
        assertThat(node.run("cp", "/etc/motd", "/dev/console")).isZero();
        assertThat(node.text()).contains("Welcome to fos 0.1 of a test");
        assertThat(node.run("ln", "-s", "/dev/clock", "/tmp/clock")).isZero();
        assertThat(node.run("cat", "/tmp/clock")).isZero();
        assertThat(node.text()).containsPattern("(?m)^20\\d\\d-\\d\\d-\\d\\dT[^ ]+Z  \\d{19}$");
    }

    @Test
    @Tag("O2")
    void aProcessKilledFromOutsideEnds() {
        StartedProcess loop = node.running().start("loop", List.of());

        assertThat(loop.kill().orTimeout(30, TimeUnit.SECONDS).join()).isTrue();
        assertThat(loop.exit().orTimeout(30, TimeUnit.SECONDS).join()).isEqualTo(137);
    }

    @Test
    @Tag("A4")
    void theFirstReadOfATracedProcessShowsTheNineStepsOfFigure3() {
        Stream console = node.running().console();
        ProcessSpec spec = new ProcessSpec(
                "cat",
                List.of("/etc/motd"),
                "/",
                new TreeMap<>(),
                new Stream.Nothing(),
                new Stream.Nothing(),
                console,
                Tracing.FIRST_READ);

        int status = node.running()
                .start(spec)
                .exit()
                .orTimeout(30, TimeUnit.SECONDS)
                .join();

        assertThat(status).isZero();
        assertThat(node.text().lines().filter(line -> line.matches("[1-9]  n1:\\d,\\d .* us .* hops  .*")))
                .hasSize(9);
    }

    @Test
    @Tag("M6")
    @Tag("N1")
    void aMailboxsAutomaticNameIsThereFromItsMakingToItsEnd() {
        assertThat(node.run("mailbox")).as(node::text).isZero();
    }

    @Test
    @Tag("N5")
    @Tag("O2")
    void theNamesOfAProcessGoWithIt() {
        assertThat(node.run("mourner")).as(node::text).isZero();
    }

    @Test
    @Tag("N9")
    void topShowsWhatTheTilesCount() {
        assertThat(node.run("top", "-t", "60")).isZero();

        assertThat(node.text())
                .containsPattern("n1:\\d,\\d +placement server +\\d+ +[1-9]\\d* ")
                .containsPattern("name front");
        assertThat(node.text()).as("top itself, by name").containsPattern("top +\\d+ +[1-9]\\d* .*\\d of [1-9]");
    }

    @Test
    @Tag("M15")
    void bootTellsWhatStartedWhenInTheOrderOfDelegation() {
        assertThat(node.run("boot")).as(node::text).isZero();

        assertThat(node.text())
                .containsPattern(
                        "(?s)n1 +lease +20.*n1 +privileges .*n1 +names .*n1 +memory .*n1 +files .*n1 +placement .*\\d ms");
    }

    @Test
    void timeTellsHowLongAProgramRanAndEndsAsItDoes() {
        assertThat(node.run("time", "sleep", "0.2")).as(node::text).isZero();
        assertThat(node.text()).containsPattern("real 0\\.[2-9]\\d\\d s");
        assertThat(node.run("time", "false")).isEqualTo(1);
        assertThat(node.run("time")).isEqualTo(2);
    }

    private static int nameOfAMailbox(Fos fos, List<String> arguments) throws IOException {
        Address mailbox = fos.createMailbox(4, 1000);
        String name = mailbox.toString();
        assertThat(fos.resolve(name).mailboxes()).containsExactly(mailbox);
        assertThat(fos.names("@*")).extracting(NameProtocol.Entry::name).contains(name);
        assertThat(fos.send(new Name(name), new TextMessage("by its name"))).isEqualTo(SendResult.ACCEPTED);
        assertThat(fos.receive(mailbox, Duration.ZERO)).contains(new TextMessage("by its name"));

        fos.destroyMailbox(mailbox);
        assertThat(fos.names("@*")).extracting(NameProtocol.Entry::name).doesNotContain(name);
        assertThatThrownBy(() -> fos.resolve(name))
                .isInstanceOfSatisfying(
                        FosException.class, e -> assertThat(e.error()).isEqualTo(NameError.NO_SUCH_NAME));
        assertThat(fos.send(new Name(name), new TextMessage("too late"))).isEqualTo(SendResult.NO_SUCH_MAILBOX);
        return 0;
    }

    private static int named(Fos fos, List<String> arguments) throws IOException {
        Address mailbox = fos.createMailbox(4, 1000);
        for (String name : List.of("test:a", "test:b", "test:c", "test:d")) {
            fos.register(mailbox, name, NameProtocol.Flags.SINGLE);
        }
        fos.receive(mailbox, Duration.ofDays(1));
        return 1;
    }

    private static int mourner(Fos fos, List<String> arguments) throws IOException {
        List<NameProtocol.Entry> before = fos.names("test:*");
        Fos.Child named = fos.spawn(spec(fos, "named", List.of(), new Stream.Nothing(), fos.stream(1)));
        while (fos.names("test:*").size() < before.size() + 4) {
            fos.sleep(Duration.ofMillis(10));
        }
        fos.kill(named.process());
        fos.waitFor(named.process());
        long untilNanos = fos.nanoTime() + 10_000_000_000L;
        while (!fos.names("test:*").equals(before) && fos.nanoTime() - untilNanos < 0) {
            fos.sleep(Duration.ofMillis(10));
        }
        assertThat(fos.names("test:*")).isEqualTo(before);
        return 0;
    }

    private static int catIntoWc(Fos fos, List<String> arguments) throws IOException {
        Fos.Child wc = fos.spawn(spec(fos, "wc", List.of("-l"), new Stream.FromPipe(1), fos.stream(1)));
        fos.spawn(spec(fos, "cat", arguments, new Stream.Nothing(), new Stream.ToPipe(wc.input(), true)));
        return fos.waitFor(wc.process());
    }

    private static ProcessSpec spec(Fos fos, String program, List<String> arguments, Stream in, Stream out) {
        return new ProcessSpec(program, arguments, "/", new TreeMap<>(), in, out, fos.stream(2), Tracing.NONE);
    }

    private static int writeAndRead(Fos fos, List<String> arguments) throws IOException {
        byte[] bytes = new byte[Integer.parseInt(arguments.get(1))];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (i * 31 + (i >> 9));
        }
        try (var file = fos.open(arguments.get(0), OpenMode.CREATE)) {
            file.write(0, bytes, 0, bytes.length);
            byte[] back = new byte[bytes.length + 1];
            int count = file.read(0, back, 0, back.length);
            return count == bytes.length && Arrays.equals(bytes, 0, count, back, 0, count) ? 0 : 1;
        }
    }
}
