package org.factoredos.program;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.factoredos.grid.NodeId;
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
                    "[-f] [-n|--tiles TILES] [-w SECONDS | --wait] [--node NODE] PROGRAM [ARGUMENT...]",
                    "starts a process without a terminal and prints which (-f: with this one; --tiles: on so many tiles; -w: waits so"
                            + " long for one, --wait for as long as it takes; --node: on that node, or the nearest to it with room)",
                    "spawn -f --tiles 4 sum 1000000"),
            Spawn::run);

    private static final Pattern NUMBER = Pattern.compile("\\d{1,7}");

    private static final Set<String> WITH_VALUE = Set.of("-n", "-w", "--tiles", "--node");
    private static final Set<String> WORDS = Set.of("tiles:", "wait", "node:");

    /** For as long as it takes. */
    private static final Duration FOREVER = Duration.ofDays(365);

    private Spawn() {}

    private static int run(Fos fos, List<String> arguments) throws IOException {
        int own = 0; // What stands behind the program's name is the program's.
        while (own < arguments.size() && arguments.get(own).startsWith("-")) {
            own += WITH_VALUE.contains(arguments.get(own)) ? 2 : 1;
        }
        Options options =
                Options.of(COMMAND.usage(), "fn:w:", WORDS, arguments.subList(0, Math.min(own, arguments.size())));
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
        Duration patience = options.has("wait") ? FOREVER : Duration.ofSeconds(number(options, options.value('w'), 0));
        int tiles = number(options, options.value("tiles").or(() -> options.value('n')), 1);
        Fos.Child child = options.has("node")
                ? fos.spawn(spec, patience, tiles, node(options))
                : fos.spawn(spec, patience, tiles);
        if (here) {
            return fos.waitFor(child.process());
        }
        Text.printLine(fos, child.process().toString());
        return 0;
    }

    /** As {@code 2}, or as tiles print it: {@code n2}. */
    private static NodeId node(Options options) throws UsageException {
        String text = options.value("node").orElseThrow();
        int number = number(options, Optional.of(text.replaceFirst("^n", "")), 0);
        if (number < 1) {
            throw options.wrong("'" + text + "' is no node");
        }
        return new NodeId(number);
    }

    private static int number(Options options, Optional<String> text, int usual) throws UsageException {
        if (text.isPresent() && !NUMBER.matcher(text.get()).matches()) {
            throw options.wrong("'" + text.get() + "' is no number");
        }
        return text.map(Integer::parseInt).orElse(usual);
    }
}
