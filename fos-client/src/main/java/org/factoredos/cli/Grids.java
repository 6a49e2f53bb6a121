package org.factoredos.cli;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.factoredos.node.Node;
import org.factoredos.node.Settings;
import org.factoredos.server.Device;

/** Where the commands get a grid from; all that they need of it. */
@FunctionalInterface
interface Grids {
    /** A grid in this process that serves. */
    interface Embedded extends AutoCloseable {
        /** Starts a program at the grid's console; its exit status, when it has ended. */
        CompletableFuture<Integer> run(String program, List<String> arguments);

        /** Stops it cleanly. */
        @Override
        void close();
    }

    /**
     * Boots a grid of one node.
     *
     * @param console what its console driver drives
     * @param version what the message of the day says
     */
    Embedded start(Settings settings, Device console, String version) throws Node.CannotStart;
}
