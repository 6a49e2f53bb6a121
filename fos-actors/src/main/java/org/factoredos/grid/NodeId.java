package org.factoredos.grid;

/** One JVM of the grid, numbered from 1 by the cluster; prints as {@code n2}. */
public record NodeId(int number) implements Comparable<NodeId> {
    public NodeId {
        if (number < 1) {
            throw new IllegalArgumentException("a node's number is at least 1, not " + number);
        }
    }

    @Override
    public int compareTo(NodeId other) {
        return Integer.compare(number, other.number);
    }

    @Override
    public String toString() {
        return "n" + number;
    }
}
