package org.factoredos.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.factoredos.cli.PseudoTerminal.CTRL_C;
import static org.factoredos.cli.PseudoTerminal.CTRL_D;
import static org.factoredos.cli.PseudoTerminal.UP;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The shell as a person meets it: the built jars, at a terminal. */
@Tag("O6")
class InteractiveShellIT {
    private static final int STOP_SECONDS = 60;

    @TempDir
    static Path home;

    /** Where a test has failed nobody knows what is on the terminal: those behind it have another one, and another grid. */
    @RegisterExtension
    static final AfterTestExecutionCallback RECOVERY = context -> {
        if (context.getExecutionException().isPresent()) {
            leave();
        }
    };

    private static @Nullable PseudoTerminal shared;
    private static int grids;

    private PseudoTerminal person;

    @BeforeEach
    void start() throws IOException, InterruptedException {
        PseudoTerminal ready = shared;
        if (ready == null) {
            ready = new PseudoTerminal(Files.createDirectory(home.resolve("grid" + ++grids)));
            shared = ready;
            ready.awaitPrompt();
        }
        person = ready;
    }

    @AfterAll
    static void leave() {
        PseudoTerminal left = shared;
        shared = null;
        if (left != null) {
            left.close();
        }
    }

    @Test
    void anUnfinishedLineAsksForMore() throws IOException, InterruptedException {
        person.type("echo 'one\r");
        person.await("\n> ");
        person.type("two' |\r");
        person.await("\n> ");
        person.run("wc -l", "\n2\n");
    }

    @Test
    void tabCompletesCommandsAndPaths() throws IOException, InterruptedException {
        person.type("hexd\t");
        person.await("hexdump ");
        person.type("/etc/mo\t");
        person.await("/etc/motd ");
        person.run("", "\n0000000 ");
    }

    @Test
    void upBringsBackTheLineBefore() throws IOException, InterruptedException {
        person.run("echo $HOME-again", "/home-again");
        person.run(UP, "/home-again");
    }

    @Test
    void ctrlCAtThePromptDropsWhatWasTyped() throws IOException, InterruptedException {
        person.type("echo 'not this");
        person.await("not this");
        person.type(CTRL_C);
        person.awaitPrompt();
        person.run("echo status=$?", "status=130");
    }

    @Test
    void ctrlCEndsTheForegroundAndNotTheBackground() throws IOException, InterruptedException {
        person.run("sleep 1000 &", "[1] 1.");
        person.type("echo sta''rted; seq 1 1000000000 | wc -l\r");
        person.await("started");
        person.type(CTRL_C);
        person.awaitPrompt();
        person.run("echo status=$?", "status=130");
        person.run("jobs", "[1] running  sleep 1000");
        person.run("ps | grep -c '[s]eq'", "\n0\n");
    }

    @Test
    void ctrlCEndsAProgramThatReadsTheTerminal() throws IOException, InterruptedException {
        person.type("grep -n .\r");
        person.await("grep -n .\n");
        person.type("typed\r"); // Echoed or not: the editor may not have let go of the terminal yet.
        person.await("1:typed\n");
        person.type(CTRL_C);
        person.awaitPrompt();
        person.run("echo status=$?", "status=130");
    }

    @Test
    void qLeavesADisplayAndCtrlCEndsOne() throws IOException, InterruptedException {
        person.type("top\r");
        person.await("CACHE HITS");
        person.type("q");
        person.awaitPrompt();
        person.run("echo status=$?", "status=0");
        person.type("tiles --live\r");
        person.await("tiles are free");
        person.await("tiles are free");
        person.type(CTRL_C);
        person.awaitPrompt();
        person.run("echo status=$?", "status=130");
    }

    @Test
    void aDisplayInTheBackgroundTakesNoKeysFromTheShell() throws IOException, InterruptedException {
        person.run("top &", "[1] 1.");
        person.await("CACHE HITS");
        person.run("echo quit''e all", "quite all");
    }

    @Test
    void whoReadsBehindADisplayInOneLineHasTheTerminal() throws IOException, InterruptedException {
        person.type("top; echo ne\"\"xt; head -n 1; sh -c 'top; echo ne\"\"xt; head -n 1'\r");
        for (int i = 0; i < 2; i++) {
            person.await("CACHE HITS");
            person.type("q");
            person.await("next"); // What is typed before that is the display's.
            person.type("typed" + i + "\r");
            person.await("typed" + i + "\n");
        }
        person.awaitPrompt();
    }

    @Test
    void aTextIsEditedOnTheTerminalAndTheShellHasItBack() throws IOException, InterruptedException {
        person.type("edit /home/poem\r");
        person.await("line 1 of 1");
        person.type("first\rsecond");
        person.await("line 2 of 2");
        person.type(UP + CTRL_C + "\u0013");
        person.await("saved, 12 bytes");
        person.type("\u0018");
        person.awaitPrompt();
        person.run("wc -l /home/poem", "1 /home/poem");
    }

    @Test
    void ctrlDLeavesAndTheNextShellKnowsFilesAndHistory(@TempDir Path data) throws IOException, InterruptedException {
        try (PseudoTerminal first = new PseudoTerminal(data)) {
            first.awaitPrompt();
            first.run("echo kept > /home/x", "");
            first.run("cat /home/x", "kept");
            first.type(CTRL_D);
            assertThat(first.exit()).isZero();
        }
        try (PseudoTerminal second = new PseudoTerminal(data)) {
            second.awaitPrompt();
            second.type(UP);
            second.await("cat /home/x");
            second.run("", "kept");
        }
    }

    @Test
    void aTerminalThatIsClosedStopsTheGrid(@TempDir Path data)
            throws IOException, InterruptedException, ExecutionException, TimeoutException {
        ProcessHandle fos;
        try (PseudoTerminal first = new PseudoTerminal(data)) {
            first.awaitPrompt();
            first.run("echo kept > /home/x", "");
            first.type("sleep 1000\r");
            fos = first.process();
            first.disconnect();
            awaitEnd(fos);
        }
        try (PseudoTerminal second = new PseudoTerminal(data, "shell", "-c", "'cat /home/x'")) {
            second.await("kept");
            assertThat(second.exit()).isZero();
        }
    }

    private static void awaitEnd(ProcessHandle process)
            throws IOException, InterruptedException, ExecutionException, TimeoutException {
        try {
            process.onExit().get(STOP_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            Path jstack = Path.of(System.getProperty("java.home"), "bin", "jstack");
            var _ = new ProcessBuilder(jstack.toString(), Long.toString(process.pid()))
                    .inheritIO()
                    .start()
                    .waitFor();
            throw e;
        }
    }
}
