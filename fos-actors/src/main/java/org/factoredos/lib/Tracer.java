package org.factoredos.lib;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.factoredos.file.FileProtocol;
import org.factoredos.grid.Grid;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Client;
import org.factoredos.kernel.Payload;
import org.factoredos.kernel.Trace;
import org.factoredos.placement.ProcessSpec.Tracing;
import org.jspecify.annotations.Nullable;

/** Prints the steps of Figure 3 for those calls of a process that are to be traced. */
final class Tracer {
    private final Tracing tracing;
    private final Supplier<OutputStream> err;
    private boolean readSeen;
    private boolean printing;

    Tracer(Tracing tracing, Supplier<OutputStream> err) {
        this.tracing = tracing;
        this.err = err;
    }

    /** Whether this call is to be traced; what prints a trace is a call too, and never is. */
    boolean wants(Payload.Request<?> request) {
        if (printing || tracing == Tracing.NONE) {
            return false;
        }
        if (tracing == Tracing.ALL) {
            return true;
        }
        boolean first = !readSeen && request instanceof FileProtocol.ReadFile;
        readSeen |= first;
        return first;
    }

    void answered(@Nullable Trace trace, Client client) {
        if (trace == null) {
            return;
        }
        Trace whole = trace.then(Trace.Step.UNPACKAGED, client.tile(), client.nanos());
        printing = true;
        try {
            err.get()
                    .write(text(whole, client.microkernel().interconnect().grid())
                            .getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // Nobody reads the trace; the traced call has its answer all the same.
        } finally {
            printing = false;
        }
    }

    static String text(Trace whole, Grid grid) {
        List<Trace> steps = nine(whole);
        StringBuilder text = new StringBuilder();
        long begun = steps.getFirst().nanos();
        TileId at = steps.getFirst().tile();
        for (Trace step : steps) {
            text.append(String.format(
                    Locale.ROOT,
                    "%d  %-9s %9.1f us %3d hops  %s%n",
                    step.step().number(),
                    step.tile(),
                    (step.nanos() - begun) / 1e3,
                    grid.hops(at, step.tile()),
                    step.step().sentence()));
            at = step.tile();
        }
        return text.toString();
    }

    /** The response passes the microkernels too, but Figure 3 numbers those steps only once, on the request's way. */
    private static List<Trace> nine(Trace whole) {
        List<Trace> nine = new ArrayList<>();
        int last = 0;
        for (Trace step : whole.steps()) {
            if (step.step().number() > last) {
                nine.add(step);
                last = step.step().number();
            }
        }
        return nine;
    }
}
