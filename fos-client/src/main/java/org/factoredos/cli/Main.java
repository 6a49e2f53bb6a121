package org.factoredos.cli;

import static java.util.Objects.requireNonNull;

import java.io.PrintWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The commands of {@code ./fos}.
 *
 * <p>What goes wrong is told in one line on stderr that says what to do: with status 2 where the command line is wrong,
 * with 1 where a command failed.
 */
@Command(
        name = "fos",
        description = "The factored operating system on Akka.",
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class)
public final class Main implements Runnable {
    @Spec
    private @Nullable CommandSpec spec;

    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main())
                .setParameterExceptionHandler(Main::onWrongCommandLine)
                .setExecutionExceptionHandler(Main::onFailure);
    }

    @Override
    public void run() {
        throw new ParameterException(requireNonNull(spec).commandLine(), "no command is given");
    }

    /** The version that the build wrote into the jar; classes outside of a jar have none. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            @Nullable String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {"fos " + (version == null ? "(not run from its jar)" : version)};
        }
    }

    private static int onWrongCommandLine(ParameterException wrong, String[] arguments) {
        CommandLine command = wrong.getCommandLine();
        say(command, whatIsWrong(wrong) + "; see ./" + command.getCommandSpec().qualifiedName() + " --help");
        return CommandLine.ExitCode.USAGE;
    }

    private static String whatIsWrong(ParameterException wrong) {
        if (!(wrong instanceof UnmatchedArgumentException unmatched) || unmatched.isUnknownOption()) {
            return firstLine(wrong);
        }
        List<String> suggestions = unmatched.getSuggestions();
        return "there is no command '" + unmatched.getUnmatched().getFirst() + "'"
                + (suggestions.isEmpty() ? "" : ", did you mean '" + suggestions.getFirst() + "'?");
    }

    private static int onFailure(Exception failure, CommandLine command, ParseResult parsed) {
        say(command, firstLine(failure));
        return CommandLine.ExitCode.SOFTWARE;
    }

    private static String firstLine(Exception e) {
        @Nullable String message = e.getMessage();
        return message == null || message.isBlank()
                ? e.getClass().getSimpleName()
                : message.lines().findFirst().orElseThrow();
    }

    private static void say(CommandLine command, String line) {
        PrintWriter err = command.getErr();
        err.println("fos: " + line);
        err.flush();
    }
}
