package org.factoredos.program;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import org.factoredos.file.FileProtocol.Kind;
import org.factoredos.lib.Fos;
import org.factoredos.lib.Network;

/**
 * {@code httpd}: a directory over HTTP, at every node's address.
 *
 * <p>One thread and many connections: each goes on when it has news, for a piece at a time, so that no large file keeps the
 * small ones waiting.
 */
final class Httpd {
    static final Command COMMAND = new Command(
            new Usage(
                    Usage.Group.NETWORK,
                    "httpd",
                    "DIRECTORY [--port PORT]",
                    "serves files over HTTP at every node's address (8000 unless told; 0: any free port)",
                    "httpd /srv --port 8000 &"),
            Httpd::run);

    private static final String USUAL_PORT = "8000";
    /** Further ones wait in the network fleet, and their peers with them. */
    private static final int MOST_CONNECTIONS = 4096;

    private static final Duration LOOK = Duration.ofSeconds(5);
    private static final long IDLE_NANOS = Duration.ofSeconds(60).toNanos();

    private final Fos fos;
    private final HttpFiles files;
    private final Network.Listener listener;
    private final Map<Network.Socket, HttpExchange> exchanges = new LinkedHashMap<>();
    private final SequencedSet<HttpExchange> unfinished = new LinkedHashSet<>();
    private boolean mayHaveCome = true;
    private long lookedNanos;

    private Httpd(Fos fos, HttpFiles files, Network.Listener listener) {
        this.fos = fos;
        this.files = files;
        this.listener = listener;
    }

    private static int run(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(COMMAND.usage(), "p:", Nets.withPort(arguments));
        String directory = options.operands(1, 1).getFirst();
        if (fos.stat(directory).kind() != Kind.DIRECTORY) {
            throw new IOException(directory + ": it is no directory");
        }
        int port = Nets.port(options, options.value('p').orElse(USUAL_PORT), 0);
        HttpFiles files = new HttpFiles(fos, directory);
        try (Network.Listener listener = fos.network().listen(port)) {
            Text.printLine(fos, "serves " + files.root() + " on port " + listener.port());
            fos.out().flush();
            new Httpd(fos, files, listener).serve();
        }
        return 0;
    }

    private void serve() throws IOException {
        while (true) {
            for (Network.Socket socket : fos.network().ready(unfinished.isEmpty() ? LOOK : Duration.ZERO)) {
                HttpExchange exchange = exchanges.get(socket);
                if (exchange != null) {
                    unfinished.add(exchange);
                }
                mayHaveCome |= socket.equals(listener);
            }
            accept();
            for (HttpExchange exchange : List.copyOf(unfinished)) {
                advance(exchange);
            }
            closeIdle();
        }
    }

    private void accept() throws IOException {
        while (mayHaveCome && exchanges.size() < MOST_CONNECTIONS) {
            Optional<Network.Connection> next = listener.poll();
            mayHaveCome = next.isPresent();
            if (next.isPresent()) {
                HttpExchange exchange = new HttpExchange(next.get(), files, fos.nanoTime());
                exchanges.put(next.get(), exchange);
                unfinished.add(exchange);
            }
        }
    }

    private void advance(HttpExchange exchange) {
        HttpExchange.Progress progress;
        try {
            progress = exchange.advance(fos.nanoTime());
        } catch (IOException e) {
            progress =
                    HttpExchange.Progress
                            .OVER; // The peer is gone, or the file is: there is nobody, or nothing, to tell.
        }
        if (progress != HttpExchange.Progress.MORE) {
            unfinished.remove(exchange);
        }
        if (progress == HttpExchange.Progress.OVER) {
            close(exchange);
        }
    }

    private void closeIdle() {
        long now = fos.nanoTime();
        if (now - lookedNanos >= LOOK.toNanos()) {
            lookedNanos = now;
            for (HttpExchange exchange : new ArrayList<>(exchanges.values())) {
                if (now - exchange.usedNanos() >= IDLE_NANOS) {
                    close(exchange);
                }
            }
        }
    }

    private void close(HttpExchange exchange) {
        exchanges.remove(exchange.connection());
        unfinished.remove(exchange);
        exchange.close();
    }
}
