package org.factoredos.cli;

import java.io.IOException;
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

    /** Comes in there with the operator's key. */
    static GatewayClient connect(String join) throws IOException {
        // Read by logback.xml, so before anything has a logger.
        System.setProperty("fos.log.folder", Home.folder().resolve("log").toString());
        System.setProperty("fos.log.level", "WARN");
        Place place = of(join);
        return GatewayClient.connect(
                place.host(), place.port(), Home.keys().id(), Home.keys().knownHosts());
    }

    /** @param join HOST or HOST:PORT; empty for a living node of the grid that {@code up} started */
    static Place of(String join) throws IOException {
        if (join.isEmpty()) {
            LocalGrid grid = Home.runFile()
                    .read()
                    .orElseThrow(() -> new IOException("no grid of ./fos up runs here: start one with ./fos up"));
            return grid.nodes().stream()
                    .filter(LocalGrid.Member::lives)
                    .findFirst()
                    .map(node -> new Place(node.host(), node.sshPort()))
                    .orElseThrow(() -> new IOException("no node of the grid lives: start them with ./fos up"));
        }
        Matcher place = PLACE.matcher(join);
        if (!place.matches()) {
            throw new IOException("--join wants HOST or HOST:PORT, and not '" + join + "'");
        }
        return new Place(place.group(1), place.group(2) == null ? USUAL_PORT : Integer.parseInt(place.group(2)));
    }
}
