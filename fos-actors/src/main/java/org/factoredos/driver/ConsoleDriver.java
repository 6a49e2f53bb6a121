package org.factoredos.driver;

import java.util.ArrayList;
import java.util.List;
import org.factoredos.driver.ConsoleProtocol.AskReading;
import org.factoredos.driver.ConsoleProtocol.AskSize;
import org.factoredos.driver.ConsoleProtocol.ConsoleFailed;
import org.factoredos.driver.ConsoleProtocol.ConsoleRead;
import org.factoredos.driver.ConsoleProtocol.ForegroundSet;
import org.factoredos.driver.ConsoleProtocol.NoKeyPressed;
import org.factoredos.driver.ConsoleProtocol.ReadConsole;
import org.factoredos.driver.ConsoleProtocol.ReadInterrupted;
import org.factoredos.driver.ConsoleProtocol.ReadKeys;
import org.factoredos.driver.ConsoleProtocol.ReadLine;
import org.factoredos.driver.ConsoleProtocol.ReadingAnswered;
import org.factoredos.driver.ConsoleProtocol.Reply;
import org.factoredos.driver.ConsoleProtocol.Request;
import org.factoredos.driver.ConsoleProtocol.SetForeground;
import org.factoredos.driver.ConsoleProtocol.SizeAnswered;
import org.factoredos.driver.ConsoleProtocol.WriteConsole;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Name;
import org.factoredos.kernel.Signal;
import org.factoredos.placement.PlacementProtocol;
import org.factoredos.placement.ProcessId;
import org.factoredos.server.Call;
import org.factoredos.server.Continuation;
import org.factoredos.server.DeviceRequest;
import org.factoredos.server.Effect;
import org.factoredos.server.Response;
import org.factoredos.server.Server;
import org.jspecify.annotations.Nullable;

/**
 * The driver of one terminal (§3.3). Writes go through at once; of those who wait for input, one has the terminal.
 *
 * <p>That is whoever asked for a line last, for it is a shell at its prompt; else whoever asked for bytes last, for it runs
 * in the foreground. The others wait until it has been answered. So a program that was killed while it waited takes no
 * input from the living, and one in the background takes none from the shell; keys it is not even promised there.
 *
 * <p>Ctrl-C has the placement fleet end what runs in the foreground; which processes those are, the shell has said. It learns
 * of it itself when it says so the next time, which it does before and after each of them.
 */
public final class ConsoleDriver implements Server {
    private static final long WRITE_PATIENCE_NANOS = 60_000_000_000L;
    /** Longer than a program needs between two waits for keys, and short for who reads behind one that has ended. */
    private static final long KEYS_HOLD_NANOS = 2_000_000_000L;

    private static final int MOST_READERS = 32;
    private static final int MOST_TYPED_AHEAD = 64 << 10;

    private static final String SHELL_HAS_IT = "the shell has the terminal";

    private static final Name PLACEMENT = new Name("sys:placement");
    private static final long KILL_PATIENCE_NANOS = 5_000_000_000L;

    /** Output, or the terminal's size. */
    record AwaitingTerminal(Call<Reply> call, boolean size) implements Continuation {}

    /** Input for the reader of that number. */
    record AwaitingInput(long reader) implements Continuation {}

    /** Ctrl-C. */
    record AwaitingInterrupt() implements Continuation {}

    /** Nothing follows from the end of a process here; one that has escaped is left to the next Ctrl-C. */
    record Killing() implements Continuation {}

    /** The wait for keys of a reader who has not got the terminal. */
    record AwaitingTurn(long reader) implements Continuation {}

    /** Whoever has read keys does not come back for more. */
    record HoldingKeys() implements Continuation {}

    private final List<ConsoleReader> readers = new ArrayList<>();
    private long lastReader;
    /** Who has the terminal; 0 for nobody. */
    private long served;
    /** What Ctrl-C ends, and the shell that said so. */
    private List<ProcessId> foreground = List.of();

    private @Nullable ClientId shell;
    /** Who reads keys: between two of them the terminal is no other's, or what is typed meanwhile would be. */
    private @Nullable ClientId atKeys;
    /** Until then, while it waits for none. */
    private long keysHeldUntil;
    /** Whether there was a Ctrl-C since a line was last read. */
    private boolean interrupted;

    private boolean watching;
    /** What was typed for one who had lost their place when it came: whoever has the terminal by then has it first. */
    private Bytes typedAhead = Bytes.EMPTY;

    @Override
    public List<Effect> on(Envelope in, long nanos) {
        if (!(in.payload() instanceof Request<?> request) || in.kind() != Envelope.Kind.REQUEST) {
            return List.of(); // Nobody waits for an answer to a plain message.
        }
        Call<Reply> call = new Call<>(in.from(), in.call(), in.settled(), in.trace());
        return switch (request) {
            case WriteConsole(var error, var data) -> ask(call, new ConsoleDevice.Write(error, data), false);
            case ReadConsole(var most) -> read(call, new ConsoleDevice.Read(Math.max(1, most)), nanos, nanos);
            case ReadKeys(var most, var wait) -> readKeys(call, most, wait, nanos);
            case ReadLine(var prompt, var offers) -> {
                interrupted = false;
                typedAhead = Bytes.EMPTY; // No line begins with what a program was to read.
                List<Effect> effects = endKeys();
                effects.addAll(read(call, new ConsoleDevice.Line(prompt, offers), nanos, nanos));
                effects.addAll(watch());
                yield effects;
            }
            case AskReading() ->
                List.of(call.reply(new ReadingAnswered(readers.stream().anyMatch(reader -> reader.is(call.client())))));
            case SetForeground(var processes) -> setForeground(call, processes, nanos);
            case AskSize() -> ask(call, new ConsoleDevice.Size(), true);
        };
    }

    @Override
    public List<Effect> on(Continuation continuation, Response response, long nanos) {
        return switch (continuation) {
            case AwaitingTerminal(var call, var size) -> List.of(call.reply(answer(response, size)));
            case AwaitingInput(var number) -> onInput(number, response, nanos);
            case AwaitingInterrupt() -> onInterrupt(response, nanos);
            case AwaitingTurn(var number) -> endTurn(number);
            case HoldingKeys() -> serve(nanos);
            case Killing() -> List.of();
            default -> throw new IllegalStateException("not parked by a console driver: " + continuation);
        };
    }

    private static List<Effect> ask(Call<Reply> call, DeviceRequest<?> request, boolean size) {
        return List.of(new Effect.Device(request, new AwaitingTerminal(call, size), WRITE_PATIENCE_NANOS));
    }

    private static Reply answer(Response response, boolean size) {
        if (response instanceof Response.Answered(Reply reply)) {
            return reply;
        }
        return size ? SizeAnswered.NO_TERMINAL : new ConsoleFailed("the terminal takes no more output");
    }

    private List<Effect> readKeys(Call<Reply> call, int most, long waitNanos, long nanos) {
        if (readers.stream().anyMatch(reader -> reader.line() && !reader.is(call.client()))) {
            return List.of(call.reply(new ConsoleFailed(SHELL_HAS_IT)));
        }
        atKeys = call.client();
        long wait = Math.clamp(waitNanos, 0, ConsoleReader.PATIENCE_NANOS);
        return read(call, new ConsoleDevice.Keys(Math.max(1, most), wait), nanos + wait, nanos);
    }

    private List<Effect> read(Call<Reply> call, DeviceRequest<?> request, long endNanos, long nanos) {
        List<Effect> effects = new ArrayList<>();
        // A client waits for one piece of input at a time: it has given up an earlier one.
        readers.removeIf(reader -> reader.is(call.client()));
        if (readers.size() == MOST_READERS) {
            effects.add(
                    readers.removeFirst().call().reply(new ConsoleFailed("too many programs wait for this terminal")));
        }
        readers.add(new ConsoleReader(++lastReader, call, request, endNanos));
        effects.addAll(serve(nanos));
        effects.addAll(giveTypedAhead(nanos));
        return effects;
    }

    /** Nobody is in the foreground of a shell at its prompt: whoever waits for keys was killed there, or has no business. */
    private List<Effect> endKeys() {
        List<Effect> effects = new ArrayList<>();
        atKeys = null;
        for (ConsoleReader reader : List.copyOf(readers)) {
            if (reader.keys()) {
                readers.remove(reader);
                effects.add(reader.call().reply(new ConsoleFailed(SHELL_HAS_IT)));
            }
        }
        return effects;
    }

    /** The other who reads keys has the terminal for that long. */
    private List<Effect> endTurn(long number) {
        ConsoleReader reader = number == served ? null : find(number);
        if (reader == null) {
            return List.of(); // It has the terminal again, which ends its wait; or it was answered.
        }
        readers.remove(reader);
        return List.of(reader.call().reply(new NoKeyPressed()));
    }

    private @Nullable ConsoleReader find(long number) {
        for (ConsoleReader reader : readers) {
            if (reader.number() == number) {
                return reader;
            }
        }
        return null;
    }

    private List<Effect> onInput(long number, Response response, long nanos) {
        if (number != served) {
            keep(response); // Another took its place at the terminal; its turn comes again.
            return giveTypedAhead(nanos);
        }
        ConsoleReader reader = find(number);
        boolean late = response instanceof Response.DeadlinePassed;
        if (reader == null || (late && !reader.keys())) {
            keep(response);
            served = 0;
            List<Effect> effects = new ArrayList<>(serve(nanos));
            effects.addAll(giveTypedAhead(nanos));
            return effects;
        }
        return answer(reader, late ? new NoKeyPressed() : input(response), nanos);
    }

    private void keep(Response response) {
        ConsoleReader next = find(served);
        if ((next == null || !next.line())
                && response instanceof Response.Answered(ConsoleRead(Bytes data))
                && typedAhead.length() + data.length() <= MOST_TYPED_AHEAD) {
            byte[] both = new byte[typedAhead.length() + data.length()];
            typedAhead.copyTo(0, both, 0, typedAhead.length());
            data.copyTo(0, both, typedAhead.length(), data.length());
            typedAhead = Bytes.owning(both);
        }
    }

    /** What the terminal is asked for in its name stays asked for: what comes of that is typed ahead in its turn. */
    private List<Effect> giveTypedAhead(long nanos) {
        ConsoleReader reader = find(served);
        if (typedAhead.isEmpty() || reader == null || reader.line()) {
            return List.of();
        }
        Bytes data = typedAhead.slice(0, Math.min(reader.most(), typedAhead.length()));
        typedAhead = typedAhead.slice(data.length(), typedAhead.length() - data.length());
        return answer(reader, new ConsoleRead(data), nanos);
    }

    /** The one who has the terminal, which is another's then. */
    private List<Effect> answer(ConsoleReader reader, Reply reply, long nanos) {
        served = 0;
        readers.remove(reader);
        if (reader.is(atKeys)) {
            keysHeldUntil = nanos + KEYS_HOLD_NANOS;
        }
        List<Effect> effects = new ArrayList<>();
        effects.add(reader.call().reply(reply));
        effects.addAll(serve(nanos));
        return effects;
    }

    private static Reply input(Response response) {
        return response instanceof Response.Answered(Reply reply)
                ? reply
                : new ConsoleFailed("too much waits for this terminal");
    }

    private List<Effect> setForeground(Call<Reply> call, List<ProcessId> processes, long nanos) {
        foreground = processes;
        shell = call.client();
        if (processes.stream().noneMatch(process -> process.client().equals(atKeys))) {
            atKeys = null; // Whoever read keys has ended; or another asks for them again.
        }
        List<Effect> effects = watch();
        if (interrupted) {
            effects.addAll(killForeground());
        }
        effects.add(call.reply(new ForegroundSet(interrupted)));
        effects.addAll(serve(nanos));
        return effects;
    }

    private List<Effect> watch() {
        List<Effect> effects = new ArrayList<>();
        if (!watching) {
            watching = true;
            effects.add(new Effect.Device(
                    new ConsoleDevice.AwaitInterrupt(), new AwaitingInterrupt(), ConsoleReader.PATIENCE_NANOS));
        }
        return effects;
    }

    private List<Effect> onInterrupt(Response response, long nanos) {
        watching = false;
        if (response instanceof Response.SendRefused) {
            return List.of(); // Too much waits here; the next line or command has it watched again.
        }
        List<Effect> effects = watch();
        // Once a line is waited for it is the editor's Ctrl-C: this one came just before, and too late for any process.
        if (response instanceof Response.Answered && readers.stream().noneMatch(ConsoleReader::line)) {
            interrupted = true;
            effects.addAll(killForeground());
            effects.addAll(interruptReaders(nanos));
        }
        return effects;
    }

    private List<Effect> killForeground() {
        List<Effect> effects = new ArrayList<>();
        for (ProcessId process : foreground) {
            PlacementProtocol.KillFamily kill = new PlacementProtocol.KillFamily(process, Signal.INTERRUPT);
            effects.add(new Effect.Call(PLACEMENT, kill, new Killing(), KILL_PATIENCE_NANOS));
        }
        return effects;
    }

    /**
     * The shell itself may read, for one of its builtins; the others who read bytes are being ended, and would take what is typed
     * next: one that lives on finds out that its read is gone, and asks again. Who reads keys may go on.
     */
    private List<Effect> interruptReaders(long nanos) {
        List<Effect> effects = new ArrayList<>();
        for (ConsoleReader reader : List.copyOf(readers)) {
            if (reader.is(shell)) {
                effects.add(reader.call().reply(new ReadInterrupted()));
            }
            if (reader.is(shell) || !reader.keys()) {
                readers.remove(reader);
            }
        }
        effects.addAll(serve(nanos));
        return effects;
    }

    /** Gives the terminal to whoever is to have it now. */
    private List<Effect> serve(long nanos) {
        ConsoleReader before = find(served);
        served = before == null ? 0 : served; // It has given up.
        ConsoleReader next = next(nanos);
        if (next == null && !readers.isEmpty() && served == 0) {
            return List.of(new Effect.Timer(new HoldingKeys(), keysHeldUntil - nanos));
        }
        if (next == null || next.number() == served) {
            return List.of();
        }
        List<Effect> effects = new ArrayList<>();
        if (before != null && before.keys()) {
            effects.add(new Effect.Timer(new AwaitingTurn(served), Math.max(0, before.endNanos() - nanos)));
        }
        served = next.number();
        effects.add(next.ask(nanos));
        return effects;
    }

    private boolean keysHeld(long nanos) {
        return readers.stream().anyMatch(reader -> reader.is(atKeys)) || nanos - keysHeldUntil < 0;
    }

    private @Nullable ConsoleReader next(long nanos) {
        boolean held = atKeys != null && keysHeld(nanos);
        ConsoleReader next = null;
        for (ConsoleReader reader :
                readers) { // In the order of asking: a later one of the same kind comes before an earlier.
            if (held && !reader.is(atKeys)) {
                continue;
            }
            if (next == null || reader.line() || !next.line()) {
                next = reader;
            }
        }
        return next;
    }
}
