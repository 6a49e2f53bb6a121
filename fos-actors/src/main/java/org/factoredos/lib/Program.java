package org.factoredos.lib;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.factoredos.server.Movable;

/** An application: what runs on a tile of its own, as a client of that tile's microkernel (§3). */
@FunctionalInterface
public interface Program {
    /**
     * Runs to its end on a thread of its own.
     *
     * @return the exit status: 0 for success
     * @throws IOException a system call that failed; its message, prefixed by the program's name, goes to standard
     *     error and the status is 1
     * @throws UsageException arguments that make no sense; likewise, and the status is 2
     */
    int run(Fos fos, List<String> arguments) throws IOException;

    /**
     * For a program that is a state machine, which needs no thread and can move between nodes: its core, which knows nothing
     * yet. Empty where it is {@link #run}, also for arguments of which that complains.
     */
    default Optional<Movable> core(List<String> arguments) {
        return Optional.empty();
    }
}
