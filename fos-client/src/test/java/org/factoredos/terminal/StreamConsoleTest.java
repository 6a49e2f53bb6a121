package org.factoredos.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.factoredos.driver.ConsoleDevice.Keys;
import org.factoredos.driver.ConsoleDevice.Line;
import org.factoredos.driver.ConsoleDevice.Read;
import org.factoredos.driver.ConsoleDevice.Size;
import org.factoredos.driver.ConsoleDevice.Write;
import org.factoredos.driver.ConsoleProtocol.ConsoleFailed;
import org.factoredos.driver.ConsoleProtocol.ConsoleRead;
import org.factoredos.driver.ConsoleProtocol.ConsoleWritten;
import org.factoredos.driver.ConsoleProtocol.EndOfInput;
import org.factoredos.driver.ConsoleProtocol.LineRead;
import org.factoredos.driver.ConsoleProtocol.NoKeyPressed;
import org.factoredos.driver.ConsoleProtocol.SizeAnswered;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Payload;
import org.factoredos.server.DeviceRequest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Tag("O6")
@Timeout(20)
class StreamConsoleTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream error = new ByteArrayOutputStream();

    @Test
    void everyByteGoesThroughUnchanged() throws Exception {
        byte[] all = new byte[256];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) i;
        }
        try (StreamConsole console = over(all)) {
            ConsoleRead read = (ConsoleRead) ask(console, new Read(1000)).get();
            assertThat(read.data().toArray()).isEqualTo(all);
            assertThat(ask(console, new Write(false, read.data())).get()).isEqualTo(new ConsoleWritten());
        }
        assertThat(out.toByteArray()).isEqualTo(all);
        assertThat(error.size()).isZero();
    }

    @Test
    void aReadGetsNoMoreThanItAskedForAndTheRestIsTheNextOnes() throws Exception {
        try (StreamConsole console = over("abcde".getBytes(StandardCharsets.UTF_8))) {
            assertThat(ask(console, new Read(2)).get()).isEqualTo(new ConsoleRead(Bytes.utf8("ab")));
            assertThat(ask(console, new Read(9)).get()).isEqualTo(new ConsoleRead(Bytes.utf8("cde")));
            assertThat(ask(console, new Read(9)).get()).isEqualTo(new ConsoleRead(Bytes.EMPTY));
            assertThat(ask(console, new Read(9)).get()).isEqualTo(new ConsoleRead(Bytes.EMPTY));
        }
    }

    @Test
    void linesComeWithoutPromptOrEcho() throws Exception {
        try (StreamConsole console = over("één\r\ntwo".getBytes(StandardCharsets.UTF_8))) {
            assertThat(ask(console, new Line("$ ", List.of())).get()).isEqualTo(new LineRead("één"));
            assertThat(ask(console, new Line("$ ", List.of())).get()).isEqualTo(new LineRead("two"));
            assertThat(ask(console, new Line("$ ", List.of())).get()).isEqualTo(new EndOfInput());
        }
        assertThat(out.size()).isZero();
    }

    @Test
    void inputIsLeftToWhoeverTookTheReadersPlace() throws Exception {
        PipedOutputStream typing = new PipedOutputStream();
        try (typing;
                StreamConsole console = new StreamConsole(new PipedInputStream(typing), out, error, failure -> {})) {
            CompletableFuture<Payload> killed = ask(console, new Read(10));
            CompletableFuture<Payload> shell = ask(console, new Line("$ ", List.of()));
            typing.write("ls\n".getBytes(StandardCharsets.UTF_8));
            typing.flush();

            assertThat(shell.get()).isEqualTo(new LineRead("ls"));
            assertThat(killed).isNotDone();
        }
    }

    @Test
    void aWaitForKeysEndsThoughNothingComesAndTheEndOfTheInputIsAnotherThing() throws Exception {
        PipedOutputStream typing = new PipedOutputStream();
        try (typing;
                StreamConsole console = new StreamConsole(new PipedInputStream(typing), out, error, failure -> {})) {
            assertThat(ask(console, new Keys(10, 50_000_000)).get()).isEqualTo(new NoKeyPressed());
            typing.write('q');
            typing.close();
            assertThat(ask(console, new Keys(10, 5_000_000_000L)).get()).isEqualTo(new ConsoleRead(Bytes.utf8("q")));
            assertThat(ask(console, new Keys(10, 5_000_000_000L)).get()).isEqualTo(new ConsoleRead(Bytes.EMPTY));
        }
    }

    @Test
    void aClosedPipeIsToldOnceAndNothingIsComplainedOf() throws Exception {
        CountDownLatch gone = new CountDownLatch(1);
        OutputStream closed = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("Broken pipe");
            }
        };
        try (StreamConsole console =
                new StreamConsole(new ByteArrayInputStream(new byte[0]), closed, error, failure -> gone.countDown())) {
            assertThat(ask(console, new Write(false, Bytes.utf8("x"))).get()).isInstanceOf(ConsoleFailed.class);
            assertThat(gone.await(5, TimeUnit.SECONDS)).isTrue();
            assertThat(ask(console, new Write(true, Bytes.utf8("cat: console: gone")))
                            .get())
                    .isInstanceOf(ConsoleFailed.class);
        }
        assertThat(error.size()).isZero();
    }

    @Test
    void aStreamHasTheSizeOfAnOldTerminal() throws Exception {
        try (StreamConsole console = over(new byte[0])) {
            assertThat(ask(console, new Size()).get()).isEqualTo(new SizeAnswered(80, 24, false));
        }
    }

    private StreamConsole over(byte[] input) {
        return new StreamConsole(new ByteArrayInputStream(input), out, error, failure -> {});
    }

    private static CompletableFuture<Payload> ask(StreamConsole console, DeviceRequest<?> request) {
        CompletableFuture<Payload> answer = new CompletableFuture<>();
        console.begin(request, answer::complete);
        return answer;
    }
}
