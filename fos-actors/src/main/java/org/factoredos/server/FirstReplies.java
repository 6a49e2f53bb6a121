package org.factoredos.server;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Payload;

/**
 * What an owner answered to requests that changed something, so that a repeat changes nothing again.
 *
 * <p>A client's replies are kept until it says that it has ended those calls; that mark stays, for a repeat of an ended
 * call may still be under way, also when the client itself has ended, or the node that made it is gone: it may have moved.
 * The clients that have asked for nothing for longest make room when there are very many.
 */
final class FirstReplies {
    /** So many clients that a repeat, which comes within seconds, still finds the first reply. */
    private static final int MOST_CLIENTS = 65_536;

    /** One client's share, as a snapshot keeps it. */
    record Kept(ClientId client, long settled, SortedMap<Long, Payload> replies) {}

    private static final class Share {
        long settled;
        final TreeMap<Long, Payload> replies = new TreeMap<>();

        void settle(long upTo) {
            settled = Math.max(settled, upTo);
            replies.headMap(settled, true).clear();
        }
    }

    private final SequencedMap<ClientId, Share> shares = new LinkedHashMap<>();

    void record(ClientId client, long call, long settled, Payload reply) {
        Share share = shares.computeIfAbsent(client, c -> new Share());
        shares.putLast(client, share);
        share.settle(settled);
        share.replies.put(call, reply);
        if (shares.size() > MOST_CLIENTS) {
            shares.pollFirstEntry();
        }
    }

    /** Takes note of what a client has ended, of which only one that has replies here matters. */
    void settle(ClientId client, long settled) {
        Share share = shares.get(client);
        if (share != null) {
            share.settle(settled);
        }
    }

    /** Whether nobody waits for that call any more. */
    boolean ended(ClientId client, long call) {
        Share share = shares.get(client);
        return share != null && call <= share.settled;
    }

    Optional<Payload> of(ClientId client, long call) {
        Share share = shares.get(client);
        return share == null ? Optional.empty() : Optional.ofNullable(share.replies.get(call));
    }

    int clients() {
        return shares.size();
    }

    List<Kept> keep() {
        List<Kept> kept = new ArrayList<>();
        shares.forEach((client, share) -> kept.add(new Kept(client, share.settled, new TreeMap<>(share.replies))));
        return kept;
    }

    void restore(List<Kept> kept) {
        shares.clear();
        for (Kept one : kept) {
            Share share = new Share();
            share.replies.putAll(one.replies());
            share.settled = one.settled();
            shares.put(one.client(), share);
        }
    }
}
