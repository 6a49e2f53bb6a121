package org.factoredos.program;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.factoredos.lib.Fos;
import org.factoredos.lib.UsageException;
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
                    "[-f] [-n TILES] [-w SECONDS] PROGRAM [ARGUMENT...]",
                    "starts a process without a terminal and prints which (-f: with this one; -n: on so many tiles; -w: waits for one)",
                    "spawn -f -n 4 sum 1000000"),
            Spawn::run);

    private static final Pattern NUMBER = Pattern.compile("\\d{1,7}");

    private static final Set<String> WITH_VALUE = Set.of("-n", "-w");

    private Spawn() {}

    private static int run(Fos fos, List<String> arguments) throws IOException {
        int own = 0; // What stands behind the program's name is the program's.
        while (own < arguments.size() && arguments.get(own).startsWith("-")) {
            own += WITH_VALUE.contains(arguments.get(own)) ? 2 : 1;
        }
        Options options = Options.of(COMMAND.usage(), "fn:w:", arguments.subList(0, Math.min(own, arguments.size())));
        options.operands(0, 0);
        if (own >= arguments.size()) {
            throw options.wrong("no program");
        }
        boolean here = options.has('f');
        Stream nothing = new Stream.Nothing();
        ProcessSpec spec = new ProcessSpec(
                arguments.get(own),
                arguments.subList(own + 1, arguments.size()),
                fos.workingDirectory(),
                new TreeMap<>(fos.environment()),
                here && !(fos.stream(0) instanceof Stream.FromPipe) ? fos.stream(0) : nothing,
                here ? fos.stream(1) : nothing,
                here ? fos.stream(2) : nothing,
                ProcessSpec.Tracing.NONE,
                fos.domain());
        Fos.Child child = fos.spawn(spec, Duration.ofSeconds(number(options, 'w', "0")), number(options, 'n', "1"));
        if (here) {
            return fos.waitFor(child.process());
        }
        Text.printLine(fos, child.process().toString());
        return 0;
    }

    private static int number(Options options, char letter, String usual) throws UsageException {
        String text = options.value(letter).orElse(usual);
        if (!NUMBER.matcher(text).matches()) {
            throw options.wrong("'" + text + "' is no number");
        }
        return Integer.parseInt(text);
    }
}
