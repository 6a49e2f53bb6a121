package org.factoredos.shell;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.factoredos.lib.CallError;
import org.factoredos.lib.Fos;
import org.factoredos.lib.FosException;
import org.factoredos.lib.UsageException;
import org.factoredos.program.Command;
import org.factoredos.program.Usage;
import org.factoredos.program.Usage.Group;

/** The commands that change the shell itself, and so cannot be processes of their own. */
final class Builtins {
    @FunctionalInterface
    private interface Body {
        Outcome run(Builtins shell, List<String> arguments, Streams streams) throws IOException;
    }

    private record Builtin(Usage usage, Body body) {}

    private static final SortedMap<String, Builtin> ALL = new TreeMap<>();

    private static void define(String name, String synopsis, String summary, String example, Body body) {
        define(Group.SHELL, name, synopsis, summary, example, body);
    }

    private static void define(Group group, String name, String synopsis, String summary, String example, Body body) {
        ALL.put(name, new Builtin(new Usage(group, name, synopsis, summary, example), body));
    }

    static {
        define("break", "[LEVELS]", "leaves a loop", "for f in *; do grep -q x $f && break; done", Builtins::leave);
        define(
                "cd",
                "[DIRECTORY]",
                "changes the working directory ($HOME unless told; -: back)",
                "cd /tmp",
                Builtins::cd);
        define("continue", "[LEVELS]", "goes on with a loop's next round", "continue", Builtins::next);
        define("exit", "[STATUS]", "leaves the shell", "exit 1", Builtins::exit);
        define("export", "[NAME[=VALUE]...]", "hands variables on to programs", "export LANG=en", Builtins::export);
        define("fg", "[%JOB]", "waits for a background job, the latest unless told", "fg %1", Builtins::fg);
        define("help", "[COMMAND]", "lists commands, or tells about one", "help cp", Builtins::help);
        define("jobs", "", "lists what runs in the background", "sleep 60 & jobs", Builtins::jobs);
        define(
                Group.NAMING,
                "mbox",
                "create [-m MESSAGES] [-b BYTES] [-i] [NAME] | list | destroy MAILBOX... | mask | unmask",
                "makes mailboxes of this shell (-i: messages are shown as they come, unless masked), lists, destroys them",
                "mbox create -m 100 inbox",
                (shell, arguments, streams) -> shell.mailboxes.mbox(arguments, streams));
        define(
                Group.NAMING,
                "mrecv",
                "[-t SECONDS] MAILBOX",
                "waits for a message in a mailbox of this shell and prints it",
                "mbox create inbox; msend inbox good morning; mrecv inbox",
                (shell, arguments, streams) -> shell.mailboxes.mrecv(arguments, streams));
        define("pwd", "", "prints the working directory", "pwd", Builtins::pwd);
        define(
                "read",
                "NAME...",
                "reads a line into variables",
                "while read line; do echo $line; done < /etc/motd",
                Builtins::read);
        define(
                "trace",
                "[--all] COMMAND",
                "runs a command and prints the steps of its first read, or of every call",
                "trace cat /etc/motd",
                Builtins::trace);
        define("unset", "NAME...", "forgets variables", "unset LANG", Builtins::unset);
        define("wait", "[%JOB|PROCESS...]", "waits for background jobs, all unless told", "wait %1", Builtins::await);
    }

    private final Fos fos;
    private final Variables variables;
    private final Jobs jobs;
    private final Sources sources;
    private final Sinks sinks;
    private final Mailboxes mailboxes;
    private Optional<String> previousDirectory = Optional.empty();

    Builtins(Fos fos, Variables variables, Jobs jobs, Sources sources, Sinks sinks, Mailboxes mailboxes) {
        this.fos = fos;
        this.variables = variables;
        this.jobs = jobs;
        this.sources = sources;
        this.sinks = sinks;
        this.mailboxes = mailboxes;
    }

    static boolean has(String name) {
        return ALL.containsKey(name);
    }

    static List<Usage> usages() {
        return ALL.values().stream().map(Builtin::usage).toList();
    }

    /** Errors go to the command's own standard error, under its name. */
    Outcome run(String name, List<String> arguments, Streams streams) throws IOException {
        Builtin builtin = ALL.get(name);
        if (builtin == null) {
            throw new IllegalArgumentException(name);
        }
        try {
            if (!arguments.isEmpty() && arguments.getFirst().equals("--help")) {
                sinks.print(streams, builtin.usage().text());
                return Outcome.of(0);
            }
            return builtin.body().run(this, arguments, streams);
        } catch (UsageException e) {
            sinks.complain(
                    streams,
                    name + ": " + e.getMessage() + "; usage: " + builtin.usage().line() + "\n");
            return Outcome.of(2);
        } catch (IOException e) {
            if (Command.isBrokenPipe(e)) {
                throw e;
            }
            if (!(e instanceof FosException failed) || failed.error() != CallError.INTERRUPTED) {
                sinks.complain(streams, name + ": " + e.getMessage() + "\n");
            }
            return Outcome.of(1);
        }
    }

    private Outcome cd(List<String> arguments, Streams streams) throws IOException {
        String from = fos.workingDirectory();
        String to = atMostOne(arguments).orElse(variables.value("HOME").orElse("/"));
        boolean back = to.equals("-");
        if (back && previousDirectory.isEmpty()) {
            throw new IOException("there is no directory to go back to");
        }
        fos.changeDirectory(back ? previousDirectory.orElseThrow() : to);
        previousDirectory = Optional.of(from);
        if (back) {
            sinks.print(streams, fos.workingDirectory() + "\n");
        }
        return Outcome.of(0);
    }

    private Outcome pwd(List<String> arguments, Streams streams) throws IOException {
        none(arguments);
        sinks.print(streams, fos.workingDirectory() + "\n");
        return Outcome.of(0);
    }

    private Outcome export(List<String> arguments, Streams streams) throws IOException {
        if (arguments.isEmpty()) {
            StringBuilder text = new StringBuilder();
            variables
                    .exported()
                    .forEach((name, value) -> text.append("export ")
                            .append(name)
                            .append('=')
                            .append(Quoting.quote(value))
                            .append('\n'));
            sinks.print(streams, text.toString());
        }
        for (String argument : arguments) {
            int sign = argument.indexOf('=');
            String name = name(sign < 0 ? argument : argument.substring(0, sign));
            variables.export(name, sign < 0 ? variables.value(name).orElse("") : argument.substring(sign + 1));
        }
        return Outcome.of(0);
    }

    private Outcome unset(List<String> arguments, Streams streams) {
        arguments.forEach(name -> variables.unset(name(name)));
        return Outcome.of(0);
    }

    private Outcome exit(List<String> arguments, Streams streams) {
        return Outcome.exit(number(arguments, variables.status()) & 0xFF);
    }

    private Outcome leave(List<String> arguments, Streams streams) {
        return new Outcome(0, Outcome.Flow.BREAK, levels(arguments));
    }

    private Outcome next(List<String> arguments, Streams streams) {
        return new Outcome(0, Outcome.Flow.CONTINUE, levels(arguments));
    }

    private Outcome jobs(List<String> arguments, Streams streams) throws IOException {
        none(arguments);
        for (String line : jobs.report(false)) {
            sinks.print(streams, line + "\n");
        }
        return Outcome.of(0);
    }

    private Outcome fg(List<String> arguments, Streams streams) throws IOException {
        Optional<String> named = atMostOne(arguments);
        Jobs.Job job = named.isPresent()
                ? job(named.get())
                : jobs.latest().orElseThrow(() -> new IOException("nothing runs in the background"));
        sinks.print(streams, job.text() + "\n");
        return Outcome.of(jobs.await(job));
    }

    private Outcome await(List<String> arguments, Streams streams) throws IOException {
        if (arguments.isEmpty()) {
            for (Jobs.Job job : jobs.all()) {
                jobs.awaitInBackground(job);
            }
            return Outcome.of(0);
        }
        int status = 0;
        for (String argument : arguments) {
            status = jobs.awaitInBackground(job(argument));
        }
        return Outcome.of(status);
    }

    private Jobs.Job job(String text) throws IOException {
        return jobs.find(text).orElseThrow(() -> new IOException(text + ": no such job; 'jobs' lists them"));
    }

    /** {@code trace} with a command never comes here: {@link Evaluator} takes it for a way to run that command. */
    private Outcome trace(List<String> arguments, Streams streams) {
        throw new UsageException("no command to trace");
    }

    /** One byte at a time, so that what stands behind the line is left for whoever reads next. */
    private Outcome read(List<String> arguments, Streams streams) throws IOException {
        if (arguments.isEmpty()) {
            throw new UsageException("no variable to read into");
        }
        InputStream in = sources.forBuiltin(streams.in());
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int c = in.read();
        while (c >= 0 && c != '\n') {
            line.write(c);
            c = in.read();
        }
        String rest = line.toString(StandardCharsets.UTF_8).strip();
        for (int i = 0; i < arguments.size(); i++) {
            boolean last = i + 1 == arguments.size();
            String[] cut = last ? new String[] {rest} : rest.split("[ \\t]+", 2);
            variables.set(name(arguments.get(i)), cut[0]);
            rest = cut.length > 1 ? cut[1] : "";
        }
        return Outcome.of(c < 0 && line.size() == 0 ? 1 : 0);
    }

    private Outcome help(List<String> arguments, Streams streams) throws IOException {
        Optional<String> name = atMostOne(arguments);
        if (name.isPresent()) {
            Usage usage = Commands.usage(name.get())
                    .orElseThrow(() -> new IOException(name.get() + ": no such command; 'help' lists them"));
            sinks.print(streams, usage.text());
            return Outcome.of(0);
        }
        StringBuilder text = new StringBuilder();
        for (Group group : Group.values()) {
            List<Usage> members = Commands.usages().values().stream()
                    .filter(usage -> usage.group() == group)
                    .toList();
            if (!members.isEmpty()) {
                text.append(group.title()).append('\n');
                members.forEach(usage -> text.append(String.format("  %-10s %s\n", usage.name(), usage.summary())));
            }
        }
        text.append("'help COMMAND' tells more about one.\n");
        sinks.print(streams, text.toString());
        return Outcome.of(0);
    }

    private static void none(List<String> arguments) {
        if (!arguments.isEmpty()) {
            throw new UsageException("too many arguments");
        }
    }

    private static Optional<String> atMostOne(List<String> arguments) {
        if (arguments.size() > 1) {
            throw new UsageException("too many arguments");
        }
        return arguments.stream().findFirst();
    }

    private static int number(List<String> arguments, int otherwise) {
        Optional<String> text = atMostOne(arguments);
        if (text.isPresent() && !text.get().matches("\\d{1,9}")) {
            throw new UsageException("'" + text.get() + "' is no number");
        }
        return text.map(Integer::parseInt).orElse(otherwise);
    }

    private static int levels(List<String> arguments) {
        return Math.max(1, number(arguments, 1));
    }

    private static String name(String text) {
        if (!Lexer.isName(text)) {
            throw new UsageException("'" + text + "' is no name of a variable");
        }
        return text;
    }
}
