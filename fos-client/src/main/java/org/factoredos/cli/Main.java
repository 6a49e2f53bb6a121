package org.factoredos.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import org.factoredos.shell.Commands;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The commands of {@code ./fos}.
 *
 * <p>What goes wrong is told in one line on stderr that says what to do: with status 2 where the command line is wrong,
 * with 1 where a command failed.
 */
@Command(
        name = "fos",
        description = "The factored operating system on Akka. Without a command: a shell.",
        synopsisSubcommandLabel = "[COMMAND]",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class)
public final class Main implements Callable<Integer> {
    private final ShellCommand shell;

    private Main(ShellCommand shell) {
        this.shell = shell;
    }

    public static void main(String[] arguments) {
        // Read by logback.xml, so before anything has a logger. A node has a folder and a level of its own.
        System.setProperty("fos.log.folder", Home.folder().resolve("log").toString());
        System.setProperty("fos.log.level", "WARN");
        System.exit(commandLine(EmbeddedGrid::start).execute(arguments));
    }

    static CommandLine commandLine(Grids grids) {
        ShellCommand shell = new ShellCommand(grids);
        return new CommandLine(new Main(shell))
                .addSubcommand(shell)
                .addSubcommand(new CpCommand())
                .addSubcommand(new UpCommand())
                .addSubcommand(new StatusCommand())
                .addSubcommand(new DownCommand())
                .addSubcommand(new NodeCommand(Commands.programs()))
                .addSubcommand(new CertsCommand())
                .setParameterExceptionHandler(Main::onWrongCommandLine)
                .setExecutionExceptionHandler(Main::onFailure);
    }

    @Override
    public Integer call() throws Exception {
        return shell.call();
    }

    /** The version that the build wrote into the jar; classes outside of a jar have none. */
    static String version() {
        @Nullable String version = Main.class.getPackage().getImplementationVersion();
        return version == null ? "(not run from its jar)" : version;
    }

    /** What picocli has set in every command that it runs. */
    static CommandSpec specOf(@Nullable CommandSpec spec) {
        if (spec == null) {
            throw new IllegalStateException("only picocli makes commands");
        }
        return spec;
    }

    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"fos " + version()};
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
        String unknown = unmatched.getUnmatched().getFirst();
        if (wrong.getCommandLine().getSubcommands().isEmpty()) {
            return "nothing is expected where '" + unknown + "' stands";
        }
        return "there is no command '" + unknown + "'"
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
