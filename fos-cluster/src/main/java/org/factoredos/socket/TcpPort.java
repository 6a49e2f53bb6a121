package org.factoredos.socket;

import akka.actor.ActorRef;
import akka.io.Tcp;
import akka.io.TcpMessage;
import java.util.ArrayList;
import java.util.List;
import org.factoredos.network.NetworkError;
import org.factoredos.network.NetworkProtocol;
import org.factoredos.network.NetworkProtocol.Command;
import org.jspecify.annotations.Nullable;

/**
 * A port that is open for connections; it accepts as many as its server has allowed, and those that share it. Once it is closed
 * there, it is for all of them.
 */
final class TcpPort implements CardSocket {
    private final CardActor card;
    private final CardLine line;
    private final long number;
    private @Nullable ActorRef host;
    private int port;
    private final Arrivals own;
    private final List<Arrivals> takers = new ArrayList<>();
    /** How many the host has been told to accept, and has not. */
    private long granted;

    private long arrived;
    private boolean closed;

    TcpPort(CardActor card, CardLine line, long number) {
        this.card = card;
        this.line = line;
        this.number = number;
        this.own = new Arrivals(line, number);
        takers.add(own);
    }

    boolean isOf(long ofLine, long of) {
        return !closed && line.number == ofLine && number == of;
    }

    void share(CardLine other, long numberThere) {
        Arrivals arrivals = new Arrivals(other, numberThere);
        takers.add(arrivals);
        other.sockets.put(numberThere, new SharedPort(this, arrivals));
        other.tell(new NetworkProtocol.Opened(numberThere, card.place() + ":" + port, ""));
    }

    void leave(Arrivals share) {
        takers.remove(share);
    }

    private void endShares() {
        for (Arrivals taker : takers) {
            if (taker != own && taker.line.sockets.remove(taker.number) != null) {
                taker.line.tell(new NetworkProtocol.Ended(taker.number, NetworkError.FAILED, ""));
            }
        }
        takers.removeIf(taker -> taker != own);
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
        endShares();
        if (!closed) {
            line.tell(new NetworkProtocol.Ended(number, error, ""));
        }
    }

    @Override
    public void on(Command command) {
        if (command instanceof NetworkProtocol.Allow(long socket, long upTo)) {
            own.allow(upTo);
            accept();
        }
    }

    void accept() {
        ActorRef there = host;
        long room =
                takers.stream().mapToLong(Arrivals::room).filter(one -> one > 0).sum();
        if (there != null && !closed && room > granted) {
            // Akka takes it for the number from now on, and not for so many more.
            there.tell(TcpMessage.resumeAccepting((int) Math.min(room, 1 << 16)), card.self());
            granted = room;
        }
    }

    /** Nobody was told of it, and another may come instead. */
    void turnedAway() {
        granted = Math.max(0, granted - 1);
        accept();
    }

    void accepted(ActorRef connection, Tcp.Connected connected) {
        granted = Math.max(0, granted - 1);
        Arrivals taker = takers.stream().min(Arrivals.NEXT).orElse(own);
        taker.arrived(++arrived);
        TcpSocket socket = new TcpSocket(card, taker.line, taker.line.nextConnection());
        socket.arrived(connection);
        taker.line.sockets.put(socket.number(), socket);
        taker.line.tell(new NetworkProtocol.Arrived(
                taker.number,
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
        endShares();
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
