package org.factoredos.lib;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Optional;
import org.factoredos.network.NetworkError;
import org.factoredos.network.NetworkProtocol;
import org.factoredos.network.NetworkProtocol.Event;
import org.jspecify.annotations.Nullable;

/**
 * A port at which connections come in, at every node. Where the server that it was opened at is lost, it is opened again at
 * another: nobody but this process knows that it is to be there.
 */
final class NetworkListener implements Network.Listener, NetworkLine.Listening {
    /** How many connections may come before they are asked for. */
    private static final int AHEAD = 64;

    private static final long REOPEN_NANOS = 250_000_000L;
    /** The other nodes close the port of a lost server within seconds. */
    private static final long GIVE_UP_NANOS = 20_000_000_000L;

    private final NetworkSockets network;
    private final ArrayDeque<NetworkConnection> arrived = new ArrayDeque<>();
    private int port;
    private @Nullable NetworkLine line;
    private long number;
    private boolean open;
    private @Nullable NetworkError error;
    private String where = "";
    private boolean closed;
    private long came;
    private long allowed;
    /** Since when it has been lost; 0 where it is not. */
    private long lostNanos;

    private long reopenAt = Long.MAX_VALUE;

    NetworkListener(NetworkSockets network, int port) {
        this.network = network;
        this.port = port;
    }

    void open() throws IOException {
        NetworkLine home = network.lastingHome();
        line = home;
        number = network.nextNumber();
        open = false;
        error = null;
        came = 0;
        allowed = AHEAD;
        home.add(number, this);
        home.tell(new NetworkProtocol.Listen(number, port));
        home.tell(new NetworkProtocol.Allow(number, allowed));
    }

    boolean settled() {
        return open || error != null;
    }

    void check() throws FosException {
        NetworkError failure = error;
        if (failure != null && lostNanos == 0) {
            throw NetworkSockets.failure("port " + port, failure, where);
        }
    }

    @Override
    public void on(Event event) {
        switch (event) {
            case NetworkProtocol.Opened opened -> {
                open = true;
                lostNanos = 0;
                reopenAt = Long.MAX_VALUE;
                port = Integer.parseInt(opened.local().substring(opened.local().lastIndexOf(':') + 1));
            }
            case NetworkProtocol.Accepted accepted -> {
                came++;
                arrived.add(network.accepted(accepted));
            }
            case NetworkProtocol.Ended ended -> onEnded(ended);
            default -> {}
        }
        network.hasNews(this);
    }

    private void onEnded(NetworkProtocol.Ended ended) {
        error = ended.error() == null ? NetworkError.FAILED : ended.error();
        where = ended.where();
        if (line != null) {
            line.remove(number);
        }
        boolean wasLost = open && error == NetworkError.SERVER_LOST;
        open = false;
        if (wasLost) {
            lostNanos = network.nanos();
        }
        if (lostNanos != 0) {
            boolean over = network.nanos() - lostNanos >= GIVE_UP_NANOS;
            reopenAt = over ? Long.MAX_VALUE : network.nanos() + REOPEN_NANOS;
            lostNanos = over ? 0 : lostNanos;
        }
    }

    @Override
    public NetworkProtocol.Command closing() {
        return new NetworkProtocol.StopListening(number, came);
    }

    long dueNanos() {
        return reopenAt;
    }

    void reopenIfLost() throws IOException {
        if (!closed && network.nanos() >= reopenAt) {
            reopenAt = Long.MAX_VALUE;
            open();
        }
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public NetworkConnection accept() throws IOException {
        while (true) {
            Optional<Network.Connection> next = poll();
            if (next.isPresent()) {
                return (NetworkConnection) next.get();
            }
            network.await(() -> !arrived.isEmpty() || (error != null && lostNanos == 0) || closed, Long.MAX_VALUE);
        }
    }

    @Override
    public Optional<Network.Connection> poll() throws IOException {
        NetworkConnection next = arrived.poll();
        if (next == null) {
            check();
            if (closed) {
                throw new IOException("port " + port + ": it is closed");
            }
            return Optional.empty();
        }
        NetworkLine home = line;
        if (home != null && allowed - (came - arrived.size()) < AHEAD / 2) {
            allowed = came - arrived.size() + AHEAD;
            home.tell(new NetworkProtocol.Allow(number, allowed));
        }
        return Optional.of(next);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            arrived.forEach(NetworkConnection::close);
            arrived.clear();
            NetworkLine home = line;
            if (home != null && error == null) {
                home.remove(number); // What comes meanwhile, its server closes: it is told how many have been taken.
                home.tell(closing());
            }
            network.closed(this);
        }
    }

    @Override
    public String toString() {
        return "port " + port;
    }
}
