package org.factoredos.terminal;

import java.io.IOError;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.factoredos.driver.ConsoleDevice;
import org.factoredos.driver.ConsoleDevice.AwaitInterrupt;
import org.factoredos.driver.ConsoleDevice.Keys;
import org.factoredos.driver.ConsoleDevice.Line;
import org.factoredos.driver.ConsoleDevice.Read;
import org.factoredos.driver.ConsoleDevice.Size;
import org.factoredos.driver.ConsoleDevice.Write;
import org.factoredos.driver.ConsoleProtocol.CompletionWanted;
import org.factoredos.driver.ConsoleProtocol.ConsoleFailed;
import org.factoredos.driver.ConsoleProtocol.ConsoleRead;
import org.factoredos.driver.ConsoleProtocol.EndOfInput;
import org.factoredos.driver.ConsoleProtocol.LineInterrupted;
import org.factoredos.driver.ConsoleProtocol.LineRead;
import org.factoredos.driver.ConsoleProtocol.LineReply;
import org.factoredos.driver.ConsoleProtocol.SizeAnswered;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Payload;
import org.factoredos.server.Device;
import org.factoredos.server.DeviceRequest;
import org.factoredos.terminal.Wishes.Wish;
import org.jline.reader.Candidate;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.ParsedLine;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Attributes;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.NonBlockingInputStream;
import org.jspecify.annotations.Nullable;

/**
 * A console with a terminal and a person at it: lines are edited by JLine, with history and completion.
 *
 * <p>Completion is a conversation. The editor's question ends the shell's wait for a line with {@link CompletionWanted};
 * the shell then asks for the same line again, with its offers, and those go to the editor, which still has the line.
 *
 * <p>So it does where the driver crashes while somebody edits a line: whoever asks its successor gets that line.
 *
 * <p>Bytes are read in the terminal's own line mode, for a program in the foreground, and keys without it. A program that is killed while it
 * waits leaves what is typed to the next who asks.
 */
public final class TerminalConsole implements Device, AutoCloseable {
    /** As long as a system call may take: a shell that has died must not hold the editor. */
    private static final long OFFERS_PATIENCE_SECONDS = 5;
    /** How soon a wait for bytes notices that it has lost its place. */
    private static final long LOOK_MILLIS = 50;

    private static final int ESCAPE = 0x1b;
    /** How long behind an escape the rest of a key's sequence may take: what comes later is another key. */
    private static final long ESCAPE_MILLIS = 100;

    private static final int MOST_BYTES = 4096;

    private final Terminal terminal;
    private final LineReader editor;
    private final NonBlockingInputStream input;
    private final Output output;
    private final Wishes wishes = new Wishes();
    private final Thread gatherer;

    /** For the gatherer alone: what was read for somebody who had lost their place by then. */
    private Bytes unread = Bytes.EMPTY;

    /** For the gatherer alone: how the terminal is when it edits lines itself, while it does not. */
    private @Nullable Attributes lineMode;

    /** Who is to be told of the next Ctrl-C. */
    private volatile @Nullable Consumer<Payload> interruptWanted;

    /** What the editor waits for while it completes a word. */
    private @Nullable CompletableFuture<List<String>> offers;

    /**
     * @param history the file that lines are remembered in
     * @param whenInterrupted told of each Ctrl-C while no line is edited
     */
    public TerminalConsole(Terminal terminal, Path history, Runnable whenInterrupted) {
        this.terminal = terminal;
        this.input = (NonBlockingInputStream) terminal.input();
        terminal.handle(Terminal.Signal.INT, signal -> {
            whenInterrupted.run();
            onInterrupt();
        });
        ShellWords words = new ShellWords();
        this.editor = LineReaderBuilder.builder()
                .terminal(terminal)
                .appName("fos")
                .parser(words)
                .completionMatcher(words)
                .completer(this::complete)
                .variable(LineReader.HISTORY_FILE, history)
                .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true) // "!" is the shell's.
                .option(LineReader.Option.DISABLE_HIGHLIGHTER, true)
                .option(LineReader.Option.AUTO_FRESH_LINE, true)
                .build();
        this.output = new Output(this::write, failure -> {});
        this.gatherer = Thread.ofPlatform().daemon().name("console-input").start(this::gather);
    }

    /** At this process's own terminal. */
    public static TerminalConsole open(Path history, Runnable whenInterrupted) throws IOException {
        Terminal terminal = TerminalBuilder.builder()
                .name("fos")
                .system(true)
                .dumb(true) // Where the terminal cannot be controlled lines are read all the same, without a warning.
                .nativeSignals(true)
                .build();
        return new TerminalConsole(terminal, history, whenInterrupted);
    }

    @Override
    public void begin(DeviceRequest<?> request, Consumer<Payload> done) {
        switch ((ConsoleDevice) request) {
            case Write write -> output.begin(write, done);
            case Read _, Keys _ -> wishes.put(new Wish((ConsoleDevice) request, done));
            case Line line -> beginLine(line, done);
            case AwaitInterrupt() -> interruptWanted = done;
            case Size() -> done.accept(size());
        }
    }

    /** A line that is being edited stays, for whoever asks for one next. */
    @Override
    public void abandon() {
        interruptWanted = null;
        wishes.clear();
    }

    /** Writes what is left to write and gives the terminal back as it was. */
    @Override
    public void close() {
        gatherer.interrupt();
        output.close();
        try {
            terminal.close();
        } catch (IOException e) {
            // It is gone already: there is nothing to give back.
        }
    }

    private synchronized void beginLine(Line line, Consumer<Payload> done) {
        wishes.put(new Wish(line, done));
        if (offers != null) {
            offers.complete(line.offers());
        }
    }

    private void onInterrupt() {
        Consumer<Payload> wanted = interruptWanted;
        interruptWanted = null;
        if (wanted != null) {
            wanted.accept(new ConsoleDevice.Interrupted());
        }
    }

    private SizeAnswered size() {
        org.jline.terminal.Size size = terminal.getSize();
        boolean moves = !terminal.getType().startsWith(Terminal.TYPE_DUMB);
        return size.getColumns() <= 0 || size.getRows() <= 0
                ? new SizeAnswered(80, 24, moves)
                : new SizeAnswered(size.getColumns(), size.getRows(), moves);
    }

    /** What a background process writes while a line is edited goes above it. */
    private void write(Write write) throws IOException {
        if (editor.isReading()) {
            editor.printAbove(write.data().toUtf8());
        } else {
            terminal.output().write(write.data().toArray());
            terminal.output().flush();
        }
    }

    private void gather() {
        try {
            while (true) {
                Wish wish = wishes.await();
                switch (wish.request()) {
                    case Line line -> {
                        inLines();
                        handOut(edit(line.prompt()));
                    }
                    case Read read -> {
                        inLines();
                        read(wish, read.most());
                    }
                    case Keys keys -> {
                        inKeys();
                        read(wish, keys.most());
                    }
                    default -> throw new IllegalStateException("no input: " + wish);
                }
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    private void inKeys() {
        if (lineMode == null) {
            lineMode = terminal.enterRawMode();
            Attributes keyMode = terminal.getAttributes();
            keyMode.setLocalFlag(Attributes.LocalFlag.NOFLSH, true); // Ctrl-C takes no key that was typed before it.
            terminal.setAttributes(keyMode);
        }
    }

    private void inLines() {
        if (lineMode != null) {
            terminal.setAttributes(lineMode);
            lineMode = null;
        }
    }

    /** A line goes to whoever waits for one; after a completion that came to nothing that may be nobody yet. */
    private void handOut(LineReply reply) throws InterruptedException {
        @Nullable Wish wish = wishes.claimLine();
        while (wish == null) {
            Wish other = wishes.await();
            wish = wishes.claimLine();
            if (wish == null && other.request() instanceof Read(int most)) {
                read(other, most);
            } else if (wish == null && other.request() instanceof Keys(int most, long wait)) {
                inKeys();
                read(other, most);
                inLines();
            }
        }
        wish.done().accept(reply);
    }

    private LineReply edit(String prompt) throws InterruptedException {
        String typed = unread.toUtf8();
        unread = Bytes.EMPTY;
        int end = typed.indexOf('\n');
        if (end >= 0) {
            unread = Bytes.utf8(typed.substring(end + 1));
            return new LineRead(typed.substring(0, end));
        }
        try {
            return new LineRead(editor.readLine(prompt, null, (Character) null, typed));
        } catch (UserInterruptException e) {
            return new LineInterrupted();
        } catch (EndOfFileException e) {
            return new EndOfInput();
        } catch (IOError e) {
            if (e.getCause() instanceof InterruptedIOException) {
                throw new InterruptedException();
            }
            return new ConsoleFailed(String.valueOf(e.getCause() == null ? e : e.getCause()));
        }
    }

    private void read(Wish wish, int most) throws InterruptedException {
        try {
            boolean ended = false;
            while (unread.isEmpty() && !ended && wishes.isCurrent(wish)) {
                ended = readMore();
            }
            if (wishes.claim(wish)) {
                Bytes data = unread.slice(0, Math.min(most, unread.length()));
                unread = unread.slice(data.length(), unread.length() - data.length());
                wish.done().accept(new ConsoleRead(data));
            }
        } catch (InterruptedIOException e) {
            throw new InterruptedException();
        } catch (IOException e) {
            if (wishes.claim(wish)) {
                wish.done().accept(new ConsoleFailed(String.valueOf(e.getMessage())));
            }
        }
    }

    /** Waits a moment for input; whether it is at its end. */
    private boolean readMore() throws IOException {
        int first = input.read(LOOK_MILLIS); // Not peek, which takes the byte where a terminal is emulated.
        if (first < 0) {
            return first != NonBlockingInputStream.READ_EXPIRED;
        }
        byte[] buffer = new byte[MOST_BYTES];
        buffer[0] = (byte) first;
        int count = more(buffer, 1, 1);
        if (lineMode != null && buffer[count - 1] == ESCAPE) {
            count = more(buffer, count, ESCAPE_MILLIS);
        }
        if (terminal.getAttributes().getInputFlag(Attributes.InputFlag.ICRNL)) {
            endLines(buffer, count);
        }
        unread = Bytes.copyOf(buffer, 0, count);
        return false;
    }

    /** Up to where the buffer is full then. */
    private int more(byte[] buffer, int count, long millis) throws IOException {
        return count + Math.max(0, input.readBuffered(buffer, count, buffer.length - count, millis));
    }

    /** What was typed before the editor had given the terminal its line mode back has the key's own carriage return. */
    private static void endLines(byte[] typed, int count) {
        for (int i = 0; i < count; i++) {
            if (typed[i] == '\r') {
                typed[i] = '\n';
            }
        }
    }

    private void complete(LineReader asking, ParsedLine line, List<Candidate> candidates) {
        CompletableFuture<List<String>> wanted = new CompletableFuture<>();
        @Nullable Wish wish;
        synchronized (this) {
            wish = wishes.claimLine();
            offers = wish == null ? null : wanted;
        }
        if (wish == null) {
            return; // The shell has not come back from an earlier question.
        }
        wish.done().accept(new CompletionWanted(line.line(), line.cursor()));
        try {
            for (String offer : wanted.get(OFFERS_PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                // Behind a directory the word goes on.
                candidates.add(new Candidate(offer, offer, null, null, null, null, !offer.endsWith("/")));
            }
        } catch (TimeoutException | ExecutionException e) {
            // No offers.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            synchronized (this) {
                offers = null;
            }
        }
    }
}
