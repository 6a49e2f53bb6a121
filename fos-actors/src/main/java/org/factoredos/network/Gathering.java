package org.factoredos.network;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.factoredos.grid.NodeId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.network.NetworkProtocol.ListReply;
import org.factoredos.network.NetworkProtocol.SocketStatus;
import org.factoredos.network.NetworkProtocol.SocketsListed;
import org.factoredos.server.Call;
import org.factoredos.server.Effect;

/** A listing of sockets of several servers, in the order in which they were asked: each lists its own. */
final class Gathering {
    private final Call<ListReply> call;
    private final Set<Address> waitedFor;
    private final Map<Address, SocketsListed> parts = new LinkedHashMap<>();
    private final TreeSet<NodeId> silent = new TreeSet<>();

    Gathering(Call<ListReply> call, Collection<Address> asked) {
        this.call = call;
        this.waitedFor = new LinkedHashSet<>(asked);
        asked.forEach(server -> parts.put(server, new SocketsListed(List.of(), 0, List.of())));
    }

    /** {@code part}: empty where that server did not answer. Returns the answer once nobody is waited for. */
    Optional<Effect> heard(Address server, Optional<SocketsListed> part) {
        part.ifPresentOrElse(
                listed -> {
                    parts.put(server, listed);
                    silent.addAll(listed.silent());
                },
                () -> silent.add(server.client().node()));
        waitedFor.remove(server);
        return waitedFor.isEmpty() ? Optional.of(call.reply(all())) : Optional.empty();
    }

    private SocketsListed all() {
        List<SocketStatus> sockets = new ArrayList<>();
        Map<Port, Integer> ports = new LinkedHashMap<>();
        for (SocketsListed listed : parts.values()) {
            for (SocketStatus socket : listed.sockets()) {
                Port port = new Port(socket.node(), socket.local(), socket.owner());
                Integer known = socket.state() == NetworkProtocol.State.LISTEN ? ports.get(port) : null;
                if (known != null) {
                    sockets.set(known, together(sockets.get(known), socket));
                } else {
                    if (socket.state() == NetworkProtocol.State.LISTEN) {
                        ports.put(port, sockets.size());
                    }
                    sockets.add(socket);
                }
            }
        }
        long omitted = parts.values().stream().mapToLong(SocketsListed::omitted).sum();
        return new SocketsListed(sockets, omitted, List.copyOf(silent));
    }

    /** A node's servers share a port: it is one socket of the host. */
    private record Port(NodeId node, String local, ClientId owner) {}

    private static SocketStatus together(SocketStatus one, SocketStatus other) {
        return new SocketStatus(
                one.node(),
                one.state(),
                one.local(),
                one.peer(),
                one.received() + other.received(),
                one.sent() + other.sent(),
                one.owner());
    }
}
