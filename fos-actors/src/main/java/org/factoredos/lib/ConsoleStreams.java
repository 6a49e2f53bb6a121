package org.factoredos.lib;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.factoredos.driver.ConsoleProtocol;
import org.factoredos.driver.ConsoleProtocol.AskReading;
import org.factoredos.driver.ConsoleProtocol.ConsoleFailed;
import org.factoredos.driver.ConsoleProtocol.ConsoleRead;
import org.factoredos.driver.ConsoleProtocol.NoKeyPressed;
import org.factoredos.driver.ConsoleProtocol.ReadConsole;
import org.factoredos.driver.ConsoleProtocol.ReadInterrupted;
import org.factoredos.driver.ConsoleProtocol.ReadKeys;
import org.factoredos.driver.ConsoleProtocol.WriteConsole;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.SendResult;

/** Streams over calls to a console driver; unbuffered. */
final class ConsoleStreams {
    private static final int LARGEST_WRITE_BYTES = 32 * 1024;
    /** Also what is pasted comes in pieces. */
    private static final int MOST_KEYS = 4096;
    /** A terminal may be held by its user for a while before output that nobody takes is given up. */
    private static final long WRITE_PATIENCE_NANOS = 60_000_000_000L;

    private ConsoleStreams() {}

    static InputStream input(Caller caller, Address driver, Runnable beforeWait) {
        return new PieceInput() {
            private boolean ended;

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                if (length == 0 || ended) {
                    return length == 0 ? 0 : -1;
                }
                beforeWait.run();
                Bytes data = switch (answer(caller, driver, () -> new ReadConsole(length))) {
                    case ConsoleRead(Bytes bytes) -> bytes;
                    case ConsoleFailed(String why) -> throw failed(why);
                    case ReadInterrupted() ->
                        throw new FosException(CallError.INTERRUPTED, CallError.INTERRUPTED.sentence());
                };
                data.copyTo(0, buffer, offset, data.length());
                ended = data.isEmpty();
                return ended ? -1 : data.length();
            }
        };
    }

    static ConsoleProtocol.LineReply line(Caller caller, Address driver, String prompt, List<String> offers)
            throws FosException {
        return answer(caller, driver, () -> new ConsoleProtocol.ReadLine(prompt, offers));
    }

    /** Empty where none was pressed in that time, and after a Ctrl-C. */
    static Optional<Bytes> keys(Caller caller, Address driver, long patienceNanos) throws FosException {
        long begun = caller.nanos();
        return switch (answer(
                caller, driver, () -> new ReadKeys(MOST_KEYS, Math.max(0, patienceNanos - (caller.nanos() - begun))))) {
            case ConsoleRead(Bytes bytes) -> Optional.of(bytes);
            case ConsoleFailed(String why) -> throw failed(why);
            case ReadInterrupted(), NoKeyPressed() -> Optional.empty();
        };
    }

    private static <R extends ConsoleProtocol.Reply> R answer(
            Caller caller, Address driver, Supplier<Payload.Request<R>> request) throws FosException {
        return caller.callWaiting("console", driver, request, () -> waits(caller, driver));
    }

    /** Nobody answers of a driver that is crashing or on a node that is cut off: it may have the call still. */
    private static boolean waits(Caller caller, Address driver) throws FosException {
        try {
            return caller.call("console", driver, new AskReading(), Caller.AGAIN_NANOS)
                    .waits();
        } catch (FosException e) {
            if (e.error() == CallError.TIMED_OUT || e.error() == SendResult.QUEUE_FULL) {
                return true;
            }
            throw e;
        }
    }

    static OutputStream output(Caller caller, Address driver, boolean error) {
        return new OutputStream() {
            @Override
            public void write(int one) throws IOException {
                write(new byte[] {(byte) one}, 0, 1);
            }

            @Override
            public void write(byte[] buffer, int offset, int length) throws IOException {
                for (int done = 0; done < length; ) {
                    int most = Math.min(length - done, LARGEST_WRITE_BYTES);
                    ConsoleProtocol.WriteReply reply = caller.call(
                            "console",
                            driver,
                            new WriteConsole(error, Bytes.copyOf(buffer, offset + done, most)),
                            WRITE_PATIENCE_NANOS);
                    if (reply instanceof ConsoleFailed(String why)) {
                        throw failed(why);
                    }
                    done += most;
                }
            }
        };
    }

    static FosException failed(String why) {
        return new FosException(CallError.CONSOLE, "console: " + why);
    }
}
