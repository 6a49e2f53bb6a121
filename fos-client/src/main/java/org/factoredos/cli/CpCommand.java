package org.factoredos.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.factoredos.gateway.FileTree;
import org.factoredos.gateway.GatewayClient;
import org.factoredos.gateway.LocalTree;
import org.factoredos.gateway.RemoteTree;
import org.factoredos.gateway.TreeCopy;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Copies files between this machine and a running grid. */
@Command(
        name = "cp",
        description = {
            "Copies a file, or a directory with all that is in it, between this machine and a running grid.",
            "One side is a path of the grid, fos:/path, the other a path of this machine."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        footer = {
            "",
            "Where DST is a directory, SRC comes into it under its own name. A file appears under its name when it is",
            "whole. What was copied into a grid is as safe as anything written there; against a loss of power on all its",
            "nodes at once, use sync in its shell.",
            "",
            "  ./fos cp report.txt fos:/home/",
            "  ./fos cp fos:/home/report.txt ."
        })
final class CpCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final String GRID = "fos:";
    private static final int INCOMPLETE = 1;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(index = "0", paramLabel = "SRC", description = "What is copied.")
    private String source = "";

    @Parameters(index = "1", paramLabel = "DST", description = "Where to.")
    private String destination = "";

    @Option(
            names = "--join",
            paramLabel = "HOST[:PORT]",
            defaultValue = "",
            description = "The grid's SSH gateway; where nothing is said, one of the grid that ./fos up started.")
    private String join = "";

    @Override
    public Integer call() throws Exception {
        boolean out = source.startsWith(GRID);
        if (out == destination.startsWith(GRID)) {
            throw wrong(
                    out
                            ? "both sides are in the grid: copy there with './fos shell --join -c \"cp -r SRC DST\"'"
                            : "neither side is in the grid: write fos:/path for the one that is");
        }
        String from = path(source);
        String to = path(destination);
        try (GatewayClient gateway = Gateways.connect(join);
                RemoteTree grid = gateway.files()) {
            FileTree here = new LocalTree();
            return copy(out ? new TreeCopy(grid, here) : new TreeCopy(here, grid), from, to);
        }
    }

    private String path(String side) {
        String path = side.startsWith(GRID) ? side.substring(GRID.length()) : side;
        if (path.isEmpty() || (side.startsWith(GRID) && !path.startsWith("/"))) {
            throw wrong("'" + side + "' is no path: a grid's begin with fos:/, such as fos:/home/x");
        }
        return path;
    }

    private int copy(TreeCopy copy, String from, String to) throws IOException {
        PrintWriter err = command().commandLine().getErr();
        Thread abandoning = Thread.ofPlatform().unstarted(copy::abandon);
        Runtime.getRuntime().addShutdownHook(abandoning); // Ctrl-C leaves nothing half written.
        List<String> skipped;
        try (Progress _ = new Progress(
                err,
                () -> "copying " + source + ", " + copy.copiedBytes() / 1_000_000 + " MB",
                PATIENCE,
                Progress::errorIsTerminal)) {
            skipped = copy.copy(from, to);
        } finally {
            try {
                Runtime.getRuntime().removeShutdownHook(abandoning);
            } catch (IllegalStateException e) {
                // It runs at this moment.
            }
        }
        skipped.forEach(left -> err.println("fos: " + left + ": is neither file nor directory, so it was left out"));
        err.flush();
        return skipped.isEmpty() ? 0 : INCOMPLETE;
    }

    private ParameterException wrong(String why) {
        return new ParameterException(command().commandLine(), why);
    }

    private CommandSpec command() {
        return Main.specOf(spec);
    }
}
