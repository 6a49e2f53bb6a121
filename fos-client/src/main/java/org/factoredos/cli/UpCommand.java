package org.factoredos.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.factoredos.local.LocalGrid;
import org.factoredos.local.LocalGrids;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Starts a grid of several JVMs on this machine, or what is missing of the one that runs. */
@Command(
        name = "up",
        description = {
            "Starts a grid of several JVMs on this machine, in the background, and returns when all its fleets serve.",
            "Where one runs already, starts its missing nodes."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class)
final class UpCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    /** As many as there are last numbers of 127.0.0. */
    private static final int MOST_NODES = 254;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--nodes",
            paramLabel = "N",
            description = "How many; as before where nothing is said, and 3 of a new grid.")
    private @Nullable Integer nodes;

    @Mixin
    private final MeshOption mesh = new MeshOption();

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Where the grid keeps its data; ~/.fos/grid where nothing is said.")
    private @Nullable Path data;

    @Option(
            names = "--journal",
            paramLabel = "JDBC-URL",
            description =
                    "A PostgreSQL for the journal, with user and password; H2's own server where nothing is said.")
    private @Nullable String journal;

    @Override
    public Integer call() throws Exception {
        CommandSpec command = Main.specOf(spec);
        if (nodes != null && (nodes < 1 || nodes > MOST_NODES)) {
            throw new ParameterException(
                    command.commandLine(), "--nodes wants a number from 1 to " + MOST_NODES + ", and not " + nodes);
        }
        LocalGrid grid;
        try (Progress _ = new Progress(
                command.commandLine().getErr(), "starting the grid", PATIENCE, Progress::errorIsTerminal)) {
            grid = Home.grids()
                    .up(
                            new LocalGrids.Wanted(nodes, mesh.tiles(command).orElse(null), data, journal),
                            Home.folder().resolve("grid"));
        }
        PrintWriter out = command.commandLine().getOut();
        out.println(grid.nodes().size() + " nodes of " + grid.tiles() + " tiles serve:");
        for (LocalGrid.Member node : grid.nodes()) {
            out.println("  http://" + node.http() + "/status");
        }
        out.println("./fos status tells how they are, ./fos down stops them.");
        out.flush();
        return 0;
    }
}
