package org.factoredos.lib;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Objects;
import org.factoredos.kernel.Bytes;
import org.factoredos.network.NetworkError;
import org.factoredos.network.NetworkProtocol;
import org.factoredos.network.NetworkProtocol.Event;
import org.jspecify.annotations.Nullable;

/** A connection: what has come and was not read, and how much more may come and go. */
final class NetworkConnection implements Network.Connection, NetworkLine.Listening {
    private static final int WINDOW = NetworkProtocol.WINDOW_BYTES;

    private final NetworkSockets network;
    private final NetworkLine line;
    private final long number;
    private final ArrayDeque<Bytes> arrived = new ArrayDeque<>();
    private String local = "";
    private String peer;
    private boolean open;
    private boolean peerEnded;
    private boolean outputEnded;
    private boolean closed;
    private boolean ended;
    private @Nullable NetworkError error;
    private long taken;
    private long allowed = NetworkProtocol.FIRST_BYTES;
    private long written;
    private long left;

    /** {@code peer}: whom it is to, for people. */
    NetworkConnection(NetworkSockets network, NetworkLine line, long number, String peer) {
        this.network = network;
        this.line = line;
        this.number = number;
        this.peer = peer;
        line.add(number, this);
    }

    long number() {
        return number;
    }

    boolean settled() {
        return open || ended;
    }

    @Nullable
    NetworkError error() {
        return error;
    }

    void check() throws FosException {
        NetworkError failure = error;
        if (failure != null) {
            throw NetworkSockets.failure(peer, failure, "");
        }
    }

    @Override
    public void on(Event event) {
        switch (event) {
            case NetworkProtocol.Opened opened -> {
                open = true;
                local = opened.local();
                peer = opened.peer();
            }
            case NetworkProtocol.Received received -> arrived.add(received.data());
            case NetworkProtocol.Sent sent -> left = sent.upTo();
            case NetworkProtocol.PeerEnded end -> peerEnded = true;
            case NetworkProtocol.Ended end -> {
                ended = true;
                error = end.error();
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
    public String local() {
        return local;
    }

    @Override
    public String peer() {
        return peer;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, buffer.length);
        int done = 0;
        while (done < length && !arrived.isEmpty()) {
            Bytes next = arrived.remove();
            int count = Math.min(next.length(), length - done);
            next.copyTo(0, buffer, offset + done, count);
            if (count < next.length()) {
                arrived.addFirst(next.slice(count, next.length() - count));
            }
            done += count;
        }
        taken += done;
        if (done > 0 || length == 0) {
            allowMore();
            return done;
        }
        if (peerEnded || (ended && error == null)) {
            return -1;
        }
        check();
        allowMore();
        return closed ? -1 : 0;
    }

    private void allowMore() {
        if (!ended && !closed && !peerEnded && allowed - taken < WINDOW / 2) {
            allowed = taken + WINDOW;
            line.tell(new NetworkProtocol.Allow(number, allowed));
        }
    }

    @Override
    public int room() {
        return ended || outputEnded || closed ? 0 : (int) Math.max(0, WINDOW - (written - left));
    }

    @Override
    public int write(byte[] buffer, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, buffer.length);
        check();
        if (ended || outputEnded || closed) {
            throw NetworkSockets.failure(peer, NetworkError.CONNECTION_RESET, "");
        }
        int count = Math.min(room(), length);
        for (int done = 0; done < count; ) {
            int most = Math.min(count - done, NetworkProtocol.SEGMENT_BYTES);
            line.tell(new NetworkProtocol.Send(number, Bytes.copyOf(buffer, offset + done, most)));
            done += most;
        }
        written += count;
        return count;
    }

    @Override
    public void endOutput() throws IOException {
        check();
        if (!outputEnded && !ended && !closed) {
            outputEnded = true;
            line.tell(new NetworkProtocol.EndOutput(number));
            network.pumpQuietly();
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            arrived.clear();
            line.remove(number);
            if (!ended) {
                line.tell(closing());
            }
            network.closed(this);
        }
    }

    @Override
    public InputStream input() {
        return new PieceInput() {
            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                int count = NetworkConnection.this.read(buffer, offset, length);
                while (count == 0 && length > 0) {
                    network.await(() -> !arrived.isEmpty() || peerEnded || ended, Long.MAX_VALUE);
                    count = NetworkConnection.this.read(buffer, offset, length);
                }
                return count;
            }
        };
    }

    @Override
    public OutputStream output() {
        return new OutputStream() {
            @Override
            public void write(int one) throws IOException {
                write(new byte[] {(byte) one}, 0, 1);
            }

            @Override
            public void write(byte[] buffer, int offset, int length) throws IOException {
                for (int done = 0; done < length; ) {
                    int count = NetworkConnection.this.write(buffer, offset + done, length - done);
                    done += count;
                    network.pumpQuietly();
                    if (count == 0) {
                        network.await(() -> room() > 0 || ended, Long.MAX_VALUE);
                    }
                }
            }

            @Override
            public void close() throws IOException {
                endOutput();
            }
        };
    }

    @Override
    public String toString() {
        return local + " to " + peer;
    }
}
