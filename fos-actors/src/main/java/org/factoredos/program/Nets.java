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
import org.factoredos.kernel.Bytes;
import org.factoredos.lib.Fos;
import org.factoredos.lib.Network;
import org.factoredos.lib.OpenFile;
import org.factoredos.network.NetworkProtocol.SocketStatus;
import org.factoredos.network.NetworkProtocol.SocketsListed;
import org.factoredos.placement.ProcessId;

/** {@code nc}, {@code fetch} and {@code netstat}. */
final class Nets {
    static final Command NC = new Command(
            new Usage(
                    Usage.Group.NETWORK,
                    "nc",
                    "[-u] [-w SECONDS] HOST PORT | -l [-u] PORT",
                    "sends standard input to a host and prints what comes back (-l: waits for one that connects;"
                            + " -u: datagrams, a line each; -w: how long to wait for them at the end, 1 unless told)",
                    "echo hello | nc 127.0.0.1 8000"),
            Nets::nc);

    static final Command FETCH = new Command(
            new Usage(
                    Usage.Group.NETWORK,
                    "fetch",
                    "URL [-o FILE]",
                    "gets a file over HTTP, to standard output unless told",
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

    private static final int BUFFER_BYTES = 64 * 1024;
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

    // nc

    private static int nc(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(NC.usage(), "luw:", arguments);
        boolean listens = options.has('l');
        List<String> operands = options.operands(listens ? 1 : 2, listens ? 1 : 2);
        int port = port(options, operands.getLast(), listens ? 0 : 1);
        if (options.has('u')) {
            return listens ? printDatagrams(fos, port) : sendDatagrams(fos, operands.getFirst(), port, wait(options));
        }
        if (!listens) {
            try (Network.Connection connection = fos.network().connect(operands.getFirst(), port)) {
                talk(fos, connection);
            }
            return 0;
        }
        try (Network.Connection connection = acceptOne(fos, port)) {
            talk(fos, connection);
        }
        return 0;
    }

    private static Network.Connection acceptOne(Fos fos, int port) throws IOException {
        try (Network.Listener listener = fos.network().listen(port)) {
            if (port == 0) {
                Text.complain(fos, "listens on port " + listener.port());
            }
            return listener.accept();
        }
    }

    private static Duration wait(Options options) {
        String text = options.value('w').orElse("1");
        if (!text.matches("\\d{1,6}")) {
            throw options.wrong("'" + text + "' is no number of seconds");
        }
        return Duration.ofSeconds(Long.parseLong(text));
    }

    /** Sends all input, then prints until the peer has ended; what comes meanwhile is printed between two pieces. */
    private static void talk(Fos fos, Network.Connection connection) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        byte[] answer = new byte[BUFFER_BYTES];
        for (int count = fos.in().read(buffer); count >= 0; count = fos.in().read(buffer)) {
            for (int done = 0; done < count; ) {
                int sent = connection.write(buffer, done, count - done);
                done += sent;
                boolean printed = print(fos, connection, answer);
                if (sent == 0 && !printed) {
                    fos.network().ready(Duration.ofSeconds(1));
                } else {
                    fos.network().ready(Duration.ZERO);
                }
            }
        }
        connection.endOutput();
        InputStream input = connection.input();
        for (int count = input.read(answer); count >= 0; count = input.read(answer)) {
            fos.out().write(answer, 0, count);
            fos.out().flush();
        }
    }

    private static boolean print(Fos fos, Network.Connection connection, byte[] buffer) throws IOException {
        boolean any = false;
        for (int count = connection.read(buffer, 0, buffer.length);
                count > 0;
                count = connection.read(buffer, 0, buffer.length)) {
            fos.out().write(buffer, 0, count);
            fos.out().flush();
            any = true;
        }
        return any;
    }

    private static int printDatagrams(Fos fos, int port) throws IOException {
        try (Network.Datagrams datagrams = fos.network().datagrams(port)) {
            if (port == 0) {
                Text.complain(fos, "listens on port " + datagrams.port());
            }
            while (true) {
                Optional<Network.Datagram> next = datagrams.receive(Duration.ofDays(1000));
                if (next.isPresent()) {
                    fos.out().write(next.get().data().toArray());
                    fos.out().flush();
                }
            }
        }
    }

    private static int sendDatagrams(Fos fos, String host, int port, Duration patience) throws IOException {
        try (Network.Datagrams datagrams = fos.network().datagrams(0)) {
            LineReader lines = new LineReader(fos.in());
            for (byte[] line = lines.next(); line != null; line = lines.next()) {
                datagrams.send(new Network.Datagram(host, port, Bytes.owning(line)));
            }
            for (Optional<Network.Datagram> answer = datagrams.receive(patience);
                    answer.isPresent();
                    answer = datagrams.receive(patience)) {
                fos.out().write(answer.get().data().toArray());
                fos.out().flush();
            }
        }
        return 0;
    }

    // fetch

    private static int fetch(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(FETCH.usage(), "o:", arguments);
        URI url = url(options, options.operands(1, 1).getFirst());
        int port = url.getPort() < 0 ? 80 : url.getPort();
        try (Network.Connection connection = fos.network().connect(url.getHost(), port)) {
            String path = url.getRawPath().isEmpty() ? "/" : url.getRawPath();
            String query = url.getRawQuery() == null ? "" : "?" + url.getRawQuery();
            // 1.0: the body is as long as is said, or until the end, and in no other shape.
            String request = "GET " + path + query + " HTTP/1.0\r\nHost: " + url.getRawAuthority()
                    + "\r\nUser-Agent: fos\r\nConnection: close\r\n\r\n";
            connection.output().write(request.getBytes(StandardCharsets.ISO_8859_1));
            InputStream input = connection.input();
            String head = head(url, input);
            String status = head.lines().findFirst().orElse("");
            if (!status.matches("HTTP/1\\.[01] 200( .*)?")) {
                throw new IOException(url + ": the server says " + Text.printable(status));
            }
            Optional<String> target = options.value('o');
            if (target.isEmpty()) {
                copy(url, input, length(head), fos.out());
            } else {
                try (OpenFile file = fos.open(target.get(), OpenMode.CREATE_OR_TRUNCATE)) {
                    copy(url, input, length(head), file.appender());
                }
            }
        }
        return 0;
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
