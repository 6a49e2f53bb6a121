package org.factoredos.socket;

import akka.actor.ActorRef;
import akka.actor.ExtendedActorSystem;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Adapter;
import java.util.function.Consumer;
import org.factoredos.driver.CardDevice;
import org.factoredos.kernel.Payload;
import org.factoredos.server.Device;
import org.factoredos.server.DeviceRequest;

/** The network card of one node: the host's own network, for the driver on its tile. */
public final class NetworkCard implements Device {
    private final ActorRef actor;

    private NetworkCard(ActorRef actor) {
        this.actor = actor;
    }

    /**
     * Makes the card.
     *
     * @param bind the host's address that ports are opened at
     * @param place the host's address that its node is known by
     */
    public static NetworkCard start(ActorSystem<?> system, String bind, String place) {
        return start(system, bind, place, Descriptors.forSockets());
    }

    /** Likewise, with so many sockets at once. */
    static NetworkCard start(ActorSystem<?> system, String bind, String place, int mostSockets) {
        ExtendedActorSystem classic = (ExtendedActorSystem) Adapter.toClassic(system);
        return new NetworkCard(classic.systemActorOf(CardActor.props(bind, place, mostSockets), "fos-network-card"));
    }

    @Override
    public void begin(DeviceRequest<?> request, Consumer<Payload> done) {
        if (!(request instanceof CardDevice asked)) {
            throw new IllegalArgumentException("no network card does " + request);
        }
        actor.tell(new CardActor.Asked(asked, done), ActorRef.noSender());
    }
}
