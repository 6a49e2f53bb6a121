package org.factoredos.cli;

import java.util.Map;
import java.util.TreeMap;
import org.factoredos.faults.Probes;
import org.factoredos.lib.Program;
import org.factoredos.shell.Commands;
import picocli.CommandLine;

/** {@code ./fos node}, with the programs that fault tests run on tiles. */
public final class ProbeNode {
    private ProbeNode() {}

    /** Does what {@code ./fos node} does. */
    public static void main(String[] arguments) {
        Map<String, Program> programs = new TreeMap<>(Commands.programs());
        programs.putAll(Probes.PROGRAMS);
        System.exit(new CommandLine(new NodeCommand(programs)).execute(arguments));
    }
}
