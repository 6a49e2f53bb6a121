package org.factoredos.boot;

import java.util.List;
import org.factoredos.placement.ProcessSpec;
import org.factoredos.placement.Stream;

/** A node whose fleets serve: where programs are started from outside. Any thread. */
public final class RunningNode implements AutoCloseable {
    private final Init init;
    private final Stream console;

    RunningNode(Init init, Stream console) {
        this.init = init;
        this.console = console;
    }

    /** The node's terminal. */
    public Stream console() {
        return console;
    }

    /** Starts a program on a free tile, its three streams at the node's terminal. */
    public StartedProcess start(String program, List<String> arguments) {
        return start(Boot.spec(program, arguments, console));
    }

    /** Likewise, with all that {@code spec} says. */
    public StartedProcess start(ProcessSpec spec) {
        return init.process(spec);
    }

    /** Stops what starts programs; the servers end with their machine room. */
    @Override
    public void close() {
        init.stop();
    }
}
