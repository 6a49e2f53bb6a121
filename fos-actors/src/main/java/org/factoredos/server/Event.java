package org.factoredos.server;

/** A durable fact about what an owner holds, in the past tense. Immutable data, kept in the journal for good. */
public interface Event {}
