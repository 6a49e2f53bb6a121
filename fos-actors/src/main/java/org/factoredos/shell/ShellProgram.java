package org.factoredos.shell;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.factoredos.driver.ConsoleProtocol.CompletionWanted;
import org.factoredos.driver.ConsoleProtocol.ConsoleFailed;
import org.factoredos.driver.ConsoleProtocol.EndOfInput;
import org.factoredos.driver.ConsoleProtocol.LineInterrupted;
import org.factoredos.driver.ConsoleProtocol.LineRead;
import org.factoredos.driver.ConsoleProtocol.LineReply;
import org.factoredos.file.FileProtocol.OpenMode;
import org.factoredos.lib.Fos;
import org.factoredos.lib.Program;
import org.factoredos.lib.UsageException;
import org.factoredos.program.Command;
import org.factoredos.program.Text;
import org.factoredos.program.Usage;

/** The shell: {@code sh -c COMMANDS}, {@code sh FILE}, or at a terminal. */
public final class ShellProgram implements Program {
    public static final String NAME = "sh";

    static final Command COMMAND = new Command(
            new Usage(
                    Usage.Group.SHELL,
                    NAME,
                    "[-c COMMANDS | FILE] [ARGUMENT...]",
                    "runs commands: those given, a file's, or a terminal's",
                    "sh -c 'ls /; ps'"),
            new ShellProgram());

    private static final int SYNTAX_ERROR = 2;

    /** What POSIX shells show for SIGINT (128 + 2). */
    private static final int INTERRUPTED = 130;

    @Override
    public int run(Fos fos, List<String> arguments) throws IOException {
        Variables variables = new Variables(fos);
        boolean atTerminal = arguments.isEmpty() && fos.interactive();
        Evaluator evaluator = new Evaluator(fos, variables, atTerminal);
        try {
            if (arguments.isEmpty()) {
                return atTerminal ? atTerminal(fos, variables, evaluator) : fromInput(fos, evaluator);
            }
            if (!arguments.getFirst().equals("-c")) {
                return fromFile(fos, variables, evaluator, arguments);
            }
            if (arguments.size() < 2) {
                throw new UsageException(
                        "no commands behind -c; usage: " + COMMAND.usage().line());
            }
            if (arguments.size() > 2) {
                variables.setArguments(arguments.get(2), arguments.subList(3, arguments.size()));
            }
            return all(fos, evaluator, arguments.get(1), "", true);
        } finally {
            evaluator.close();
        }
    }

    private static int fromFile(Fos fos, Variables variables, Evaluator evaluator, List<String> arguments)
            throws IOException {
        String path = arguments.getFirst();
        if (path.startsWith("-") && path.length() > 1) {
            throw new UsageException(
                    "unknown option " + path + "; usage: " + COMMAND.usage().line());
        }
        variables.setArguments(path, arguments.subList(1, arguments.size()));
        try (InputStream in = fos.open(path, OpenMode.EXISTING).input()) {
            return all(fos, evaluator, text(in), path + ": ", true);
        }
    }

    /** Commands that come through a pipe or from a file: what they run has no input, for it would eat the commands. */
    private static int fromInput(Fos fos, Evaluator evaluator) throws IOException {
        return all(fos, evaluator, text(fos.in()), "", false);
    }

    private static String text(InputStream in) throws IOException {
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }

    /** A script is read to its end before anything of it runs: a syntax error in it leaves everything as it was. */
    private static int all(Fos fos, Evaluator evaluator, String source, String place, boolean withInput)
            throws IOException {
        try {
            return evaluator.run(Parser.parse(source), withInput).status();
        } catch (SyntaxException e) {
            Text.complain(fos, place + Text.of(e));
            return SYNTAX_ERROR;
        }
    }

    private static int atTerminal(Fos fos, Variables variables, Evaluator evaluator) throws IOException {
        Completion completion = new Completion(fos, variables);
        String pending = "";
        while (true) {
            if (pending.isEmpty()) {
                announceEndedJobs(fos, evaluator);
            }
            fos.out().flush();
            String prompt = pending.isEmpty() ? "fos:" + fos.workingDirectory() + "$ " : "> ";
            switch (readLine(fos, completion, prompt)) {
                case LineRead(String line) -> {
                    pending += line + "\n";
                    Optional<Outcome> outcome = attempt(fos, variables, evaluator, pending);
                    if (outcome.isPresent() && outcome.get().flow() == Outcome.Flow.EXIT) {
                        return outcome.get().status();
                    }
                    pending = outcome.isPresent() ? "" : pending;
                }
                case LineInterrupted() -> {
                    pending = "";
                    variables.setStatus(INTERRUPTED);
                }
                case EndOfInput() -> {
                    return pending.isEmpty() ? variables.status() : all(fos, evaluator, pending, "", true);
                }
                case ConsoleFailed(String why) -> throw new IOException("the terminal is gone: " + why);
                case CompletionWanted wanted -> throw new IllegalStateException(wanted.toString());
            }
        }
    }

    /** Runs what was typed; empty where it goes on in the next line. Errors are told, and the shell goes on behind them. */
    private static Optional<Outcome> attempt(Fos fos, Variables variables, Evaluator evaluator, String source)
            throws IOException {
        try {
            return Optional.of(evaluator.run(Parser.parse(source), true));
        } catch (SyntaxException e) {
            if (e.incomplete()) {
                return Optional.empty();
            }
            Text.complain(fos, Text.of(e));
            variables.setStatus(SYNTAX_ERROR);
        } catch (IOException e) {
            Text.complain(fos, Text.of(e));
            variables.setStatus(1);
        } catch (InterruptedByUser e) {
            fos.err().write('\n'); // The terminal has shown ^C where the cursor was.
            variables.setStatus(INTERRUPTED);
        }
        return Optional.of(Outcome.of(variables.status()));
    }

    private static LineReply readLine(Fos fos, Completion completion, String prompt) throws IOException {
        LineReply reply = fos.readLine(prompt, List.of());
        while (reply instanceof CompletionWanted(String line, int cursor)) {
            reply = fos.readLine(prompt, completion.offers(line, cursor));
        }
        return reply;
    }

    private static void announceEndedJobs(Fos fos, Evaluator evaluator) throws IOException {
        for (String line : evaluator.jobs().report(true)) {
            Text.writeLine(fos.err(), line);
        }
    }
}
