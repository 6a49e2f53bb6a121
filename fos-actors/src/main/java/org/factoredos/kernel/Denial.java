package org.factoredos.kernel;

import org.factoredos.grid.TileId;

/**
 * The audit record of something that was denied (§3.1.2).
 *
 * @param millis when, since the epoch, by the wall clock of the node
 * @param client who wanted it
 * @param domain in whose name
 * @param target of what kind, on what: a name, an address, a program, a domain
 * @param tile where that client sat
 */
public record Denial(long millis, ClientId client, String domain, RightKind kind, String target, TileId tile) {}
