package org.factoredos.server;

/**
 * What a parked transaction needs to go on (§3.2.1): stored locally, restarted by the response of a long operation.
 *
 * <p>Each core seals its own. They are data: they can be printed, counted and replayed.
 */
public interface Continuation {}
