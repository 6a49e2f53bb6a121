package org.factoredos.network;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Incarnation;
import org.factoredos.network.NetworkProtocol.ListReply;
import org.factoredos.network.NetworkProtocol.SocketStatus;
import org.factoredos.network.NetworkProtocol.SocketsListed;
import org.factoredos.server.Call;
import org.factoredos.server.Effect;

/** A listing of the whole grid's sockets: each member of the fleet lists its own. */
final class Gathering {
    private final Call<ListReply> call;
    private final SortedSet<Incarnation> waitedFor;
    private final SortedMap<NodeId, SocketsListed> parts = new TreeMap<>();
    private final SortedSet<NodeId> silent = new TreeSet<>();

    Gathering(Call<ListReply> call, Collection<Incarnation> asked) {
        this.call = call;
        this.waitedFor = new TreeSet<>(asked);
    }

    /** {@code part}: empty where the member did not answer. Returns the answer once nobody is waited for. */
    Optional<Effect> heard(Incarnation member, Optional<SocketsListed> part) {
        part.ifPresentOrElse(listed -> parts.put(member.node(), listed), () -> silent.add(member.node()));
        waitedFor.remove(member);
        if (!waitedFor.isEmpty()) {
            return Optional.empty();
        }
        List<SocketStatus> sockets = new ArrayList<>();
        parts.values().forEach(listed -> sockets.addAll(listed.sockets()));
        long omitted = parts.values().stream().mapToLong(SocketsListed::omitted).sum();
        return Optional.of(
                call.reply(new SocketsListed(sockets, omitted, silent.stream().toList())));
    }
}
