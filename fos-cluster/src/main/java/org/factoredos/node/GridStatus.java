package org.factoredos.node;

import java.util.List;

/**
 * How the grid is, as one node sees it.
 *
 * @param healthy every node that the grid has is up, holds its lease, and every slice has an owner that serves
 * @param repaired every chunk of every file lies on as many nodes as it should
 */
public record GridStatus(boolean healthy, boolean repaired, List<OfNode> nodes, List<OfFleet> fleets) {
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
     * @param owned how many of them have an owner that serves
     */
    public record OfFleet(String fleet, int slices, int owned) {}
}
