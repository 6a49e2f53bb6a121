package org.factoredos.lib;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.factoredos.driver.ClockProtocol;
import org.factoredos.driver.ConsoleProtocol;
import org.factoredos.driver.EntropyProtocol;
import org.factoredos.file.FileError;
import org.factoredos.file.FileProtocol;
import org.factoredos.file.FileProtocol.Access;
import org.factoredos.file.FileProtocol.DirectoryListed;
import org.factoredos.file.FileProtocol.DisksReported;
import org.factoredos.file.FileProtocol.Entry;
import org.factoredos.file.FileProtocol.Kind;
import org.factoredos.file.FileProtocol.NewAttributes;
import org.factoredos.file.FileProtocol.OpenMode;
import org.factoredos.file.FileProtocol.ScrubReported;
import org.factoredos.file.FileProtocol.Status;
import org.factoredos.file.FileProtocol.VolumeStatus;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.Destination;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Mailbox;
import org.factoredos.kernel.Name;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.SendResult;
import org.factoredos.kernel.Signal;
import org.factoredos.naming.NameError;
import org.factoredos.naming.NameProtocol;
import org.factoredos.naming.Policy;
import org.factoredos.placement.PlacementError;
import org.factoredos.placement.PlacementProtocol;
import org.factoredos.placement.PlacementProtocol.ProcessesListed;
import org.factoredos.placement.PlacementProtocol.Reach;
import org.factoredos.placement.PlacementProtocol.TilesListed;
import org.factoredos.placement.PlacementProtocol.TilesReported;
import org.factoredos.placement.ProcessId;
import org.factoredos.placement.ProcessSpec;
import org.factoredos.placement.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The message proxy library of Figure 3: system calls as messages to the nearest server of a fleet.
 *
 * <p>It runs in the process's thread, on the process's client, and knows the fleets by their names alone.
 */
public final class LibFos implements Fos {
    private static final Name PLACEMENT = new Name("sys:placement");
    private static final Name NAMES = new Name("sys:names");
    private static final Name CLOCK = new Name("sys:clock");
    private static final Name ENTROPY = new Name("sys:entropy");
    /** How long a placement server holds a wait before it says that the process still runs. */
    private static final Duration WAIT_PATIENCE = Duration.ofSeconds(3);
    /** Whoever waits longer waits for ever; and a clock can count it. */
    private static final Duration LONGEST_PATIENCE = Duration.ofDays(365);
    /** A wait changes nothing and may be asked again, but not for ever of a server that never answers. */
    private static final int MOST_UNANSWERED_WAITS = 3;
    /** The second that it makes. */
    private static final int RANK_MAILBOX = Client.FIRST_MAILBOX + 1;

    private static final int RANK_MESSAGES = 1024;
    private static final long RANK_BYTES = 16L << 20;
    /** Longer than any of them takes to start, or to be ended where one could not. */
    private static final Duration RANKS_PATIENCE = Duration.ofSeconds(30);

    private static final Duration RANKS_REST = Duration.ofMillis(5);
    /** Less than it keeps its place in the queue. */
    private static final Duration QUEUE_REST = Duration.ofMillis(100);

    private final ProcessSpec spec;
    private final Client client;
    private final Calls calls;
    private final Caller caller;
    private final FileCalls files;
    private final StandardStreams streams;
    private final MappedMemory memory;
    private final Map<String, String> environment;
    private final PlacementProtocol.@Nullable Rank rank;
    private List<Address> ranks = List.of();
    private volatile String workingDirectory;
    private @Nullable NetworkSockets network;

    /** {@code client} has its first mailbox, and is woken by unparking the thread that will use this. */
    public LibFos(Client client, ProcessSpec spec) {
        this(client, spec, null);
    }

    /** Likewise, one of several clients of a process. */
    LibFos(Client client, ProcessSpec spec, PlacementProtocol.@Nullable Rank rank) {
        this.rank = rank;
        this.client = client;
        this.spec = spec;
        this.calls = new Calls(client);
        this.caller = new Caller(calls, new Tracer(spec.trace(), this::err));
        this.streams = new StandardStreams(spec, calls, caller, this::open);
        this.files = new FileCalls(caller, streams);
        this.memory = new MappedMemory(client, caller);
        this.environment = new TreeMap<>(spec.environment());
        this.workingDirectory = PathText.absolute("/", spec.workingDirectory());
    }

    /** The program has returned. */
    void finish() throws IOException {
        streams.finish();
        if (network != null) {
            network.finish();
        }
    }

    StandardStreams streams() {
        return streams;
    }

    /** Where its calls wait, for a program that has several under way. */
    public Calls calls() {
        return calls;
    }

    // The process itself

    @Override
    public ProcessId process() {
        return new ProcessId(client.id());
    }

    @Override
    public TileId tile() {
        return client.tile();
    }

    @Override
    public String domain() {
        return client.domain();
    }

    @Override
    public String program() {
        return spec.program();
    }

    @Override
    public Map<String, String> environment() {
        return environment;
    }

    @Override
    public String workingDirectory() {
        return workingDirectory;
    }

    @Override
    public void changeDirectory(String path) throws IOException {
        String target = absolute(path);
        if (stat(target).kind() != Kind.DIRECTORY) {
            throw ServedFile.refused(target, FileError.ENOTDIR);
        }
        workingDirectory = target;
    }

    @Override
    public String absolute(String path) {
        return PathText.absolute(workingDirectory, path);
    }

    @Override
    public InputStream in() {
        return streams.in();
    }

    @Override
    public Optional<Bytes> inputNow() throws IOException {
        return streams.ahead().take();
    }

    @Override
    public OutputStream out() {
        return streams.out();
    }

    @Override
    public OutputStream err() {
        return streams.err();
    }

    @Override
    public Stream stream(int number) {
        Stream stream = switch (number) {
            case 0 -> spec.in();
            case 1 -> spec.out();
            case 2 -> spec.err();
            default -> throw new IllegalArgumentException("standard streams are 0 to 2, not " + number);
        };
        return switch (stream) {
            case Stream.ToPipe pipe -> new Stream.ToPipe(pipe.reader(), false);
            case Stream.FromPipe pipe -> new Stream.Nothing(); // Its mailbox is this process's own.
            default -> stream;
        };
    }

    // Files

    @Override
    public OpenFile open(String path, OpenMode mode, Access access) throws IOException {
        return files.open(path, absolute(path), mode, access);
    }

    @Override
    public Status stat(String path) throws IOException {
        return files.stat(path, absolute(path), true);
    }

    @Override
    public Status statLink(String path) throws IOException {
        return files.stat(path, absolute(path), false);
    }

    @Override
    public Optional<Status> find(String path) throws IOException {
        return files.find(path, absolute(path), true);
    }

    @Override
    public Optional<Status> findLink(String path) throws IOException {
        return files.find(path, absolute(path), false);
    }

    @Override
    public List<Entry> list(String path) throws IOException {
        return files.list(path, absolute(path));
    }

    @Override
    public DirectoryListed list(String path, String after) throws IOException {
        return files.list(path, absolute(path), after);
    }

    @Override
    public void makeDirectory(String path) throws IOException {
        files.change(path, new FileProtocol.MakeDirectory(absolute(path)), absolute(path));
    }

    @Override
    public void rename(String from, String to) throws IOException {
        String target = absolute(to);
        files.sameServer(absolute(from), target, to);
        files.change(from, new FileProtocol.RenamePath(absolute(from), target), target);
    }

    @Override
    public void unlink(String path) throws IOException {
        files.change(path, new FileProtocol.UnlinkFile(absolute(path)), absolute(path));
    }

    @Override
    public void removeDirectory(String path) throws IOException {
        files.change(path, new FileProtocol.RemoveDirectory(absolute(path)), absolute(path));
    }

    @Override
    public String readLink(String path) throws IOException {
        return files.readLink(path, absolute(path));
    }

    @Override
    public void link(String existing, String path) throws IOException {
        String target = absolute(path);
        files.sameServer(absolute(existing), target, path);
        files.change(path, new FileProtocol.MakeLink(absolute(existing), target), target);
    }

    @Override
    public void symbolicLink(String target, String path) throws IOException {
        files.change(path, new FileProtocol.MakeSymbolicLink(target, absolute(path)), absolute(path));
    }

    @Override
    public void setAttributes(String path, boolean follow, NewAttributes attributes) throws IOException {
        String absolute = absolute(path);
        files.change(path, new FileProtocol.SetAttributes(absolute, follow, attributes), absolute);
    }

    @Override
    public void makeVolume(String path, int slice) throws IOException {
        files.change(path, new FileProtocol.MakeVolume(absolute(path), slice), absolute(path));
    }

    @Override
    public VolumeStatus volume(String path) throws IOException {
        return files.volume(path, absolute(path));
    }

    @Override
    public List<VolumeStatus> volumes() throws IOException {
        return files.volumes();
    }

    @Override
    public DisksReported disks() throws IOException {
        return files.disks();
    }

    @Override
    public List<ScrubReported> scrubs(boolean begin) throws IOException {
        return files.scrubs(begin);
    }

    @Override
    public void setQuota(String path, String domain, long bytes) throws IOException {
        files.change(path, new FileProtocol.SetQuota(absolute(path), domain, bytes), absolute(path));
    }

    // Processes

    @Override
    public Child spawn(ProcessSpec child) throws IOException {
        return spawn(child, Duration.ZERO);
    }

    @Override
    public Child spawn(ProcessSpec child, Duration patience) throws IOException {
        return spawn(child, patience, 1);
    }

    @Override
    public Child spawn(ProcessSpec child, Duration patience, int tiles) throws IOException {
        return spawn(child, patience, tiles, PLACEMENT, tile());
    }

    @Override
    public Child spawn(ProcessSpec child, Duration patience, int tiles, NodeId node) throws IOException {
        Address server = resolve(PLACEMENT.text()).mailboxes().stream()
                .filter(mailbox -> mailbox.tile().node().equals(node))
                .findFirst()
                .orElseThrow(() -> new FosException(
                        PlacementError.NO_SUCH_TILE,
                        node + " is not in the grid; 'tiles -a' lists the tiles of the nodes that are"));
        return spawn(child, patience, tiles, server, server.tile());
    }

    private Child spawn(ProcessSpec spawned, Duration patience, int tiles, Destination placement, TileId near)
            throws IOException {
        ProcessSpec child = named(spawned).under(spec.terminal());
        streams.finish(); // What the parent has printed stands before what the child prints.
        long untilNanos = deadline(patience);
        while (true) {
            long left = Math.max(0, untilNanos - client.nanos());
            long waitNanos = Math.min(left, WAIT_PATIENCE.toNanos());
            switch (ask(
                    child.program(), placement, new PlacementProtocol.SpawnProcess(child, near, waitNanos, tiles))) {
                case PlacementProtocol.ProcessSpawned(ProcessId process, TileId tile, Address input) -> {
                    return new Child(process, input);
                }
                case PlacementProtocol.Refused(PlacementError error) -> throw refused(child.program(), error);
                case PlacementProtocol.NoFreeTile(var holders) -> {
                    if (left <= waitNanos) {
                        throw noFreeTile(child.program(), holders);
                    }
                    caller.pause(
                            QUEUE_REST.toNanos()); // So many wait that it was turned away at once, or its time is up.
                }
            }
        }
    }

    /** What a user brought has an absolute path. */
    private ProcessSpec named(ProcessSpec spawned) {
        return spawned.program().contains("/") ? spawned.running(absolute(spawned.program())) : spawned;
    }

    @Override
    public int rank() {
        return rank == null ? 0 : rank.number();
    }

    @Override
    public List<Address> ranks() throws IOException {
        if (ranks.isEmpty()) {
            ranks = List.of(createMailbox(RANK_MESSAGES, RANK_BYTES));
        }
        return ranks;
    }

    /** Until all clients of this process have started; those that could not be have the others ended. */
    void awaitRanks() throws IOException {
        long untilNanos = client.nanos() + RANKS_PATIENCE.toNanos();
        while (ranks.isEmpty()) {
            if (client.nanos() - untilNanos >= 0) {
                throw new FosException(CallError.TIMED_OUT, program() + ": not all tiles of this process have started");
            }
            switch (ask(program(), PLACEMENT, new PlacementProtocol.ListRanks(process()))) {
                case PlacementProtocol.RanksListed(List<Address> clients) ->
                    ranks = clients.stream()
                            .map(first -> new Address(first.client(), RANK_MAILBOX, first.tile()))
                            .toList();
                case PlacementProtocol.StillStarting starting -> caller.pause(RANKS_REST.toNanos());
                case PlacementProtocol.Refused(PlacementError error) ->
                    caller.pause(RANKS_REST.toNanos()); // It may not be known yet; it is ended where it never will be.
            }
        }
    }

    private static FosException noFreeTile(String program, List<PlacementProtocol.Holder> holders) {
        String who = holders.stream().map(PlacementProtocol.Holder::toString).collect(Collectors.joining(", "));
        return new FosException(
                PlacementError.NO_FREE_TILE,
                program + ": " + PlacementError.NO_FREE_TILE.sentence()
                        + (who.isEmpty() ? "" : " (who has tiles: " + who + ")"));
    }

    @Override
    public int waitFor(ProcessId process) throws IOException {
        for (int unanswered = 0; ; ) {
            try {
                Optional<Integer> status = waitFor(process, WAIT_PATIENCE);
                if (status.isPresent()) {
                    return status.get();
                }
                unanswered = 0;
            } catch (FosException e) {
                if (e.error() != CallError.TIMED_OUT || ++unanswered == MOST_UNANSWERED_WAITS) {
                    throw e;
                }
            }
        }
    }

    @Override
    public Optional<Integer> waitFor(ProcessId process, Duration patience) throws IOException {
        streams.finish();
        long nanos = Math.min(patience.toNanos(), WAIT_PATIENCE.toNanos());
        var wait = new PlacementProtocol.WaitForProcess(process, nanos);
        return switch (ask(process.toString(), PLACEMENT, wait)) {
            case PlacementProtocol.ProcessEnded(ProcessId ended, int status) -> Optional.of(status);
            case PlacementProtocol.StillRunning() -> Optional.empty();
            case PlacementProtocol.Refused(PlacementError error) -> throw refused(process.toString(), error);
        };
    }

    @Override
    public void kill(ProcessId process) throws IOException {
        signal(process, Signal.KILL);
    }

    @Override
    public void signal(ProcessId process, Signal signal) throws IOException {
        var reply = ask(process.toString(), PLACEMENT, new PlacementProtocol.KillProcess(process, signal));
        if (reply instanceof PlacementProtocol.Refused(PlacementError error)) {
            throw refused(process.toString(), error);
        }
    }

    @Override
    public void onSignal(Signal signal, SignalHandler handler) {
        if (signal == Signal.KILL) {
            throw new IllegalArgumentException("no process handles " + signal);
        }
        calls.onSignal(signal, handler);
    }

    @Override
    public void migrate(ProcessId process, TileId tile) throws IOException {
        var reply = ask(process.toString(), PLACEMENT, new PlacementProtocol.MigrateProcess(process, tile));
        if (reply instanceof PlacementProtocol.Refused(PlacementError error)) {
            throw refused(process.toString(), error);
        }
    }

    @Override
    public ProcessesListed processes() throws IOException {
        return ask("processes", PLACEMENT, new PlacementProtocol.ListProcesses(Reach.GRID));
    }

    @Override
    public TilesListed tiles() throws IOException {
        return ask("tiles", PLACEMENT, new PlacementProtocol.ListTiles(Reach.GRID));
    }

    @Override
    public TilesReported tileReports() throws IOException {
        return ask("tiles", PLACEMENT, new PlacementProtocol.ReportTiles(Reach.GRID));
    }

    private static FosException refused(String what, PlacementError error) {
        return new FosException(error, what + ": " + error.sentence());
    }

    // Names

    @Override
    public void register(Address mailbox, String name, NameProtocol.Flags flags) throws IOException {
        change(name, new NameProtocol.RegisterName(mailbox, name, flags));
    }

    @Override
    public NameProtocol.Entry resolve(String name) throws IOException {
        return switch (ask(name, NAMES, new NameProtocol.ResolveName(name))) {
            case NameProtocol.NameResolved(NameProtocol.Entry entry) -> entry;
            case NameProtocol.Refused(NameError error) -> throw refused(name, error);
        };
    }

    @Override
    public void deleteName(String name) throws IOException {
        change(name, new NameProtocol.DeleteName(name));
    }

    @Override
    public void deleteName(String name, Address mailbox) throws IOException {
        change(name, new NameProtocol.DeleteSpecificName(name, mailbox));
    }

    @Override
    public void setPolicy(String name, Policy policy) throws IOException {
        change(name, new NameProtocol.SetPolicy(name, policy));
    }

    @Override
    public void claimNamespace(String namespace) throws IOException {
        change(namespace, new NameProtocol.ClaimNamespace(namespace));
    }

    @Override
    public void releaseNamespace(String namespace) throws IOException {
        change(namespace, new NameProtocol.ReleaseNamespace(namespace));
    }

    private void change(String what, NameProtocol.Request<?> request) throws IOException {
        if (ask(what, NAMES, request) instanceof NameProtocol.Refused(NameError error)) {
            throw refused(what, error);
        }
    }

    @Override
    public List<NameProtocol.Entry> names(String pattern) throws IOException {
        List<NameProtocol.Entry> all = new ArrayList<>();
        String after = "";
        while (true) {
            switch (ask(pattern, NAMES, new NameProtocol.ListNames(pattern, after))) {
                case NameProtocol.NamesListed(List<NameProtocol.Entry> page, boolean more) -> {
                    all.addAll(page);
                    if (!more || page.isEmpty()) {
                        return all;
                    }
                    after = page.getLast().name();
                }
                case NameProtocol.Refused(NameError error) -> throw refused(pattern, error);
            }
        }
    }

    private static FosException refused(String what, NameError error) {
        return new FosException(error, what + ": " + error.sentence());
    }

    // Messages

    @Override
    public Address createMailbox(int messages, long bytes) throws IOException {
        checkMailboxes();
        return client.addressOf(client.createMailbox(messages, bytes));
    }

    @Override
    public Address createMailbox(int messages, long bytes, InterruptHandler handler) throws IOException {
        checkMailboxes();
        return client.addressOf(client.createMailbox(messages, bytes, in -> handler.on(in.payload())));
    }

    private void checkMailboxes() throws FosException {
        calls.handleInterrupts();
        if (client.mailboxCount() == Client.MOST_MAILBOXES) {
            throw new FosException(CallError.TOO_MANY_MAILBOXES, CallError.TOO_MANY_MAILBOXES.sentence());
        }
    }

    @Override
    public void maskInterrupts() {
        client.interrupts().mask();
    }

    @Override
    public void unmaskInterrupts() {
        client.interrupts().unmask();
        calls.handleInterrupts();
    }

    @Override
    public List<MailboxStatus> mailboxes() {
        return client.mailboxes().stream()
                .filter(mailbox -> mailbox.number() != Client.FIRST_MAILBOX)
                .map(mailbox -> new MailboxStatus(
                        client.addressOf(mailbox),
                        mailbox.messages(),
                        mailbox.capacityMessages(),
                        mailbox.capacityBytes(),
                        mailbox.interrupts()))
                .toList();
    }

    @Override
    public int destroyMailbox(Address mailbox) {
        return client.destroyMailbox(own(mailbox).number());
    }

    @Override
    public SendResult send(Destination to, Payload message) {
        return calls.send(to, message);
    }

    @Override
    public Optional<Payload> receive(Address mailbox, Duration patience) {
        Mailbox box = own(mailbox);
        if (box.interrupts()) {
            throw new IllegalArgumentException(mailbox + " raises interrupts: its messages go to its handler");
        }
        if (box.isEmpty()) {
            streams.flush();
        }
        calls.await(() -> !box.isEmpty(), deadline(patience));
        return Optional.ofNullable(box.take()).map(Envelope::payload);
    }

    private long deadline(Duration patience) {
        boolean forEver = patience.compareTo(LONGEST_PATIENCE) > 0;
        return forEver ? Caller.FOREVER : client.nanos() + patience.toNanos();
    }

    private Mailbox own(Address mailbox) {
        Mailbox box = mailbox.client().equals(client.id()) ? client.mailbox(mailbox.mailbox()) : null;
        if (box == null) {
            throw new IllegalArgumentException(mailbox + " is no mailbox of this process");
        }
        return box;
    }

    @Override
    public <R extends Payload> R call(Destination to, Payload.Request<R> request) throws IOException {
        return caller.call(to.toString(), to, request, Caller.PATIENCE_NANOS);
    }

    @Override
    public <R extends Payload> R ask(Name fleet, Payload.Request<R> request) throws IOException {
        return ask(fleet.text(), fleet, request);
    }

    private <R extends Payload> R ask(String what, Destination to, Payload.Request<R> request) throws FosException {
        return caller.call(what, to, request, Caller.FAILOVER_NANOS);
    }

    // The network

    @Override
    public Network network() {
        NetworkSockets used = network;
        if (used == null) {
            used = new NetworkSockets(
                    calls, caller, streams::flush, () -> streams.ahead().ready());
            network = used;
        }
        return used;
    }

    // Memory

    @Override
    public Memory memory() {
        return memory;
    }

    // The terminal

    @Override
    public ConsoleProtocol.LineReply readLine(String prompt, List<String> offers) throws IOException {
        if (!(spec.in() instanceof Stream.Console(Address driver))) {
            throw ConsoleStreams.failed("standard input does not lead to a terminal");
        }
        streams.finish();
        return ConsoleStreams.line(caller, driver, prompt, offers);
    }

    @Override
    public boolean setForeground(List<ProcessId> processes) throws IOException {
        return spec.in() instanceof Stream.Console(Address driver)
                && ask("console", driver, new ConsoleProtocol.SetForeground(processes))
                        .interrupted();
    }

    @Override
    public boolean interactive() {
        return spec.in() instanceof Stream.Console;
    }

    @Override
    public Optional<ConsoleProtocol.SizeAnswered> terminal() throws IOException {
        return spec.in() instanceof Stream.Console && spec.out() instanceof Stream.Console(Address driver)
                ? Optional.of(ask("console", driver, new ConsoleProtocol.AskSize()))
                        .filter(ConsoleProtocol.SizeAnswered::terminal)
                : Optional.empty();
    }

    @Override
    public Optional<Bytes> keys(Duration patience) throws IOException {
        if (!(spec.in() instanceof Stream.Console(Address driver))) {
            throw new FosException(FileError.ENXIO, FileError.ENXIO.sentence());
        }
        streams.flush();
        return ConsoleStreams.keys(
                caller,
                driver,
                patience.compareTo(LONGEST_PATIENCE) > 0 ? LONGEST_PATIENCE.toNanos() : patience.toNanos());
    }

    // Time

    @Override
    public void sleep(Duration time) {
        streams.flush();
        caller.pause(time.toNanos());
    }

    @Override
    public void giveWay() {
        calls.giveWay();
    }

    @Override
    public long nanoTime() {
        return client.nanos();
    }

    @Override
    public ClockProtocol.TimeTold wallTime() throws IOException {
        return switch (caller.callAgain(CLOCK.text(), CLOCK, new ClockProtocol.AskTime())) {
            case ClockProtocol.TimeTold told -> told;
            case ClockProtocol.ClockFailed failed -> throw failed(CLOCK);
        };
    }

    @Override
    public void random(byte[] bytes) throws IOException {
        for (int done = 0; done < bytes.length; ) {
            int most = Math.min(bytes.length - done, EntropyProtocol.MOST_BYTES);
            switch (caller.callAgain(ENTROPY.text(), ENTROPY, new EntropyProtocol.AskEntropy(most))) {
                case EntropyProtocol.EntropyGiven(Bytes data) -> data.copyTo(0, bytes, done, most);
                case EntropyProtocol.EntropyFailed failed -> throw failed(ENTROPY);
            }
            done += most;
        }
    }

    private static FosException failed(Name driver) {
        return new FosException(CallError.DEVICE, driver.text() + ": " + CallError.DEVICE.sentence());
    }
}
