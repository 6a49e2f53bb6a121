package org.factoredos.boot;

import java.util.function.IntFunction;
import org.factoredos.server.OwnerLife;
import org.factoredos.server.Reserved;

/** What runs the owners of slices, wherever in the grid each may be, with their journals. */
@FunctionalInterface
public interface OwnerHost {
    /**
     * A fleet's owners.
     *
     * @param name of the fleet, part of its owners' persistence ids
     * @param domain the protection domain that they act in
     * @param slices how many there are, numbered from 0
     * @param place the tile kept for a slice's owner, the same on every node
     * @param owners a new owner of that slice on this node, empty until its journal is read
     */
    record OwnedFleet(
            String name, String domain, int slices, IntFunction<Reserved> place, IntFunction<OwnerLife> owners) {}

    /**
     * Begins to run the owners of {@code fleet}, and keeps them running: opens each one's client with {@code
     * openBootstrap} on its place, recovers it, grants and withdraws its slice, and tells it the membership. Returns at
     * once; that an owner serves is known by the fronts' answers.
     */
    void own(OwnedFleet fleet);
}
