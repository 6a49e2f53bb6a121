package org.factoredos.lib;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.factoredos.kernel.Bytes;
import org.factoredos.network.NetworkProtocol.SocketsListed;

/**
 * The sockets of one process, the same on every tile of every node.
 *
 * <p>For the process's own thread alone. Calls that block serve one socket at a time; a program with many asks {@link #ready}
 * which of them have news, and uses the calls that do not. What fails is a {@link FosException} with a {@code NetworkError}.
 */
public interface Network {
    /** Opens a port at every node's address; {@code port} 0: any free one. */
    Listener listen(int port) throws IOException;

    /** Returns when the host has answered. */
    Connection connect(String host, int port) throws IOException;

    /** Likewise, within {@code patience}. */
    Connection connect(String host, int port, Duration patience) throws IOException;

    /** Opens a port for datagrams, at this node's address; {@code port} 0: any free one. */
    Datagrams datagrams(int port) throws IOException;

    /**
     * Waits until one of the sockets has news, or {@code patience} has passed: those that have had any since they were last
     * returned, each once. News are a connection that has come, data, an end, a failure, room for more, or that all has left.
     */
    List<Socket> ready(Duration patience) throws IOException;

    /** Likewise, and also as soon as standard input has something, for which {@link Fos#inputNow} has asked. */
    List<Socket> readyOrInput(Duration patience) throws IOException;

    /** All sockets of the grid; says which nodes did not answer. */
    SocketsListed sockets() throws IOException;

    /** Whatever {@link #ready} returns. */
    interface Socket extends Closeable {
        /** Nothing more is told of it; what was written leaves. Does not block. */
        @Override
        void close();
    }

    /** A port at which connections come in. */
    interface Listener extends Socket {
        int port();

        /** The next connection; blocks until there is one. */
        Connection accept() throws IOException;

        /** The next connection, if there is one. */
        Optional<Connection> poll() throws IOException;
    }

    /** Two streams between this process and a peer. */
    interface Connection extends Socket {
        /** This end, as a host's address and a port. */
        String local();

        String peer();

        /** Reads block. */
        InputStream input();

        /** Writes block while the peer takes nothing; closing it is {@link #endOutput}. */
        OutputStream output();

        /** Takes what has come: 0 where nothing has, -1 at the stream's end. Does not block. */
        int read(byte[] buffer, int offset, int length) throws IOException;

        /** Sends as much as there is room for, which may be nothing. Does not block. */
        int write(byte[] buffer, int offset, int length) throws IOException;

        /** How many bytes {@link #write} would take now. */
        int room();

        /** The peer reads the end behind what was written, and may go on sending. */
        void endOutput() throws IOException;
    }

    /** A message from a host, or to one. */
    record Datagram(String host, int port, Bytes data) {}

    /** A port for datagrams, each of which arrives whole, or not at all, and perhaps twice. */
    interface Datagrams extends Socket {
        int port();

        void send(Datagram datagram) throws IOException;

        /** The next one; empty when {@code patience} has passed. */
        Optional<Datagram> receive(Duration patience) throws IOException;
    }
}
