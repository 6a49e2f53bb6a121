package org.factoredos.driver;

import java.util.List;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Payload;
import org.factoredos.placement.ProcessId;

/** What a console driver may be asked: one terminal, or the standard streams of the command that started the grid. */
public interface ConsoleProtocol {
    sealed interface Request<R extends Reply> extends Payload.Request<R> {}

    sealed interface Reply extends Payload {}

    /** Standard output or, with {@code error}, standard error. */
    record WriteConsole(boolean error, Bytes data) implements Request<WriteReply> {
        @Override
        public int bytes() {
            return 64 + data.length();
        }
    }

    /** Input bytes as they come; no more than {@code most}. */
    record ReadConsole(int most) implements Request<ReadReply> {}

    /**
     * Keys as they are pressed, as the bytes that the terminal sends for them, neither echoed nor edited; no more than {@code
     * most}. So it stays until somebody reads otherwise; whoever asks for a line ends the waiting for keys of all others, and
     * while a line is waited for there are none.
     *
     * @param waitNanos how long a key is waited for
     */
    record ReadKeys(int most, long waitNanos) implements Request<KeysReply> {}

    /** One line, edited at the terminal; {@code offers} answers the {@link CompletionWanted} that came before, if any. */
    record ReadLine(String prompt, List<String> offers) implements Request<LineReply> {
        public ReadLine {
            offers = List.copyOf(offers);
        }
    }

    /**
     * Whether what the caller has asked to read is still waited for here: a driver that has taken the place of one that
     * crashed knows nothing of it.
     */
    record AskReading() implements Request<ReadingAnswered> {}

    /** The terminal's width and height in characters; 80x24 where there is none. */
    record AskSize() implements Request<SizeAnswered> {}

    /**
     * What Ctrl-C ends from now on, each with all that it has started: the processes that run in the foreground of the
     * shell that asks. Where there has been a Ctrl-C since that shell was last at its prompt, they end at once.
     */
    record SetForeground(List<ProcessId> processes) implements Request<ForegroundSet> {
        public SetForeground {
            processes = List.copyOf(processes);
        }
    }

    sealed interface WriteReply extends Reply {}

    sealed interface ReadReply extends Reply {}

    sealed interface KeysReply extends Reply {}

    sealed interface LineReply extends Reply {}

    record ReadingAnswered(boolean waits) implements Reply {}

    /** Whether there has been a Ctrl-C since a line was last read here. */
    record ForegroundSet(boolean interrupted) implements Reply {}

    record ConsoleWritten() implements WriteReply {}

    /** Empty data at the end of the input. */
    record ConsoleRead(Bytes data) implements ReadReply, KeysReply {
        @Override
        public int bytes() {
            return 64 + data.length();
        }
    }

    /** Ctrl-C, while the shell itself read. */
    record ReadInterrupted() implements ReadReply, KeysReply {}

    /** The wait was over before a key was pressed. */
    record NoKeyPressed() implements KeysReply {}

    record LineRead(String line) implements LineReply {}

    /** The person asked for completion of {@code line} at {@code cursor}; the shell answers with another ReadLine. */
    record CompletionWanted(String line, int cursor) implements LineReply {}

    /** Ctrl-C at the prompt. */
    record LineInterrupted() implements LineReply {}

    /** Ctrl-D, or the end of the input. */
    record EndOfInput() implements LineReply {}

    /** {@code terminal}: whether there is one, on which a cursor can be moved. */
    record SizeAnswered(int columns, int rows, boolean terminal) implements Reply {
        public static final SizeAnswered NO_TERMINAL = new SizeAnswered(80, 24, false);
    }

    /** The device failed, or the terminal is gone. */
    record ConsoleFailed(String why) implements WriteReply, ReadReply, KeysReply, LineReply {}
}
