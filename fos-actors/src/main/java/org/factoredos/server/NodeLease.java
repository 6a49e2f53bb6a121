package org.factoredos.server;

/** The node lease: for how long a node may believe what it was told, as granted by a majority of the nodes. */
public final class NodeLease {
    /** Long enough to be renewed four times; what a failover waits beyond the removal of a node. */
    public static final long LENGTH_NANOS = 2_000_000_000L;

    private NodeLease() {}
}
