package org.factoredos.server;

/**
 * A server with durable truth: the single writer of one slice of a fleet.
 *
 * <p>It applies its own event as it decides it, and returns it as {@link Effect.Persist}. In recovery, and only then, its
 * machine room applies the journal's events.
 */
public interface Owner extends Server {
    void apply(Event event);

    /** A copy, taken inside the turn. */
    Snapshot snapshot();

    void restore(Snapshot snapshot);
}
