package org.factoredos.shell;

import static org.assertj.core.api.Assertions.assertThat;

import org.factoredos.lib.MemoryGrid;
import org.factoredos.lib.MemoryGrid.Result;
import org.factoredos.placement.ProcessSpec;
import org.factoredos.placement.ProcessSpec.Tracing;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The shell and the programs, end to end, on a grid in memory. */
@Timeout(30)
class ShellTest {
    private final MemoryGrid grid = new MemoryGrid(Commands.programs());

    private Result sh(String commands) {
        return grid.run("sh", "-c", commands);
    }

    private String out(String commands) {
        Result result = sh(commands);
        assertThat(result.err()).isEmpty();
        return result.out();
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " => ",
            quoteCharacter = '`',
            value = {
                "echo one two => one two",
                "echo 'a  b' \"c $X d\" => a  b c  d",
                "X=5; echo $X ${X}1 \"$X\" '$X' => 5 51 5 $X",
                "X='a   b'; echo $X; echo \"$X\" => a b|a   b",
                "X=1 env | grep X; echo [$X] => X=1|[]",
                "export A=1; env | grep A= => A=1",
                "true && echo yes || echo no => yes",
                "false && echo yes || echo no => no",
                "! false; echo $? => 0",
                "false; echo $? => 1",
                "echo $(echo in | cat) out => in out",
                "echo \"$(printf 'a\\nb\\n\\n')\" => a|b",
                "X=$(false); echo $? => 1",
                "if false; then echo a; elif true; then echo b; else echo c; fi => b",
                "if false; then echo a; fi; echo $? => 0",
                "for i in 1 2 3; do echo $i; done => 1|2|3",
                "for i in 1 2 3; do if test $i = 2; then continue; fi; echo $i; done => 1|3",
                "for i in 1 2 3; do for j in 1 2; do break 2; done; echo no; done; echo end => end",
                "while true; do echo once; break; done => once",
                "i=; until test \"$i\" = xx; do i=x$i; echo $i; done => x|xx",
                "{ echo a; echo b; } | sort -r => b|a",
                "X=1; ( X=2; cd /tmp; echo $X ); echo $X; pwd => 2|1|/",
                "X=7; echo x | while read l; do echo $l$X; done => x7",
                "printf 'a b c\\nd\\n' | while read x y; do echo $y-$x; done => b c-a|-d",
                "printf '2\\n1\\n' | { sort; } => 1|2",
                "echo a | { cat; echo b; } | wc -l => 2",
                "echo a > /tmp/x; echo b >> /tmp/x; cat < /tmp/x => a|b",
                "pwd > /tmp/x; cat /tmp/x => /",
                "cat /none 2> /tmp/e; cat /tmp/e => cat: /none: no such file or directory",
                "cat /none 2>&1 | wc -l => 1",
                "{ echo o; cat /none; } > /tmp/x 2>&1; wc -l /tmp/x => 2 /tmp/x",
                "cat /none 2> /dev/null; echo $? => 1",
                "echo hi > /tmp/x | wc -c => 0",
                "echo hi | cat < /tmp/x => ",
                "cd /tmp; touch b.c a.c d; echo *.c; echo [d-f]; echo '*' \\* y* => a.c b.c|d|* * y*",
                "cd /tmp; pwd; cd; pwd; cd - > /dev/null; pwd => /tmp|/home|/tmp",
                "sh -c 'echo $0 $1 $#' n a b => n a 2",
                "sh -c 'for i; do echo $i; done' n 'a b' c => a b|c",
                "exit 3; echo no => ",
                "(exit 3); echo $? => 3",
                "help | grep -c '^  ls ' => 1",
                "sleep 0 & wait; echo $? => 0",
                "false | true; echo $? => 0",
                "true | false; echo $? => 1",
                "echo ~ ~/x a~ => /home /home/x a~",
            })
    void commandPrints(String commands, String lines) {
        grid.withFile("/tmp/x", "");

        assertThat(out(commands)).isEqualTo(lines == null ? "" : lines.replace("|", "\n") + "\n");
    }

    @Test
    void statusIsTheLastCommands() {
        assertThat(sh("true; false").status()).isEqualTo(1);
        assertThat(sh("exit 7").status()).isEqualTo(7);
        assertThat(sh("").status()).isZero();
    }

    @Test
    void unknownCommandIsOneLineAndStatus127() {
        Result result = sh("foo bar");

        assertThat(result.status()).isEqualTo(127);
        assertThat(result.err()).isEqualTo("foo: no such command; 'help' lists them\n");
    }

    @Test
    void readerOfAnUnknownCommandReadsNothing() {
        assertThat(sh("foo | wc -c").out()).isEqualTo("0\n");
    }

    @Test
    void missingInputFileIsFoundBeforeAnythingRuns() {
        Result result = sh("cat < /none");

        assertThat(result.err()).isEqualTo("sh: /none: no such file or directory\n");
        assertThat(result.status()).isEqualTo(1);
        assertThat(grid.spawned).extracting(ProcessSpec::program).containsExactly("sh");
    }

    @Test
    void syntaxErrorIsOneLineStatus2AndRunsNothing() {
        Result result = sh("echo a; if true; echo b");

        assertThat(result.status()).isEqualTo(2);
        assertThat(result.out()).isEmpty();
        assertThat(result.err()).isEqualTo("sh: line 1, column 24: expected 'then', found the end\n");
    }

    @Test
    void pipelineWithoutATileForAllLeavesNoProcessBehind() {
        grid.limitTiles(2);

        Result result = sh("cat | cat");

        assertThat(result.status()).isEqualTo(1);
        assertThat(result.err()).startsWith("sh: cat: every tile has its client");
        assertThat(grid.processes()).isEmpty();
    }

    @Test
    void writerOfAReaderThatHasGoneEndsQuietly() {
        grid.withFile("/tmp/long", "line\n".repeat(100_000));

        Result result = sh("cat /tmp/long | head -n 1");

        assertThat(result.out()).isEqualTo("line\n");
        assertThat(result.err()).isEmpty();
    }

    @Test
    void substitutionLeavesNoTemporaryFile() throws Exception {
        assertThat(out("echo $(echo $(echo a)) | { cat; }")).isEqualTo("a\n");

        assertThat(grid.namesIn("/tmp")).isEmpty();
    }

    @Test
    @DisplayName("trace marks the command that it runs, in a pipeline too")
    void traceMarksItsCommand() {
        out("trace echo a; trace --all echo b | cat");

        assertThat(grid.spawned)
                .filteredOn(spec -> spec.program().equals("echo"))
                .extracting(ProcessSpec::trace)
                .containsExactly(Tracing.FIRST_READ, Tracing.ALL);
        assertThat(grid.spawned)
                .filteredOn(spec -> spec.program().equals("cat"))
                .extracting(ProcessSpec::trace)
                .containsExactly(Tracing.NONE);
    }

    @Test
    void scriptRunsFromAFileWithItsArguments() {
        grid.withFile("/tmp/s", "# a comment\necho $0 $2\n");

        assertThat(out("sh /tmp/s a b")).isEqualTo("/tmp/s b\n");
    }

    @Test
    void scriptsSyntaxErrorNamesItsFileAndLine() {
        grid.withFile("/tmp/s", "echo a\nfi\n");

        assertThat(sh("sh /tmp/s").err()).isEqualTo("sh: /tmp/s: line 2, column 1: expected a command, found 'fi'\n");
    }

    @Test
    void commandsComeThroughAPipe() {
        assertThat(out("printf 'echo a\\ncat\\necho b\\n' | sh")).isEqualTo("a\nb\n");
    }

    @Test
    void jobIsListedWhileItRunsAndWaitedFor() {
        Result result = sh("sleep 0.3 & jobs; fg; jobs; wait %9");

        assertThat(result.out()).isEqualTo("[1] running  sleep 0.3\nsleep 0.3\n");
        assertThat(result.err()).isEqualTo("wait: %9: no such job; 'jobs' lists them\n");
        assertThat(result.status()).isEqualTo(1);
    }

    @Test
    void everyCommandHelpsWithAnExample() {
        assertThat(Commands.usages().keySet()).isNotEmpty().allSatisfy(name -> {
            Result result = sh("'" + name + "' --help");
            assertThat(result.status()).isZero();
            assertThat(result.out()).startsWith("usage: " + name).contains("\nexample: ");
            assertThat(sh("help '" + name + "'").out()).isEqualTo(result.out());
        });
    }

    @Test
    void whatIsSentToAMailboxOfTheShellIsReceivedThereAndAFullOneSaysSo() {
        assertThat(out("mbox create -m 2 inbox > /dev/null; msend inbox good  morning; msend inbox -n; mrecv inbox;"
                        + " mrecv inbox"))
                .isEqualTo("good morning\n-n\n");
        Result full =
                sh("mbox create -m 1 full > /dev/null; msend full a; msend full b; mbox destroy full; msend full c");
        assertThat(full.out()).isEqualTo("full: 1 message was lost\n");
        assertThat(full.err().lines())
                .containsExactly(
                        "msend: full: the receiver's mailbox is full; try again",
                        "msend: full: no mailbox has that name");
    }

    @Test
    void messagesOfAnInterruptMailboxAreShownAsTheyComeUnlessMasked() {
        Result result = sh("mbox create -i bell > /dev/null; msend bell one; mbox mask; msend bell two; cat /none;"
                + " mbox unmask; mrecv bell");

        assertThat(result.err())
                .isEqualTo(
                        "bell: one\ncat: /none: no such file or directory\nbell: two\nmrecv: bell: its messages are shown as they come\n");
    }

    @Test
    void mboxAndMrecvSayWhatIsWrong() {
        assertThat(sh("mrecv none").err()).isEqualTo("mrecv: none: no mailbox of this shell; 'mbox list' lists them\n");
        assertThat(sh("mbox create -m 2 a > /dev/null; mrecv -t 0.1 a").err())
                .isEqualTo("mrecv: a: no message came in time\n");
        assertThat(sh("mbox create -m 0").err())
                .startsWith("mbox: '0' is no size from 1 to 1000000; usage: mbox create");
        assertThat(sh("mbox drop").err()).startsWith("mbox: 'drop' is nothing that can be done; usage: mbox create");
        assertThat(sh("msend a").err()).startsWith("msend: no text to send; usage: msend");
        assertThat(out("mbox create -m 3 -b 100 a > /dev/null; mbox list"))
                .matches("a +@\\S+ 0 of 3 messages, at most 100 bytes, polled\n");
    }
}
