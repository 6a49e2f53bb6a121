package org.factoredos.placement;

import org.factoredos.server.Reserved;

/**
 * A fleet whose servers on a node become more and fewer with its load (§3.2).
 *
 * @param first where boot has placed the server that is always there
 * @param name which all of them are in, such as {@code sys:net}
 * @param most how many servers it may have on a node
 */
public record ElasticFleet(Reserved first, String name, int most) {}
