package org.factoredos.boot;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.factoredos.grid.Grid;
import org.factoredos.kernel.Destination;
import org.factoredos.kernel.Incarnation;
import org.factoredos.kernel.Payload;
import org.factoredos.placement.ProcessSpec;
import org.factoredos.placement.Stream;
import org.factoredos.server.OwnerProtocol.ServingReported;
import org.factoredos.server.Reserved;

/** A node whose fleets serve: where programs are started from outside. Any thread. */
public final class RunningNode implements AutoCloseable {
    private final Init init;
    private final Stream console;
    private final Incarnation self;
    private final Grid grid;

    RunningNode(Init init, Stream console, Incarnation self, Grid grid) {
        this.init = init;
        this.console = console;
        this.self = self;
        this.grid = grid;
    }

    /** The node's terminal. */
    public Stream console() {
        return console;
    }

    /** Starts a program on a free tile, its three streams at the node's terminal. */
    public StartedProcess start(String program, List<String> arguments) {
        return start(Boot.spec(program, arguments, console));
    }

    /** Likewise, at another terminal. */
    public StartedProcess start(String program, List<String> arguments, Stream terminal) {
        return start(Boot.spec(program, arguments, terminal));
    }

    /** Likewise, with all that {@code spec} says. */
    public StartedProcess start(ProcessSpec spec) {
        return init.process(spec);
    }

    /**
     * What the owners of the fleet's slices say of themselves, each asked now where this node's front knows it: by slice,
     * without those that do not answer within a second.
     */
    public CompletableFuture<Map<Integer, ServingReported>> owners(Reserved front) {
        return init.owners(front.address(self, grid)).reports();
    }

    /** What a server answers within five seconds to a request of the system's that may be carried out twice. */
    public <R extends Payload> CompletableFuture<R> ask(Destination to, Payload.Request<R> request) {
        return init.question(to, request).answer();
    }

    /** Stops what starts programs; the servers end with their machine room. */
    @Override
    public void close() {
        init.stop();
    }
}
