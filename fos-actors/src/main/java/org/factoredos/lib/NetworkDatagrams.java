package org.factoredos.lib;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import org.factoredos.network.NetworkError;
import org.factoredos.network.NetworkProtocol;
import org.factoredos.network.NetworkProtocol.Event;
import org.jspecify.annotations.Nullable;

/** A port for datagrams. */
final class NetworkDatagrams implements Network.Datagrams, NetworkLine.Listening {
    private static final int WINDOW = NetworkProtocol.WINDOW_DATAGRAMS;

    private final NetworkSockets network;
    private final NetworkLine line;
    private final long number;
    private final ArrayDeque<Network.Datagram> arrived = new ArrayDeque<>();
    private int port;
    private boolean open;
    private boolean closed;
    private @Nullable NetworkError error;
    private long taken;
    private long allowed = WINDOW;
    private long sent;
    private long left;

    NetworkDatagrams(NetworkSockets network, NetworkLine line, long number, int port) {
        this.network = network;
        this.line = line;
        this.number = number;
        this.port = port;
        line.add(number, this);
    }

    long number() {
        return number;
    }

    boolean settled() {
        return open || error != null;
    }

    @Nullable
    NetworkError error() {
        return error;
    }

    void check() throws FosException {
        NetworkError failure = error;
        if (failure != null) {
            throw NetworkSockets.failure("port " + port, failure, "");
        }
    }

    @Override
    public void on(Event event) {
        switch (event) {
            case NetworkProtocol.Opened opened -> {
                open = true;
                port = Integer.parseInt(opened.local().substring(opened.local().lastIndexOf(':') + 1));
            }
            case NetworkProtocol.ReceivedDatagram got ->
                arrived.add(new Network.Datagram(got.host(), got.port(), got.data()));
            case NetworkProtocol.Sent gone -> left = gone.upTo();
            case NetworkProtocol.Ended ended -> {
                error = ended.error() == null ? NetworkError.FAILED : ended.error();
                line.remove(number);
            }
            default -> {}
        }
        network.hasNews(this);
    }

    @Override
    public NetworkProtocol.Command closing() {
        return new NetworkProtocol.Close(number);
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public void send(Network.Datagram datagram) throws IOException {
        if (datagram.data().length() > NetworkProtocol.LARGEST_DATAGRAM_BYTES) {
            throw NetworkSockets.failure(datagram.host(), NetworkError.TOO_LARGE, "");
        }
        if (datagram.port() < 1 || datagram.port() > NetworkProtocol.MOST_PORT) {
            throw NetworkSockets.failure(datagram.host() + ":" + datagram.port(), NetworkError.BAD_PORT, "");
        }
        network.await(() -> sent - left < WINDOW || error != null, Long.MAX_VALUE);
        check();
        sent++;
        line.tell(new NetworkProtocol.SendDatagram(number, datagram.host(), datagram.port(), datagram.data()));
        network.pumpQuietly();
    }

    @Override
    public Optional<Network.Datagram> receive(Duration patience) throws IOException {
        boolean forEver = patience.compareTo(Duration.ofDays(365)) > 0;
        network.await(
                () -> !arrived.isEmpty() || error != null,
                forEver ? Long.MAX_VALUE : network.nanos() + patience.toNanos());
        Network.Datagram next = arrived.poll();
        if (next == null) {
            check();
            return Optional.empty();
        }
        taken++;
        if (!closed && allowed - taken < WINDOW / 2) {
            allowed = taken + WINDOW;
            line.tell(new NetworkProtocol.Allow(number, allowed));
            network.pumpQuietly();
        }
        return Optional.of(next);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            line.remove(number);
            if (error == null) {
                line.tell(closing());
            }
            network.closed(this);
        }
    }
}
