package org.factoredos.terminal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.factoredos.driver.ConsoleDevice.Keys;
import org.factoredos.driver.ConsoleDevice.Line;
import org.factoredos.driver.ConsoleDevice.Read;
import org.factoredos.driver.ConsoleDevice.Size;
import org.factoredos.driver.ConsoleDevice.Write;
import org.factoredos.driver.ConsoleProtocol.CompletionWanted;
import org.factoredos.driver.ConsoleProtocol.ConsoleRead;
import org.factoredos.driver.ConsoleProtocol.ConsoleWritten;
import org.factoredos.driver.ConsoleProtocol.EndOfInput;
import org.factoredos.driver.ConsoleProtocol.LineInterrupted;
import org.factoredos.driver.ConsoleProtocol.LineRead;
import org.factoredos.driver.ConsoleProtocol.NoKeyPressed;
import org.factoredos.driver.ConsoleProtocol.SizeAnswered;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Payload;
import org.factoredos.server.DeviceRequest;
import org.jline.terminal.Attributes;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.ExternalTerminal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A person at an emulated terminal, who types ahead as fast as can be. */
@Tag("O6")
@Timeout(30)
class TerminalConsoleTest {
    private static final String PROMPT = "fos:/$ ";
    private static final long LOOK_NANOS = 50_000_000L;
    private static final long LONG_NANOS = 20_000_000_000L;

    @TempDir
    Path home;

    private final PipedOutputStream keyboard = new PipedOutputStream();
    private final ByteArrayOutputStream screen = new ByteArrayOutputStream();
    private final CountDownLatch interrupted = new CountDownLatch(1);
    private Terminal terminal;
    private TerminalConsole console;

    @BeforeEach
    void switchOn() throws IOException {
        terminal = new ExternalTerminal("test", "ansi", new PipedInputStream(keyboard), screen, StandardCharsets.UTF_8);
        terminal.setSize(org.jline.terminal.Size.of(100, 30));
        console = new TerminalConsole(terminal, home.resolve("history"), interrupted::countDown);
    }

    @AfterEach
    void switchOff() throws IOException {
        console.close();
        keyboard.close();
    }

    @Test
    void aLineIsEditedBehindItsPromptAndRemembered() throws Exception {
        CompletableFuture<Payload> line = ask(line());
        awaitScreen(PROMPT);
        type("lz\bs /tmp!\r");

        assertThat(line.get()).isEqualTo(new LineRead("ls /tmp!"));
        assertThat(Files.readString(home.resolve("history"))).contains("ls /tmp!");

        CompletableFuture<Payload> again = ask(line());
        type("\033[A\r"); // The arrow upwards.
        assertThat(again.get()).isEqualTo(new LineRead("ls /tmp!"));
    }

    @Test
    void aSingleOfferCompletesTheWordAndTheShellMayQuoteIt() throws Exception {
        CompletableFuture<Payload> line = ask(line());
        awaitScreen(PROMPT);
        type("cat|ls my");
        awaitScreen("ls my");
        type("\t");
        assertThat(line.get()).isEqualTo(new CompletionWanted("cat|ls my", 9));

        CompletableFuture<Payload> completed = ask(new Line(PROMPT, List.of("my\\ file")));
        type("x\r");
        assertThat(completed.get()).isEqualTo(new LineRead("cat|ls my\\ file x"));
    }

    @Test
    void behindADirectoryTheWordGoesOn() throws Exception {
        CompletableFuture<Payload> line = ask(line());
        awaitScreen(PROMPT);
        type("ls /t\t");
        assertThat(line.get()).isInstanceOf(CompletionWanted.class);

        CompletableFuture<Payload> completed = ask(new Line(PROMPT, List.of("/tmp/")));
        type("x\r");
        assertThat(completed.get()).isEqualTo(new LineRead("ls /tmp/x"));
    }

    @Test
    void severalOffersCompleteWhatTheyHaveInCommonAndAreListed() throws Exception {
        CompletableFuture<Payload> line = ask(line());
        awaitScreen(PROMPT);
        type("cat ab\t");
        assertThat(line.get()).isInstanceOf(CompletionWanted.class);

        CompletableFuture<Payload> completed = ask(new Line(PROMPT, List.of("abcd1", "abcd2")));
        awaitScreen("abcd");
        type("2\r");
        assertThat(completed.get()).isEqualTo(new LineRead("cat abcd2"));
    }

    @Test
    void withoutAnOfferTheLineStaysAsItIs() throws Exception {
        CompletableFuture<Payload> line = ask(line());
        awaitScreen(PROMPT);
        type("nix\t");
        assertThat(line.get()).isInstanceOf(CompletionWanted.class);

        CompletableFuture<Payload> completed = ask(line());
        type("da\r");
        assertThat(completed.get()).isEqualTo(new LineRead("nixda"));
    }

    @Test
    void controlCAtThePromptGivesTheLineUpAndControlDEndsTheInput() throws Exception {
        CompletableFuture<Payload> line = ask(line());
        awaitScreen(PROMPT);
        type("rm x");
        awaitScreen("rm x");
        type("\003");
        assertThat(line.get()).isEqualTo(new LineInterrupted());

        CompletableFuture<Payload> next = ask(line());
        type("\004");
        assertThat(next.get()).isEqualTo(new EndOfInput());
        assertThat(interrupted.getCount()).isOne();
    }

    @Test
    void whatIsTypedWhileTheEditorStillHasTheTerminalEndsInANewline() throws Exception {
        Attributes lineMode = terminal.enterRawMode();
        type("early\r");
        await().until(() -> terminal.input().available() >= 6);
        terminal.setAttributes(lineMode);

        CompletableFuture<Payload> read = ask(new Read(10));
        assertThat(read.get()).isEqualTo(new ConsoleRead(Bytes.utf8("early\n")));
    }

    @Test
    void controlCWhileNoLineIsEditedIsToldToTheHook() throws Exception {
        CompletableFuture<Payload> read = ask(new Read(10));
        type("\003");
        interrupted.await();
        assertThat(read).isNotDone();
    }

    @Test
    void aProgramReadsWholeLinesAndWhatItLeavesIsTheShells() throws Exception {
        type("één\n");
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        while (read.size() < 6) { // Bytes come as they are typed.
            Bytes piece = ((ConsoleRead) ask(new Read(100)).get()).data();
            read.writeBytes(piece.toArray());
        }
        assertThat(read.toString(StandardCharsets.UTF_8)).isEqualTo("één\n");

        CompletableFuture<Payload> killed = ask(new Read(100));
        CompletableFuture<Payload> line = ask(line());
        awaitScreen(PROMPT);
        type("ls\r");
        assertThat(line.get()).isEqualTo(new LineRead("ls"));
        assertThat(killed).isNotDone();
    }

    @Test
    void aKeyWhoseBytesComeOneByOneIsReadWhole() throws Exception {
        for (int tries = 0; tries < 10; tries++) { // A machine that is busy may make the gap too long.
            CompletableFuture<Payload> first = ask(new Keys(10, LONG_NANOS));
            type("\033");
            Thread.sleep(20);
            type("[A");
            if (first.get().equals(new ConsoleRead(Bytes.utf8("\033[A")))) {
                return;
            }
            ask(new Keys(10, LONG_NANOS)).get();
        }
        fail("never whole");
    }

    @Test
    void aWaitForKeysEndsAndTheNextHasWhatIsPressed() throws Exception {
        assertThat(ask(new Keys(10, 0)).get()).isEqualTo(new NoKeyPressed());
        assertThat(ask(new Keys(10, LOOK_NANOS)).get()).isEqualTo(new NoKeyPressed());
        type("q");
        Thread.sleep(150); // For whoever would still take it.
        assertThat(ask(new Keys(10, LONG_NANOS)).get()).isEqualTo(new ConsoleRead(Bytes.utf8("q")));

        CompletableFuture<Payload> line = ask(line());
        type("ls\r");
        assertThat(line.get()).isEqualTo(new LineRead("ls"));
    }

    @Test
    void noKeyIsLostWhereAWaitEndsAsItIsPressed() throws Exception {
        StringBuilder read = new StringBuilder();
        StringBuilder typed = new StringBuilder();
        for (int i = 0; i < 40; i++) {
            String key = Character.toString('a' + i % 26);
            typed.append(key);
            CompletableFuture<Payload> keys = ask(new Keys(10, LOOK_NANOS));
            Thread.sleep(45 + i % 10); // About when the wait ends.
            type(key);
            if (keys.get() instanceof ConsoleRead(Bytes data)) {
                read.append(data.toUtf8());
            }
        }
        while (ask(new Keys(10, 5 * LOOK_NANOS)).get() instanceof ConsoleRead(Bytes data)) {
            read.append(data.toUtf8());
        }
        assertThat(read.toString()).isEqualTo(typed.toString());
    }

    @Test
    void aLineThatIsEditedAsTheDriverCrashesIsItsSuccessorsAndNotDrawnAgain() throws Exception {
        CompletableFuture<Payload> lost = ask(line());
        awaitScreen(PROMPT);
        type("ls /t");
        awaitScreen("ls /t");
        console.abandon();
        type("mp\r");
        awaitScreen("ls /tmp");

        assertThat(ask(line()).get()).isEqualTo(new LineRead("ls /tmp"));
        assertThat(lost).isNotDone();
        assertThat(screen.toString(StandardCharsets.UTF_8)).containsOnlyOnce(PROMPT);
    }

    @Test
    void whatIsTypedWhileNobodyReadsAfterACrashIsTheNextOnes() throws Exception {
        CompletableFuture<Payload> lost = ask(new Read(10));
        console.abandon();
        type("x\n");
        await("nobody who is no more takes it").during(Duration.ofMillis(300)).until(() -> !lost.isDone());

        assertThat(ask(new Read(10)).get()).isEqualTo(new ConsoleRead(Bytes.utf8("x\n")));
    }

    @Test
    void outputGoesToTheScreenAlsoWhileALineIsEdited() throws Exception {
        assertThat(ask(new Write(false, Bytes.utf8("motd\n"))).get()).isEqualTo(new ConsoleWritten());
        awaitScreen("motd");
        CompletableFuture<Payload> line = ask(line());
        awaitScreen(PROMPT);
        type("l");
        assertThat(ask(new Write(true, Bytes.utf8("[1] done\n"))).get()).isEqualTo(new ConsoleWritten());
        awaitScreen("[1] done");
        type("s\r");
        assertThat(line.get()).isEqualTo(new LineRead("ls"));
    }

    @Test
    void theSizeIsTheTerminals() throws Exception {
        assertThat(ask(new Size()).get()).isEqualTo(new SizeAnswered(100, 30, true));
        terminal.setSize(org.jline.terminal.Size.of(0, 0));
        assertThat(ask(new Size()).get()).isEqualTo(new SizeAnswered(80, 24, true));
    }

    private static Line line() {
        return new Line(PROMPT, List.of());
    }

    private CompletableFuture<Payload> ask(DeviceRequest<?> request) {
        CompletableFuture<Payload> answer = new CompletableFuture<>();
        console.begin(request, answer::complete);
        return answer;
    }

    private void type(String keys) throws IOException {
        keyboard.write(keys.getBytes(StandardCharsets.UTF_8));
        keyboard.flush();
    }

    private void awaitScreen(String text) {
        await().until(() -> screen.toString(StandardCharsets.UTF_8).contains(text));
    }
}
