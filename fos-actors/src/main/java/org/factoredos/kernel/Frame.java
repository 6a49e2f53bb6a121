package org.factoredos.kernel;

import java.util.List;

/**
 * What one {@link Link} says to its other end, in one piece: envelopes, and the results of those that came the other way.
 *
 * @param from the sending node's incarnation
 * @param to the incarnation that it is meant for; any other ignores it
 * @param firstSequence the number of {@code envelopes}' first; the others follow without a gap
 * @param firstResult the number of the envelope whose fate {@code results} begins with
 * @param resultsSeen the sender has had the results of all its envelopes up to this one
 */
public record Frame(
        Incarnation from,
        Incarnation to,
        long firstSequence,
        List<Envelope> envelopes,
        long firstResult,
        List<SendResult> results,
        long resultsSeen) {
    public Frame {
        envelopes = List.copyOf(envelopes);
        results = List.copyOf(results);
    }
}
