package org.factoredos.socket;

import akka.actor.ActorRef;
import akka.io.Tcp;
import akka.io.TcpMessage;
import org.factoredos.network.NetworkError;
import org.factoredos.network.NetworkProtocol;
import org.factoredos.network.NetworkProtocol.Command;
import org.jspecify.annotations.Nullable;

/** A port that is open for connections; it accepts as many as its server has allowed. */
final class TcpPort implements CardSocket {
    private final CardActor card;
    private final CardLine line;
    private final long number;
    private @Nullable ActorRef host;
    private int port;
    private long allowed;
    private long wanted;
    private long arrived;

    private boolean closed;

    TcpPort(CardActor card, CardLine line, long number) {
        this.card = card;
        this.line = line;
        this.number = number;
    }

    @Override
    public void opened(ActorRef from, Object what) {
        if (!(what instanceof Tcp.Bound bound)) {
            NetworkError error = what instanceof Tcp.CommandFailed failed
                    ? Addresses.ofBind(scala.jdk.javaapi.OptionConverters.toJava(failed.cause()))
                    : NetworkError.FAILED;
            end(error);
            return;
        }
        host = from;
        if (closed) {
            from.tell(TcpMessage.unbind(), card.self());
            return;
        }
        port = bound.localAddress().getPort();
        card.known(from, this);
        card.listens(port, this);
        line.tell(new NetworkProtocol.Opened(number, Addresses.text(bound.localAddress()), ""));
        accept();
    }

    private void end(NetworkError error) {
        card.forget(line, number, host);
        if (!closed) {
            line.tell(new NetworkProtocol.Ended(number, error, ""));
        }
    }

    @Override
    public void on(Command command) {
        if (command instanceof NetworkProtocol.Allow(long socket, long upTo)) {
            allowed = Math.max(allowed, upTo);
            accept();
        }
    }

    private void accept() {
        ActorRef there = host;
        if (there != null && !closed && allowed > wanted) {
            // Akka takes it for the number from now on, and not for so many more.
            there.tell(TcpMessage.resumeAccepting((int) Math.min(allowed - arrived, 1 << 16)), card.self());
            wanted = allowed;
        }
    }

    /** Nobody was told of it, and another may come instead. */
    void turnedAway() {
        wanted--;
        accept();
    }

    void accepted(ActorRef connection, Tcp.Connected connected) {
        arrived++;
        TcpSocket socket = new TcpSocket(card, line, line.nextConnection());
        socket.arrived(connection);
        line.sockets.put(socket.number(), socket);
        line.tell(new NetworkProtocol.Arrived(
                number,
                socket.number(),
                Addresses.text(connected.localAddress()),
                Addresses.text(connected.remoteAddress())));
    }

    @Override
    public void onHost(Object message) {
        if (message instanceof akka.actor.Terminated) {
            card.listensNoMore(port);
            end(NetworkError.FAILED);
        }
    }

    @Override
    public void close() {
        closed = true;
        ActorRef there = host;
        card.forget(line, number, there);
        if (there != null) {
            card.listensNoMore(port);
            there.tell(TcpMessage.unbind(), card.self());
        }
    }

    @Override
    public void abort() {
        close();
    }
}
