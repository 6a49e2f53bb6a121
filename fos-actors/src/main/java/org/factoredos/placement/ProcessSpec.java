package org.factoredos.placement;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A program to run, and all that it starts with.
 *
 * @param program the name of a program that comes with the system, such as {@code cat}; or the absolute path of a jar that a user
 *     brought
 * @param arguments what stands behind the program's name
 * @param trace which of its system calls print the steps of Figure 3
 * @param domain the protection domain (§3.1.2) that it acts in; another one than the asker's takes the right to become it
 * @param terminal what {@code /dev/console} is to it; null where it has none
 */
public record ProcessSpec(
        String program,
        List<String> arguments,
        String workingDirectory,
        SortedMap<String, String> environment,
        Stream in,
        Stream out,
        Stream err,
        Tracing trace,
        String domain,
        Stream.@Nullable Console terminal) {
    /** The domain of whoever runs the machine, which is allowed everything at first. */
    public static final String OPERATOR = "operator";

    /** Which system calls of a process print their steps (Figure 3) on its standard error. */
    public enum Tracing {
        NONE,
        FIRST_READ,
        ALL
    }

    public ProcessSpec {
        arguments = List.copyOf(arguments);
        environment = Collections.unmodifiableSortedMap(new TreeMap<>(environment));
    }

    /** Whose terminal is the one that a standard stream of its leads to, and else its parent's. */
    public ProcessSpec(
            String program,
            List<String> arguments,
            String workingDirectory,
            SortedMap<String, String> environment,
            Stream in,
            Stream out,
            Stream err,
            Tracing trace,
            String domain) {
        this(
                program,
                arguments,
                workingDirectory,
                environment,
                in,
                out,
                err,
                trace,
                domain,
                terminal(List.of(in, out, err)));
    }

    private static Stream.@Nullable Console terminal(List<Stream> streams) {
        for (Stream stream : streams) {
            if (stream instanceof Stream.Console console) {
                return console;
            }
        }
        return null;
    }

    /** In the operator's domain. */
    public ProcessSpec(
            String program,
            List<String> arguments,
            String workingDirectory,
            SortedMap<String, String> environment,
            Stream in,
            Stream out,
            Stream err,
            Tracing trace) {
        this(program, arguments, workingDirectory, environment, in, out, err, trace, OPERATOR);
    }

    /** Whether it runs code that a user brought. */
    public boolean isBrought() {
        return program.startsWith("/");
    }

    /** The same, of that program. */
    public ProcessSpec running(String other) {
        return new ProcessSpec(other, arguments, workingDirectory, environment, in, out, err, trace, domain, terminal);
    }

    /** The same in another domain. */
    public ProcessSpec in(String other) {
        return new ProcessSpec(program, arguments, workingDirectory, environment, in, out, err, trace, other, terminal);
    }

    /** The same, with its parent's terminal where it has none of its own. */
    public ProcessSpec under(Stream.@Nullable Console parents) {
        return terminal != null || parents == null
                ? this
                : new ProcessSpec(
                        program, arguments, workingDirectory, environment, in, out, err, trace, domain, parents);
    }

    /** For a further tile of the same process: input is the first one's, and so is the end of a pipe that it writes to. */
    ProcessSpec forFurtherTile() {
        return new ProcessSpec(
                program,
                arguments,
                workingDirectory,
                environment,
                new Stream.Nothing(),
                withoutEnd(out),
                withoutEnd(err),
                Tracing.NONE,
                domain,
                terminal);
    }

    private static Stream withoutEnd(Stream stream) {
        return stream instanceof Stream.ToPipe(var reader, var ends) ? new Stream.ToPipe(reader, false) : stream;
    }

    /** What a message that carries it counts against a mailbox's bound. */
    int bytes() {
        int bytes = 256 + program.length() + workingDirectory.length();
        for (String argument : arguments) {
            bytes += 16 + 2 * argument.length();
        }
        for (var variable : environment.entrySet()) {
            bytes += 32 + 2 * (variable.getKey().length() + variable.getValue().length());
        }
        return bytes;
    }
}
