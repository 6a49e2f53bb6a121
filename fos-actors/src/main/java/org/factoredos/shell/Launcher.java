package org.factoredos.shell;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.lib.Fos;
import org.factoredos.placement.ProcessId;
import org.factoredos.placement.ProcessSpec;
import org.factoredos.placement.ProcessSpec.Tracing;
import org.factoredos.placement.Stream;

/** Runs the stages of a pipeline, each on a tile of its own, and waits for them. */
final class Launcher {
    /** What a pipeline's stage has become by the time it is to start. */
    sealed interface Plan {
        Streams streams();
    }

    record Run(
            String program,
            List<String> arguments,
            SortedMap<String, String> environment,
            Tracing trace,
            Streams streams)
            implements Plan {}

    /** It could not run, or had nothing to run: whoever reads its output reads nothing. */
    record Ended(int status) implements Plan {
        @Override
        public Streams streams() {
            Stream nothing = new Stream.Nothing();
            return new Streams(nothing, nothing, nothing);
        }
    }

    /** Processes that run; {@code status} is the pipeline's where its last stage is not among them. */
    record Launched(List<ProcessId> processes, Optional<Integer> status) {
        Launched {
            processes = List.copyOf(processes);
        }
    }

    /** Stands for the pipe from the stage before, until both are known. */
    static final Stream FROM_WRITER = new Stream.FromPipe(1);

    /** Stands for the pipe to the next stage, whose mailbox is known only when it runs; client 0 is nobody. */
    static final Stream.ToPipe TO_READER =
            new Stream.ToPipe(new Address(new ClientId(new NodeId(1), 0, 0), 0, new TileId(new NodeId(1), 0, 0)), true);

    /** How soon a wait for what runs in the background heeds Ctrl-C. */
    private static final Duration LOOK = Duration.ofMillis(200);

    private final Fos fos;
    private final Foreground foreground;

    Launcher(Fos fos, Foreground foreground) {
        this.fos = fos;
        this.foreground = foreground;
    }

    /** Starts readers before their writers, for a writer must be told where to write. */
    Launched start(List<Plan> plans) throws IOException {
        fos.out().flush();
        List<ProcessId> started = new ArrayList<>();
        Optional<Address> reader = Optional.empty();
        try {
            for (int i = plans.size() - 1; i >= 0; i--) {
                Optional<Address> input = Optional.empty();
                if (plans.get(i) instanceof Run run) {
                    boolean fed = i > 0 && leadsToReader(plans.get(i - 1).streams());
                    Fos.Child child = fos.spawn(spec(run, fed, reader));
                    started.add(child.process());
                    input = run.streams().in().equals(FROM_WRITER) ? Optional.of(child.input()) : Optional.empty();
                }
                reader = input;
            }
        } catch (IOException e) {
            stop(started);
            throw e;
        }
        Collections.reverse(started);
        return new Launched(
                started, plans.getLast() instanceof Ended(int status) ? Optional.of(status) : Optional.empty());
    }

    private ProcessSpec spec(Run run, boolean fed, Optional<Address> reader) {
        Streams streams = run.streams();
        Stream in = streams.in().equals(FROM_WRITER) && !fed ? new Stream.Nothing() : streams.in();
        Stream out = toReader(streams.out(), reader, true);
        // Two streams to one pipe make one end of it.
        Stream err = toReader(streams.err(), reader, !isToReader(streams.out()));
        return new ProcessSpec(
                run.program(),
                run.arguments(),
                fos.workingDirectory(),
                run.environment(),
                in,
                out,
                err,
                run.trace(),
                fos.domain());
    }

    private static Stream toReader(Stream stream, Optional<Address> reader, boolean ends) {
        if (!isToReader(stream)) {
            return stream;
        }
        return reader.isPresent() ? new Stream.ToPipe(reader.get(), ends) : new Stream.Nothing();
    }

    private static boolean leadsToReader(Streams streams) {
        return isToReader(streams.out()) || isToReader(streams.err());
    }

    static boolean isToReader(Stream stream) {
        return stream instanceof Stream.ToPipe pipe && pipe.reader().equals(TO_READER.reader());
    }

    /** Readers whose writer never came would wait for ever. */
    private void stop(List<ProcessId> started) throws IOException {
        for (ProcessId process : started) {
            fos.kill(process);
        }
        for (ProcessId process : started) {
            fos.waitFor(process);
        }
    }

    /** Waits in the foreground for all of them, as POSIX shells do; the last one's status. */
    int await(Launched launched) throws IOException {
        foreground.enter(launched.processes());
        int status = 0;
        for (ProcessId process : launched.processes()) {
            status = fos.waitFor(process);
        }
        foreground.leave();
        return launched.status().orElse(status);
    }

    /** Waits likewise for what stays in the background: Ctrl-C ends the wait, and none of them. */
    int awaitInBackground(Launched launched) throws IOException {
        int status = 0;
        for (ProcessId process : launched.processes()) {
            Optional<Integer> ended = fos.waitFor(process, LOOK);
            while (ended.isEmpty()) {
                foreground.leave();
                ended = fos.waitFor(process, LOOK);
            }
            status = ended.get();
        }
        return launched.status().orElse(status);
    }
}
