package org.factoredos.lib;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Predicate;
import org.factoredos.driver.ConsoleProtocol.EndOfInput;
import org.factoredos.driver.ConsoleProtocol.LineReply;
import org.factoredos.driver.ConsoleProtocol.SizeAnswered;
import org.factoredos.file.FileProtocol.OpenMode;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Destination;
import org.factoredos.kernel.Payload;
import org.factoredos.naming.NameProtocol;
import org.factoredos.placement.PlacementError;
import org.factoredos.placement.PlacementProtocol.ProcessStatus;
import org.factoredos.placement.ProcessId;
import org.factoredos.placement.ProcessSpec;
import org.factoredos.placement.Stream;

/** A system for tests of programs: processes are threads, files and pipes are arrays, the console is a script. */
public final class MemoryGrid {
    /** What a command that ran to its end left behind. */
    public record Result(int status, String out, String err) {}

    static final NodeId NODE = new NodeId(1);
    static final Address CONSOLE = address(0);
    private static final int PATIENCE_SECONDS = 20;

    final MemoryFiles files = new MemoryFiles();
    final Map<String, NameProtocol.Entry> names = new ConcurrentSkipListMap<>();
    final MemoryMailboxes mailboxes = new MemoryMailboxes();
    final Map<Destination, Function<Payload, Payload>> servers = new ConcurrentHashMap<>();
    final Map<Address, MemoryPipe> pipes = new ConcurrentHashMap<>();
    final ByteArrayOutputStream out = new ByteArrayOutputStream();
    final ByteArrayOutputStream err = new ByteArrayOutputStream();
    final Deque<LineReply> lines = new ArrayDeque<>();

    /** What the shell showed at the terminal: its prompts, and its offers where it made any. */
    public final List<String> prompts = new ArrayList<>();

    public final List<List<String>> offers = new ArrayList<>();

    /** The person's terminal; without one the console is only streams. */
    public volatile Optional<SizeAnswered> terminal = Optional.empty();
    /** Of the last process that was spawned by a program that said so much. */
    public volatile int lastTiles;

    /** What happens before each wait for keys. */
    public volatile Runnable beforeKeys = () -> {};

    private final Queue<String> keys = new ConcurrentLinkedQueue<>();

    public volatile Duration lastPatience = Duration.ZERO;

    /** What was spawned, in order. */
    public final List<ProcessSpec> spawned = new ArrayList<>();

    private final Map<String, Program> programs;
    final AtomicInteger reports = new AtomicInteger();
    private final AtomicInteger lastProcess = new AtomicInteger();
    private final Map<ProcessId, Running> running = new ConcurrentSkipListMap<>();
    private int freeTiles = 100;
    private Predicate<List<ProcessId>> interrupting = foreground -> false;
    private boolean interrupted;

    private record Running(ProcessSpec spec, CompletableFuture<Integer> status, Thread thread) {}

    public MemoryGrid(Map<String, ? extends Program> programs) {
        this.programs = new TreeMap<>(programs);
    }

    /** The system calls of a process that runs nothing. */
    public Fos process() {
        Stream nothing = new Stream.Nothing();
        ProcessSpec spec = new ProcessSpec(
                "test", List.of(), "/", new TreeMap<>(), nothing, nothing, nothing, ProcessSpec.Tracing.NONE);
        return new MemoryFos(this, new ProcessId(new ClientId(NODE, 1, 1)), address(1), spec);
    }

    public static Address address(int number) {
        return new Address(new ClientId(NODE, 1, number), 0, new TileId(NODE, 0, 0));
    }

    /** Who answers the calls of processes there. */
    public void serve(Destination place, Function<Payload, Payload> server) {
        servers.put(place, server);
    }

    /** Adds a set of the directory. */
    public void register(String name, List<Address> mailboxes) {
        names.put(name, NameProtocol.Entry.of(name, NameProtocol.Flags.FLEET, mailboxes));
    }

    public MemoryGrid withFile(String path, String text) {
        write(path, text.getBytes(UTF_8));
        return this;
    }

    public void write(String path, byte[] data) {
        try (OutputStream file = files.open(path, OpenMode.CREATE_OR_TRUNCATE).appender()) {
            file.write(data);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    public byte[] bytes(String path) {
        try (var in = files.open(path, OpenMode.EXISTING).input()) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    public String text(String path) {
        return new String(bytes(path), UTF_8);
    }

    public boolean has(String path) {
        try {
            return files.find(path, true).isPresent();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    public List<String> namesIn(String directory) throws IOException {
        return files.list(directory).stream().map(entry -> entry.name()).toList();
    }

    public int syncs(String path) throws IOException {
        return files.syncs(path);
    }

    public void limitTiles(int free) {
        freeTiles = free;
    }

    /** What the person at the terminal does; behind it, the end of the input. */
    public MemoryGrid types(LineReply... replies) {
        lines.addAll(List.of(replies));
        return this;
    }

    /** Of {@link #presses}: for as long as a program waits there is none. */
    public static final String NO_KEY = "";

    /** Which keys the person presses, piece by piece; behind them the terminal is gone. */
    public MemoryGrid presses(String... pieces) {
        keys.addAll(List.of(pieces));
        return this;
    }

    Optional<Bytes> nextKeys() {
        beforeKeys.run();
        String next = keys.poll();
        return NO_KEY.equals(next) ? Optional.empty() : Optional.of(next == null ? Bytes.EMPTY : Bytes.utf8(next));
    }

    /** When the person presses Ctrl-C: as the shell names the foreground that {@code when} is true of, the first time. */
    public void interruptWhen(Predicate<List<ProcessId>> when) {
        interrupting = when;
    }

    boolean setForeground(List<ProcessId> processes) throws FosException {
        if (interrupting.test(processes)) {
            interrupting = foreground -> false;
            interrupted = true;
        }
        if (interrupted) {
            for (ProcessId process : processes) {
                kill(process);
            }
        }
        return interrupted;
    }

    LineReply nextLine() {
        interrupted = false;
        LineReply line = lines.poll();
        return line == null ? new EndOfInput() : line;
    }

    /** Runs a program on the console and waits for its end. */
    public Result run(String program, String... arguments) {
        return run(new Stream.Console(CONSOLE), program, arguments);
    }

    public Result run(Stream in, String program, String... arguments) {
        TreeMap<String, String> environment = new TreeMap<>(Map.of("HOME", "/home"));
        Stream console = new Stream.Console(CONSOLE);
        ProcessSpec spec = new ProcessSpec(
                program, List.of(arguments), "/", environment, in, console, console, ProcessSpec.Tracing.NONE);
        out.reset();
        err.reset();
        try {
            int status = waitFor(spawn(spec).process());
            return new Result(status, out.toString(UTF_8), err.toString(UTF_8));
        } catch (FosException e) {
            throw new AssertionError(e);
        }
    }

    /** The bytes that the last run wrote to the console. */
    public byte[] lastOutput() {
        return out.toByteArray();
    }

    /** Processes that have not ended. */
    public List<ProcessStatus> processes() {
        List<ProcessStatus> statuses = new ArrayList<>();
        running.forEach((id, process) -> {
            if (!process.status().isDone()) {
                statuses.add(new ProcessStatus(
                        id,
                        id,
                        new TileId(NODE, 1, 0),
                        List.of(),
                        process.spec().domain(),
                        process.spec().program(),
                        process.spec().arguments(),
                        0));
            }
        });
        return statuses;
    }

    Fos.Child spawn(ProcessSpec spec) throws FosException {
        Program program = programs.get(spec.program());
        if (program == null) {
            throw refused(PlacementError.NO_SUCH_PROGRAM, spec.program());
        }
        if (processes().size() >= freeTiles) {
            throw refused(PlacementError.NO_FREE_TILE, spec.program());
        }
        synchronized (spawned) {
            spawned.add(spec);
        }
        ProcessId id = new ProcessId(new ClientId(NODE, 1, lastProcess.incrementAndGet()));
        Address input = address(id.client().number());
        if (spec.in() instanceof Stream.FromPipe(int writers)) {
            pipes.put(input, new MemoryPipe(writers));
        }
        CompletableFuture<Integer> status = new CompletableFuture<>();
        MemoryFos fos = new MemoryFos(this, id, input, spec);
        Thread thread = Thread.ofPlatform().daemon().unstarted(() -> status.complete(fos.run(program)));
        running.put(id, new Running(spec, status, thread));
        thread.start();
        return new Fos.Child(id, input);
    }

    MemoryPipe pipe(Address reader) {
        return requireNonNull(pipes.get(reader));
    }

    int waitFor(ProcessId process) throws FosException {
        try {
            return need(process).status().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new ProcessKilled();
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError(need(process).spec() + " does not end", e);
        }
    }

    Optional<Integer> waitFor(ProcessId process, Duration patience) throws FosException {
        try {
            return Optional.of(need(process).status().get(patience.toMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            throw new ProcessKilled();
        } catch (ExecutionException e) {
            throw new AssertionError(need(process).spec() + " failed", e);
        }
    }

    void kill(ProcessId process) throws FosException {
        need(process).thread().interrupt();
    }

    private Running need(ProcessId process) throws FosException {
        Running found = running.get(process);
        if (found == null) {
            throw refused(PlacementError.NO_SUCH_PROCESS, process.toString());
        }
        return found;
    }

    private static FosException refused(PlacementError error, String what) {
        return new FosException(error, what + ": " + error.sentence());
    }
}
