package org.factoredos.lib;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.function.BooleanSupplier;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.Name;
import org.factoredos.network.NetworkError;
import org.factoredos.network.NetworkProtocol;
import org.factoredos.network.NetworkProtocol.Accepted;
import org.factoredos.network.NetworkProtocol.LineOpened;
import org.factoredos.network.NetworkProtocol.OpenLine;
import org.factoredos.network.NetworkProtocol.Reach;
import org.factoredos.network.NetworkProtocol.Refused;
import org.factoredos.network.NetworkProtocol.SocketsListed;
import org.jspecify.annotations.Nullable;

/** The sockets of a process: a line to each server that has any, and who has news. */
final class NetworkSockets implements Network, Calls.Beside {
    private static final Name SERVERS = new Name("sys:net");
    /** A server that opens no sockets any more is in no name either, so there are few of them in a row. */
    private static final int MOST_TRIES = 4;

    private static final long FINISH_NANOS = 5_000_000_000L;

    private final Calls calls;
    private final Caller caller;
    private final Runnable beforeWait;
    private final BooleanSupplier input;
    private final Map<Address, NetworkLine> lines = new LinkedHashMap<>();
    private final SequencedSet<Socket> news = new LinkedHashSet<>();
    private final SequencedSet<NetworkListener> listeners = new LinkedHashSet<>();
    private @Nullable NetworkLine home;
    /** The server beside the home that is there whatever the load. */
    private @Nullable Address lasting;

    private long lastNumber;

    NetworkSockets(Calls calls, Caller caller, Runnable beforeWait) {
        this(calls, caller, beforeWait, () -> false);
    }

    /**
     * @param beforeWait what is to be done before others are waited for
     * @param input whether standard input has something
     */
    NetworkSockets(Calls calls, Caller caller, Runnable beforeWait, BooleanSupplier input) {
        this.input = input;
        this.calls = calls;
        this.caller = caller;
        this.beforeWait = beforeWait;
        calls.beside(this);
    }

    @Override
    public Listener listen(int port) throws IOException {
        NetworkListener listener = new NetworkListener(this, port);
        listener.open();
        await(listener::settled, Long.MAX_VALUE);
        listener.check();
        listeners.add(listener);
        return listener;
    }

    @Override
    public Connection connect(String host, int port) throws IOException {
        return connect(host, port, Long.MAX_VALUE);
    }

    @Override
    public Connection connect(String host, int port, Duration patience) throws IOException {
        return connect(host, port, nanos() + patience.toNanos());
    }

    private Connection connect(String host, int port, long deadlineNanos) throws IOException {
        for (int tries = 1; ; tries++) {
            NetworkLine line = home();
            NetworkConnection connection = new NetworkConnection(this, line, nextNumber(), host + ":" + port);
            line.tell(new NetworkProtocol.Connect(connection.number(), host, port));
            if (!await(connection::settled, deadlineNanos)) {
                connection.close();
                throw failure(host + ":" + port, NetworkError.CONNECT_TIMED_OUT, "");
            }
            if (tries == MOST_TRIES || !leaves(line, connection.error())) {
                connection.check();
                return connection;
            }
        }
    }

    /** Whether that server has opened nothing and another is to be asked. */
    private boolean leaves(NetworkLine line, @Nullable NetworkError error) {
        if (error == NetworkError.RETIRING && line.equals(home)) {
            home = null; // What this process has there stays there.
        }
        return error == NetworkError.RETIRING || error == NetworkError.SERVER_LOST;
    }

    @Override
    public Datagrams datagrams(int port) throws IOException {
        for (int tries = 1; ; tries++) {
            NetworkLine line = home();
            NetworkDatagrams datagrams = new NetworkDatagrams(this, line, nextNumber(), port);
            line.tell(new NetworkProtocol.OpenDatagrams(datagrams.number(), port));
            await(datagrams::settled, Long.MAX_VALUE);
            if (tries == MOST_TRIES || !leaves(line, datagrams.error())) {
                datagrams.check();
                return datagrams;
            }
        }
    }

    @Override
    public List<Socket> ready(Duration patience) throws IOException {
        await(() -> !news.isEmpty(), deadline(patience));
        return takeNews();
    }

    @Override
    public List<Socket> readyOrInput(Duration patience) throws IOException {
        await(() -> !news.isEmpty() || input.getAsBoolean(), deadline(patience), input);
        return takeNews();
    }

    private long deadline(Duration patience) {
        return patience.compareTo(Duration.ofDays(365)) > 0 ? Long.MAX_VALUE : nanos() + patience.toNanos();
    }

    private List<Socket> takeNews() {
        List<Socket> ready = List.copyOf(news);
        news.clear();
        return ready;
    }

    @Override
    public SocketsListed sockets() throws IOException {
        return switch (caller.call(
                "sockets", SERVERS, new NetworkProtocol.ListSockets(Reach.GRID), Caller.FAILOVER_NANOS)) {
            case SocketsListed listed -> listed;
            case Refused(NetworkError error) -> throw failure("sockets", error, "");
        };
    }

    /** The line to the server that this process opens its sockets at: the nearest, for as long as it lives. */
    NetworkLine home() throws IOException {
        NetworkLine known = home;
        if (known == null || known.lost()) {
            known = switch (caller.call("network", SERVERS, new OpenLine(false), Caller.FAILOVER_NANOS)) {
                case LineOpened opened -> {
                    lasting = opened.lasting();
                    yield line(opened);
                }
                case Refused(NetworkError error) -> throw failure("network", error, "");
            };
            home = known;
        }
        return known;
    }

    /**
     * The line for listeners: to the server of the home's node that does not come and go with the load, or the port would be closed
     * for a moment as that goes.
     */
    NetworkLine lastingHome() throws IOException {
        NetworkLine near = home();
        Address there = lasting;
        if (there == null || there.equals(near.server)) {
            return near;
        }
        NetworkLine known = lines.get(there);
        if (known != null && !known.lost()) {
            return known;
        }
        return switch (caller.call("network", there, new OpenLine(false), Caller.FAILOVER_NANOS)) {
            case LineOpened opened -> line(opened);
            case Refused(NetworkError error) -> throw failure("network", error, "");
        };
    }

    private NetworkLine line(LineOpened opened) {
        NetworkLine known = lines.get(opened.server());
        if (known == null || known.lost() || known.life() != opened.life()) {
            known = new NetworkLine(calls, opened).insteadOf(known);
            lines.put(opened.server(), known);
        }
        return known;
    }

    /** A connection that a server says has come, there or at another one. */
    NetworkConnection accepted(Accepted accepted) {
        NetworkLine line = lines.get(accepted.server());
        if (line == null || line.lost() || line.life() < accepted.life()) {
            line = new NetworkLine(calls, accepted.server(), accepted.life()).insteadOf(line);
            lines.put(accepted.server(), line);
        }
        NetworkConnection connection = new NetworkConnection(this, line, accepted.connection(), accepted.peer());
        if (line.life() > accepted.life()) {
            connection.on(new NetworkProtocol.Ended(accepted.connection(), NetworkError.SERVER_LOST, ""));
        } else {
            connection.on(new NetworkProtocol.Opened(accepted.connection(), accepted.local(), accepted.peer()));
            line.tell(new NetworkProtocol.Adopt(accepted.connection()));
        }
        return connection;
    }

    long nextNumber() {
        return ++lastNumber;
    }

    long nanos() {
        return calls.client().nanos();
    }

    void hasNews(Socket socket) {
        news.add(socket);
    }

    void closed(Socket socket) {
        news.remove(socket);
        if (socket instanceof NetworkListener listener) {
            listeners.remove(listener);
        }
        pumpQuietly();
    }

    /** Sends what can be sent now; whatever fails is found by the next call that waits. */
    void pumpQuietly() {
        try {
            pump();
        } catch (FosException e) {
            // Every slot for calls is taken: it is tried again as soon as this process waits for its sockets.
        }
    }

    private void pump() throws FosException {
        for (NetworkLine line : List.copyOf(lines.values())) {
            line.pump();
        }
    }

    /** Whatever the process waits for: what it has written, taken and closed does not wait with it. */
    @Override
    public void goOn() {
        for (NetworkLine line : List.copyOf(lines.values())) {
            try {
                line.push();
            } catch (FosException e) {
                line.rest(); // Every slot for calls is taken.
            }
        }
    }

    @Override
    public long dueNanos() {
        return lines.values().stream()
                .mapToLong(NetworkLine::pushDueNanos)
                .min()
                .orElse(Long.MAX_VALUE);
    }

    /** Waits for {@code ready}, which is asked whenever something has come; false where the deadline has passed. */
    boolean await(BooleanSupplier ready, long deadlineNanos) throws IOException {
        return await(ready, deadlineNanos, () -> false);
    }

    /** {@code beside}: what else may come than news of sockets. */
    private boolean await(BooleanSupplier ready, long deadlineNanos, BooleanSupplier beside) throws IOException {
        while (true) {
            pump();
            for (NetworkListener listener : List.copyOf(listeners)) {
                listener.reopenIfLost();
            }
            if (ready.getAsBoolean()) {
                return true;
            }
            if (deadlineNanos != Long.MAX_VALUE && nanos() >= deadlineNanos) {
                return false;
            }
            beforeWait.run();
            long due = deadlineNanos;
            for (NetworkLine line : lines.values()) {
                due = Math.min(due, line.dueNanos());
            }
            for (NetworkListener listener : listeners) {
                due = Math.min(due, listener.dueNanos());
            }
            calls.await(() -> beside.getAsBoolean() || lines.values().stream().anyMatch(NetworkLine::hasNews), due);
        }
    }

    /** The process has returned: what it has written, closed and sent leaves. */
    void finish() throws IOException {
        List<NetworkLine> all = new ArrayList<>(lines.values());
        await(() -> all.stream().allMatch(NetworkLine::drained), nanos() + FINISH_NANOS);
    }

    static FosException failure(String what, NetworkError error, String where) {
        return new FosException(error, what + ": " + error.sentence() + (where.isEmpty() ? "" : ", on " + where));
    }
}
