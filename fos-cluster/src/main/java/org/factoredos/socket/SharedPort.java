package org.factoredos.socket;

import akka.actor.ActorRef;
import org.factoredos.network.NetworkProtocol;
import org.factoredos.network.NetworkProtocol.Command;

/** A further server's share of a port that another one of its node has open. */
final class SharedPort implements CardSocket {
    private final TcpPort port;
    private final Arrivals arrivals;

    SharedPort(TcpPort port, Arrivals arrivals) {
        this.port = port;
        this.arrivals = arrivals;
    }

    @Override
    public void opened(ActorRef from, Object what) {
        throw new IllegalStateException("it is open as it is made");
    }

    @Override
    public void on(Command command) {
        if (command instanceof NetworkProtocol.Allow(long socket, long upTo)) {
            arrivals.allow(upTo);
            port.accept();
        } else if (command instanceof NetworkProtocol.StopListening) {
            close();
            arrivals.line.tell(new NetworkProtocol.Ended(arrivals.number, null, ""));
        }
    }

    @Override
    public void onHost(Object message) {
        // The host knows of no shares.
    }

    @Override
    public void close() {
        arrivals.line.sockets.remove(arrivals.number);
        port.leave(arrivals);
    }

    @Override
    public void abort() {
        close();
    }
}
