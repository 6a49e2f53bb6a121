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

    /** Whether those nodes that answer agree that one is gone, and that all slices have owners nevertheless. */
    default boolean goesOnWithoutOne() throws Exception {
        List<GridStatus> said = statuses();
        return !said.isEmpty() && said.stream().allMatch(Faulty::isWithoutOne);
    }

    private static boolean isWithoutOne(GridStatus status) {
        return status.nodes().stream()
                                .filter(node -> node.state().equals("down"))
                                .count()
                        == 1
                && status.fleets().stream().allMatch(fleet -> fleet.owned() == fleet.slices());
    }

    @Override
    void close() throws IOException;
}
