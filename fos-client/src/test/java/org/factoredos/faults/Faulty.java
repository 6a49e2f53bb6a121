package org.factoredos.faults;

import java.io.IOException;
import java.util.List;
import org.factoredos.node.GridStatus;

/** A grid whose nodes are real processes, which a test may kill, stop and cut off. */
interface Faulty extends AutoCloseable {
    int size();

    /** A new connection to the gateway of node {@code index}. */
    Door door(int index) throws Exception;

    /** What the status pages of those nodes say that answer. */
    List<GridStatus> statuses() throws Exception;

    /** Whether every node answers, and says that the grid is healthy and repaired. */
    default boolean whole() throws Exception {
        List<GridStatus> said = statuses();
        return said.size() == size() && said.stream().allMatch(status -> status.healthy() && status.repaired());
    }

    @Override
    void close() throws IOException;
}
