package org.factoredos.lib;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.factoredos.driver.ConsoleProtocol.ConsoleFailed;
import org.factoredos.driver.ConsoleProtocol.ConsoleRead;
import org.factoredos.driver.ConsoleProtocol.ReadConsole;
import org.factoredos.driver.ConsoleProtocol.ReadInterrupted;
import org.factoredos.driver.ConsoleProtocol.ReadReply;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * Standard input that is asked for and not waited for: whoever has it goes on with other things, and takes it when it is there.
 * Asking is a message like any other (§3.1), so one thread waits for this and all else.
 */
interface InputAhead {
    /** Whether {@link #take} returns something. */
    boolean ready();

    /** What there is; nothing where nothing has come yet, no bytes at the end. Does not block. */
    Optional<Bytes> take() throws IOException;

    /** From a terminal, by one question at a time. */
    final class OfConsole implements InputAhead {
        private static final int MOST_BYTES = 8192;

        private final Calls calls;
        private final Address driver;
        private Calls.@Nullable Pending<ReadReply> asked;
        private boolean ended;

        OfConsole(Calls calls, Address driver) {
            this.calls = calls;
            this.driver = driver;
        }

        @Override
        public boolean ready() {
            Calls.Pending<ReadReply> question = asked;
            return ended || (question != null && question.done());
        }

        @Override
        public Optional<Bytes> take() throws IOException {
            if (ended) {
                return Optional.of(Bytes.EMPTY);
            }
            Calls.Pending<ReadReply> question = asked;
            if (question == null) {
                asked = calls.begin(driver, new ReadConsole(MOST_BYTES), null);
                return Optional.empty();
            }
            if (!calls.done(question)) {
                return Optional.empty();
            }
            asked = null;
            return switch (question.answer()) {
                case null -> throw ConsoleStreams.failed("it does not take questions now");
                case ConsoleRead(Bytes bytes) -> {
                    ended = bytes.isEmpty();
                    yield Optional.of(bytes);
                }
                case ConsoleFailed(String why) -> throw ConsoleStreams.failed(why);
                case ReadInterrupted() ->
                    throw new FosException(CallError.INTERRUPTED, CallError.INTERRUPTED.sentence());
            };
        }
    }

    /** From a file, or from nowhere: it is there at once. */
    record OfStream(InputStream in) implements InputAhead {
        private static final int PIECE_BYTES = 64 * 1024;

        @Override
        public boolean ready() {
            return true;
        }

        @Override
        public Optional<Bytes> take() throws IOException {
            byte[] piece = new byte[PIECE_BYTES];
            int count = in.read(piece);
            return Optional.of(count < 0 ? Bytes.EMPTY : Bytes.copyOf(piece, 0, count));
        }
    }
}
