package org.factoredos.cli;

import com.typesafe.config.ConfigFactory;
import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.factoredos.gateway.GatewayClient;
import org.factoredos.lib.ProcessKilled;
import org.factoredos.node.Node;
import org.factoredos.node.Settings;
import org.factoredos.server.Device;
import org.factoredos.shell.ShellProgram;
import org.factoredos.terminal.StreamConsole;
import org.factoredos.terminal.TerminalConsole;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A grid in this process, and a shell in it: at the terminal, or for the commands that are given. */
@Command(
        name = "shell",
        description = "Starts a grid of one node in this process, and a shell in it.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        footer = {"", "The exit status is the shell's: that of the last command."})
final class ShellCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    /** As of a Unix command that SIGINT, SIGPIPE or SIGTERM has ended. */
    private static final int INTERRUPTED = 130;

    private static final int NOBODY_READS = 141;
    private static final int STOPPED = 143;

    private final Grids grids;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "-c", paramLabel = "COMMANDS", description = "Runs these commands instead of asking for some.")
    private @Nullable String commands;

    @Mixin
    private final MeshOption mesh = new MeshOption();

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Where the grid keeps its data; ~/.fos/shell where nothing is said.")
    private @Nullable String data;

    @Option(
            names = "--join",
            paramLabel = "HOST[:PORT]",
            arity = "0..1",
            fallbackValue = "",
            description = {
                "A shell in a running grid instead, over its SSH gateway;",
                "without HOST in the one that ./fos up started."
            })
    private @Nullable String join;

    ShellCommand(Grids grids) {
        this.grids = grids;
    }

    @Override
    public Integer call() throws Exception {
        if (join != null) {
            return joined(join);
        }
        Settings settings = settings();
        CompletableFuture<Integer> status = new CompletableFuture<>();
        try (Terminal terminal = terminal(settings.data().resolve("history"), status);
                Grids.Embedded grid = boot(settings, terminal.device())) {
            terminal.serving().complete(true);
            List<String> arguments = commands == null ? List.of() : List.of("-c", commands);
            var _ = grid.run(ShellProgram.NAME, arguments).whenComplete((ended, failure) -> {
                if (failure == null) {
                    status.complete(ended);
                } else {
                    status.completeExceptionally(failure);
                }
            });
            return status.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ProcessKilled) {
                return STOPPED; // By a signal, which decides the status too: the process is already ending.
            }
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    private int joined(String where) throws IOException {
        try (GatewayClient gateway = Gateways.connect(where)) {
            return commands == null ? gateway.shell() : gateway.run(commands);
        }
    }

    private Grids.Embedded boot(Settings settings, Device console) throws Node.CannotStart {
        PrintWriter err = command().commandLine().getErr();
        try (Progress _ = new Progress(err, "starting the grid", PATIENCE, Progress::errorIsTerminal)) {
            return grids.start(settings, console, Main.version());
        }
    }

    private Settings settings() {
        Map<String, String> chosen = new HashMap<>();
        mesh.tiles(command()).ifPresent(tiles -> chosen.put("fos.grid.tiles", tiles));
        if (data != null) {
            if (data.isBlank()) {
                throw wrong("--data wants a folder, and not ''");
            }
            chosen.put("fos.data", data);
        }
        return Settings.of(ConfigFactory.parseMap(chosen));
    }

    private ParameterException wrong(String why) {
        return new ParameterException(command().commandLine(), why);
    }

    private CommandSpec command() {
        return Main.specOf(spec);
    }

    /**
     * What the grid's console is.
     *
     * @param serving done when the grid serves: from there on Ctrl-C is the shell's affair
     */
    private record Terminal(Device device, Runnable closing, CompletableFuture<Boolean> serving)
            implements AutoCloseable {
        @Override
        public void close() {
            closing.run();
        }
    }

    private Terminal terminal(Path history, CompletableFuture<Integer> status) throws IOException {
        CompletableFuture<Boolean> serving = new CompletableFuture<>();
        if (commands == null
                && Optional.ofNullable(System.console())
                        .filter(Console::isTerminal)
                        .isPresent()) {
            TerminalConsole console = TerminalConsole.open(history, () -> {
                if (!serving.isDone()) {
                    Thread.ofPlatform()
                            .start(() -> System.exit(INTERRUPTED)); // Its hooks must not wait for this signal.
                }
            });
            return new Terminal(console, console::close, serving);
        }
        StreamConsole console = StreamConsole.standard(failure -> onLostOutput(failure, status));
        return new Terminal(console, console::close, serving);
    }

    /** A reader that has seen enough is no failure; any other is, such as a full disk. */
    private static void onLostOutput(IOException failure, CompletableFuture<Integer> status) {
        String why = String.valueOf(failure.getMessage());
        if (why.contains("Broken pipe")) {
            status.complete(NOBODY_READS);
        } else {
            status.completeExceptionally(
                    new IOException("the output cannot be written (" + why + "): lead it somewhere else"));
        }
    }
}
