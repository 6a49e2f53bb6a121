package org.factoredos.node;

import java.util.List;

/**
 * How the grid is, as one node sees it.
 *
 * @param healthy every node that the grid has is up, this one holds its lease, the journal answers, and every slice has an
 *     owner that says itself that it serves
 * @param repaired every chunk of every file lies on as many nodes as it should
 * @param journal {@code up} or {@code down}: whether the journal's database answers; while it does not, the nodes are those
 *     that it named last
 * @param seceded the nodes that were lost together and may go on as a grid of their own: until one of them is started again
 *     the asked node answers nothing
 */
public record GridStatus(
        boolean healthy,
        boolean repaired,
        String journal,
        List<OfNode> nodes,
        List<OfFleet> fleets,
        List<Integer> seceded) {
    public static final String UP = "up";
    public static final String DOWN = "down";

    /**
     * One node.
     *
     * @param pid its process, on its own machine
     * @param state {@code up}, {@code leaving}, {@code unreachable} or {@code down}
     * @param ssh HOST:PORT of its gateway; empty where it has none
     * @param http HOST:PORT of its status page
     */
    public record OfNode(int node, long pid, String ssh, String http, String state) {}

    /**
     * One fleet that owns slices.
     *
     * @param slices how many it has
     * @param owned how many of them have an owner that answered just now that it serves
     */
    public record OfFleet(String fleet, int slices, int owned) {}
}
