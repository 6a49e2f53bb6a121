package org.factoredos.lib;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.factoredos.driver.ClockProtocol;
import org.factoredos.driver.ConsoleProtocol;
import org.factoredos.file.FileProtocol;
import org.factoredos.file.FileProtocol.Access;
import org.factoredos.file.FileProtocol.DirectoryListed;
import org.factoredos.file.FileProtocol.DisksReported;
import org.factoredos.file.FileProtocol.Entry;
import org.factoredos.file.FileProtocol.NewAttributes;
import org.factoredos.file.FileProtocol.OpenMode;
import org.factoredos.file.FileProtocol.ScrubReported;
import org.factoredos.file.FileProtocol.Status;
import org.factoredos.file.FileProtocol.VolumeStatus;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Bytes;
import org.factoredos.kernel.Destination;
import org.factoredos.kernel.Name;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.SendResult;
import org.factoredos.kernel.Signal;
import org.factoredos.naming.NameProtocol;
import org.factoredos.naming.Policy;
import org.factoredos.placement.PlacementProtocol.ProcessesListed;
import org.factoredos.placement.PlacementProtocol.TilesListed;
import org.factoredos.placement.PlacementProtocol.TilesReported;
import org.factoredos.placement.ProcessId;
import org.factoredos.placement.ProcessSpec;
import org.factoredos.placement.Stream;

/**
 * The system calls of one process (§3, Figure 3): each turns into a message to the nearest server of a fleet, and blocks
 * until its answer.
 *
 * <p>For the process's own thread; the calls on files, and what is done with an open file, also for threads that it has started.
 * Paths may be relative to {@link #workingDirectory}. Every call may throw {@link FosException}, and {@link ProcessKilled} once the
 * process has been killed.
 */
public interface Fos {
    // The process itself

    ProcessId process();

    TileId tile();

    /** The protection domain (§3.1.2) that it acts in; its children too, unless they are spawned in another. */
    String domain();

    String program();

    /** The environment, which a child inherits as it is when it is spawned; writable. */
    Map<String, String> environment();

    /** Absolute. */
    String workingDirectory();

    /** Fails where {@code path} is not a directory. */
    void changeDirectory(String path) throws IOException;

    /** {@code path} as an absolute one, without {@code .} and {@code ..}. */
    String absolute(String path);

    /** Standard input. Reads block; several small reads are buffered. */
    InputStream in();

    /**
     * What standard input has now, for a program that waits for other things beside it ({@link Network#readyOrInput}): nothing where
     * nothing has come yet, no bytes at its end. What {@link #in} has read ahead is not among it.
     */
    default Optional<Bytes> inputNow() throws IOException {
        return new InputAhead.OfStream(in()).take();
    }

    /** Standard output; buffered, and flushed when the process ends. */
    OutputStream out();

    /** Standard error; unbuffered. */
    OutputStream err();

    /**
     * Where a standard stream leads (0, 1 or 2), for a child that is to inherit it: a pipe to write to without ending it.
     * Input from a pipe is the reader's alone, so a child cannot inherit a {@link Stream.FromPipe}.
     */
    Stream stream(int number);

    // Files

    /** To be read where it must be there, and else to be written. */
    default OpenFile open(String path, OpenMode mode) throws IOException {
        return open(path, mode, Access.of(mode));
    }

    OpenFile open(String path, OpenMode mode, Access access) throws IOException;

    Status stat(String path) throws IOException;

    /** Like {@link #stat}, but a symbolic link at the path's end is not followed. */
    Status statLink(String path) throws IOException;

    /** Like {@link #stat}; empty where nothing has that path. */
    Optional<Status> find(String path) throws IOException;

    /** Like {@link #find}, but a symbolic link at the path's end is not followed. */
    Optional<Status> findLink(String path) throws IOException;

    /** The entries of a directory, in name order. */
    List<Entry> list(String path) throws IOException;

    /** The next of them behind {@code after} ("" for the first of all), as many as one answer carries. */
    DirectoryListed list(String path, String after) throws IOException;

    void makeDirectory(String path) throws IOException;

    void rename(String from, String to) throws IOException;

    void unlink(String path) throws IOException;

    void removeDirectory(String path) throws IOException;

    /** What a symbolic link says. */
    String readLink(String path) throws IOException;

    /** One more name, {@code path}, for the file {@code existing} of the same volume. */
    void link(String existing, String path) throws IOException;

    /** Makes {@code path} lead to {@code target}, which may be relative to the link's directory and need not exist. */
    void symbolicLink(String target, String path) throws IOException;

    /**
     * Sets what is not null.
     *
     * @param follow whether a symbolic link at the path's end is followed
     */
    void setAttributes(String path, boolean follow, NewAttributes attributes) throws IOException;

    /** Makes a volume that hangs at {@code path}, in slice {@code slice} or {@link FileProtocol#ANY_SLICE any}. */
    void makeVolume(String path, int slice) throws IOException;

    /** The volume that {@code path} lies in. */
    VolumeStatus volume(String path) throws IOException;

    /** All volumes, by where they hang. */
    List<VolumeStatus> volumes() throws IOException;

    DisksReported disks() throws IOException;

    /** How the search for damage goes, by slices; with {@code begin} it begins where nothing is to be done already. */
    List<ScrubReported> scrubs(boolean begin) throws IOException;

    /** How much a domain's files may take of the volume that {@code path} lies in; {@link FileProtocol#NO_LIMIT} for all. */
    void setQuota(String path, String domain, long bytes) throws IOException;

    // Processes

    /** What {@link #spawn} made; {@code input} is where a pipe to its standard input leads. */
    record Child(ProcessId process, Address input) {}

    /**
     * Runs a program on a free tile near this one: of this node where it has any, and else of the nearest that has. A program
     * with a {@code /} in its name is the path of a jar that somebody brought.
     */
    Child spawn(ProcessSpec spec) throws IOException;

    /** Likewise; where every tile has its client, waits for one behind all who waited before, no longer than {@code patience}. */
    Child spawn(ProcessSpec spec, Duration patience) throws IOException;

    /** Blocks until the process has ended; its exit status, which is 129 where its node was lost. */
    int waitFor(ProcessId process) throws IOException;

    /** Likewise, for no longer than {@code patience}; empty where it still runs. */
    Optional<Integer> waitFor(ProcessId process, Duration patience) throws IOException;

    /** Cuts the process off: {@link #signal} with {@link Signal#KILL}. */
    void kill(ProcessId process) throws IOException;

    /** Of a process of another domain, with the right SIGNAL on that. A server or another state machine is cut off by any. */
    void signal(ProcessId process, Signal signal) throws IOException;

    /** What a process does when it is told to. */
    @FunctionalInterface
    interface SignalHandler {
        void on(Signal signal);
    }

    /**
     * From here on {@code signal} does not end this process, but has {@code handler} run, by the rules of {@link
     * InterruptHandler}s.
     *
     * @throws IllegalArgumentException for {@link Signal#KILL}, which nobody handles
     */
    void onSignal(Signal signal, SignalHandler handler);

    /** Moves a process to another tile while it runs; whoever sends to it does not notice. */
    void migrate(ProcessId process, TileId tile) throws IOException;

    /** A process of {@code tiles} tiles of one node, on each of which a client runs the program: see {@link #ranks}. */
    Child spawn(ProcessSpec spec, Duration patience, int tiles) throws IOException;

    /** Likewise, of that node, or where it has no room of the nearest to it that has; fails where it is not in the grid. */
    Child spawn(ProcessSpec spec, Duration patience, int tiles, NodeId node) throws IOException;

    /** Which of the clients of this process this is, from 0; the process ends with that one. */
    int rank();

    /** A mailbox of each of the clients of this process, its own too, in the order of their ranks. */
    List<Address> ranks() throws IOException;

    /** Of the whole grid; says which nodes did not answer. */
    ProcessesListed processes() throws IOException;

    /** Likewise. */
    TilesListed tiles() throws IOException;

    /** What the tiles that are not free have counted; likewise. */
    TilesReported tileReports() throws IOException;

    // Names

    void register(Address mailbox, String name, NameProtocol.Flags flags) throws IOException;

    NameProtocol.Entry resolve(String name) throws IOException;

    /** The name with all its mailboxes. */
    void deleteName(String name) throws IOException;

    /** One mailbox of it; the name goes with its last. */
    void deleteName(String name, Address mailbox) throws IOException;

    /** How members of a set are chosen. */
    void setPolicy(String name, Policy policy) throws IOException;

    /** Keeps all names in {@code namespace}, such as {@code web:*}, for this process's domain. */
    void claimNamespace(String namespace) throws IOException;

    /** Ends that. */
    void releaseNamespace(String namespace) throws IOException;

    List<NameProtocol.Entry> names(String pattern) throws IOException;

    // Messages

    /** What a process does with a message that has raised an interrupt. */
    @FunctionalInterface
    interface InterruptHandler {
        void on(Payload message);
    }

    /** A receive mailbox of this process, and what it holds. */
    record MailboxStatus(Address mailbox, int messages, int capacityMessages, long capacityBytes, boolean interrupts) {}

    /** Makes a receive mailbox, to be polled by {@link #receive}; its size is fixed, and so is its number. */
    Address createMailbox(int messages, long bytes) throws IOException;

    /**
     * Makes a receive mailbox that raises interrupts: {@code handler} is run for each of its messages, by this process's own
     * thread, at a system call or while it waits in one; never while the process computes, and never within another handler.
     * It may make system calls, but keeps away from standard input and output, in the middle of which the process may be.
     */
    Address createMailbox(int messages, long bytes, InterruptHandler handler) throws IOException;

    /** Handlers wait from here on; what arrives is kept in its mailbox. */
    void maskInterrupts();

    /** Runs the handlers of what has arrived meanwhile, before it returns. */
    void unmaskInterrupts();

    /** Those that it has made, in that order. */
    List<MailboxStatus> mailboxes();

    /** Its messages are lost, their senders not told; returns how many those were. */
    int destroyMailbox(Address mailbox);

    SendResult send(Destination to, Payload message);

    /** The next message of a polled mailbox; empty when {@code patience} has passed, which may be zero. */
    Optional<Payload> receive(Address mailbox, Duration patience);

    /** Sends a request and waits for its answer, at most five seconds. */
    <R extends Payload> R call(Destination to, Payload.Request<R> request) throws IOException;

    /** Likewise of a fleet, for as long as it takes until a dead node's successor answers. */
    <R extends Payload> R ask(Name fleet, Payload.Request<R> request) throws IOException;

    // The network

    /** Its sockets. */
    Network network();
    // Memory

    /** Frames of this node, mapped for this process. */
    Memory memory();

    // The terminal

    /** Reads a line at the terminal of standard input; fails where that is not a console. */
    ConsoleProtocol.LineReply readLine(String prompt, List<String> offers) throws IOException;

    /**
     * Tells the terminal what Ctrl-C is to end, each with all that it has started, instead of what this process said before;
     * whether there has been a Ctrl-C since it last read a line. Where there is no console, there has not.
     */
    boolean setForeground(List<ProcessId> processes) throws IOException;

    /** Whether standard input leads to a console. */
    boolean interactive();

    /** The size of the terminal that a person sits at, where standard input and output lead to one. */
    Optional<ConsoleProtocol.SizeAnswered> terminal() throws IOException;

    /**
     * Keys that are pressed at that terminal, as the bytes it sends for them, neither echoed nor edited; of a person who
     * presses none for that long, or Ctrl-C, nothing. Empty bytes mean that the terminal is gone.
     */
    Optional<Bytes> keys(Duration patience) throws IOException;

    /** A program in this one's folder, environment and domain, with its streams. */
    default ProcessSpec like(String program, List<String> arguments) {
        return new ProcessSpec(
                program,
                arguments,
                workingDirectory(),
                new TreeMap<>(environment()),
                stream(0),
                stream(1),
                stream(2),
                ProcessSpec.Tracing.NONE,
                domain());
    }

    // Time

    void sleep(Duration time);

    /** A system call for code that goes on for long without any: signals are taken, and a move is made. */
    void giveWay();

    /** The monotonic clock, in nanoseconds. */
    long nanoTime();

    /** What time it is, by the clock of the nearest node that answers; and how long that node has run. */
    ClockProtocol.TimeTold wallTime() throws IOException;

    /** Fills {@code bytes} with what nobody can foretell. */
    void random(byte[] bytes) throws IOException;
}
