package org.factoredos.program;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.factoredos.file.FileProtocol.OpenMode;
import org.factoredos.lib.Fos;
import org.factoredos.lib.Network;
import org.factoredos.lib.OpenFile;
import org.factoredos.network.NetworkProtocol.SocketStatus;
import org.factoredos.network.NetworkProtocol.SocketsListed;
import org.factoredos.placement.ProcessId;

/** {@code fetch} and {@code netstat}. */
final class Nets {
    static final Command FETCH = new Command(
            new Usage(
                    Usage.Group.NETWORK,
                    "fetch",
                    "[-w SECONDS] URL [-o FILE]",
                    "gets a file over HTTP, to standard output unless told (-w: gives up where nothing comes for so long,"
                            + " 30 unless told); follows the server to another place",
                    "fetch http://127.0.0.1:8000/motd -o /tmp/motd"),
            Nets::fetch);

    static final Command NETSTAT = new Command(
            new Usage(
                    Usage.Group.NETWORK,
                    "netstat",
                    "",
                    "lists the sockets of the whole grid: where, in what state, bytes received and sent, whose",
                    "netstat | grep LISTEN"),
            Nets::netstat);

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int MOST_REDIRECTS = 5;
    private static final int MOST_HEAD_BYTES = 64 * 1024;

    private Nets() {}

    /** Arguments in which {@code --port} is written as {@code -p}. */
    static List<String> withPort(List<String> arguments) {
        List<String> plain = new ArrayList<>();
        for (String argument : arguments) {
            if (argument.equals("--port")) {
                plain.add("-p");
            } else if (argument.startsWith("--port=")) {
                plain.add("-p" + argument.substring("--port=".length()));
            } else {
                plain.add(argument);
            }
        }
        return plain;
    }

    static int port(Options options, String text, int least) {
        if (!text.matches("\\d{1,5}") || Integer.parseInt(text) > 65_535 || Integer.parseInt(text) < least) {
            throw options.wrong("'" + text + "' is no port");
        }
        return Integer.parseInt(text);
    }

    // fetch

    private static int fetch(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(FETCH.usage(), "o:w:", arguments);
        URI url = url(options, options.operands(1, 1).getFirst());
        Duration patience =
                options.value('w').map(text -> seconds(options, text)).orElse(PATIENCE);
        for (int redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
            Optional<URI> elsewhere = fetch(fos, url, options.value('o'), patience);
            if (elsewhere.isEmpty()) {
                return 0;
            }
            url = elsewhere.get();
        }
        throw new IOException(url + ": it leads on and on, more than " + MOST_REDIRECTS + " times");
    }

    static Duration seconds(Options options, String text) {
        if (!text.matches("[1-9]\\d{0,5}")) {
            throw options.wrong("'" + text + "' is no number of seconds");
        }
        return Duration.ofSeconds(Long.parseLong(text));
    }

    /** Returns where the file is instead, if the server says so. */
    private static Optional<URI> fetch(Fos fos, URI url, Optional<String> target, Duration patience)
            throws IOException {
        int port = url.getPort() < 0 ? 80 : url.getPort();
        try (Network.Connection connection = fos.network().connect(url.getHost(), port, patience)) {
            String path = url.getRawPath().isEmpty() ? "/" : url.getRawPath();
            String query = url.getRawQuery() == null ? "" : "?" + url.getRawQuery();
            // 1.0: the body is as long as is said, or until the end, and in no other shape.
            String request = "GET " + path + query + " HTTP/1.0\r\nHost: " + url.getRawAuthority()
                    + "\r\nUser-Agent: fos\r\nConnection: close\r\n\r\n";
            connection.output().write(request.getBytes(StandardCharsets.ISO_8859_1));
            InputStream input = new PatientInput(fos, connection, patience);
            String head = head(url, input);
            String status = head.lines().findFirst().orElse("");
            if (status.matches("HTTP/1\\.[01] 30[12378]( .*)?")) {
                return Optional.of(elsewhere(url, head));
            }
            if (!status.matches("HTTP/1\\.[01] 200( .*)?")) {
                throw new IOException(url + ": the server says " + Text.printable(status));
            }
            if (target.isEmpty()) {
                copy(url, input, length(head), fos.out());
            } else {
                try (OpenFile file = fos.open(target.get(), OpenMode.CREATE_OR_TRUNCATE)) {
                    copy(url, input, length(head), file.appender());
                }
            }
        }
        return Optional.empty();
    }

    /** Where the head says that the file is, which may be said as seen from {@code url}. */
    static URI elsewhere(URI url, String head) throws IOException {
        String said = head.lines()
                .filter(line -> line.regionMatches(true, 0, "location:", 0, 9))
                .map(line -> line.substring(9).strip())
                .findFirst()
                .orElseThrow(() -> new IOException(url + ": the server does not say where it is instead"));
        try {
            URI there = url.resolve(new URI(said));
            if ("http".equals(there.getScheme()) && there.getHost() != null) {
                return there;
            }
        } catch (URISyntaxException e) {
            // Said below.
        }
        throw new IOException(url + ": it is at " + Text.printable(said) + ", which is no http://HOST[:PORT]/PATH");
    }

    private static URI url(Options options, String text) {
        try {
            URI url = new URI(text);
            if ("http".equals(url.getScheme()) && url.getHost() != null) {
                return url;
            }
        } catch (URISyntaxException e) {
            // Said below.
        }
        throw options.wrong("'" + text + "' is no URL of the kind http://HOST[:PORT]/PATH");
    }

    /** Up to the empty line, byte by byte: what follows is the body's. */
    private static String head(URI url, InputStream input) throws IOException {
        StringBuilder head = new StringBuilder();
        for (int next = input.read(); next >= 0; next = input.read()) {
            head.append((char) next);
            boolean ended =
                    head.length() >= 4 && head.substring(head.length() - 4).equals("\r\n\r\n");
            if (ended || head.length() == MOST_HEAD_BYTES) {
                break;
            }
        }
        if (!head.toString().endsWith("\r\n\r\n")) {
            throw new IOException(url + ": the server does not speak HTTP");
        }
        return head.toString();
    }

    private static long length(String head) {
        return head.lines()
                .filter(line -> line.matches("(?i)content-length:\\s*\\d{1,18}\\s*"))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .mapToLong(Long::parseLong)
                .findFirst()
                .orElse(-1);
    }

    private static void copy(URI url, InputStream input, long length, OutputStream out) throws IOException {
        byte[] buffer = new byte[256 * 1024];
        long done = 0;
        for (int count = fill(input, buffer); count > 0; count = fill(input, buffer)) {
            out.write(buffer, 0, count);
            done += count;
        }
        if (length >= 0 && done != length) {
            throw new IOException(url + ": the server has broken off after " + done + " of " + length + " bytes");
        }
    }

    /** Few large pieces: each append to a file is a message, and a row of its journal. */
    private static int fill(InputStream input, byte[] buffer) throws IOException {
        return input.readNBytes(buffer, 0, buffer.length);
    }

    // netstat

    private static int netstat(Fos fos, List<String> arguments) throws IOException {
        Options.of(NETSTAT.usage(), "", arguments).operands(0, 0);
        SocketsListed listed = fos.network().sockets();
        Table table = new Table("NODE", "STATE", "LOCAL", "PEER", "RECEIVED", "SENT", "PROCESS");
        for (SocketStatus socket : listed.sockets()) {
            table.add(
                    socket.node().toString(),
                    socket.state().toString(),
                    socket.local().isEmpty() ? "-" : socket.local(),
                    socket.peer().isEmpty() ? "-" : Text.printable(socket.peer()),
                    Long.toString(socket.received()),
                    Long.toString(socket.sent()),
                    new ProcessId(socket.owner()).toString());
        }
        table.print(fos);
        if (listed.omitted() > 0) {
            Text.complain(fos, listed.omitted() + " more are not listed");
        }
        return Processes.tellSilent(fos, listed.silent());
    }
}
