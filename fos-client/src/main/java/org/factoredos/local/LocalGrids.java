package org.factoredos.local;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.factoredos.node.GridStatus;
import org.jspecify.annotations.Nullable;

/**
 * Starts, watches and stops the grid of this machine: a JVM for each node, and the journal's server where no other database
 * is given.
 */
public final class LocalGrids {
    private static final int USUAL_NODES = 3;
    private static final int PORT = 25_520;
    private static final int HTTP_PORT = 8080;
    private static final int SSH_PORT = 2222;
    private static final long SERVING_SECONDS = 180;
    private static final long STOPPING_SECONDS = 40;
    private static final long LOOK_MILLIS = 100;

    private final RunFile file;
    private final Keys keys;
    private final String mainClass;

    /** What a grid is to be like; null for what it was before, or for what is usual. */
    public record Wanted(
            @Nullable Integer nodes,
            @Nullable String tiles,
            @Nullable Path data,
            @Nullable String journal) {}

    /** The grid cannot be had as wanted; the message is one sentence for people. */
    public static final class Failed extends Exception {
        Failed(String sentence) {
            super(sentence);
        }
    }

    /**
     * @param keys the operator's
     * @param mainClass what runs a node, with the argument {@code node}
     */
    public LocalGrids(RunFile file, Keys keys, String mainClass) {
        this.file = file;
        this.keys = keys;
        this.mainClass = mainClass;
    }

    /**
     * Starts the grid, or what is missing of it, and returns when all of it serves. Where that fails, what it has started
     * is stopped again.
     */
    public LocalGrid up(Wanted wanted, Path usualData) throws Exception {
        try (AutoCloseable _ = file.lock()) {
            Optional<LocalGrid> noted = file.read();
            Starting starting = new Starting(
                    noted.isPresent() && noted.get().lives() ? same(noted.get(), wanted) : planned(wanted, usualData));
            Thread undo = new Thread(starting::undo, "fos-up-undo");
            Runtime.getRuntime().addShutdownHook(undo);
            try {
                starting.start();
                return starting.grid;
            } catch (IOException | InterruptedException | Failed | RuntimeException e) {
                starting.undo();
                throw e;
            } finally {
                Runtime.getRuntime().removeShutdownHook(undo);
            }
        }
    }

    /** The grid that runs, if it is what is wanted. */
    private static LocalGrid same(LocalGrid grid, Wanted wanted) throws Failed {
        boolean other =
                (wanted.nodes() != null && wanted.nodes() != grid.nodes().size())
                        || (wanted.tiles() != null && !wanted.tiles().equals(grid.tiles()))
                        || (wanted.data() != null
                                && !wanted.data().toAbsolutePath().toString().equals(grid.data()))
                        || (wanted.journal() != null
                                && !wanted.journal().equals(grid.journal().url()));
        if (other) {
            throw new Failed("a grid of " + grid.nodes().size() + " nodes with " + grid.tiles() + " tiles each runs in "
                    + grid.data() + " already: stop it with ./fos down first, or leave the options away");
        }
        return grid;
    }

    private static LocalGrid planned(Wanted wanted, Path usualData) throws IOException, Failed {
        Path data = (wanted.data() == null ? usualData : wanted.data()).toAbsolutePath();
        int before = LocalGrid.nodesIn(data);
        int nodes = wanted.nodes() != null ? wanted.nodes() : before > 0 ? before : USUAL_NODES;
        if (nodes < before) {
            throw new Failed("the grid in " + data + " has " + before
                    + " nodes, and each keeps a part of its files: start it with as many, or choose another folder");
        }
        boolean addresses = hasAddress("127.0.0." + nodes);
        List<LocalGrid.Member> members = new ArrayList<>();
        for (int i = 0; i < nodes; i++) {
            members.add(
                    addresses
                            ? new LocalGrid.Member("127.0.0." + (i + 1), PORT, HTTP_PORT, SSH_PORT, null)
                            : new LocalGrid.Member("127.0.0.1", PORT + i, HTTP_PORT + i, SSH_PORT + i, null));
        }
        String journal = wanted.journal() == null ? "" : wanted.journal();
        return new LocalGrid(
                data.toString(),
                wanted.tiles() == null ? "8x8" : wanted.tiles(),
                new LocalGrid.Journal(journal, "", "", null),
                members);
    }

    private static boolean hasAddress(String address) {
        try (ServerSocket probe = new ServerSocket()) {
            probe.bind(new InetSocketAddress(InetAddress.getByName(address), 0));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** One {@code up}. */
    private final class Starting {
        private LocalGrid grid;
        private final List<ProcessRef> started = new ArrayList<>();
        private @Nullable ProcessRef startedJournal;
        private boolean over;

        Starting(LocalGrid grid) {
            this.grid = grid;
        }

        void start() throws IOException, InterruptedException, Failed {
            Files.createDirectories(Path.of(grid.data()));
            keys.prepare();
            startJournal();
            for (int i = 0; i < grid.nodes().size(); i++) {
                if (!grid.nodes().get(i).lives()) {
                    startNode(i);
                }
            }
            awaitServing();
            synchronized (this) {
                over = true;
            }
        }

        private synchronized void startJournal() throws IOException, InterruptedException {
            stopIfUndone();
            LocalGrid.Journal journal = grid.journal();
            boolean runs = journal.server() != null && journal.server().living().isPresent();
            if (journal.url().isEmpty() || (journal.server() != null && !runs)) {
                LocalGrid.Journal own = JournalServer.start(Path.of(grid.data(), "journal"), journal.url());
                startedJournal = own.server();
                note(grid.with(own));
            }
        }

        private synchronized void startNode(int index) throws IOException, InterruptedException {
            stopIfUndone();
            LocalGrid.Member member = grid.nodes().get(index);
            Map<String, String> environment = new HashMap<>(Map.ofEntries(
                    Map.entry("FOS_DATA", grid.folderOf(index).toString()),
                    Map.entry("FOS_HOST", member.host()),
                    Map.entry("FOS_PORT", Integer.toString(member.port())),
                    Map.entry("FOS_HTTP_PORT", Integer.toString(member.httpPort())),
                    Map.entry("FOS_SSH_PORT", Integer.toString(member.sshPort())),
                    Map.entry("FOS_SSH_KEYS", keys.authorized().toString()),
                    Map.entry("FOS_NODES", grid.contacts()),
                    Map.entry("FOS_TILES", grid.tiles()),
                    Map.entry("FOS_JOURNAL_URL", grid.journal().url()),
                    Map.entry("FOS_JOURNAL_USER", grid.journal().user()),
                    Map.entry("FOS_JOURNAL_PASSWORD", grid.journal().password())));
            Process process = Jvm.start(Jvm.command(List.of(), mainClass, List.of("node")), environment, output(index));
            ProcessRef reference = ProcessRef.of(process.toHandle());
            started.add(reference);
            note(grid.with(index, member.startedAs(reference)));
        }

        /** What would be started now, nobody would stop. */
        private void stopIfUndone() throws InterruptedException {
            if (over) {
                throw new InterruptedException("the start was interrupted");
            }
        }

        private void note(LocalGrid changed) throws IOException {
            grid = changed;
            file.write(grid);
        }

        private Path output(int index) {
            return grid.folderOf(index).resolve("output");
        }

        private void awaitServing() throws InterruptedException, Failed, IOException {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SERVING_SECONDS);
            for (int i = 0; i < grid.nodes().size(); ) {
                for (int each = 0; each < grid.nodes().size(); each++) {
                    if (!grid.nodes().get(each).lives()) {
                        throw new Failed("node " + (each + 1) + " did not start: " + lastWords(output(each)));
                    }
                }
                Optional<GridStatus> status =
                        StatusReader.read(grid.nodes().get(i).http());
                if (status.filter(this::complete).isPresent()) {
                    i++;
                } else if (System.nanoTime() - deadline >= 0) {
                    throw new Failed(
                            "the grid did not serve within " + SERVING_SECONDS + " s: see the logs in " + grid.data());
                } else {
                    Thread.sleep(LOOK_MILLIS); // A page tells nobody that it has changed.
                }
            }
        }

        /** Of this grid: another may have the same addresses, and then this one's nodes are about to say so. */
        private boolean complete(GridStatus status) {
            Set<Long> up = status.nodes().stream()
                    .filter(node -> node.state().equals("up"))
                    .map(GridStatus.OfNode::pid)
                    .collect(Collectors.toSet());
            return status.healthy()
                    && grid.nodes().stream()
                            .allMatch(node -> node.process() != null
                                    && up.contains(node.process().pid()));
        }

        private static String lastWords(Path output) throws IOException {
            String last = "it said nothing; see " + output;
            for (String line : Files.readAllLines(output)) {
                if (line.startsWith("fos: ")) {
                    last = line.substring("fos: ".length());
                }
            }
            return last;
        }

        /** Also from a hook, when somebody has lost patience. */
        synchronized void undo() {
            if (over) {
                return;
            }
            over = true;
            try {
                stopAll(started);
                if (startedJournal != null) {
                    stopAll(List.of(startedJournal));
                }
                if (!grid.lives()) {
                    file.delete();
                }
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException("what was started could not be stopped: " + e.getMessage(), e);
            }
        }
    }

    /** Stops the grid; false where there was none. */
    public boolean down() throws Exception {
        try (AutoCloseable _ = file.lock()) {
            Optional<LocalGrid> noted = file.read();
            if (noted.isEmpty()) {
                return false;
            }
            stopAll(noted.get().nodes().stream()
                    .flatMap(node -> Optional.ofNullable(node.process()).stream())
                    .toList());
            ProcessRef journal = noted.get().journal().server();
            if (journal != null) {
                stopAll(List.of(journal)); // The nodes' last rows went there.
            }
            file.delete();
            return true;
        }
    }

    private static void stopAll(List<ProcessRef> processes) throws InterruptedException {
        List<ProcessHandle> living =
                processes.stream().flatMap(process -> process.living().stream()).toList();
        living.forEach(ProcessHandle::destroy);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(STOPPING_SECONDS);
        for (ProcessHandle process : living) {
            try {
                process.onExit().get(Math.max(deadline - System.nanoTime(), 0), TimeUnit.NANOSECONDS);
            } catch (TimeoutException | ExecutionException e) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
        }
    }
}
