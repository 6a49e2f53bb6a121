package org.factoredos.shell;

import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.factoredos.program.Command;
import org.factoredos.program.Programs;
import org.factoredos.program.Usage;

/** All that can stand at the start of a command: the programs, the shell itself among them, and its builtins. */
public final class Commands {
    private static final SortedMap<String, Command> PROGRAMS = programsWithShell();

    private Commands() {}

    /** What a tile can be told to run, by name. */
    public static SortedMap<String, Command> programs() {
        return PROGRAMS;
    }

    static boolean isProgram(String name) {
        return PROGRAMS.containsKey(name);
    }

    /** What is said of every command, by name. */
    static SortedMap<String, Usage> usages() {
        SortedMap<String, Usage> usages = new TreeMap<>();
        PROGRAMS.forEach((name, command) -> usages.put(name, command.usage()));
        Builtins.usages().forEach(usage -> usages.put(usage.name(), usage));
        return usages;
    }

    static Optional<Usage> usage(String name) {
        return Optional.ofNullable(usages().get(name));
    }

    private static SortedMap<String, Command> programsWithShell() {
        SortedMap<String, Command> programs = new TreeMap<>(Programs.all());
        programs.put(ShellProgram.NAME, ShellProgram.COMMAND);
        return Collections.unmodifiableSortedMap(programs);
    }
}
