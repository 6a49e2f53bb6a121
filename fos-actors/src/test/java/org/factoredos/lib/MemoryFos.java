package org.factoredos.lib;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.factoredos.driver.ClockProtocol;
import org.factoredos.driver.ConsoleProtocol.LineReply;
import org.factoredos.driver.ConsoleProtocol.SizeAnswered;
import org.factoredos.file.FileError;
import org.factoredos.file.FileProtocol.Access;
import org.factoredos.file.FileProtocol.DirectoryListed;
import org.factoredos.file.FileProtocol.DiskStatus;
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
import org.factoredos.kernel.Delegation;
import org.factoredos.kernel.Destination;
import org.factoredos.kernel.Name;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.SendResult;
import org.factoredos.kernel.Signal;
import org.factoredos.naming.NameError;
import org.factoredos.naming.NameProtocol;
import org.factoredos.naming.Policy;
import org.factoredos.placement.PlacementError;
import org.factoredos.placement.PlacementProtocol.ProcessesListed;
import org.factoredos.placement.PlacementProtocol.TileReport;
import org.factoredos.placement.PlacementProtocol.TileStatus;
import org.factoredos.placement.PlacementProtocol.TilesListed;
import org.factoredos.placement.PlacementProtocol.TilesReported;
import org.factoredos.placement.ProcessId;
import org.factoredos.placement.ProcessSpec;
import org.factoredos.placement.Stream;

/** The system calls of one process of a {@link MemoryGrid}; hosts its program as a tile would. */
final class MemoryFos implements Fos {
    private static final int ENTRIES_PER_PAGE = 3;

    private final MemoryGrid grid;
    private final ProcessId process;
    private final Address input;
    private final ProcessSpec spec;
    private final Map<String, String> environment;
    private final InputStream in;
    private final OutputStream out;
    private final OutputStream err;
    private String directory;

    MemoryFos(MemoryGrid grid, ProcessId process, Address input, ProcessSpec spec) {
        this.grid = grid;
        this.process = process;
        this.input = input;
        this.spec = spec;
        this.environment = new TreeMap<>(spec.environment());
        this.directory = spec.workingDirectory();
        this.in = source(spec.in());
        this.out = new BufferedOutputStream(sink(spec.out(), grid.out));
        this.err = sink(spec.err(), grid.err);
    }

    int run(Program program) {
        int status;
        try {
            status = program.run(this, spec.arguments());
            out.flush();
        } catch (UsageException e) {
            status = complain(e, 2);
        } catch (IOException e) {
            boolean quiet = e instanceof FosException failed && failed.error() == CallError.BROKEN_PIPE;
            status = quiet ? 141 : complain(e, 1);
        } catch (ProcessKilled e) {
            status = 137;
        }
        end(spec.out());
        end(spec.err());
        MemoryPipe read = grid.pipes.get(input);
        if (read != null) {
            read.endReader();
        }
        return status;
    }

    private int complain(Exception e, int status) {
        try {
            err.write((program() + ": " + e.getMessage() + "\n").getBytes(UTF_8));
        } catch (IOException lost) {
            return status;
        }
        return status;
    }

    private void end(Stream stream) {
        if (stream instanceof Stream.ToPipe(Address reader, boolean ends) && ends) {
            grid.pipe(reader).endWriter();
        }
    }

    private InputStream source(Stream stream) {
        return switch (stream) {
            case Stream.File(String path) -> opened(path).input();
            case Stream.FromPipe pipe -> grid.pipe(input).input();
            default -> InputStream.nullInputStream();
        };
    }

    private OutputStream sink(Stream stream, OutputStream console) {
        return switch (stream) {
            case Stream.Console terminal -> console;
            case Stream.File(String path) -> opened(path).appender();
            case Stream.ToPipe pipe -> grid.pipe(pipe.reader()).output();
            default -> OutputStream.nullOutputStream();
        };
    }

    private OpenFile opened(String path) {
        try {
            return grid.files.open(path, OpenMode.EXISTING);
        } catch (FosException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public ProcessId process() {
        return process;
    }

    @Override
    public TileId tile() {
        return new TileId(MemoryGrid.NODE, 1, 0);
    }

    @Override
    public String domain() {
        return spec.domain();
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
        return directory;
    }

    @Override
    public void changeDirectory(String path) throws IOException {
        if (stat(path).kind() != Kind.DIRECTORY) {
            throw new FosException(FileError.ENOTDIR, path + ": " + FileError.ENOTDIR.sentence());
        }
        directory = absolute(path);
    }

    @Override
    public String absolute(String path) {
        Deque<String> parts = new ArrayDeque<>();
        for (String part : (path.startsWith("/") ? path : directory + "/" + path).split("/", -1)) {
            if (part.equals("..")) {
                parts.pollLast();
            } else if (!part.isEmpty() && !part.equals(".")) {
                parts.addLast(part);
            }
        }
        return "/" + String.join("/", parts);
    }

    @Override
    public InputStream in() {
        return in;
    }

    @Override
    public OutputStream out() {
        return out;
    }

    @Override
    public OutputStream err() {
        return err;
    }

    @Override
    public Stream stream(int number) {
        Stream stream = number == 0 ? spec.in() : number == 1 ? spec.out() : spec.err();
        return switch (stream) {
            case Stream.ToPipe pipe -> new Stream.ToPipe(pipe.reader(), false);
            case Stream.FromPipe pipe -> new Stream.Nothing();
            default -> stream;
        };
    }

    @Override
    public OpenFile open(String path, OpenMode mode, Access access) throws IOException {
        return grid.files.open(absolute(path), mode);
    }

    @Override
    public Status stat(String path) throws IOException {
        return find(path)
                .orElseThrow(() -> new FosException(FileError.ENOENT, path + ": " + FileError.ENOENT.sentence()));
    }

    @Override
    public Status statLink(String path) throws IOException {
        return findLink(path)
                .orElseThrow(() -> new FosException(FileError.ENOENT, path + ": " + FileError.ENOENT.sentence()));
    }

    @Override
    public Optional<Status> find(String path) throws IOException {
        return grid.files.find(absolute(path), true);
    }

    @Override
    public Optional<Status> findLink(String path) throws IOException {
        return grid.files.find(absolute(path), false);
    }

    @Override
    public String readLink(String path) throws IOException {
        return grid.files.readLink(absolute(path));
    }

    @Override
    public void link(String existing, String path) throws IOException {
        grid.files.link(absolute(existing), absolute(path));
    }

    @Override
    public void symbolicLink(String target, String path) throws IOException {
        grid.files.symbolicLink(target, absolute(path));
    }

    @Override
    public void setAttributes(String path, boolean follow, NewAttributes attributes) throws IOException {
        grid.files.setAttributes(absolute(path), follow, attributes);
    }

    @Override
    public void makeVolume(String path, int slice) throws IOException {
        grid.files.makeDirectory(absolute(path));
    }

    @Override
    public VolumeStatus volume(String path) throws IOException {
        String volume = stat(path).id().volume();
        return volumes().stream()
                .filter(one -> one.path().equals(volume))
                .findFirst()
                .orElseThrow();
    }

    @Override
    public List<VolumeStatus> volumes() {
        return grid.files.volumes();
    }

    @Override
    public DisksReported disks() {
        return new DisksReported(List.of(new DiskStatus(tile().node(), 1L << 40, 1L << 39)), List.of());
    }

    @Override
    public List<ScrubReported> scrubs(boolean begin) {
        return List.of(new ScrubReported(0, begin, 7, 2, 1, 0));
    }

    @Override
    public void setQuota(String path, String domain, long bytes) throws IOException {
        throw new FosException(FileError.ENOTSUP, path + ": " + FileError.ENOTSUP.sentence());
    }

    @Override
    public List<Entry> list(String path) throws IOException {
        return grid.files.list(absolute(path));
    }

    @Override
    public DirectoryListed list(String path, String after) throws IOException {
        List<Entry> rest = list(path).stream()
                .filter(entry -> entry.name().compareTo(after) > 0)
                .toList();
        int count = Math.min(rest.size(), ENTRIES_PER_PAGE);
        return new DirectoryListed(rest.subList(0, count), count < rest.size());
    }

    @Override
    public void makeDirectory(String path) throws IOException {
        grid.files.makeDirectory(absolute(path));
    }

    @Override
    public void rename(String from, String to) throws IOException {
        grid.files.rename(absolute(from), absolute(to));
    }

    @Override
    public void unlink(String path) throws IOException {
        grid.files.unlink(absolute(path));
    }

    @Override
    public void removeDirectory(String path) throws IOException {
        grid.files.removeDirectory(absolute(path));
    }

    @Override
    public Child spawn(ProcessSpec child) throws IOException {
        return grid.spawn(child);
    }

    /** There is always a free tile. */
    @Override
    public Child spawn(ProcessSpec child, Duration patience) throws IOException {
        return grid.spawn(child);
    }

    @Override
    public Child spawn(ProcessSpec child, Duration patience, int tiles) throws IOException {
        grid.lastTiles = tiles;
        grid.lastPatience = patience;
        return grid.spawn(child);
    }

    @Override
    public Child spawn(ProcessSpec child, Duration patience, int tiles, NodeId node) throws IOException {
        if (!node.equals(MemoryGrid.NODE)) {
            throw new FosException(PlacementError.NO_SUCH_TILE, node + " is not in the grid");
        }
        return spawn(child, patience, tiles);
    }

    @Override
    public int rank() {
        return 0;
    }

    @Override
    public List<Address> ranks() {
        return List.of(input);
    }

    @Override
    public int waitFor(ProcessId child) throws IOException {
        return grid.waitFor(child);
    }

    @Override
    public Optional<Integer> waitFor(ProcessId child, Duration patience) throws IOException {
        return grid.waitFor(child, patience);
    }

    @Override
    public boolean setForeground(List<ProcessId> processes) throws IOException {
        return interactive() && grid.setForeground(processes);
    }

    @Override
    public void kill(ProcessId victim) throws IOException {
        grid.kill(victim);
    }

    /** Programs here take no signals, so each ends them. */
    @Override
    public void signal(ProcessId victim, Signal signal) throws IOException {
        grid.kill(victim);
    }

    @Override
    public void onSignal(Signal signal, SignalHandler handler) {}

    @Override
    public void migrate(ProcessId process, TileId tile) throws IOException {
        throw new FosException(
                PlacementError.NOT_MIGRATABLE, process + ": " + PlacementError.NOT_MIGRATABLE.sentence());
    }

    @Override
    public ProcessesListed processes() {
        return new ProcessesListed(grid.processes(), List.of());
    }

    @Override
    public TilesListed tiles() {
        List<TileStatus> tiles = new ArrayList<>();
        grid.names
                .values()
                .forEach(entry -> entry.mailboxes()
                        .forEach(mailbox -> tiles.add(
                                new TileStatus(mailbox.tile(), entry.name().replace("sys:", "") + " server"))));
        tiles.add(new TileStatus(tile(), program()));
        tiles.add(new TileStatus(new TileId(MemoryGrid.NODE, 7, 7), ""));
        return new TilesListed(tiles, List.of());
    }

    /** Each asking finds twenty sends more. */
    @Override
    public TilesReported tileReports() {
        long sends = grid.reports.incrementAndGet() * 20L;
        return new TilesReported(List.of(report(0, "quiet", 7), report(1, "cat", sends)), List.of());
    }

    private static final Delegation.Taken TAKEN = new Delegation.Taken(
            List.of(
                    new Delegation.TakenFrom(new TileId(MemoryGrid.NODE, 0, 0), 1),
                    new Delegation.TakenFrom(new TileId(MemoryGrid.NODE, 3, 2), 9)),
            4);

    private static TileReport report(int x, String client, long sends) {
        TileId tile = new TileId(MemoryGrid.NODE, x, 0);
        var refused = List.of(new Delegation.Refusals(SendResult.QUEUE_FULL, 2));
        return new TileReport(client, new Delegation.TileReported(tile, sends, refused, 3, 1, 2, 5, 4, TAKEN));
    }

    @Override
    public void register(Address mailbox, String name, NameProtocol.Flags flags) {
        grid.names.put(name, NameProtocol.Entry.of(name, flags, List.of(mailbox)));
    }

    @Override
    public NameProtocol.Entry resolve(String name) throws IOException {
        NameProtocol.Entry entry = grid.names.get(name);
        if (entry == null) {
            throw new FosException(NameError.NO_SUCH_NAME, name + ": " + NameError.NO_SUCH_NAME.sentence());
        }
        return entry;
    }

    @Override
    public void deleteName(String name) {
        grid.names.remove(name);
    }

    @Override
    public void deleteName(String name, Address mailbox) {
        grid.names.remove(name);
    }

    @Override
    public void setPolicy(String name, Policy policy) throws IOException {
        NameProtocol.Entry entry = resolve(name);
        grid.names.put(name, new NameProtocol.Entry(name, entry.flags(), policy, entry.mailboxes()));
    }

    @Override
    public void claimNamespace(String namespace) throws IOException {
        if (namespace.startsWith("sys:")) {
            NameError denied = NameError.PERMISSION_DENIED;
            throw new FosException(denied, namespace + ": " + denied.sentence());
        }
    }

    @Override
    public void releaseNamespace(String namespace) throws IOException {
        claimNamespace(namespace);
    }

    @Override
    public List<NameProtocol.Entry> names(String pattern) {
        String regex = "\\Q" + pattern.replace("*", "\\E.*\\Q") + "\\E";
        return grid.names.values().stream()
                .filter(entry -> entry.name().matches(regex))
                .toList();
    }

    @Override
    public Address createMailbox(int messages, long bytes) {
        return grid.mailboxes.create(process, messages, bytes, null);
    }

    @Override
    public Address createMailbox(int messages, long bytes, InterruptHandler handler) {
        return grid.mailboxes.create(process, messages, bytes, handler);
    }

    @Override
    public void maskInterrupts() {
        grid.mailboxes.mask(process);
    }

    @Override
    public void unmaskInterrupts() {
        grid.mailboxes.unmask(process);
    }

    @Override
    public List<MailboxStatus> mailboxes() {
        return grid.mailboxes.of(process);
    }

    @Override
    public int destroyMailbox(Address mailbox) {
        return grid.mailboxes.destroy(mailbox);
    }

    @Override
    public SendResult send(Destination to, Payload message) {
        return switch (to) {
            case Name name -> {
                NameProtocol.Entry entry = grid.names.get(name.text());
                Address mailbox = entry == null ? null : entry.mailboxes().getFirst();
                if (mailbox == null) {
                    yield SendResult.NO_SUCH_NAME;
                }
                yield grid.mailboxes.has(mailbox) ? grid.mailboxes.send(mailbox, message) : SendResult.ACCEPTED;
            }
            case Address mailbox -> {
                if (grid.mailboxes.has(mailbox)) {
                    yield grid.mailboxes.send(mailbox, message);
                }
                yield grid.pipes.containsKey(mailbox) ? SendResult.ACCEPTED : SendResult.NO_SUCH_MAILBOX;
            }
        };
    }

    @Override
    public Optional<Payload> receive(Address mailbox, Duration patience) {
        return grid.mailboxes.receive(mailbox, patience);
    }

    @Override
    @SuppressWarnings("unchecked") // Who answers for a test keeps to the protocol.
    public <R extends Payload> R call(Destination to, Payload.Request<R> request) throws IOException {
        Function<Payload, Payload> server = grid.servers.get(to);
        if (server == null) {
            SendResult result = to instanceof Name ? SendResult.NO_SUCH_NAME : SendResult.NO_SUCH_MAILBOX;
            throw new FosException(result, to + ": " + result.sentence());
        }
        return (R) server.apply(request);
    }

    @Override
    public <R extends Payload> R ask(Name fleet, Payload.Request<R> request) throws IOException {
        return call(fleet, request);
    }

    @Override
    public Memory memory() {
        throw new UnsupportedOperationException("what needs memory is tried on a whole node");
    }

    @Override
    public LineReply readLine(String prompt, List<String> offers) {
        grid.prompts.add(prompt);
        if (!offers.isEmpty()) {
            grid.offers.add(List.copyOf(offers));
        }
        return grid.nextLine();
    }

    @Override
    public Optional<Bytes> keys(Duration patience) {
        return grid.nextKeys();
    }

    @Override
    public Optional<SizeAnswered> terminal() {
        return interactive() ? grid.terminal : Optional.empty();
    }

    @Override
    public boolean interactive() {
        return spec.in() instanceof Stream.Console;
    }

    @Override
    public void giveWay() {}

    @Override
    public void sleep(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            throw new ProcessKilled();
        }
    }

    @Override
    public Network network() {
        throw new UnsupportedOperationException("there is no network here");
    }

    @Override
    public ClockProtocol.TimeTold wallTime() {
        return new ClockProtocol.TimeTold(1_000_000_000_000_000_000L, 3_723_000_000_000L);
    }

    @Override
    public void random(byte[] bytes) {
        Arrays.fill(bytes, (byte) 4); // Chosen by a fair die.
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }
}
