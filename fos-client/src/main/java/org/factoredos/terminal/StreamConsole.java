package org.factoredos.terminal;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.function.Consumer;
import org.factoredos.driver.ConsoleDevice;
import org.factoredos.driver.ConsoleDevice.AwaitInterrupt;
import org.factoredos.driver.ConsoleDevice.Keys;
import org.factoredos.driver.ConsoleDevice.Line;
import org.factoredos.driver.ConsoleDevice.Read;
import org.factoredos.driver.ConsoleDevice.Size;
import org.factoredos.driver.ConsoleDevice.Write;
import org.factoredos.driver.ConsoleProtocol.ConsoleFailed;
import org.factoredos.driver.ConsoleProtocol.ConsoleRead;
import org.factoredos.driver.ConsoleProtocol.EndOfInput;
import org.factoredos.driver.ConsoleProtocol.LineRead;
import org.factoredos.driver.ConsoleProtocol.SizeAnswered;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Payload;
import org.factoredos.server.Device;
import org.factoredos.server.DeviceRequest;
import org.factoredos.terminal.Wishes.Wish;
import org.jspecify.annotations.Nullable;

/**
 * A console without a terminal: the standard streams of a command, byte for byte, without prompt or echo.
 *
 * <p>Nothing is read before somebody asks, for what stands in the input may be another process's.
 */
public final class StreamConsole implements Device, AutoCloseable {
    private static final int CHUNK_BYTES = 64 * 1024;

    private final InputStream in;
    private final Output output;
    private final Wishes wishes = new Wishes();
    private final Thread gatherer;

    // For the gatherer alone: what has been read and not handed out.
    private Bytes unread = Bytes.EMPTY;
    private boolean ended;
    private @Nullable String failed;

    /** @param whenGone told once, in some thread, when the output cannot be written any more */
    public StreamConsole(InputStream in, OutputStream out, OutputStream error, Consumer<IOException> whenGone) {
        this.in = in;
        this.output = new Output(write -> write(write, write.error() ? error : out), whenGone);
        this.gatherer = Thread.ofPlatform().daemon().name("console-input").start(this::gather);
    }

    /** Over this process's standard streams. */
    @SuppressWarnings("resource") // Standard streams are not ours to close.
    public static StreamConsole standard(Consumer<IOException> whenGone) {
        return new StreamConsole(
                new FileInputStream(FileDescriptor.in),
                new FileOutputStream(FileDescriptor.out),
                new FileOutputStream(FileDescriptor.err),
                whenGone);
    }

    @Override
    public void begin(DeviceRequest<?> request, Consumer<Payload> done) {
        switch ((ConsoleDevice) request) {
            case Write write -> output.begin(write, done);
            case Read _, Keys _, Line _ -> wishes.put(new Wish((ConsoleDevice) request, done));
            case AwaitInterrupt() -> {
                // Without a terminal Ctrl-C, and any other signal, is for the whole process.
            }
            case Size() -> done.accept(SizeAnswered.NO_TERMINAL);
        }
    }

    @Override
    public void abandon() {
        wishes.clear();
    }

    /** Writes what is left to write. */
    @Override
    public void close() {
        gatherer.interrupt();
        output.close();
    }

    private static void write(Write write, OutputStream to) throws IOException {
        to.write(write.data().toArray());
        to.flush();
    }

    private void gather() {
        try {
            while (true) {
                Wish wish = wishes.await();
                if (!satisfiable(wish)) {
                    readMore(); // Blocks; another wish may have taken this one's place by then.
                } else if (wishes.claim(wish)) {
                    wish.done().accept(handOut(wish.request()));
                }
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean satisfiable(Wish wish) {
        return ended || (wish.request() instanceof Line ? endOfLine() >= 0 : !unread.isEmpty());
    }

    private void readMore() {
        byte[] chunk = new byte[CHUNK_BYTES];
        try {
            int count = in.read(chunk);
            ended = count < 0;
            if (count > 0) {
                byte[] joined = Arrays.copyOf(unread.toArray(), unread.length() + count);
                System.arraycopy(chunk, 0, joined, unread.length(), count);
                unread = Bytes.owning(joined);
            }
        } catch (IOException e) {
            ended = true;
            failed = e.getMessage();
        }
    }

    private Payload handOut(ConsoleDevice request) {
        if (unread.isEmpty() && failed != null) {
            return new ConsoleFailed(failed);
        }
        return switch (request) {
            case Read(int most) -> new ConsoleRead(take(Math.min(most, unread.length())));
            case Keys(int most, long wait) -> new ConsoleRead(take(Math.min(most, unread.length())));
            case Line line -> line();
            default -> throw new IllegalStateException("no input: " + request);
        };
    }

    private Payload line() {
        if (unread.isEmpty()) {
            return new EndOfInput();
        }
        int end = endOfLine();
        if (end < 0) {
            return new LineRead(take(unread.length()).toUtf8()); // The last line lacks its end.
        }
        String line = take(end).toUtf8();
        take(1);
        return new LineRead(line.endsWith("\r") ? line.substring(0, line.length() - 1) : line);
    }

    private Bytes take(int count) {
        Bytes taken = unread.slice(0, count);
        unread = unread.slice(count, unread.length() - count);
        return taken;
    }

    private int endOfLine() {
        for (int i = 0; i < unread.length(); i++) {
            if (unread.at(i) == '\n') {
                return i;
            }
        }
        return -1;
    }
}
