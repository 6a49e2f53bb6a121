package org.factoredos.socket;

import akka.actor.ActorRef;
import akka.actor.Terminated;
import akka.io.Udp;
import akka.io.UdpMessage;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import org.factoredos.network.NetworkError;
import org.factoredos.network.NetworkProtocol;
import org.factoredos.network.NetworkProtocol.Command;
import org.factoredos.network.NetworkProtocol.SendDatagram;
import org.jspecify.annotations.Nullable;

/**
 * A port for datagrams. What comes while none is allowed is lost, as datagrams may be; so is what cannot be sent.
 */
final class UdpSocket implements CardSocket {
    private final CardActor card;
    private final CardLine line;
    private final long number;
    private @Nullable ActorRef host;
    /** Until its server has allowed any. */
    private long allowed = NetworkProtocol.WINDOW_DATAGRAMS;

    private long delivered;
    private long sent;
    private boolean closed;
    private boolean sending;
    private final ArrayDeque<SendDatagram> out = new ArrayDeque<>();

    /** Where a datagram is to go; null where no host has that name. */
    private record Resolved(SendDatagram datagram, @Nullable InetSocketAddress to) {}

    UdpSocket(CardActor card, CardLine line, long number) {
        this.card = card;
        this.line = line;
        this.number = number;
    }

    @Override
    public void opened(ActorRef from, Object what) {
        if (!(what instanceof Udp.Bound bound)) {
            card.forget(line, number, null);
            NetworkError error = NetworkError.PORT_IN_USE; // Akka does not say why.
            if (!closed) {
                line.tell(new NetworkProtocol.Ended(number, error, ""));
            }
            return;
        }
        host = from;
        if (closed) {
            from.tell(UdpMessage.unbind(), card.self());
            return;
        }
        card.known(from, this);
        line.tell(new NetworkProtocol.Opened(number, Addresses.text(bound.localAddress()), ""));
        send();
    }

    @Override
    public void on(Command command) {
        switch (command) {
            case NetworkProtocol.Allow(long socket, long upTo) -> allowed = Math.max(allowed, upTo);
            case SendDatagram datagram -> {
                out.add(datagram);
                send();
            }
            default -> {}
        }
    }

    /** One after the other; a name is looked up outside of the card's turn. */
    private void send() {
        ActorRef there = host;
        if (there == null || sending || out.isEmpty()) {
            return;
        }
        sending = true;
        SendDatagram next = out.remove();
        ActorRef self = card.self();
        var _ = CompletableFuture.supplyAsync(() -> resolve(next))
                .thenAccept(resolved -> self.tell(new CardSocket.Passed(this, resolved), ActorRef.noSender()));
    }

    private static Resolved resolve(SendDatagram datagram) {
        try {
            return new Resolved(
                    datagram, new InetSocketAddress(InetAddress.getByName(datagram.host()), datagram.port()));
        } catch (UnknownHostException | IllegalArgumentException e) {
            return new Resolved(datagram, null);
        }
    }

    @Override
    public void onHost(Object message) {
        ActorRef there = host;
        switch (message) {
            case Udp.Received received -> {
                if (delivered < allowed) {
                    delivered++;
                    line.tell(new NetworkProtocol.ReceivedDatagram(
                            number,
                            received.sender().getAddress().getHostAddress(),
                            received.sender().getPort(),
                            CardSocket.fromAkka(received.data())));
                }
            }
            case Resolved(SendDatagram datagram, InetSocketAddress to) -> {
                if (there != null && to != null) {
                    there.tell(UdpMessage.send(CardSocket.toAkka(datagram.data()), to, new Left(1)), card.self());
                } else {
                    left();
                }
            }
            case Left one -> left();
            case Udp.CommandFailed failed -> left();
            case Terminated gone -> {
                card.forget(line, number, there);
                line.tell(new NetworkProtocol.Ended(number, NetworkError.FAILED, ""));
            }
            default -> {}
        }
    }

    private void left() {
        sending = false;
        sent++;
        if (!closed) {
            line.tell(new NetworkProtocol.Sent(number, sent));
        }
        send();
        if (closed) {
            closeNow();
        }
    }

    @Override
    public void close() {
        closed = true;
        closeNow();
    }

    /** Once what was to be sent has been. */
    private void closeNow() {
        ActorRef there = host;
        if (out.isEmpty() && !sending) {
            card.forget(line, number, there);
            if (there != null) {
                there.tell(UdpMessage.unbind(), card.self());
            }
        }
    }

    @Override
    public void abort() {
        out.clear();
        closed = true;
        ActorRef there = host;
        card.forget(line, number, there);
        if (there != null) {
            there.tell(UdpMessage.unbind(), card.self());
        }
    }
}
