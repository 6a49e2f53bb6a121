package org.factoredos.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.factoredos.lib.ProcessKilled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;

class MainTest {
    private static final Grids NO_GRID = (settings, console, version) -> {
        throw new AssertionError("no grid is wanted here");
    };

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @ParameterizedTest
    @ValueSource(strings = {"--help", "--version"})
    void informationGoesToStdoutAndSucceeds(String option) {
        assertThat(execute(option)).isZero();
        assertThat(out.toString()).startsWith(option.equals("--help") ? "Usage: fos" : "fos ");
        assertThat(err.toString()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"frobnicate", "--frobnicate"})
    void aWrongCommandLineIsOneLineThatSaysWhatToDo(String argument) {
        assertThat(execute(argument)).isEqualTo(2);
        assertThat(out.toString()).isEmpty();
        assertThat(err.toString())
                .startsWith("fos: ")
                .contains(argument)
                .endsWith("; see ./fos --help\n")
                .hasLineCount(1);
    }

    @Test
    void anArgumentTooManyIsNotTakenForACommand() {
        assertThat(execute("shell", "extra")).isEqualTo(2);
        assertThat(err.toString()).isEqualTo("fos: nothing is expected where 'extra' stands; see ./fos shell --help\n");
    }

    @Test
    void aGridThatASignalStopsSaysNothing(@TempDir Path data) {
        Grids stopped = (settings, console, version) -> new Grids.Embedded() {
            @Override
            public CompletableFuture<Integer> run(String program, List<String> arguments) {
                return CompletableFuture.failedFuture(new ProcessKilled());
            }

            @Override
            public void close() {}
        };

        assertThat(execute(Main.commandLine(stopped), "shell", "-c", "ls", "--data", data.toString()))
                .isEqualTo(143);
        assertThat(err.toString()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"--tiles,8,8x8", "--tiles,0x4,8x8", "--tiles,1000x1,8x8", "--data,'',folder"})
    void aWrongValueIsOneLineThatSaysWhatIsWanted(String option, String value, String wanted) {
        assertThat(execute("shell", option, value)).isEqualTo(2);
        assertThat(err.toString())
                .startsWith("fos: " + option)
                .contains("'" + value + "'", wanted)
                .endsWith("; see ./fos shell --help\n")
                .hasLineCount(1);
    }

    @ParameterizedTest
    @CsvSource({
        "/a,/b,neither side is in the grid",
        "fos:/a,fos:/b,both sides are in the grid",
        "fos:a,/b,is no path: a grid's begin with fos:/",
        "fos:/a,'',is no path"
    })
    void aCopyHasOneSideInTheGrid(String source, String destination, String wrong) {
        assertThat(execute("cp", source, destination)).isEqualTo(2);
        assertThat(err.toString())
                .startsWith("fos: ")
                .contains(wrong)
                .endsWith("; see ./fos cp --help\n")
                .hasLineCount(1);
    }

    @Test
    void aPrivateKeyIsNotTakenForAPublicOne(@TempDir Path folder) throws IOException {
        Path key = Files.writeString(folder.resolve("id"), "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blb\n");

        assertThat(execute("user", "add", "alice", key.toString())).isEqualTo(1);
        assertThat(err.toString())
                .startsWith("fos: " + key + " is a private key")
                .hasLineCount(1);
    }

    @ParameterizedTest
    @CsvSource({"'',what is to be done", "add|alice,KEYFILE", "rename|alice,rename"})
    void whatIsNotToBeDoneWithUsersIsOneLine(String bars, String wanted) {
        List<String> words = new ArrayList<>(List.of("user"));
        words.addAll(bars.isEmpty() ? List.of() : List.of(bars.split("\\|", -1)));

        assertThat(execute(words.toArray(String[]::new))).isEqualTo(2);
        assertThat(err.toString()).startsWith("fos: ").contains(wanted).hasLineCount(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 141})
    void theStatusIsTheShellsAndTheGridIsStopped(int status, @TempDir Path data) {
        List<String> events = new ArrayList<>();
        Grids grids = (settings, console, version) -> new Grids.Embedded() {
            @Override
            public CompletableFuture<Integer> run(String program, List<String> arguments) {
                events.add(program + " " + arguments + " on " + settings.width() + "x" + settings.height());
                return CompletableFuture.completedFuture(status);
            }

            @Override
            public void close() {
                events.add("closed");
            }
        };
        CommandLine fos = Main.commandLine(grids);

        assertThat(execute(fos, "shell", "-c", "ls /; ps", "--tiles", "8x4", "--data", data.toString()))
                .isEqualTo(status);
        assertThat(events).containsExactly("sh [-c, ls /; ps] on 8x4", "closed");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void aFailedCommandIsOneLineWithoutATrace() {
        CommandLine fos = Main.commandLine(NO_GRID).addSubcommand(new Failing());

        assertThat(execute(fos, "failing")).isEqualTo(1);
        assertThat(err.toString()).isEqualTo("fos: the folder /x cannot be written\n");
    }

    @Command(name = "failing")
    static final class Failing implements Runnable {
        @Override
        public void run() {
            throw new IllegalStateException("the folder /x cannot be written\nand more of it");
        }
    }

    private int execute(String... arguments) {
        return execute(Main.commandLine(NO_GRID), arguments);
    }

    private int execute(CommandLine fos, String... arguments) {
        return fos.setOut(new PrintWriter(out)).setErr(new PrintWriter(err)).execute(arguments);
    }
}
