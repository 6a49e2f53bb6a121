package org.factoredos.node;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A stretch of wire that can be cut: whoever connects to it is connected to one address behind it. */
final class TcpRelay implements Closeable {
    private final ServerSocket front;
    private final InetSocketAddress behind;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private State state = State.WHOLE;
    private long toSwallow;
    private int cuts;

    private enum State {
        WHOLE,
        SWALLOWING,
        CUT
    }

    /** Listens on a port of its own, and connects to {@code port} behind it, both at the address {@code host}. */
    TcpRelay(String host, int port) throws IOException {
        InetAddress address = InetAddress.ofLiteral(host);
        this.front = new ServerSocket();
        this.behind = new InetSocketAddress(address, port);
        front.bind(new InetSocketAddress(address, 0));
        Thread.ofPlatform().daemon().start(this::accept);
    }

    int port() {
        return front.getLocalPort();
    }

    /**
     * Cuts the wire: the next {@code swallowed} bytes that are sent into it come out nowhere, then its connections break,
     * and it is whole again once another has been refused.
     */
    synchronized void cut(long swallowed) {
        state = State.SWALLOWING;
        toSwallow = swallowed;
    }

    /** How often it has been cut and is whole again. */
    synchronized int mended() {
        return state == State.WHOLE ? cuts : -1;
    }

    private void accept() {
        try {
            while (true) {
                Socket near = front.accept();
                if (refuses()) {
                    abort(near);
                } else {
                    connect(near);
                }
            }
        } catch (IOException e) {
            // The relay is closed.
        }
    }

    private synchronized boolean refuses() {
        if (state != State.CUT) {
            return false;
        }
        state = State.WHOLE;
        cuts++;
        return true;
    }

    private void connect(Socket near) {
        Socket far = new Socket();
        sockets.add(near);
        sockets.add(far);
        try {
            near.setTcpNoDelay(true);
            far.setTcpNoDelay(true);
            far.connect(behind);
            Thread.ofPlatform().daemon().start(() -> pump(near, far));
            Thread.ofPlatform().daemon().start(() -> pump(far, near));
        } catch (IOException e) {
            abort(near);
            abort(far);
        }
    }

    private void pump(Socket from, Socket to) {
        byte[] buffer = new byte[1 << 16];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                if (!swallows(count)) {
                    out.write(buffer, 0, count);
                }
            }
        } catch (IOException e) {
            // Either end is gone, so the other one goes.
        }
        abort(from);
        abort(to);
    }

    private boolean swallows(int bytes) {
        synchronized (this) {
            if (state == State.WHOLE) {
                return false;
            }
            toSwallow -= bytes;
            if (state == State.CUT || toSwallow > 0) {
                return true;
            }
            state = State.CUT;
        }
        sockets.forEach(this::abort);
        return true;
    }

    /** Without a farewell: the other end meets a reset. */
    private void abort(Socket socket) {
        sockets.remove(socket);
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            // It is closed.
        }
    }

    @Override
    public void close() throws IOException {
        front.close();
        sockets.forEach(this::abort);
    }
}
