package org.factoredos.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.factoredos.local.LocalGrid;
import org.factoredos.local.StatusReader;
import org.factoredos.node.GridStatus;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How a grid is, as its first node that answers says. */
@Command(
        name = "status",
        description = "Tells how the grid that ./fos up started is: its nodes and its fleets.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        footer = {"", "The exit status is 0 where the grid is healthy and repaired."})
final class StatusCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--json", description = "As one line of JSON.")
    private boolean json;

    @Option(names = "--join", paramLabel = "HOST:PORT", description = "Asks the status page there.")
    private @Nullable String join;

    @Override
    public Integer call() throws IOException {
        CommandSpec command = Main.specOf(spec);
        GridStatus status = status();
        PrintWriter out = command.commandLine().getOut();
        if (json) {
            out.println(StatusReader.json(status));
        } else {
            print(status, out);
        }
        out.flush();
        return status.healthy() && status.repaired() ? 0 : 1;
    }

    private GridStatus status() throws IOException {
        if (join != null) {
            return StatusReader.read(join)
                    .orElseThrow(() -> new IOException("no node serves at " + join + ": see ./fos status --help"));
        }
        LocalGrid grid = Home.runFile()
                .read()
                .orElseThrow(() -> new IOException("no grid of ./fos up runs here: start one with ./fos up"));
        for (LocalGrid.Member node : grid.nodes()) {
            Optional<GridStatus> said = node.lives() ? StatusReader.read(node.http()) : Optional.empty();
            if (said.isPresent()) {
                return said.get();
            }
        }
        List<GridStatus.OfNode> nodes = new ArrayList<>();
        for (LocalGrid.Member node : grid.nodes()) {
            long pid = node.process() == null ? 0 : node.process().pid();
            nodes.add(new GridStatus.OfNode(
                    nodes.size() + 1, pid, node.ssh(), node.http(), node.lives() ? "silent" : "down"));
        }
        return new GridStatus(false, false, GridStatus.DOWN, nodes, List.of(), List.of());
    }

    private static void print(GridStatus status, PrintWriter out) {
        for (GridStatus.OfNode node : status.nodes()) {
            out.printf(
                    "node %-4d %-12s pid %-8d ssh %-16s http://%s/status%n",
                    node.node(), node.state(), node.pid(), node.ssh(), node.http());
        }
        for (GridStatus.OfFleet fleet : status.fleets()) {
            out.printf("fleet %-8s %d of %d slices have an owner%n", fleet.fleet(), fleet.owned(), fleet.slices());
        }
        if (status.journal().equals(GridStatus.DOWN)) {
            out.println("the journal's database does not answer: nothing can be written until it is back");
        }
        if (!status.seceded().isEmpty()) {
            out.println("nodes " + status.seceded()
                    + " were lost together and may go on without this one: start one of them"
                    + " again, until then nothing is answered here");
        }
        out.println((status.healthy() ? "healthy" : "not healthy") + ", "
                + (status.repaired() ? "repaired" : "not yet repaired"));
    }
}
