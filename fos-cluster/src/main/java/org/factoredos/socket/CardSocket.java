package org.factoredos.socket;

import akka.actor.ActorRef;
import akka.util.ByteString;
import org.factoredos.kernel.Bytes;
import org.factoredos.network.NetworkProtocol.Command;

/** One socket of the host, in the turn of the card's actor. */
interface CardSocket {
    /** What came of its opening, from the host's actor for it. */
    void opened(ActorRef from, Object what);

    /** What its server wants. */
    void on(Command command);

    /** What the host says of it. */
    void onHost(Object message);

    /** Its server wants no more of it: it ends as soon as what was sent has left, or after a while in any case. */
    void close();

    /** It ends at once. */
    void abort();

    /** The host has taken so many bytes, or datagrams. */
    record Left(int count) implements akka.io.Tcp.Event, akka.io.Udp.Event {}

    /** What it has told itself, or the clock tells it. */
    record Passed(CardSocket socket, Object message) {}

    /** It was closed long ago. */
    record Overdue() {}

    static Bytes fromAkka(ByteString data) {
        byte[] bytes = new byte[data.size()];
        data.asByteBuffer().get(bytes);
        return Bytes.owning(bytes);
    }

    static ByteString toAkka(Bytes data) {
        return ByteString.fromArrayUnsafe(data.toArray());
    }
}
