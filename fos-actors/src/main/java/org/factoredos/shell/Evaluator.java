package org.factoredos.shell;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.stream.Collectors;
import org.factoredos.file.FileProtocol.OpenMode;
import org.factoredos.lib.Fos;
import org.factoredos.lib.FosException;
import org.factoredos.placement.PlacementError;
import org.factoredos.placement.ProcessSpec.Tracing;
import org.factoredos.placement.Stream;
import org.factoredos.program.Command;
import org.factoredos.program.Text;
import org.factoredos.shell.Launcher.Ended;
import org.factoredos.shell.Launcher.Plan;
import org.factoredos.shell.Launcher.Run;
import org.factoredos.shell.Syntax.Assignment;
import org.factoredos.shell.Syntax.Branch;
import org.factoredos.shell.Syntax.Chain;
import org.factoredos.shell.Syntax.For;
import org.factoredos.shell.Syntax.Group;
import org.factoredos.shell.Syntax.If;
import org.factoredos.shell.Syntax.Item;
import org.factoredos.shell.Syntax.Link;
import org.factoredos.shell.Syntax.Pipeline;
import org.factoredos.shell.Syntax.Script;
import org.factoredos.shell.Syntax.Simple;
import org.factoredos.shell.Syntax.Stage;
import org.factoredos.shell.Syntax.Subshell;
import org.factoredos.shell.Syntax.While;

/**
 * Walks the tree. Programs run on tiles of their own; builtins, blocks and subshells run here, except for where they are
 * one stage of several, or in the background: then a shell on another tile runs them.
 */
final class Evaluator {
    private static final int UNKNOWN_COMMAND = 127;

    /** A command after expansion; {@code name} is empty where there is nothing to run. */
    private record Invocation(
            String name, List<String> arguments, SortedMap<String, String> environment, Tracing trace) {
        Run on(Streams streams) {
            return new Run(name, arguments, environment, trace, streams);
        }
    }

    private final Fos fos;
    private final Variables variables;
    private final Sources sources;
    private final Sinks sinks;
    private final Foreground foreground;
    private final Launcher launcher;
    private final Redirector redirector;
    private final Jobs jobs;
    private final Builtins builtins;
    private final boolean tellsJobs;

    /** The status of the last {@code $(...)}: that of a command which is nothing but assignments. */
    private int substitutionStatus;

    /** @param atTerminal whether somebody is there: to be told which processes run in the background, and to interrupt */
    Evaluator(Fos fos, Variables variables, boolean atTerminal) {
        this.tellsJobs = atTerminal;
        this.fos = fos;
        this.variables = variables;
        this.sources = new Sources(fos);
        this.sinks = new Sinks(fos);
        this.foreground = new Foreground(fos, atTerminal);
        this.launcher = new Launcher(fos, foreground);
        this.redirector = new Redirector(fos);
        this.jobs = new Jobs(fos, launcher);
        this.builtins = new Builtins(fos, variables, jobs, sources, sinks, new Mailboxes(fos, sinks, foreground));
    }

    /** Runs a script on the shell's own streams. */
    Outcome run(Script script, boolean withInput) throws IOException {
        Stream in = withInput ? sources.own() : new Stream.Nothing();
        return script(script, new Streams(in, fos.stream(1), fos.stream(2)));
    }

    Jobs jobs() {
        return jobs;
    }

    void close() throws IOException {
        sources.close();
    }

    private Outcome script(Script script, Streams streams) throws IOException {
        Outcome outcome = Outcome.of(0);
        for (Item item : script.items()) {
            outcome = item.background() ? background(item.chain(), streams) : chain(item.chain(), streams);
            if (outcome.leaves()) {
                break;
            }
        }
        return outcome;
    }

    private Outcome chain(Chain chain, Streams streams) throws IOException {
        Outcome outcome = pipeline(chain.first(), streams);
        for (Link link : chain.rest()) {
            if (!outcome.leaves() && link.onSuccess() == (outcome.status() == 0)) {
                outcome = pipeline(link.pipeline(), streams);
            }
        }
        return outcome;
    }

    private Outcome pipeline(Pipeline pipeline, Streams streams) throws IOException {
        Outcome outcome = pipeline.stages().size() == 1
                ? alone(pipeline.stages().getFirst(), streams)
                : Outcome.of(launched(plans(pipeline, streams), streams));
        if (pipeline.negated() && !outcome.leaves()) {
            outcome = Outcome.of(outcome.status() == 0 ? 1 : 0);
        }
        variables.setStatus(outcome.status());
        return outcome;
    }

    // A stage that is a pipeline of its own

    private Outcome alone(Stage stage, Streams streams) throws IOException {
        Streams led = streams;
        try {
            led = redirector.apply(stage.redirections(), streams, expander(streams));
            return command(stage.command(), led);
        } catch (IOException e) {
            return Outcome.of(complain(streams, e));
        } finally {
            if (!led.in().equals(streams.in())) {
                sources.release(led.in());
            }
        }
    }

    private Outcome command(Syntax.Command command, Streams streams) throws IOException {
        return switch (command) {
            case Simple simple -> simple(simple, streams);
            case If branches -> ifCommand(branches, streams);
            case While loop -> whileLoop(loop, streams);
            case For loop -> forLoop(loop, streams);
            case Group group -> script(group.body(), streams);
            case Subshell subshell -> Outcome.of(subshell(subshell.body(), streams));
        };
    }

    private Outcome simple(Simple simple, Streams streams) throws IOException {
        Invocation invocation = invocation(simple, streams);
        if (!invocation.name().isEmpty() && !Builtins.has(invocation.name())) {
            return Outcome.of(launched(List.of(program(invocation, streams, streams)), streams));
        }
        Outcome outcome = invocation.name().isEmpty()
                ? Outcome.of(substitutionStatus)
                : builtins.run(invocation.name(), invocation.arguments(), streams);
        foreground.leave(); // A loop may be made of nothing else.
        return outcome;
    }

    private Outcome ifCommand(If command, Streams streams) throws IOException {
        for (Branch branch : command.branches()) {
            Outcome condition = script(branch.condition(), streams);
            if (condition.leaves()) {
                return condition;
            }
            if (condition.status() == 0) {
                return script(branch.body(), streams);
            }
        }
        return command.otherwise().isPresent() ? script(command.otherwise().get(), streams) : Outcome.of(0);
    }

    private Outcome whileLoop(While loop, Streams streams) throws IOException {
        Outcome last = Outcome.of(0);
        while (true) {
            Outcome condition = script(loop.condition(), streams);
            if (condition.leaves()) {
                return condition.outsideOfLoop();
            }
            if ((condition.status() == 0) != loop.wanted()) {
                return last;
            }
            last = script(loop.body(), streams);
            if (endsLoop(last)) {
                return last.outsideOfLoop();
            }
            last = Outcome.of(last.status());
        }
    }

    private Outcome forLoop(For loop, Streams streams) throws IOException {
        List<String> values =
                loop.words().isPresent() ? expander(streams).expand(loop.words().get()) : variables.arguments();
        Outcome last = Outcome.of(0);
        for (String value : values) {
            variables.set(loop.variable(), value);
            last = script(loop.body(), streams);
            if (endsLoop(last)) {
                return last.outsideOfLoop();
            }
        }
        return Outcome.of(last.status());
    }

    /** Every way of leaving ends a loop, but a {@code continue} that means this one. */
    private static boolean endsLoop(Outcome outcome) {
        return outcome.leaves() && !(outcome.flow() == Outcome.Flow.CONTINUE && outcome.levels() == 1);
    }

    /** Runs here, and then forgets what it set: a subshell of another tile would only be slower. */
    private int subshell(Script script, Streams streams) throws IOException {
        Variables.Snapshot before = variables.snapshot();
        String directory = fos.workingDirectory();
        try {
            return script(script, streams).status();
        } finally {
            variables.restore(before);
            if (!fos.workingDirectory().equals(directory)) {
                fos.changeDirectory(directory);
            }
        }
    }

    // Stages that run as processes

    /** Starts a pipeline's processes and waits for them; the last one's status. */
    private int launched(List<Plan> plans, Streams streams) throws IOException {
        try {
            return launcher.await(launcher.start(plans));
        } catch (IOException e) {
            return complain(streams, e);
        }
    }

    private List<Plan> plans(Pipeline pipeline, Streams streams) throws IOException {
        List<Plan> plans = new ArrayList<>();
        int last = pipeline.stages().size() - 1;
        for (int i = 0; i <= last; i++) {
            Stream in = i == 0 ? streams.in() : Launcher.FROM_WRITER;
            Stream out = i == last ? streams.out() : Launcher.TO_READER;
            plans.add(plan(pipeline.stages().get(i), new Streams(in, out, streams.err()), streams));
        }
        return plans;
    }

    /** {@code around}: where the whole pipeline's streams lead, which is also where errors go. */
    private Plan plan(Stage stage, Streams streams, Streams around) throws IOException {
        try {
            if (!(stage.command() instanceof Simple simple)) {
                // Its source says where its streams lead; the other shell opens the files.
                return anotherShell(stage.text(), streams);
            }
            Streams led = redirector.apply(stage.redirections(), streams, expander(around));
            Invocation invocation = invocation(simple, around);
            if (invocation.name().isEmpty()) {
                return new Ended(substitutionStatus);
            }
            if (Builtins.has(invocation.name())) {
                String arguments = invocation.arguments().stream()
                        .map(argument -> " " + Quoting.quote(argument))
                        .collect(Collectors.joining());
                return anotherShell(invocation.name() + arguments, led);
            }
            return program(invocation, led, around);
        } catch (IOException e) {
            return new Ended(complain(around, e));
        }
    }

    private Plan program(Invocation invocation, Streams streams, Streams around) throws IOException {
        if (!invocation.name().contains("/") && !Commands.isProgram(invocation.name())) {
            sinks.complain(
                    Launcher.isToReader(streams.err()) ? around : streams,
                    invocation.name() + ": no such command; 'help' lists them\n");
            return new Ended(UNKNOWN_COMMAND);
        }
        return invocation.on(streams.with(0, sources.forChild(streams.in())));
    }

    /** What is not exported goes along as assignments, so that the other shell knows all that this one does. */
    private Plan anotherShell(String text, Streams streams) throws IOException {
        StringBuilder script = new StringBuilder();
        variables
                .own()
                .forEach((name, value) -> script.append(name)
                        .append('=')
                        .append(Quoting.quote(value))
                        .append("; "));
        List<String> arguments = new ArrayList<>(List.of("-c", script + text, variables.scriptName()));
        arguments.addAll(variables.arguments());
        return new Run(
                ShellProgram.NAME,
                arguments,
                variables.exported(),
                Tracing.NONE,
                streams.with(0, sources.forChild(streams.in())));
    }

    private Outcome background(Chain chain, Streams streams) throws IOException {
        Streams detached = streams.with(0, new Stream.Nothing());
        List<Plan> plans = chain.rest().isEmpty() && !chain.first().negated()
                ? plans(chain.first(), detached)
                : List.of(anotherShell(chain.text(), detached));
        try {
            Jobs.Job job = jobs.add(launcher.start(plans), chain.text());
            if (tellsJobs) {
                String processes = job.launched().processes().stream()
                        .map(Object::toString)
                        .collect(Collectors.joining(" "));
                sinks.complain(streams, job + " " + processes + "\n");
            }
            variables.setStatus(0);
        } catch (IOException e) {
            variables.setStatus(complain(streams, e));
        }
        return Outcome.of(variables.status());
    }

    // Expansion

    private Expander expander(Streams streams) {
        return new Expander(fos, variables, script -> output(script, streams));
    }

    /**
     * Runs a {@code $(...)} with its output in a file, which is read back: no process but a pipe's reader can have a pipe's
     * mailbox, and the shell is none while it waits.
     */
    private String output(Script script, Streams streams) throws IOException {
        String path = TemporaryFiles.newPath(fos);
        fos.open(path, OpenMode.CREATE_NEW).close();
        try {
            substitutionStatus = subshell(script, streams.with(1, new Stream.File(path)));
            try (InputStream in = fos.open(path, OpenMode.EXISTING).input()) {
                return new String(in.readAllBytes(), StandardCharsets.UTF_8).replaceFirst("\n+\\z", "");
            }
        } finally {
            fos.unlink(path);
        }
    }

    /** Expands a command; where nothing is left to run, its assignments are the shell's own. */
    private Invocation invocation(Simple simple, Streams streams) throws IOException {
        substitutionStatus = 0;
        Expander expander = expander(streams);
        List<String> words = expander.expand(simple.words());
        Tracing trace = Tracing.NONE;
        while (words.size() > 1
                && words.getFirst().equals("trace")
                && !words.get(1).equals("--help")) {
            boolean all = words.get(1).equals("--all");
            trace = all ? Tracing.ALL : Tracing.FIRST_READ;
            words = words.subList(all && words.size() > 2 ? 2 : 1, words.size());
        }
        String name = words.isEmpty() ? "" : words.getFirst();
        boolean own = words.isEmpty() || Builtins.has(name);
        SortedMap<String, String> environment = variables.exported();
        for (Assignment assignment : simple.assignments()) {
            String value = expander.text(assignment.value());
            if (own) {
                variables.set(assignment.name(), value);
            } else {
                environment.put(assignment.name(), value);
            }
        }
        return new Invocation(name, words.isEmpty() ? words : words.subList(1, words.size()), environment, trace);
    }

    /** Tells what failed, and makes a status of it. Where nobody reads the shell's output any more, the shell ends. */
    private int complain(Streams streams, IOException e) throws IOException {
        if (Command.isBrokenPipe(e)) {
            throw e;
        }
        sinks.complain(streams, ShellProgram.NAME + ": " + Text.of(e) + "\n");
        return e instanceof FosException failed && failed.error() == PlacementError.NO_SUCH_PROGRAM
                ? UNKNOWN_COMMAND
                : 1;
    }
}
