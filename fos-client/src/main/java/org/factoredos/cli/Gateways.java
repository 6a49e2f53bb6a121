package org.factoredos.cli;

import java.io.IOException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.factoredos.gateway.GatewayClient;
import org.factoredos.local.LocalGrid;

/** Where {@code --join} leads. */
final class Gateways {
    private static final int USUAL_PORT = 2222;
    private static final Pattern PLACE = Pattern.compile("(\\[[0-9A-Fa-f:.]+]|[^\\s:]+)(?::([1-9]\\d{0,4}))?");

    private Gateways() {}

    record Place(String host, int port) {}

    /** Comes in there with the operator's key; where several nodes will do, at the first that opens. */
    static GatewayClient connect(String join) throws IOException {
        List<Place> places = of(join);
        for (int i = 0; ; i++) {
            try {
                return GatewayClient.connect(
                        places.get(i).host(),
                        places.get(i).port(),
                        Home.keys().id(),
                        Home.keys().knownHosts());
            } catch (IOException e) {
                if (i == places.size() - 1) { // A node may have died a moment ago; none of the others is there either.
                    throw e;
                }
            }
        }
    }

    /** @param join HOST or HOST:PORT; empty for the living nodes of the grid that {@code up} started */
    static List<Place> of(String join) throws IOException {
        if (join.isEmpty()) {
            LocalGrid grid = Home.runFile()
                    .read()
                    .orElseThrow(() -> new IOException("no grid of ./fos up runs here: start one with ./fos up"));
            List<Place> places = grid.nodes().stream()
                    .filter(LocalGrid.Member::lives)
                    .map(node -> new Place(node.host(), node.sshPort()))
                    .toList();
            if (places.isEmpty()) {
                throw new IOException("no node of the grid lives: start them with ./fos up");
            }
            return places;
        }
        Matcher place = PLACE.matcher(join);
        if (!place.matches()) {
            throw new IOException("--join wants HOST or HOST:PORT, and not '" + join + "'");
        }
        int port = place.group(2) == null ? USUAL_PORT : Integer.parseInt(place.group(2));
        return List.of(new Place(place.group(1), port));
    }
}
