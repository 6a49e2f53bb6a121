package org.factoredos.lib;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.IdentityHashMap;
import java.util.List;
import org.factoredos.file.FileError;
import org.factoredos.file.FileProtocol.OpenMode;
import org.factoredos.file.FileProtocol.Status;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.Mailbox;
import org.factoredos.placement.ProcessSpec;
import org.factoredos.placement.Stream;
import org.jspecify.annotations.Nullable;

/** The three standard streams of a process, each opened when it is first used. */
final class StandardStreams {
    private static final int BUFFER_BYTES = 64 * 1024;

    /** How a stream's file is opened. */
    @FunctionalInterface
    interface Opener {
        OpenFile open(String path, OpenMode mode) throws IOException;
    }

    private final ProcessSpec spec;
    private final Calls calls;
    private final Caller caller;
    private final Opener opener;
    /** By identity: two streams may lead to one pipe, and each has an end of its own. */
    private final IdentityHashMap<Stream, PipeWriter> pipes = new IdentityHashMap<>();

    private @Nullable InputStream in;
    private @Nullable InputStream source;
    private @Nullable InputAhead ahead;
    private @Nullable OutputStream out;
    private @Nullable OutputStream err;

    StandardStreams(ProcessSpec spec, Calls calls, Caller caller, Opener opener) {
        this.spec = spec;
        this.calls = calls;
        this.caller = caller;
        this.opener = opener;
    }

    InputStream in() {
        InputStream opened = in;
        if (opened == null) {
            opened = new BufferedInputStream(source(), BUFFER_BYTES);
            in = opened;
        }
        return opened;
    }

    /** The same input, for who does not wait for it. */
    InputAhead ahead() {
        InputAhead opened = ahead;
        if (opened == null) {
            opened = switch (spec.in()) {
                case Stream.Console(Address driver) -> new InputAhead.OfConsole(calls, driver);
                case Stream.FromPipe pipe when source() instanceof PipeReader reader -> reader;
                default -> new InputAhead.OfStream(source());
            };
            ahead = opened;
        }
        return opened;
    }

    private InputStream source() {
        InputStream opened = source;
        if (opened == null) {
            opened = input();
            source = opened;
        }
        return opened;
    }

    OutputStream out() {
        OutputStream opened = out;
        if (opened == null) {
            opened = new BufferedOutputStream(output(spec.out(), false), BUFFER_BYTES);
            out = opened;
        }
        return opened;
    }

    OutputStream err() {
        OutputStream opened = err;
        if (opened == null) {
            opened = output(spec.err(), true);
            err = opened;
        }
        return opened;
    }

    /** The terminal of the process, wherever its standard streams lead. */
    OpenFile terminal(String path, Status status) throws FosException {
        Stream.Console terminal = spec.terminal();
        if (terminal == null) {
            throw ServedFile.refused(path, FileError.ENXIO);
        }
        return new ConsoleFile(
                path,
                status,
                ConsoleStreams.input(caller, terminal.driver(), this::flush),
                ConsoleStreams.output(caller, terminal.driver(), false));
    }

    private InputStream input() {
        return switch (spec.in()) {
            case Stream.Console(Address driver) -> ConsoleStreams.input(caller, driver, this::flush);
            case Stream.File(String path) -> new LateInput(() -> opener.open(path, OpenMode.EXISTING));
            case Stream.FromPipe(int writers) -> new PipeReader(calls, pipe(), writers, this::flush);
            case Stream.Nothing nothing -> InputStream.nullInputStream();
            case Stream.ToPipe pipe -> InputStream.nullInputStream(); // The writing end has nothing to read.
        };
    }

    private OutputStream output(Stream stream, boolean error) {
        return switch (stream) {
            case Stream.Console(Address driver) -> ConsoleStreams.output(caller, driver, error);
            case Stream.File(String path) -> new LateAppender(() -> opener.open(path, OpenMode.CREATE));
            case Stream.ToPipe(Address reader, boolean ends) -> {
                PipeWriter writer = new PipeWriter(calls, reader, ends);
                pipes.put(stream, writer);
                yield writer;
            }
            case Stream.Nothing nothing -> OutputStream.nullOutputStream();
            case Stream.FromPipe pipe -> OutputStream.nullOutputStream(); // The reading end takes nothing.
        };
    }

    private Mailbox pipe() {
        Mailbox mailbox = calls.client().mailbox(Client.FIRST_MAILBOX);
        if (mailbox == null) {
            throw new IllegalStateException("a process starts with its first mailbox");
        }
        return mailbox;
    }

    /** Before the process waits for others: what it has printed so far must be seen, as at any terminal. */
    void flush() {
        OutputStream opened = out;
        if (opened != null) {
            try {
                opened.flush();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** The process has returned: its output must leave, and that may fail like any write. */
    void finish() throws IOException {
        OutputStream opened = out;
        if (opened != null) {
            opened.flush();
        }
    }

    /** The process is over, whether it returned or was killed: others learn that they need not wait for it. */
    void abandon() {
        Client client = calls.client();
        if (spec.in() instanceof Stream.FromPipe) {
            Mailbox pipe = client.mailbox(Client.FIRST_MAILBOX);
            if (pipe != null) {
                PipeReader.abandon(client, pipe);
            }
        }
        for (Stream stream : List.of(spec.out(), spec.err())) {
            if (stream instanceof Stream.ToPipe(Address reader, boolean ends) && ends) {
                PipeWriter writer = pipes.get(stream);
                (writer == null ? new PipeWriter(calls, reader, true) : writer).close();
            }
        }
    }

    @FunctionalInterface
    private interface LateOpen {
        OpenFile open() throws IOException;
    }

    /** Opens its file at the first read, so that a failure meets the program at a call that may fail. */
    private static final class LateInput extends InputStream {
        private final LateOpen late;
        private @Nullable InputStream opened;

        LateInput(LateOpen late) {
            this.late = late;
        }

        private InputStream opened() throws IOException {
            InputStream is = opened;
            if (is == null) {
                is = late.open().input();
                opened = is;
            }
            return is;
        }

        @Override
        public int read() throws IOException {
            return opened().read();
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            return opened().read(buffer, offset, length);
        }
    }

    private static final class LateAppender extends OutputStream {
        private final LateOpen late;
        private @Nullable OutputStream opened;

        LateAppender(LateOpen late) {
            this.late = late;
        }

        private OutputStream opened() throws IOException {
            OutputStream is = opened;
            if (is == null) {
                is = late.open().appender();
                opened = is;
            }
            return is;
        }

        @Override
        public void write(int one) throws IOException {
            opened().write(one);
        }

        @Override
        public void write(byte[] buffer, int offset, int length) throws IOException {
            opened().write(buffer, offset, length);
        }
    }
}
