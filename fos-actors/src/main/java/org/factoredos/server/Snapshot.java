package org.factoredos.server;

/** All that an owner's events came to, so that recovery need not begin with the first of them. Immutable data. */
public interface Snapshot {}
