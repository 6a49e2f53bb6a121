package org.factoredos.kernel;

import org.factoredos.grid.NodeId;

/** One life of a node: a node that restarts at the same place is another one to every link; prints as {@code n2/3}. */
public record Incarnation(NodeId node, int boot) implements Comparable<Incarnation> {
    @Override
    public int compareTo(Incarnation other) {
        int byNode = node.compareTo(other.node);
        return byNode != 0 ? byNode : Integer.compare(boot, other.boot);
    }

    @Override
    public String toString() {
        return node + "/" + boot;
    }
}
