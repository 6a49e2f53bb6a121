package org.factoredos.driver;

import java.util.ArrayList;
import java.util.List;
import org.factoredos.grid.NodeId;
import org.factoredos.grid.TileId;
import org.factoredos.kernel.Address;
import org.factoredos.kernel.ClientId;
import org.factoredos.kernel.Envelope;
import org.factoredos.kernel.Payload;
import org.factoredos.server.Effect;

/** Envelopes to a driver under test, and what came of them. */
final class DriverTesting {
    private static final NodeId NODE = new NodeId(1);

    private DriverTesting() {}

    static Address client(int number) {
        return new Address(new ClientId(NODE, 1, number), 0, new TileId(NODE, 1, 1));
    }

    static Envelope request(int client, long call, Payload.Request<?> request) {
        return new Envelope(
                client(99), client(client), "sys:test", Envelope.Kind.REQUEST, call, call - 1, request, null);
    }

    static List<Effect.Device> devices(List<Effect> effects) {
        List<Effect.Device> devices = new ArrayList<>();
        effects.forEach(effect -> {
            if (effect instanceof Effect.Device device) {
                devices.add(device);
            }
        });
        return devices;
    }

    static List<Effect.Call> calls(List<Effect> effects) {
        return effects.stream()
                .filter(Effect.Call.class::isInstance)
                .map(Effect.Call.class::cast)
                .toList();
    }

    static List<Effect.Reply> replies(List<Effect> effects) {
        List<Effect.Reply> replies = new ArrayList<>();
        effects.forEach(effect -> {
            if (effect instanceof Effect.Reply reply) {
                replies.add(reply);
            }
        });
        return replies;
    }
}
