package org.factoredos.boot;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.factoredos.grid.Grid;
import org.factoredos.kernel.Incarnation;
import org.factoredos.placement.ProcessSpec;
import org.factoredos.placement.Stream;
import org.factoredos.server.OwnerProtocol.ListOwners;
import org.factoredos.server.OwnerProtocol.OwnersListed;
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

    /** Which of the fleet's slices have an owner that serves, as this node's front was told. */
    public CompletableFuture<OwnersListed> owners(Reserved front) {
        return init.run(fos -> fos.call(front.address(self, grid), new ListOwners()));
    }

    /** Stops what starts programs; the servers end with their machine room. */
    @Override
    public void close() {
        init.stop();
    }
}
