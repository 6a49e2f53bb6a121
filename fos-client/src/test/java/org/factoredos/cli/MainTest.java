package org.factoredos.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;

class MainTest {
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
    @ValueSource(strings = {"frobnicate", "--frobnicate", ""})
    void aWrongCommandLineIsOneLineThatSaysWhatToDo(String argument) {
        assertThat(execute(argument.isEmpty() ? new String[0] : new String[] {argument}))
                .isEqualTo(2);
        assertThat(out.toString()).isEmpty();
        assertThat(err.toString())
                .startsWith("fos: ")
                .contains(argument)
                .endsWith("; see ./fos --help\n")
                .hasLineCount(1);
    }

    @Test
    void aFailedCommandIsOneLineWithoutATrace() {
        CommandLine fos = Main.commandLine().addSubcommand(new Failing());

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
        return execute(Main.commandLine(), arguments);
    }

    private int execute(CommandLine fos, String... arguments) {
        return fos.setOut(new PrintWriter(out)).setErr(new PrintWriter(err)).execute(arguments);
    }
}
