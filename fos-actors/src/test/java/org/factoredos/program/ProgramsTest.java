package org.factoredos.program;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.factoredos.driver.ConsoleProtocol.SizeAnswered;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.lib.Fos;
import org.factoredos.lib.MemoryGrid;
import org.factoredos.lib.MemoryGrid.Result;
import org.factoredos.naming.NameProtocol;
import org.factoredos.placement.ProcessId;
import org.factoredos.placement.ProcessSpec;
import org.factoredos.placement.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each program by itself. Arguments and lines are separated by bars. */
@Timeout(30)
class ProgramsTest {
    private static final String TEXT = "one\ntwo words\nThree\n";

    private final MemoryGrid grid = new MemoryGrid(Programs.all());

    private Result run(String... words) {
        return grid.run(words[0], Arrays.copyOfRange(words, 1, words.length));
    }

    private Result fed(String input, String... words) {
        grid.withFile("/tmp/in", input);
        return grid.run(new Stream.File("/tmp/in"), words[0], Arrays.copyOfRange(words, 1, words.length));
    }

    private static String lines(String bars) {
        return bars == null ? "" : bars.replace('|', '\n') + "\n";
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " => ",
            quoteCharacter = '`',
            value = {
                "cat|/tmp/t => one|two words|Three",
                "wc|-l|/tmp/t => 3 /tmp/t",
                "wc|/tmp/t => ` 3  4 20 /tmp/t`",
                "wc|/tmp/t|/tmp/u => ` 3  4 20 /tmp/t| 2  3  6 /tmp/u| 5  7 26 total`",
                "wc|-c|-l|/tmp/t => ` 3 20 /tmp/t`",
                "grep|o|/tmp/t => one|two words",
                "grep|-c|o|/tmp/t => 2",
                "grep|-v|o|/tmp/t => Three",
                "grep|-in|THREE|/tmp/t => 3:Three",
                "grep|2|/tmp/t|/tmp/u => /tmp/u:2",
                "grep|-c|2|/tmp/t|/tmp/u => /tmp/t:0|/tmp/u:1",
                "grep|-q|one|/tmp/t => ",
                "head|-n|1|/tmp/t => one",
                "head|-2|/tmp/u => 10|9",
                "head|-c|3|/tmp/t => one",
                "head|-n1|/tmp/t|/tmp/u => ==> /tmp/t <==|one||==> /tmp/u <==|10",
                "tail|-n|1|/tmp/t => Three",
                "tail|-n|+2|/tmp/u => 9|2",
                "sort|/tmp/u => 10|2|9",
                "sort|-n|/tmp/u => 2|9|10",
                "sort|-rn|/tmp/u => 10|9|2",
                "sort|-u|/tmp/u|/tmp/u => 10|2|9",
                "seq|3 => 1|2|3",
                "seq|2|-1|0 => 2|1|0",
                "seq|1|.5|2 => 1.0|1.5|2.0",
                "echo|a|-n => a -n",
                "printf|%s-%03d.|a|7|b => a-007.b-000.",
                "printf|%5.1f\\t\\x41\\101%%\\n|2.25 => `  2.3\tAA%|`",
                "printf|%b|a\\tb => a\tb",
                "stat|/tmp/t => `  File: /tmp/t|  Kind: file|  Size: 20 bytes, of which chunks hold 20| Owner: operator"
                        + "|  Mode: -rw-r--r-- (0644)| Names: 1|Modify: 2023-11-14 22:13 UTC"
                        + "|Change: 2023-11-14 22:13 UTC|Access: 2023-11-14 22:13 UTC|    Id: /tmp#5`",
                "ls|/tmp => t|u",
                "ls|-l|/tmp => -rw-r--r-- 1 operator 20 2023-11-14 22:13 t|-rw-r--r-- 1 operator  6 2023-11-14 22:13 u",
                "find|/tmp => /tmp|/tmp/t|/tmp/u",
                "find|/tmp|-name|[t-z] => /tmp/t|/tmp/u",
                "find|/tmp|-type|d => /tmp",
                "find|/|-maxdepth|1|-name|*m* => /home|/tmp",
                "scrub|--now => SLICE  STATE    CHUNKS  DAMAGED  REPAIRED  LAST ENDED (UTC)"
                        + "|0      running  7       2        1         -",
                "du|-h|/tmp => 26\t/tmp",
                "df|/tmp/t => VOLUME  SLICE  FILES  USED|/tmp    0      3      26",
                "ls|/tmp/t|/srv => /tmp/t||/srv:",
                "env => HOME=/home",
            })
    void programPrints(String words, String output) {
        grid.withFile("/tmp/t", TEXT).withFile("/tmp/u", "10\n9\n2");
        Result result = run(words.split("\\|"));

        assertThat(result.err()).isEmpty();
        assertThat(result.out().stripTrailing()).isEqualTo(lines(output).stripTrailing());
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " => ",
            quoteCharacter = '`',
            value = {
                "cat|/x => 1|cat: /x: no such file or directory",
                "cat|/tmp => 1|cat: /tmp: it is a directory",
                "cat|-x => 2|cat: unknown option -x; usage: cat [FILE...]",
                "ls|/x => 1|ls: /x: no such file or directory",
                "cp|/x|/tmp/y => 1|cp: /x: no such file or directory",
                "cp|/tmp => 2|cp: too few arguments; usage: cp [-r] [-p] SOURCE... DESTINATION",
                "cp|/tmp|/srv => 1|cp: /tmp: is a directory; 'cp -r' copies those",
                "cp|-r|/tmp|/tmp/a => 1|cp: /tmp/a: lies inside /tmp, which would be copied into itself",
                "cp|/tmp/t|/tmp/t => 1|cp: /tmp/t: is the same file as /tmp/t",
                "cp|/tmp/t|/tmp/t|/tmp/x => 1|cp: /tmp/x: is no directory, so it cannot take several files",
                "rm|/tmp => 1|rm: /tmp: is a directory; 'rm -r' removes those",
                "rm|-r|/ => 1|rm: /: holds the working directory; leave it first",
                "rm|/x => 1|rm: /x: no such file or directory",
                "mkdir|/tmp => 1|mkdir: /tmp: it exists already",
                "mkdir|-p|/tmp/t/x => 1|mkdir: /tmp/t: it exists already",
                "rmdir|/tmp => 1|rmdir: /tmp: the directory is not empty",
                "head|-n|x => 2|head: 'x' is no number of lines; usage: head [-n LINES",
                "head|-n => 2|head: option -n needs a value; usage: head [-n LINES",
                "sleep|soon => 2|sleep: 'soon' is no time; usage: sleep NUMBER[s|m|h|d]",
                "seq|1|0|2 => 2|seq: a step of 0 never ends; usage: seq [FIRST [STEP]] LAST",
                "kill|me => 2|kill: 'me' is no process; 'ps' lists them; usage: kill [-s SIGNAL] PROCESS...",
                "kill|1.1.99 => 1|kill: 1.1.99: there is no process of that number; 'ps' lists them",
                "printf|%d|x => 2|printf: 'x' is no whole number; usage: printf FORMAT [ARGUMENT...]",
                "resolve|none => 1|resolve: none: no mailbox has that name",
                "test|a|b|c|d|e => 2|test: too many arguments; usage: test",
                "test|1|-lt|x => 2|test: 'x' is no whole number; usage: test",
            })
    void errorIsOneLineThatSaysWhatIsWrong(String words, String expected) {
        grid.withFile("/tmp/t", TEXT);
        Result result = run(words.split("\\|"));

        int bar = expected.indexOf('|');
        assertThat(result.status()).isEqualTo(Integer.parseInt(expected.substring(0, bar)));
        assertThat(result.err()).startsWith(expected.substring(bar + 1)).hasLineCount(1);
        assertThat(result.out()).isEmpty();
        assertThat(grid.text("/tmp/t")).isEqualTo(TEXT);
    }

    @ParameterizedTest
    @CsvSource({
        "0, a", "1, ''", "0, -f|/tmp/t", "1, -d|/tmp/t", "0, -d|/tmp", "1, -e|/x", "0, -s|/tmp/t", "0, -n|x",
                "0, -z|''",
        "0, a|=|a", "0, a|!=|b", "0, 2|-lt|10", "1, 2|-gt|10", "0, 10|-eq|010", "1, !|a", "0, !|a|=|b", "0, =",
                "0, =|=|="
    })
    void testAnswersWithItsStatus(int status, String words) {
        grid.withFile("/tmp/t", TEXT);
        String[] asked = words.replace("''", "").split("\\|", -1);

        assertThat(grid.run("test", asked).status()).isEqualTo(status);
        List<String> bracketed = new ArrayList<>(List.of(asked));
        bracketed.add("]");
        assertThat(grid.run("[", bracketed.toArray(String[]::new)).status()).isEqualTo(status);
    }

    @Test
    void ncRefusesWhatMakesNoSense() {
        assertThat(run("nc", "-z", "-l", "80").err()).contains("-z connects: it goes with neither -l nor -u");
        assertThat(run("nc", "-z", "-u", "h", "80").status()).isEqualTo(2);
        assertThat(run("nc", "-l", "-w", "3", "80").err()).contains("-l waits for as long as it takes");
        assertThat(run("nc", "-w", "0", "h", "80").err()).contains("'0' is no number of seconds");
        assertThat(run("nc", "-z", "h", "90-80").err()).contains("'80' is no port");
        assertThat(run("nc", "-z", "h", "1-60000").err()).contains("at most 1024 ports at a time");
    }

    @Test
    void linksAreMadeReadCopiedAndRemovedAsWhatTheyAre() {
        run("mkdir", "/tmp/d");
        grid.withFile("/tmp/d/file", "text");
        assertThat(run("ln", "-s", "file", "/tmp/d/soft").status()).isZero();
        assertThat(run("ln", "/tmp/d/file", "/tmp/d/hard").status()).isZero();
        assertThat(run("readlink", "/tmp/d/soft").out()).isEqualTo("file\n");
        assertThat(run("cat", "/tmp/d/soft").out()).isEqualTo("text");
        assertThat(run("ls", "-l", "/tmp/d").out())
                .contains("lrwxrwxrwx 1 operator 4 2023-11-14 22:13 soft -> file\n")
                .contains("-rw-r--r-- 2 operator 4 2023-11-14 22:13 hard\n");
        assertThat(run("du", "-s", "/tmp/d").out()).isEqualTo("4\t/tmp/d\n");

        assertThat(run("cp", "-r", "/tmp/d", "/tmp/e").status()).isZero();
        assertThat(run("readlink", "/tmp/e/soft").out()).isEqualTo("file\n");
        assertThat(run("cp", "/tmp/d/soft", "/tmp/content").status()).isZero();
        assertThat(run("test", "-L", "/tmp/content").status()).isOne();
        assertThat(run("ln", "-s", "/tmp/d", "/tmp/dir").status()).isZero();
        assertThat(run("rm", "-r", "/tmp/dir").status()).isZero();
        assertThat(grid.text("/tmp/d/file")).isEqualTo("text");
        assertThat(run("ln", "-s", "nowhere", "/tmp/lost").status()).isZero();
        assertThat(run("ls", "/tmp/lost").out()).isEqualTo("/tmp/lost\n");
        assertThat(run("rm", "/tmp/lost").status()).isZero();
    }

    @Test
    void modesAreSetAsPosixWritesThem() {
        run("mkdir", "/tmp/d");
        grid.withFile("/tmp/d/file", "text");
        assertThat(mode("750")).isEqualTo("-rwx------");
        assertThat(mode("u=rw,o+r")).isEqualTo("-rw-r--r--");
        assertThat(mode("-w")).isEqualTo("-r--r--r--");
        assertThat(mode("a+x")).isEqualTo("-r-xr-xr-x");
        assertThat(mode("g-rx")).isEqualTo("-r-x------");
        assertThat(run("chmod", "-R", "1777", "/tmp/d").status()).isZero();
        assertThat(run("ls", "-l", "/tmp").out()).startsWith("drwxrwxrwt ");
        assertThat(run("chmod", "u+z", "/tmp/d").err()).startsWith("chmod: 'u+z' is no mode");
        assertThat(run("chown", "ann", "/tmp/d/file").status()).isZero();
        assertThat(run("ls", "-l", "/tmp/d").out()).contains(" ann ");
    }

    private String mode(String mode) {
        assertThat(run("chmod", mode, "/tmp/d/file").err()).isEmpty();
        return run("ls", "-l", "/tmp/d").out().substring(0, 10);
    }

    @Test
    void touchSetsTimesAndMakesWhatIsMissing() {
        grid.withFile("/tmp/file", "text");
        assertThat(run("touch", "-d", "2020-02-29 12:30", "/tmp/file", "/tmp/new")
                        .err())
                .isEmpty();
        assertThat(run("ls", "-l", "/tmp").out())
                .contains("2020-02-29 12:30 file\n")
                .contains("2020-02-29 12:30 new\n");
        assertThat(run("touch", "-c", "/tmp/none").status()).isZero();
        assertThat(grid.has("/tmp/none")).isFalse();
        assertThat(run("touch", "-d", "yesterday", "/tmp/file").err()).startsWith("touch: 'yesterday' is no time");
        assertThat(run("cp", "-p", "/tmp/file", "/tmp/copy").status()).isZero();
        assertThat(run("ls", "-l", "/tmp/copy").out()).contains("2020-02-29 12:30");
    }

    @Test
    void grepsStatusSaysFoundNotFoundOrError() {
        grid.withFile("/tmp/t", TEXT);

        assertThat(run("grep", "one", "/tmp/t").status()).isZero();
        assertThat(run("grep", "four", "/tmp/t").status()).isEqualTo(1);
        assertThat(run("grep", "one", "/tmp/t", "/x").status()).isEqualTo(2);
        assertThat(run("grep", "(", "/tmp/t").err()).startsWith("grep: '(' is no regular expression (");
    }

    @Test
    void failedOperandDoesNotKeepTheOthersBack() {
        grid.withFile("/tmp/t", "t\n");

        Result result = run("cat", "/tmp/t", "/x", "/tmp/t");

        assertThat(result.out()).isEqualTo("t\nt\n");
        assertThat(result.status()).isEqualTo(1);
    }

    @Test
    void standardInputIsReadWhereNoFileIsNamed() {
        assertThat(fed("b\na\n", "sort").out()).isEqualTo("a\nb\n");
        assertThat(fed("a b", "wc").out()).isEqualTo("      0       2       3\n");
        assertThat(fed("a b", "wc", "-w").out()).isEqualTo("2\n");
        assertThat(fed("x", "cat", "-", "-").out()).isEqualTo("x");
        assertThat(fed("a\na\nb\na\n", "uniq", "-c").out()).isEqualTo("      2 a\n      1 b\n      1 a\n");
    }

    @Test
    void teeWritesToFilesAndGoesOnWithoutOneThatFails() {
        grid.withFile("/tmp/old", "old\n");

        Result result = fed("x\n", "tee", "-a", "/tmp/old", "/none/y", "/tmp/new");

        assertThat(result.out()).isEqualTo("x\n");
        assertThat(result.err()).isEqualTo("tee: /none/y: no such file or directory\n");
        assertThat(result.status()).isEqualTo(1);
        assertThat(grid.text("/tmp/old")).isEqualTo("old\nx\n");
        assertThat(grid.text("/tmp/new")).isEqualTo("x\n");
    }

    @Test
    void treeIsCopiedWholeAndRemovedWhole() throws Exception {
        run("mkdir", "-p", "/home/a/b/c");
        grid.withFile("/home/a/f", "f").withFile("/home/a/b/g", "g");

        assertThat(run("cp", "-r", "/home/a", "/tmp").status()).isZero();
        assertThat(grid.text("/tmp/a/b/g")).isEqualTo("g");
        assertThat(grid.has("/tmp/a/b/c")).isTrue();

        assertThat(run("rm", "-r", "/home/a").status()).isZero();
        assertThat(grid.namesIn("/home")).isEmpty();
    }

    @Test
    void moveBetweenVolumesCopiesThenRemoves() throws Exception {
        run("mkdir", "-p", "/home/a/b");
        grid.withFile("/home/a/b/g", "g");

        Result result = run("mv", "/home/a", "/tmp/z");

        assertThat(result.err()).isEmpty();
        assertThat(grid.text("/tmp/z/b/g")).isEqualTo("g");
        assertThat(grid.namesIn("/home")).isEmpty();
    }

    @Test
    void moveThatCannotCopyLeavesTheSource() {
        run("mkdir", "-p", "/home/a", "/tmp/a/full");
        grid.withFile("/home/a/g", "g");

        Result result = run("mv", "/home/a", "/tmp");

        assertThat(result.status()).isEqualTo(1);
        assertThat(grid.text("/home/a/g")).isEqualTo("g");
        assertThat(grid.has("/tmp/a/full")).isTrue();
    }

    @Test
    void moveWithinAVolumeReplacesAFile() {
        grid.withFile("/tmp/a", "a").withFile("/tmp/b", "b");

        assertThat(run("mv", "/tmp/a", "/tmp/b").status()).isZero();
        assertThat(grid.text("/tmp/b")).isEqualTo("a");
        assertThat(grid.has("/tmp/a")).isFalse();
    }

    @Test
    void removalByForceIsContentWhereNothingIs() {
        assertThat(run("rm", "-f", "/x").status()).isZero();
        assertThat(run("rm", "-f").status()).isZero();
        assertThat(run("rm").status()).isEqualTo(2);
    }

    @Test
    void touchMakesAFileAndLeavesAnother() {
        grid.withFile("/tmp/a", "a");

        assertThat(run("touch", "/tmp/a", "/tmp/b").status()).isZero();
        assertThat(grid.text("/tmp/a")).isEqualTo("a");
        assertThat(grid.text("/tmp/b")).isEmpty();
    }

    @Test
    void syncSyncsEachFile() throws Exception {
        grid.withFile("/tmp/a", "a");

        assertThat(run("sync", "/tmp/a").status()).isZero();
        assertThat(grid.syncs("/tmp/a")).isEqualTo(1);
    }

    /** More than a buffer, with every byte value: no filter may take it for text. */
    @Test
    void bytesPassUnchanged() {
        byte[] data = new byte[600_000];
        new Random(7).nextBytes(data);
        grid.write("/tmp/data", data);

        run("cp", "/tmp/data", "/tmp/copy");
        assertThat(grid.bytes("/tmp/copy")).isEqualTo(data);
        grid.run(new Stream.File("/tmp/data"), "tee", "/tmp/tee");
        assertThat(grid.bytes("/tmp/tee")).isEqualTo(data);
    }

    @Property(tries = 100)
    void sortKeepsEveryLineInByteOrder(@ForAll @Size(max = 200) byte[] data) {
        grid.write("/tmp/data", data);
        List<byte[]> sorted = lines(data);
        sorted.sort(Arrays::compareUnsigned);

        assertThat(run("sort", "/tmp/data").status()).isZero();
        assertThat(lines(grid.lastOutput()))
                .usingElementComparator(Arrays::compareUnsigned)
                .isEqualTo(sorted);
    }

    private static List<byte[]> lines(byte[] data) {
        List<byte[]> lines = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < data.length; i++) {
            if (data[i] == '\n') {
                lines.add(Arrays.copyOfRange(data, start, i));
                start = i + 1;
            }
        }
        if (start < data.length) {
            lines.add(Arrays.copyOfRange(data, start, data.length));
        }
        return lines;
    }

    @Test
    void hexdumpShowsBytesAndTheirText() {
        grid.write("/tmp/d", "0123456789abcdef0123456789abcdef0123456789abcdef\u00e9\n".getBytes(UTF_8));

        assertThat(run("hexdump", "-C", "/tmp/d").out()).isEqualTo("""
                        00000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|
                        *
                        00000030  c3 a9 0a                                          |...|
                        00000033
                        """);
        assertThat(run("hexdump", "/tmp/d").out()).isEqualTo("""
                        0000000 3130 3332 3534 3736 3938 6261 6463 6665
                        *
                        0000030 a9c3 000a
                        0000033
                        """);
    }

    @Test
    void psTilesFleetsAndNamesShowWhatIsThere() throws Exception {
        grid.process().register(MemoryGrid.address(7), "sys:fs", NameProtocol.Flags.FLEET);
        grid.process().register(MemoryGrid.address(8), "app:one", NameProtocol.Flags.SINGLE);

        assertThat(run("ps").out())
                .containsPattern(
                        "(?m)^PROCESS  TILE    AGE   DOMAIN    COMMAND\n1\\.1\\.\\d+ +n1:1,0  0\\.0s  operator  ps\n");
        assertThat(run("fleets").out()).isEqualTo("FLEET   SERVERS  TILES\nsys:fs  1        n1:0,0\n");
        assertThat(run("names").out()).isEqualTo("""
                        NAME     MAILBOXES  KIND             POLICY
                        app:one  1          single
                        sys:fs   1          interchangeable  nearest
                        """);
        assertThat(run("names", "sys:*").out()).doesNotContain("app:one");
        assertThat(run("names", "none*").status()).isEqualTo(1);
        assertThat(run("resolve", "sys:fs").out()).isEqualTo(MemoryGrid.address(7) + "\n");
        assertThat(run("tiles").out())
                .startsWith("TILE    CLIENT\n")
                .contains("n1:1,0  tiles\n")
                .endsWith("1 of 4 tiles are free\n");
    }

    /** Of this memory's two tiles each has taken 10 requests of its node, one at no distance from the first. */
    @Test
    @Tag("S8")
    void fleetsShowsHowFarTheRequestsHaveComeAndHowManyWentToTheNearest() throws Exception {
        Address first = new Address(MemoryGrid.address(7).client(), 7, tile(0));
        grid.register("sys:one", List.of(first));
        grid.register("sys:two", List.of(first, new Address(first.client(), 8, tile(1))));

        assertThat(run("fleets", "--hops").out()).isEqualTo("""
                        FLEET    REQUESTS  0 HOPS  1-2  3-4  5-8  OTHER NODES  MEAN  NEAREST
                        sys:one  14        1       0    0    9    4            4.5   -
                        sys:two  28        1       1    9    9    8            4.1   35%
                        """);
        assertThat(run("fleets", "--hops", "--json").out())
                .startsWith("{\"fleets\":[{\"name\":\"sys:one\",\"servers\":1,\"tiles\":[\"n1:0,0\"],\"requests\":14,"
                        + "\"byHops\":{\"0\":1,\"5\":9},\"otherNodes\":4,\"choices\":0,\"nearest\":0},");
        assertThat(run("fleets", "--json").out())
                .startsWith("{\"fleets\":[{\"name\":\"sys:one\",\"servers\":1,\"tiles\":[\"n1:0,0\"]},");
        assertThat(run("fleets", "--far").err()).contains("unknown option --far");
    }

    private static TileId tile(int x) {
        return new TileId(new NodeId(1), x, 0);
    }

    @Test
    void topShowsTheBusiestTilesFirst() throws Exception {
        List<String> lines = run("top").out().lines().toList();
        assertThat(lines.getFirst()).startsWith("TILE").contains("SENDS/S").endsWith("CACHE HITS");
        assertThat(lines.get(1)).matches("n1:1,0 +cat +[1-9]\\d* +40 +2 +5 +4 +3 of 4");
        assertThat(lines.get(2)).matches("n1:0,0 +quiet +0 +7 +2 +5 +4 +3 of 4");
        assertThat(run("top", "-t", "1").out().lines()).hasSize(2);
        assertThat(run("top", "-t", "x").err())
                .startsWith("top: 'x' is no number of tiles; usage: top [-n COUNT] [-t TILES]");
    }

    @Test
    void withACountTopAndTilesEndEvenOnATerminal() {
        grid.terminal = Optional.of(new SizeAnswered(100, 30, true));

        assertThat(run("top", "-n", "2").out().lines().filter(line -> line.startsWith("TILE")))
                .hasSize(2);
        assertThat(run("tiles", "--live", "-n", "2").out().lines().filter("n1"::equals))
                .hasSize(2);
    }

    @Test
    void tilesDrawsAMapByWhatRunsThereByLoadAndByQueue() {
        assertThat(run("tiles", "--by", "fleet").out())
                .startsWith("n1\n  a")
                .endsWith(". free   a tiles\n1 of 2 tiles are free\n");
        assertThat(run("tiles", "--live", "--by=queue").out())
                .as("without a terminal, once")
                .startsWith("n1\n  1")
                .contains("messages queued");
        assertThat(run("tiles", "--by", "load").out()).startsWith("n1\n  2").contains("sends a second");
        assertThat(run("tiles", "--by", "colour").err()).contains("'colour' is neither fleet, load nor queue");
        assertThat(run("tiles", "--by").err()).contains("option --by needs a value");
        assertThat(run("tiles", "--live=yes").err()).contains("option --live takes no value");
    }

    @Test
    void spawnTakesItsOptionsInWordsToo() {
        assertThat(run("spawn", "-f", "--tiles", "4", "--wait", "--node", "n1", "echo", "--node", "x")
                        .out())
                .as("behind the program its own")
                .isEqualTo("--node x\n");
        assertThat(grid.lastTiles).isEqualTo(4);
        assertThat(grid.lastPatience).isGreaterThan(Duration.ofDays(1));

        assertThat(run("spawn", "-f", "--tiles=3", "--node=1", "true-or-not").err())
                .contains("no program of that name");
        assertThat(grid.lastTiles).isEqualTo(3);
        assertThat(grid.lastPatience).isZero();
        assertThat(run("spawn", "--node", "7", "echo").err()).contains("n7 is not in the grid");
        assertThat(run("spawn", "--node", "here", "echo").err()).contains("'here' is no");
        assertThat(run("spawn", "--node").err()).contains("option --node needs a value");
    }

    @Test
    void pingCountsWhatIsAccepted() throws Exception {
        grid.process().register(MemoryGrid.address(7), "sys:fs", NameProtocol.Flags.FLEET);

        Result good = run("ping", "-c", "2", "sys:fs");
        assertThat(good.out())
                .containsPattern("sys:fs: message 2: [0-9.]+ us\n2 sent, 2 accepted; least [0-9.]+ us, median");
        assertThat(good.status()).isZero();

        Result bad = run("ping", "-c", "1", "none");
        assertThat(bad.out()).isEqualTo("1 sent, 0 accepted\n");
        assertThat(bad.err()).isEqualTo("ping: none: no mailbox has that name\n");
        assertThat(bad.status()).isEqualTo(1);
        assertThat(run("ping", MemoryGrid.address(9).toString()).err())
                .contains("that mailbox does not exist any more");
        assertThat(run("ping", "-c", "0", "x").status()).isEqualTo(2);
    }

    @Test
    void killEndsAProcess() throws Exception {
        Fos fos = grid.process();
        Stream nothing = new Stream.Nothing();
        ProcessSpec spec = new ProcessSpec(
                "sleep", List.of("1h"), "/", new TreeMap<>(), nothing, nothing, nothing, ProcessSpec.Tracing.NONE);
        ProcessId sleeper = fos.spawn(spec).process();

        assertThat(run("kill", sleeper.toString()).status()).isZero();
        assertThat(fos.waitFor(sleeper)).isEqualTo(137);
    }

    // edit

    private String edited(String path, String... keys) {
        grid.terminal = Optional.of(new SizeAnswered(80, 24, true));
        assertThat(grid.presses(keys).run("edit", path).status()).isZero();
        return grid.text(path);
    }

    @Test
    void editWritesWhatIsTyped() {
        assertThat(edited("/home/new", "one", "\r", "two", "\u001b[A", "\u001b[H", "> ", "\u0013", "\u0018"))
                .isEqualTo("> one\ntwo");
    }

    @Test
    void editAsksBeforeItLosesAChange() {
        grid.withFile("/home/old", "old\n");
        assertThat(edited("/home/old", "x", "\u0018", "n")).isEqualTo("old\n");
        assertThat(edited("/home/old", "x", "\u0018", "\u001b", "y", "\u0018", "y"))
                .isEqualTo("xyold\n");
    }

    @Test
    void editFindsAndTakesLinesOut() {
        grid.withFile("/home/list", "apple\npear\nplum\n");

        assertThat(edited("/home/list", "\u0006", "plu", "\r", "\u000b", "\u001b[5~", "\u0015", "\u0013", "\u0018"))
                .isEqualTo("plum\napple\npear\n");
    }

    @Test
    void editUndoesAndDoesAgain() {
        assertThat(edited("/home/undone", "one", "\r", "two", "\u001f", "\u001bu", "\u001be", "!", "\u0013", "\u0018"))
                .isEqualTo("one\n!");
    }

    @Test
    void editDrawsAWindowsNewSizeThoughNoKeyIsPressed() {
        AtomicInteger waits = new AtomicInteger();
        grid.beforeKeys = () -> {
            if (waits.incrementAndGet() == 2) {
                grid.terminal = Optional.of(new SizeAnswered(40, 12, true));
            }
        };
        grid.terminal = Optional.of(new SizeAnswered(80, 24, true));

        String drawn = grid.presses(MemoryGrid.NO_KEY, MemoryGrid.NO_KEY, MemoryGrid.NO_KEY, "\u0018")
                .run("edit", "/home/new")
                .out();
        assertThat(drawn.split("\u001b\\[23;1H\u001b\\[7m", -1)).as("24 lines").hasSize(2);
        assertThat(drawn.split("\u001b\\[11;1H\u001b\\[7m", -1))
                .as("12 lines, and once more at the key")
                .hasSize(3);
    }

    @Test
    void editLeavesTheScreenAsItWas() {
        grid.terminal = Optional.of(new SizeAnswered(80, 24, true));
        assertThat(grid.presses("\u0018").run("edit", "/home/new").out())
                .startsWith("\u001b[?1049h")
                .endsWith("\u001b[?1049l");
        assertThat(grid.run("edit", "/home/new").out())
                .as("there are no more keys")
                .endsWith("\u001b[?1049l");
    }

    @Test
    void editTakesNoDirectoryAndNeedsATerminal() {
        assertThat(grid.run("edit", "/home/x").err()).contains("there is no terminal");
        grid.terminal = Optional.of(new SizeAnswered(80, 24, true));
        assertThat(grid.run("edit", "/home").err()).contains("/home: it is no file");
        assertThat(grid.run("edit", "/home/none/x").status())
                .as("the terminal has no more keys")
                .isEqualTo(1);
    }
}
