package org.factoredos.faults;

import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.factoredos.local.StatusReader;
import org.factoredos.node.GridStatus;

/**
 * Nodes as on machines of their own: each in a network of its own, started by {@code ./fos node} and the environment, and
 * the journal's database on one more.
 *
 * <pre>
 *   10.77.0.1 --[bridge]-- 10.77.0.2     and so on, a bridge for each pair, all in one more network, the switch:
 *       |                      |         one that is down loses what both sides send, and tells neither.
 *    [bridge]               [bridge]
 *       +----- 10.77.0.9 ------+
 * </pre>
 */
final class HostsGrid implements Faulty {
    private static final int JOURNAL = 9;
    private static final int JOURNAL_PORT = 9092;
    private static final int HTTP_PORT = 8080;
    private static final int SSH_PORT = 2222;
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final int size;
    private final Path home;
    private final List<String> node;
    private final Map<Integer, Process> nodes = new HashMap<>();
    private final NetworkSpace middle = NetworkSpace.create();
    /** By the last number of its address. */
    private final Map<Integer, NetworkSpace> machines = new HashMap<>();

    private HostsGrid(int size, Path home, List<String> node) throws IOException {
        this.size = size;
        this.home = home;
        this.node = node;
    }

    /** Starts it; returns when every node says that it is whole. */
    static HostsGrid start(String name, int size) throws Exception {
        return start(name, size, Product.fos("node"));
    }

    /** Likewise, its nodes with {@link Probes}. */
    static HostsGrid probing(String name, int size) throws Exception {
        return start(name, size, Product.probeNode());
    }

    private static HostsGrid start(String name, int size, List<String> node) throws Exception {
        NetworkSpace.assumeAllowed();
        HostsGrid grid = new HostsGrid(size, UpGrid.emptyHome(name), node);
        try {
            grid.wire();
            grid.startJournal();
            grid.run(1, Product.fos("certs"), Map.of("HOME", grid.home.toString()), "certs")
                    .onExit()
                    .join();
            for (int number = 1; number <= size; number++) {
                grid.startNode(number);
            }
            Awaitility.await("the grid serves").atMost(PATIENCE).until(grid::whole);
            return grid;
        } catch (Exception e) {
            grid.close();
            throw e;
        }
    }

    private void wire() throws IOException {
        List<Integer> numbers =
                new ArrayList<>(IntStream.rangeClosed(1, size).boxed().toList());
        numbers.add(JOURNAL);
        for (int number : numbers) {
            NetworkSpace machine = NetworkSpace.create();
            machines.put(number, machine);
            machine.ip("address", "add", address(number), "dev", "lo");
        }
        for (int one : numbers) {
            for (int other : numbers) {
                if (one < other) {
                    middle.ip("link", "add", "name", bridge(one, other), "type", "bridge");
                    middle.ip("link", "set", bridge(one, other), "up");
                    plug(one, other);
                    plug(other, one);
                }
            }
        }
    }

    /** Gives a machine the link to another one. */
    private void plug(int number, int other) throws IOException {
        String port = "p" + number + "-" + other;
        String link = "to" + other;
        NetworkSpace machine = machine(number);
        middle.ip("link", "add", "name", port, "type", "veth", "peer", "name", link, "netns", machine.name());
        middle.ip("link", "set", port, "master", bridge(Math.min(number, other), Math.max(number, other)), "up");
        machine.ip("link", "set", link, "up");
        machine.ip("route", "add", address(other), "dev", link, "src", address(number));
    }

    private static String bridge(int one, int other) {
        return "b" + one + "-" + other;
    }

    private static String address(int number) {
        return "10.77.0." + number;
    }

    private NetworkSpace machine(int number) {
        return machines.entrySet().stream()
                .filter(machine -> machine.getKey() == number)
                .findFirst()
                .orElseThrow()
                .getValue();
    }

    private void startJournal() throws Exception {
        Path folder = Files.createDirectories(home.resolve("journal"));
        run(JOURNAL, Product.journalServer(address(JOURNAL), JOURNAL_PORT, folder), Map.of(), "journal-output");
        Awaitility.await("the journal's server")
                .atMost(PATIENCE)
                .until(() -> machine(JOURNAL).inside(() -> {
                    try (Socket _ = new Socket(address(JOURNAL), JOURNAL_PORT)) {
                        return true;
                    } catch (ConnectException e) {
                        return false;
                    }
                }));
    }

    private void startNode(int number) throws IOException, InterruptedException {
        Map<String, String> environment = Map.of(
                "HOME", home.toString(),
                "FOS_DATA", folder(number).toString(),
                "FOS_HOST", address(number),
                "FOS_PORT", "25520",
                "FOS_SSH_KEYS", home.resolve(".fos/ssh/authorized_keys").toString(),
                "FOS_NODES",
                        IntStream.rangeClosed(1, size)
                                .mapToObj(node -> address(node) + ":" + HTTP_PORT)
                                .collect(Collectors.joining(",")),
                "FOS_JOURNAL_URL",
                        "jdbc:h2:tcp://" + address(JOURNAL) + ":" + JOURNAL_PORT
                                + "/./journal;WRITE_DELAY=0;DB_CLOSE_DELAY=-1",
                "FOS_JOURNAL_USER", "fos",
                "FOS_JOURNAL_PASSWORD", "fos");
        nodes.put(number, run(number, node, environment, "output-" + number));
    }

    /** As {@code kill -9} does. */
    void kill(int index) {
        nodes.entrySet().stream()
                .filter(process -> process.getKey() == index + 1)
                .forEach(
                        process -> process.getValue().destroyForcibly().onExit().join());
    }

    void restart(int index) throws IOException, InterruptedException {
        startNode(index + 1);
    }

    /** What its nodes and its programs write is in there. */
    Path home() {
        return home;
    }

    private Process run(int number, List<String> command, Map<String, String> environment, String output)
            throws IOException {
        return machine(number)
                .process(command, environment, home.resolve(output))
                .start();
    }

    private Path folder(int number) {
        return home.resolve("node-" + number);
    }

    /** Cuts node {@code index} from all other nodes. The journal, and who is on its own machine, still reach it. */
    void cut(int index) throws IOException {
        bridges(index, "down");
    }

    void heal(int index) throws IOException {
        bridges(index, "up");
    }

    private void bridges(int index, String state) throws IOException {
        int number = index + 1;
        for (int other = 1; other <= size; other++) {
            if (other != number) {
                middle.ip("link", "set", bridge(Math.min(number, other), Math.max(number, other)), state);
            }
        }
    }

    /** How often the node has started on its data. */
    int boot(int index) throws IOException {
        return Integer.parseInt(
                Files.readString(folder(index + 1).resolve("boot")).strip());
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public Door door(int index) throws Exception {
        return Door.open(machine(index + 1), address(index + 1), SSH_PORT, home.resolve(".fos/ssh/id"));
    }

    @Override
    public List<GridStatus> statuses() throws Exception {
        List<GridStatus> said = new ArrayList<>();
        for (int number = 1; number <= size; number++) {
            String page = address(number) + ":" + HTTP_PORT;
            machine(number).inside(() -> StatusReader.read(page)).ifPresent(said::add);
        }
        return said;
    }

    @Override
    public void close() throws IOException {
        for (NetworkSpace machine : machines.values()) {
            machine.close();
        }
        middle.close();
    }
}
