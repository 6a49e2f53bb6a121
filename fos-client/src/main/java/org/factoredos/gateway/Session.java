package org.factoredos.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.sshd.server.Environment;
import org.apache.sshd.server.ExitCallback;
import org.apache.sshd.server.Signal;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.Command;
import org.factoredos.boot.RunningNode;
import org.factoredos.boot.StartedProcess;
import org.factoredos.kernel.Address;
import org.factoredos.placement.Stream;
import org.factoredos.server.Device;
import org.factoredos.shell.ShellProgram;
import org.factoredos.terminal.StreamConsole;
import org.factoredos.terminal.TerminalConsole;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.ExternalTerminal;
import org.jspecify.annotations.Nullable;

/** One session over SSH: its terminal, or its three streams, driven on one tile, and its shell on another. */
final class Session implements Command {
    private static final int FAILED = 1;

    private final RunningNode node;
    private final TerminalProgram terminals;
    private final Path history;
    private final @Nullable String command;

    // Set by the SSH server before it starts the session.
    private InputStream in = InputStream.nullInputStream();
    private OutputStream out = OutputStream.nullOutputStream();
    private OutputStream error = OutputStream.nullOutputStream();
    private ExitCallback exit = (status, message, close) -> {};

    private Guest guest = Guest.OPERATOR;
    private @Nullable Runnable closingConsole;
    private @Nullable StartedProcess driver;
    private @Nullable StartedProcess shell;

    /** @param command what to run; null for an interactive shell */
    Session(RunningNode node, TerminalProgram terminals, Path history, @Nullable String command) {
        this.node = node;
        this.terminals = terminals;
        this.history = history;
        this.command = command;
    }

    @Override
    public void setInputStream(InputStream stream) {
        in = stream;
    }

    @Override
    public void setOutputStream(OutputStream stream) {
        out = stream;
    }

    @Override
    public void setErrorStream(OutputStream stream) {
        error = stream;
    }

    @Override
    public void setExitCallback(ExitCallback callback) {
        exit = callback;
    }

    @Override
    public synchronized void start(ChannelSession channel, Environment environment) throws IOException {
        guest = Guest.of(channel.getServerSession());
        Device device = device(environment);
        CompletableFuture<Address> driven = new CompletableFuture<>();
        String offer = terminals.offers().make(new TerminalProgram.Offer(device, driven));
        StartedProcess driving = node.start(TerminalProgram.spec(offer));
        driver = driving;
        // A driver that ends before it drives was refused: no tile was free, or it came to another node.
        var _ = driving.exit().whenComplete((status, failure) -> {
            terminals.offers().withdraw(offer);
            driven.completeExceptionally(
                    failure == null ? new IOException("there is no free tile for the terminal on this node") : failure);
        });
        var _ = driven.whenComplete((terminal, failure) -> {
            if (failure == null) {
                startShell(new Stream.Console(terminal));
            } else {
                fail(failure);
            }
        });
    }

    private synchronized void startShell(Stream terminal) {
        List<String> arguments = command == null ? List.of() : List.of("-c", command);
        StartedProcess started = node.start(guest.shell(ShellProgram.NAME, arguments, terminal));
        shell = started;
        var _ = started.exit().whenComplete((status, failure) -> {
            if (failure == null) {
                end(status);
            } else {
                fail(failure);
            }
        });
    }

    private Device device(Environment environment) throws IOException {
        if (command != null) {
            StreamConsole streams = new StreamConsole(in, out, error, gone -> hangUp());
            closingConsole = streams::close;
            return streams;
        }
        Map<String, String> variables = environment.getEnv();
        Terminal terminal = new ExternalTerminal(
                "fos", variables.getOrDefault(Environment.ENV_TERM, "dumb"), in, out, StandardCharsets.UTF_8);
        resize(terminal, variables);
        environment.addSignalListener(
                (channel, signal) -> {
                    resize(terminal, environment.getEnv());
                    terminal.raise(Terminal.Signal.WINCH);
                },
                Signal.WINCH);
        TerminalConsole interactive = new TerminalConsole(terminal, guest.history(history), () -> {});
        closingConsole = interactive::close;
        return interactive;
    }

    private static void resize(Terminal terminal, Map<String, String> variables) {
        try {
            terminal.setSize(Size.of(
                    Integer.parseInt(variables.getOrDefault(Environment.ENV_COLUMNS, "80")),
                    Integer.parseInt(variables.getOrDefault(Environment.ENV_LINES, "24"))));
        } catch (NumberFormatException e) {
            terminal.setSize(Size.of(80, 24)); // The client's word is no number.
        }
    }

    private void fail(Throwable failure) {
        try {
            error.write(
                    ("fos: the shell cannot start: " + failure.getMessage() + "\n").getBytes(StandardCharsets.UTF_8));
            error.flush();
        } catch (IOException e) {
            // Nobody is there to read it.
        }
        end(FAILED);
    }

    /** Writes what is left to write, then lets the session go. */
    private void end(int status) {
        hangUp();
        exit.onExit(status);
    }

    private synchronized void hangUp() {
        closeConsole();
        kill(shell);
        kill(driver);
    }

    private void closeConsole() {
        Runnable closing = closingConsole;
        closingConsole = null;
        if (closing != null) {
            closing.run();
        }
    }

    private static void kill(@Nullable StartedProcess process) {
        if (process != null && !process.exit().isDone()) {
            var _ = process.kill();
        }
    }

    /** The other end has gone, or the gateway closes. */
    @Override
    public void destroy(ChannelSession channel) {
        hangUp();
    }
}
