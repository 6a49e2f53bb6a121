package org.factoredos.socket;

import akka.actor.ActorRef;
import akka.actor.Terminated;
import akka.io.Tcp;
import akka.io.TcpMessage;
import akka.util.ByteString;
import java.time.Duration;
import java.util.ArrayDeque;
import org.factoredos.kernel.Bytes;
import org.factoredos.network.NetworkError;
import org.factoredos.network.NetworkProtocol;
import org.factoredos.network.NetworkProtocol.Command;
import org.jspecify.annotations.Nullable;

/**
 * A connection. It reads as far as its server has allowed, and a read's worth more, which waits here; it writes one piece
 * after the other, as the host takes them.
 */
final class TcpSocket implements CardSocket {
    /** How long what was sent may take to leave when the socket has been closed. */
    private static final Duration LINGER = Duration.ofSeconds(10);

    private static final int MOST_AT_ONCE = 128 * 1024;

    private final CardActor card;
    private final CardLine line;
    private final long number;
    private @Nullable ActorRef host;

    private long allowed = NetworkProtocol.FIRST_BYTES;
    private long delivered;
    private final ArrayDeque<Bytes> early = new ArrayDeque<>();
    private boolean reading;
    private boolean peerEnded;
    private boolean peerEndTold;

    private final ArrayDeque<Bytes> out = new ArrayDeque<>();
    private boolean writing;
    private long sent;
    private boolean endWanted;
    private boolean endSaid;

    private boolean closing;
    private boolean closeSaid;
    /** Both streams have ended. */
    private boolean over;

    TcpSocket(CardActor card, CardLine line, long number) {
        this.card = card;
        this.line = line;
        this.number = number;
    }

    long number() {
        return number;
    }

    @Override
    public void opened(ActorRef from, Object what) {
        if (!(what instanceof Tcp.Connected connected)) {
            NetworkError error = what instanceof Tcp.CommandFailed failed
                    ? Addresses.ofConnect(scala.jdk.javaapi.OptionConverters.toJava(failed.cause()))
                    : NetworkError.FAILED;
            end(error);
        } else if (closing) {
            from.tell(TcpMessage.abort(), card.self());
            card.forget(line, number, null);
        } else {
            line.tell(new NetworkProtocol.Opened(
                    number, Addresses.text(connected.localAddress()), Addresses.text(connected.remoteAddress())));
            arrived(from);
        }
    }

    void arrived(ActorRef connection) {
        host = connection;
        card.known(connection, this);
        connection.tell(TcpMessage.register(card.self(), true, false), card.self());
        write();
        read();
    }

    /** It is over, and not in order. */
    void end(NetworkError error) {
        card.forget(line, number, host);
        if (!closing) {
            line.tell(new NetworkProtocol.Ended(number, error, ""));
        }
    }

    @Override
    public void on(Command command) {
        switch (command) {
            case NetworkProtocol.Send(long socket, Bytes data) -> {
                if (!data.isEmpty()) {
                    out.add(data);
                }
                write();
            }
            case NetworkProtocol.EndOutput end -> {
                endWanted = true;
                write();
            }
            case NetworkProtocol.Allow(long socket, long upTo) -> {
                allowed = Math.max(allowed, upTo);
                deliver();
                read();
            }
            default -> {} // Not for a connection; its server asks for nothing of the kind.
        }
    }

    private void write() {
        ActorRef there = host;
        if (there == null || writing || over) {
            return;
        }
        if (!out.isEmpty()) {
            ByteString piece = CardSocket.toAkka(out.remove());
            while (!out.isEmpty() && piece.size() + out.element().length() <= MOST_AT_ONCE) {
                piece = piece.concat(CardSocket.toAkka(out.remove()));
            }
            writing = true;
            there.tell(TcpMessage.write(piece, new Left(piece.size())), card.self());
        } else if (endWanted && !endSaid) {
            endSaid = true;
            there.tell(TcpMessage.confirmedClose(), card.self());
        } else if (closing && !closeSaid && !endSaid) {
            closeSaid = true;
            there.tell(TcpMessage.close(), card.self());
        } // Where its end has been said, the peer's is waited for, for a while.
    }

    private void read() {
        ActorRef there = host;
        boolean wanted = closing ? endSaid : early.isEmpty() && delivered < allowed;
        if (there != null && wanted && !reading && !peerEnded && !over) {
            reading = true;
            there.tell(TcpMessage.resumeReading(), card.self());
        }
    }

    private void deliver() {
        while (!closing && !early.isEmpty() && delivered < allowed) {
            Bytes next = early.remove();
            int most = (int) Math.min(Math.min(next.length(), NetworkProtocol.SEGMENT_BYTES), allowed - delivered);
            if (most < next.length()) {
                early.addFirst(next.slice(most, next.length() - most));
            }
            delivered += most;
            line.tell(new NetworkProtocol.Received(number, next.slice(0, most)));
        }
        if (early.isEmpty() && peerEnded && !peerEndTold) {
            peerEndTold = true;
            if (!closing) {
                line.tell(new NetworkProtocol.PeerEnded(number));
            }
        }
        if (early.isEmpty() && over) {
            card.forget(line, number, host);
            if (!closing) {
                line.tell(new NetworkProtocol.Ended(number, null, ""));
            }
        }
    }

    @Override
    public void onHost(Object message) {
        switch (message) {
            case Tcp.Received received -> {
                reading = false;
                if (!closing) {
                    early.add(CardSocket.fromAkka(received.data()));
                    deliver();
                }
                read();
            }
            case Left(int count) -> {
                writing = false;
                sent += count;
                if (!closing) {
                    line.tell(new NetworkProtocol.Sent(number, sent));
                }
                write();
            }
            case Tcp.ConnectionClosed broken
            when broken.isErrorClosed() || broken.isAborted() -> end(NetworkError.CONNECTION_RESET);
            case Tcp.ConnectionClosed closed -> {
                reading = false;
                peerEnded = true;
                // The peer's end alone leaves the other direction open.
                over = over || !closed.isPeerClosed();
                deliver();
            }
            case Tcp.CommandFailed failed -> abort();
            case Terminated gone -> {
                if (!over) {
                    end(NetworkError.CONNECTION_RESET);
                }
            }
            case Overdue late -> abort();
            default -> {}
        }
    }

    @Override
    public void close() {
        closing = true;
        early.clear();
        if (over) {
            card.forget(line, number, host);
            return;
        }
        card.remindOf(this, LINGER);
        write();
        read();
    }

    @Override
    public void abort() {
        closing = true;
        ActorRef there = host;
        if (there == null) {
            return; // Still on its way: it is aborted when it is there.
        }
        card.forget(line, number, there);
        there.tell(TcpMessage.abort(), card.self());
    }
}
