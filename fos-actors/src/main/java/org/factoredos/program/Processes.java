package org.factoredos.program;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Signal;
import org.factoredos.lib.Fos;
import org.factoredos.placement.PlacementProtocol.ProcessStatus;
import org.factoredos.placement.PlacementProtocol.ProcessesListed;
import org.factoredos.placement.ProcessId;

/** {@code ps} and {@code kill}. */
final class Processes {
    static final Command PS = new Command(
            new Usage(
                    Usage.Group.SYSTEM,
                    "ps",
                    "[-l]",
                    "lists processes, their tiles, for how long they have run, and in whose domain (-l: who started them)",
                    "ps"),
            Processes::list);

    static final Command KILL = new Command(
            new Usage(
                    Usage.Group.SYSTEM,
                    "kill",
                    "[-s SIGNAL] PROCESS...",
                    "signals processes: TERM, which asks them to end, INT, or KILL, which ends them (also as -KILL)",
                    "kill 1.3.17"),
            Processes::kill);

    static final Command PGREP = new Command(
            new Usage(
                    Usage.Group.SYSTEM,
                    "pgrep",
                    "[-f] TEXT",
                    "prints the processes, but itself, in the name of whose program the text is (-f: or in an argument)",
                    "kill $(pgrep httpd)"),
            Processes::find);

    static final Command MIGRATE = new Command(
            new Usage(
                    Usage.Group.SYSTEM,
                    "migrate",
                    "PROCESS TILE",
                    "moves a process to another tile, of another node too where it is a state machine",
                    "migrate 1.3.17 n2:3,5"),
            Processes::migrate);

    private Processes() {}

    private static int list(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(PS.usage(), "l", arguments);
        options.operands(0, 0);
        boolean parents = options.has('l');
        Table table = parents
                ? new Table("PROCESS", "PARENT", "TILE", "AGE", "DOMAIN", "COMMAND")
                : new Table("PROCESS", "TILE", "AGE", "DOMAIN", "COMMAND");
        ProcessesListed listed = fos.processes();
        Set<ProcessId> running = new TreeSet<>();
        listed.processes().forEach(status -> running.add(status.process()));
        for (ProcessStatus status : listed.processes()) {
            String command = command(status);
            List<String> row = new ArrayList<>(List.of(
                    status.process().toString(),
                    status.more().isEmpty()
                            ? status.tile().toString()
                            : status.tile() + " +" + status.more().size(),
                    age(status.ageNanos()),
                    status.domain(),
                    command.lines().findFirst().orElse("")));
            if (parents) { // Whose parent has ended is init's, which also starts whatever no process does.
                row.add(1, running.contains(status.parent()) ? status.parent().toString() : "init");
            }
            table.add(row.toArray(String[]::new));
        }
        table.print(fos);
        return tellSilent(fos, listed.silent());
    }

    private static String command(ProcessStatus status) {
        return (status.program() + " " + String.join(" ", status.arguments())).strip();
    }

    private static int find(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(PGREP.usage(), "f", arguments);
        String text = options.operands(1, 1).getFirst();
        ProcessesListed listed = fos.processes();
        List<ProcessId> found = listed.processes().stream()
                .filter(status -> (options.has('f') ? command(status) : status.program()).contains(text))
                .map(ProcessStatus::process)
                .filter(process -> !process.equals(fos.process()))
                .toList();
        for (ProcessId process : found) {
            Text.printLine(fos, process.toString());
        }
        int silent = tellSilent(fos, listed.silent());
        return found.isEmpty() ? 1 : silent;
    }

    /** Says which nodes a listing lacks; the exit status. */
    static int tellSilent(Fos fos, List<NodeId> silent) throws IOException {
        for (NodeId node : silent) {
            Text.complain(fos, node + " did not answer; what runs there is not listed");
        }
        return silent.isEmpty() ? 0 : 1;
    }

    private static String age(long nanos) {
        double seconds = nanos / 1e9;
        if (seconds < 60) {
            return String.format(Locale.ROOT, "%.1fs", seconds);
        }
        long minutes = (long) seconds / 60;
        return minutes < 60 ? minutes + "m" : minutes / 60 + "h" + minutes % 60 + "m";
    }

    private static int kill(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(KILL.usage(), "s:", withSignalAsValue(arguments));
        String word = options.value('s').orElse(Signal.TERMINATE.toString());
        Optional<Signal> signal = Signal.parse(word);
        if (signal.isEmpty()) {
            throw options.wrong("there is no signal '" + word + "', but TERM, INT and KILL");
        }
        Failures failures = new Failures(fos);
        for (String text : options.operands(1, Integer.MAX_VALUE)) {
            Optional<ProcessId> process = ProcessId.parse(text);
            if (process.isEmpty()) {
                throw options.wrong("'" + text + "' is no process; 'ps' lists them");
            }
            failures.attempt(() -> fos.signal(process.get(), signal.get()));
        }
        return failures.status();
    }

    /** {@code -KILL} for {@code -s KILL}, as POSIX has it. */
    private static List<String> withSignalAsValue(List<String> arguments) {
        String first = arguments.isEmpty() ? "" : arguments.getFirst();
        if (first.length() < 2
                || !first.startsWith("-")
                || first.startsWith("-s")
                || Signal.parse(first.substring(1)).isEmpty()) {
            return arguments;
        }
        List<String> separate = new ArrayList<>(List.of("-s", first.substring(1)));
        separate.addAll(arguments.subList(1, arguments.size()));
        return separate;
    }

    private static int migrate(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(MIGRATE.usage(), "", arguments);
        List<String> operands = options.operands(2, 2);
        Optional<ProcessId> process = ProcessId.parse(operands.getFirst());
        Optional<TileId> tile = TileId.parse(operands.getLast());
        if (process.isEmpty()) {
            throw options.wrong("'" + operands.getFirst() + "' is no process; 'ps' lists them");
        }
        if (tile.isEmpty()) {
            throw options.wrong("'" + operands.getLast() + "' is no tile; 'tiles -a' lists them");
        }
        fos.migrate(process.get(), tile.get());
        return 0;
    }
}
