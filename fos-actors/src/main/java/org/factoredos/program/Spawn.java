package org.factoredos.program;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
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
                    "[-w SECONDS] PROGRAM [ARGUMENT...]",
                    "starts a process without a terminal and prints which it is (-w: waits so long for a free tile)",
                    "spawn sleep 1000"),
            Spawn::run);

    private static final Pattern SECONDS = Pattern.compile("\\d{1,7}");

    private Spawn() {}

    private static int run(Fos fos, List<String> arguments) throws IOException {
        int own = 0; // What stands behind the program's name is the program's.
        while (own < arguments.size() && arguments.get(own).startsWith("-")) {
            own += arguments.get(own).equals("-w") ? 2 : 1;
        }
        Options options = Options.of(COMMAND.usage(), "w:", arguments.subList(0, Math.min(own, arguments.size())));
        options.operands(0, 0);
        if (own >= arguments.size()) {
            throw options.wrong("no program");
        }
        Stream nothing = new Stream.Nothing();
        ProcessSpec spec = new ProcessSpec(
                arguments.get(own),
                arguments.subList(own + 1, arguments.size()),
                fos.workingDirectory(),
                new TreeMap<>(fos.environment()),
                nothing,
                nothing,
                nothing,
                ProcessSpec.Tracing.NONE,
                fos.domain());
        Fos.Child child = fos.spawn(spec, patience(options));
        Text.printLine(fos, child.process().toString());
        return 0;
    }

    private static Duration patience(Options options) throws UsageException {
        String seconds = options.value('w').orElse("0");
        if (!SECONDS.matcher(seconds).matches()) {
            throw options.wrong("'" + seconds + "' is no number of seconds");
        }
        return Duration.ofSeconds(Integer.parseInt(seconds));
    }
}
