package org.factoredos.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.factoredos.local.LocalGrid;
import org.factoredos.local.RunFile;
import org.factoredos.local.StatusReader;
import org.factoredos.node.GridStatus;

/** The grid that {@code ./fos up} starts, in a network and with a home folder of its own. */
final class UpGrid implements Faulty {
    private static final long PATIENCE_SECONDS = 240;
    private static final long TOOL_PATIENCE_SECONDS = 1500;

    private final NetworkSpace space;
    private final Path home;
    private final int size;
    private final Map<String, String> environment;

    private UpGrid(NetworkSpace space, Path home, int size, Map<String, String> environment) {
        this.space = space;
        this.home = home;
        this.size = size;
        this.environment = environment;
    }

    /**
     * Starts it; returns when it serves.
     *
     * @param name of its folder in {@code target/faults}, where its logs stay for whoever has to find out
     */
    static UpGrid start(String name, int nodes, String... options) throws IOException, InterruptedException {
        return start(name, nodes, Map.of(), options);
    }

    /** @param settings by the names of environment variables */
    static UpGrid start(String name, int nodes, Map<String, String> settings, String... options)
            throws IOException, InterruptedException {
        NetworkSpace.assumeAllowed();
        Path home = emptyHome(name);
        Map<String, String> environment = new TreeMap<>(settings);
        environment.put("HOME", home.toString());
        UpGrid grid = new UpGrid(NetworkSpace.create(), home, nodes, environment);
        try {
            List<String> arguments = new ArrayList<>(List.of("up", "--nodes", Integer.toString(nodes)));
            arguments.addAll(List.of(options));
            Duration took = grid.fos(arguments.toArray(String[]::new));
            Report.say(name + ": " + String.join(" ", arguments) + " serves after " + took.toMillis() + " ms");
            return grid;
        } catch (IOException | InterruptedException | RuntimeException e) {
            grid.close();
            throw e;
        }
    }

    static Path emptyHome(String name) throws IOException {
        Path home = Path.of("target", "faults", name).toAbsolutePath();
        if (Files.exists(home)) {
            try (Stream<Path> old = Files.walk(home)) {
                for (Path file : old.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
        return Files.createDirectories(home);
    }

    /** Starts the nodes that are missing. */
    Duration up() throws IOException, InterruptedException {
        return fos("up");
    }

    private Duration fos(String... arguments) throws IOException, InterruptedException {
        List<String> command = Product.fos(arguments);
        Path output = home.resolve("output");
        long began = System.nanoTime();
        Process fos = space.process(command, environment, output).start();
        if (!fos.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            fos.destroyForcibly();
        }
        if (fos.waitFor() != 0) {
            throw new IOException(String.join(" ", arguments) + ": " + Files.readString(output));
        }
        return Duration.ofMillis(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
    }

    /** What its nodes and its tools write is in there. */
    Path home() {
        return home;
    }

    /** The operator's, private. */
    Path key() {
        return home.resolve(".fos/ssh/id");
    }

    String sshHost(int index) throws IOException {
        return noted().nodes().get(index).host();
    }

    int sshPort(int index) throws IOException {
        return noted().nodes().get(index).sshPort();
    }

    /** Copies a file of this machine into the grid. */
    void copy(Path file, String to) throws IOException, InterruptedException {
        fos("cp", file.toString(), "fos:" + to);
    }

    /** Runs another program in the grid's network; what it printed, once it has succeeded. */
    String tool(String... command) throws IOException, InterruptedException {
        Path output = home.resolve("tool");
        Process tool = start(output, command);
        if (!tool.waitFor(TOOL_PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            tool.destroyForcibly();
        }
        if (tool.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + ": " + Files.readString(output));
        }
        return Files.readString(output);
    }

    /** Starts another program in the grid's network. */
    Process start(Path output, String... command) throws IOException {
        return space.process(List.of(command), Map.of(), output).start();
    }

    private LocalGrid noted() throws IOException {
        return new RunFile(home.resolve(".fos").resolve("run")).read().orElseThrow();
    }

    private ProcessHandle process(int index) throws IOException {
        LocalGrid.Member node = noted().nodes().get(index);
        return Optional.ofNullable(node.process())
                .flatMap(process -> process.living())
                .orElseThrow();
    }

    long pid(int index) throws IOException {
        return process(index).pid();
    }

    /** As {@code kill -9} does. */
    void kill(int index) throws IOException {
        ProcessHandle node = process(index);
        node.destroyForcibly();
        node.onExit().join();
    }

    /** Kills the journal's database, which is the child of what keeps it running. */
    void killJournal() throws IOException {
        ProcessHandle keeper = Optional.ofNullable(noted().journal().server())
                .flatMap(process -> process.living())
                .orElseThrow();
        ProcessHandle database = keeper.children().findFirst().orElseThrow();
        database.destroyForcibly();
        database.onExit().join();
    }

    /** @param signal such as STOP */
    void signal(int index, String signal) throws IOException {
        var _ = new ProcessBuilder("kill", "-" + signal, Long.toString(pid(index)))
                .inheritIO()
                .start()
                .onExit()
                .join();
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public Door door(int index) throws Exception {
        return Door.open(space, sshHost(index), sshPort(index), key());
    }

    /** As another user than the operator. */
    Door door(int index, String user, KeyPair key) throws Exception {
        return Door.open(space, sshHost(index), sshPort(index), user, key);
    }

    @Override
    public List<GridStatus> statuses() throws Exception {
        List<GridStatus> said = new ArrayList<>();
        for (LocalGrid.Member node : noted().nodes()) {
            if (node.lives()) {
                space.inside(() -> StatusReader.read(node.http())).ifPresent(said::add);
            }
        }
        return said;
    }

    /** What its nodes have logged so far, each node's lines behind the other's. */
    List<String> log() throws IOException {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            lines.addAll(Files.readAllLines(home.resolve(".fos/grid/node-" + (i + 1) + "/log/fos.log")));
        }
        return lines;
    }

    @Override
    public void close() throws IOException {
        space.close();
    }
}
