package org.factoredos.program;

import java.io.IOException;
import java.util.List;
import java.util.TreeMap;
import org.factoredos.lib.Fos;
import org.factoredos.placement.ProcessSpec;
import org.factoredos.placement.Stream;

/**
 * {@code spawn}: a process that belongs to nobody's terminal, and outlives who started it.
 *
 * <p>The placement server alone says which programs there are, so this also starts those that a shell does not know.
 */
final class Spawn {
    static final Command COMMAND = new Command(
            new Usage(
                    Usage.Group.SYSTEM,
                    "spawn",
                    "PROGRAM [ARGUMENT...]",
                    "starts a process without a terminal and prints which it is; 'kill' ends it",
                    "spawn sleep 1000"),
            Spawn::run);

    private Spawn() {}

    private static int run(Fos fos, List<String> arguments) throws IOException {
        if (arguments.isEmpty() || arguments.getFirst().startsWith("-")) {
            Options.of(COMMAND.usage(), "", arguments).operands(1, 1);
        }
        Stream nothing = new Stream.Nothing();
        Fos.Child child = fos.spawn(new ProcessSpec(
                arguments.getFirst(),
                arguments.subList(1, arguments.size()),
                fos.workingDirectory(),
                new TreeMap<>(fos.environment()),
                nothing,
                nothing,
                nothing,
                ProcessSpec.Tracing.NONE,
                fos.domain()));
        Text.printLine(fos, child.process().toString());
        return 0;
    }
}
