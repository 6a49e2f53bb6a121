package org.factoredos.driver;

import java.util.ArrayList;
import java.util.List;
import org.factoredos.driver.ConsoleProtocol.AskSize;
import org.factoredos.driver.ConsoleProtocol.ConsoleFailed;
import org.factoredos.driver.ConsoleProtocol.ForegroundSet;
import org.factoredos.driver.ConsoleProtocol.ReadConsole;
import org.factoredos.driver.ConsoleProtocol.ReadInterrupted;
import org.factoredos.driver.ConsoleProtocol.ReadKeys;
import org.factoredos.driver.ConsoleProtocol.ReadLine;
import org.factoredos.driver.ConsoleProtocol.Reply;
import org.factoredos.driver.ConsoleProtocol.Request;
import org.factoredos.driver.ConsoleProtocol.SetForeground;
import org.factoredos.driver.ConsoleProtocol.SizeAnswered;
import org.factoredos.driver.ConsoleProtocol.WriteConsole;
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
 * input from the living, and one in the background takes none from the shell.
 *
 * <p>Ctrl-C has the placement fleet end what runs in the foreground; which processes those are, the shell has said. There
 * are no signals: the shell learns of it when it says so the next time, which it does before and after each of them.
 */
public final class ConsoleDriver implements Server {
    private static final long WRITE_PATIENCE_NANOS = 60_000_000_000L;
    /** A person may be away for as long as they like; should this pass, the terminal is asked again. */
    private static final long INPUT_PATIENCE_NANOS = 365L * 24 * 3600 * 1_000_000_000L;

    private static final int MOST_READERS = 32;

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

    /** Someone who waits for input. */
    private record Reader(long number, Call<Reply> call, boolean line, DeviceRequest<?> request) {}

    private final List<Reader> readers = new ArrayList<>();
    private long lastReader;
    /** Who has the terminal; 0 for nobody. */
    private long served;
    /** What Ctrl-C ends, and the shell that said so. */
    private List<ProcessId> foreground = List.of();

    private @Nullable ClientId shell;
    /** Who reads keys: between two of them the terminal is no other's, or what is typed meanwhile would be. */
    private @Nullable ClientId atKeys;
    /** Whether there was a Ctrl-C since a line was last read. */
    private boolean interrupted;

    private boolean watching;

    @Override
    public List<Effect> on(Envelope in, long nanos) {
        if (!(in.payload() instanceof Request<?> request) || in.kind() != Envelope.Kind.REQUEST) {
            return List.of(); // Nobody waits for an answer to a plain message.
        }
        Call<Reply> call = new Call<>(in.from(), in.call(), in.settled(), in.trace());
        return switch (request) {
            case WriteConsole(var error, var data) -> ask(call, new ConsoleDevice.Write(error, data), false);
            case ReadConsole(var most) -> read(call, false, new ConsoleDevice.Read(Math.max(1, most)));
            case ReadKeys(var most) -> {
                atKeys = call.client();
                yield read(call, false, new ConsoleDevice.Keys(Math.max(1, most)));
            }
            case ReadLine(var prompt, var offers) -> {
                interrupted = false;
                List<Effect> effects = endKeys();
                effects.addAll(read(call, true, new ConsoleDevice.Line(prompt, offers)));
                effects.addAll(watch());
                yield effects;
            }
            case SetForeground(var processes) -> setForeground(call, processes);
            case AskSize() -> ask(call, new ConsoleDevice.Size(), true);
        };
    }

    @Override
    public List<Effect> on(Continuation continuation, Response response, long nanos) {
        return switch (continuation) {
            case AwaitingTerminal(var call, var size) -> List.of(call.reply(answer(response, size)));
            case AwaitingInput(var number) -> onInput(number, response);
            case AwaitingInterrupt() -> onInterrupt(response);
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

    private List<Effect> read(Call<Reply> call, boolean line, DeviceRequest<?> request) {
        List<Effect> effects = new ArrayList<>();
        // A client waits for one piece of input at a time: it has given up an earlier one.
        readers.removeIf(reader -> reader.call().client().equals(call.client()));
        if (readers.size() == MOST_READERS) {
            effects.add(
                    readers.removeFirst().call().reply(new ConsoleFailed("too many programs wait for this terminal")));
        }
        readers.add(new Reader(++lastReader, call, line, request));
        effects.addAll(serve());
        return effects;
    }

    /** Nobody is in the foreground of a shell at its prompt: whoever waits for keys was killed there, or has no business. */
    private List<Effect> endKeys() {
        List<Effect> effects = new ArrayList<>();
        atKeys = null;
        for (Reader reader : List.copyOf(readers)) {
            if (reader.request() instanceof ConsoleDevice.Keys) {
                readers.remove(reader);
                effects.add(reader.call().reply(new ConsoleFailed("the shell has the terminal")));
            }
        }
        return effects;
    }

    private List<Effect> onInput(long number, Response response) {
        if (number != served) {
            return List.of(); // Another took its place at the terminal; its turn comes again.
        }
        served = 0;
        Reader reader = null;
        for (Reader each : readers) {
            if (each.number() == number) {
                reader = each;
            }
        }
        if (reader == null || response instanceof Response.DeadlinePassed) {
            return serve();
        }
        readers.remove(reader);
        List<Effect> effects = new ArrayList<>();
        effects.add(reader.call()
                .reply(
                        response instanceof Response.Answered(Reply reply)
                                ? reply
                                : new ConsoleFailed("too much waits for this terminal")));
        effects.addAll(serve());
        return effects;
    }

    private List<Effect> setForeground(Call<Reply> call, List<ProcessId> processes) {
        foreground = processes;
        shell = call.client();
        List<Effect> effects = watch();
        if (interrupted) {
            effects.addAll(killForeground());
        }
        effects.add(call.reply(new ForegroundSet(interrupted)));
        return effects;
    }

    private List<Effect> watch() {
        List<Effect> effects = new ArrayList<>();
        if (!watching) {
            watching = true;
            effects.add(new Effect.Device(
                    new ConsoleDevice.AwaitInterrupt(), new AwaitingInterrupt(), INPUT_PATIENCE_NANOS));
        }
        return effects;
    }

    private List<Effect> onInterrupt(Response response) {
        watching = false;
        if (response instanceof Response.SendRefused) {
            return List.of(); // Too much waits here; the next line or command has it watched again.
        }
        List<Effect> effects = watch();
        // Once a line is waited for it is the editor's Ctrl-C: this one came just before, and too late for any process.
        if (response instanceof Response.Answered && readers.stream().noneMatch(Reader::line)) {
            interrupted = true;
            effects.addAll(killForeground());
            effects.addAll(interruptShell());
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

    /** The shell itself may read, for one of its builtins. The others who read are ended, or no affair of this Ctrl-C. */
    private List<Effect> interruptShell() {
        List<Effect> effects = new ArrayList<>();
        for (Reader reader : List.copyOf(readers)) {
            if (reader.call().client().equals(shell)) {
                readers.remove(reader);
                effects.add(reader.call().reply(new ReadInterrupted()));
            }
        }
        effects.addAll(serve());
        return effects;
    }

    /** Gives the terminal to whoever is to have it now. */
    private List<Effect> serve() {
        Reader next = next();
        if (next == null || next.number() == served) {
            return List.of();
        }
        served = next.number();
        return List.of(new Effect.Device(next.request(), new AwaitingInput(served), INPUT_PATIENCE_NANOS));
    }

    private @Nullable Reader next() {
        Reader next = null;
        for (Reader reader : readers) { // In the order of asking: a later one of the same kind comes before an earlier.
            if (atKeys != null && !reader.call().client().equals(atKeys)) {
                continue;
            }
            if (next == null || reader.line() || !next.line()) {
                next = reader;
            }
        }
        return next;
    }
}
