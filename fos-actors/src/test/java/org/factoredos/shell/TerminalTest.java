package org.factoredos.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.factoredos.driver.ConsoleProtocol.CompletionWanted;
import org.factoredos.driver.ConsoleProtocol.LineInterrupted;
import org.factoredos.driver.ConsoleProtocol.LineRead;
import org.factoredos.driver.ConsoleProtocol.LineReply;
import org.factoredos.lib.MemoryGrid;
import org.factoredos.lib.MemoryGrid.Result;
import org.factoredos.naming.NameProtocol;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The shell at a terminal: what is typed, and what the person sees. */
@Timeout(30)
class TerminalTest {
    private final MemoryGrid grid = new MemoryGrid(Commands.programs());

    private Result typed(LineReply... lines) {
        return grid.types(lines).run("sh");
    }

    private static LineRead line(String text) {
        return new LineRead(text);
    }

    @Test
    void promptNamesTheWorkingDirectory() {
        typed(line("cd /tmp"));

        assertThat(grid.prompts).containsExactly("fos:/$ ", "fos:/tmp$ ");
    }

    @Test
    void unfinishedInputAsksForMore() {
        Result result = typed(line("for i in 1 2"), line("do echo \"$i"), line("x\"; done"));

        assertThat(result.out()).isEqualTo("1\nx\n2\nx\n");
        assertThat(grid.prompts).containsExactly("fos:/$ ", "> ", "> ", "fos:/$ ");
    }

    @Test
    void errorsAreToldAndTheShellGoesOn() {
        Result result = typed(line("fi"), line("echo $?; foo; cat /none"), line("echo on"));

        assertThat(result.out()).isEqualTo("2\non\n");
        assertThat(result.err()).isEqualTo("""
                        sh: line 1, column 1: expected a command, found 'fi'
                        foo: no such command; 'help' lists them
                        cat: /none: no such file or directory
                        """);
    }

    @Test
    void interruptDropsWhatWasTyped() {
        Result result = typed(line("echo 'a"), new LineInterrupted(), line("echo $?"));

        assertThat(result.out()).isEqualTo("130\n");
    }

    @Test
    void interruptEndsThePipelineInTheForegroundAndTheRestOfTheLine() {
        grid.interruptWhen(foreground -> foreground.size() == 2);

        Result result = typed(line("sleep 1000 | cat; echo no"), line("echo $?"));

        assertThat(result.out()).isEqualTo("130\n");
        assertThat(grid.processes()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"while export A=1; do A=2; done", "for i in $(seq 1 1000); do cd /; done; echo no"})
    void interruptEndsALoopOfBuiltins(String loop) {
        AtomicInteger steps = new AtomicInteger();
        grid.interruptWhen(foreground -> steps.incrementAndGet() == 10);

        assertThat(typed(line(loop), line("echo $?")).out()).isEqualTo("130\n");
    }

    @Test
    void interruptEndsTheWaitForAJobAndNotTheJob() {
        grid.interruptWhen(List::isEmpty);

        Result result = typed(line("sleep 1000 &"), line("wait"), line("echo $?; jobs; kill %1"), line("exit"));

        assertThat(result.out()).isEqualTo("130\n[1] running  sleep 1000\n");
    }

    @Test
    void exitLeavesWithItsStatus() {
        assertThat(typed(line("exit 4"), line("echo no")).status()).isEqualTo(4);
    }

    @Test
    void endOfInputLeavesWithTheLastStatus() {
        assertThat(typed(line("false")).status()).isEqualTo(1);
    }

    @Test
    void endOfInputInsideABlockIsASyntaxError() {
        Result result = typed(line("if true"));

        assertThat(result.status()).isEqualTo(2);
        assertThat(result.err()).endsWith("expected 'then', found the end\n");
    }

    @Test
    void endedJobIsToldAtTheNextPrompt() {
        Result result = typed(line("false &"), line("sleep 0.2"), line("jobs"));

        assertThat(result.err()).isEqualTo("[1] 1.1.2\n[1] exit 1  false\n");
        assertThat(result.out()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " => ",
            quoteCharacter = '`',
            value = {
                "unal => ",
                "uns => unset",
                "ls | gre => grep",
                "if tes => test",
                "help mkd => mkdir",
                "cat /tm => /tmp/",
                "cat /tmp/a => /tmp/a\\ b /tmp/ab/",
                "cat /tmp/a\\ => /tmp/a\\ b",
                "cat /tmp/.h => /tmp/.hidden",
                "echo > /tmp/ab/ => /tmp/ab/c",
                "resolve sys: => sys:fs",
                "echo $HO => $HOME",
                "cat /none/ => ",
            })
    void completionOffersWhatFits(String typed, String offers) throws Exception {
        grid.withFile("/tmp/a b", "").withFile("/tmp/.hidden", "");
        grid.run("sh", "-c", "mkdir /tmp/ab; touch /tmp/ab/c");
        grid.process().register(MemoryGrid.address(7), "sys:fs", NameProtocol.Flags.FLEET);
        String line = typed.endsWith("\\") ? typed + " " : typed;

        typed(new CompletionWanted(line, line.length()), line("exit"));

        String offered = grid.offers.isEmpty() ? "" : String.join(" ", grid.offers.getFirst());
        assertThat(offered).isEqualTo(offers == null ? "" : offers);
        assertThat(grid.prompts).isEqualTo(List.of("fos:/$ ", "fos:/$ "));
    }
}
