package org.factoredos.cli;

import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Stops the grid of {@code up}. */
@Command(
        name = "down",
        description = "Stops the grid that ./fos up started, cleanly; its data stays.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class)
final class DownCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        CommandSpec command = Main.specOf(spec);
        boolean stopped;
        try (Progress _ = new Progress(
                command.commandLine().getErr(), "stopping the grid", PATIENCE, Progress::errorIsTerminal)) {
            stopped = Home.grids().down();
        }
        if (!stopped) {
            command.commandLine().getErr().println("fos: no grid of ./fos up runs here");
            command.commandLine().getErr().flush();
        }
        return 0;
    }
}
