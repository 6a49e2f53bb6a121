package org.factoredos.local;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.Optional;
import org.factoredos.node.GridStatus;

/** Reads nodes' status pages. */
public final class StatusReader {
    private static final int PATIENCE_MILLIS = 6000;
    private static final ObjectMapper JSON = new ObjectMapper();

    private StatusReader() {}

    /** What the node at HOST:PORT says; empty where it does not serve, or is not there. */
    public static Optional<GridStatus> read(String http) {
        try {
            HttpURLConnection connection = (HttpURLConnection)
                    URI.create("http://" + http + "/status").toURL().openConnection();
            connection.setConnectTimeout(PATIENCE_MILLIS);
            connection.setReadTimeout(PATIENCE_MILLIS);
            if (connection.getResponseCode() != HttpURLConnection.HTTP_OK) {
                return Optional.empty();
            }
            try (InputStream page = connection.getInputStream()) {
                return Optional.of(JSON.readValue(page, GridStatus.class));
            }
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** The status as one line of JSON. */
    public static String json(GridStatus status) {
        try {
            return JSON.writeValueAsString(status);
        } catch (IOException e) {
            throw new IllegalStateException("a record of numbers and texts is JSON", e);
        }
    }
}
