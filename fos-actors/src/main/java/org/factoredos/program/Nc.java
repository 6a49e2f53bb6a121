package org.factoredos.program;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.factoredos.kernel.Bytes;
import org.factoredos.lib.Fos;
import org.factoredos.lib.FosException;
import org.factoredos.lib.Network;
import org.factoredos.network.NetworkError;
import org.factoredos.network.NetworkProtocol;
import org.factoredos.placement.Stream;
import org.jspecify.annotations.Nullable;

/**
 * {@code nc}: standard input to a peer, and what comes from there to standard output, each as it comes. It has one thread: both are
 * asked for by messages, and it goes on with whichever answer is there.
 */
final class Nc {
    static final Command COMMAND = new Command(
            new Usage(
                    Usage.Group.NETWORK,
                    "nc",
                    "[-u] [-w SECONDS] HOST PORT | -l [-u] PORT | -z [-w SECONDS] HOST PORT[-PORT]",
                    "sends standard input to a host and prints what comes back (-l: waits for one that connects;"
                            + " -u: datagrams, a line each, with -l to whom has sent last; -z: says which ports are open;"
                            + " -w: gives up where nothing happens for so long, with -u ends, 1 unless told)",
                    "echo hello | nc 127.0.0.1 8000"),
            Nc::run);

    private static final Duration FOR_EVER = Duration.ofDays(1000);
    private static final Duration SCAN = Duration.ofSeconds(5);
    private static final int BUFFER_BYTES = 64 * 1024;
    private static final int MOST_PORTS = 1024;

    private final Fos fos;
    private final Duration patience;
    private final byte[] buffer = new byte[BUFFER_BYTES];

    private Nc(Fos fos, Duration patience) {
        this.fos = fos;
        this.patience = patience;
    }

    private static int run(Fos fos, List<String> arguments) throws IOException {
        Options options = Options.of(COMMAND.usage(), "luzw:", arguments);
        boolean listens = options.has('l');
        boolean datagrams = options.has('u');
        if (options.has('z') && (listens || datagrams)) {
            throw options.wrong("-z connects: it goes with neither -l nor -u");
        }
        if (listens && options.value('w').isPresent()) {
            throw options.wrong("-l waits for as long as it takes: it does not go with -w");
        }
        Optional<Duration> wait = options.value('w').map(text -> Nets.seconds(options, text));
        List<String> operands = options.operands(listens ? 1 : 2, listens ? 1 : 2);
        if (options.has('z')) {
            return scan(fos, options, operands, wait.orElse(SCAN));
        }
        int port = Nets.port(options, operands.getLast(), listens ? 0 : 1);
        if (datagrams) {
            Nc nc = new Nc(fos, wait.orElse(Duration.ofSeconds(1)));
            return listens ? nc.answer(port) : nc.ask(operands.getFirst(), port);
        }
        Nc nc = new Nc(fos, wait.orElse(FOR_EVER));
        try (Network.Connection connection =
                listens ? acceptOne(fos, port) : connect(fos, operands.getFirst(), port, wait)) {
            nc.talk(connection);
        }
        return 0;
    }

    private static Network.Connection connect(Fos fos, String host, int port, Optional<Duration> wait)
            throws IOException {
        return wait.isPresent()
                ? fos.network().connect(host, port, wait.get())
                : fos.network().connect(host, port);
    }

    private static Network.Connection acceptOne(Fos fos, int port) throws IOException {
        try (Network.Listener listener = fos.network().listen(port)) {
            if (port == 0) {
                Text.complain(fos, "listens on port " + listener.port());
            }
            return listener.accept();
        }
    }

    // Connections

    /**
     * Until the peer has ended, and the input: of a terminal nothing more is waited for then. The end of the input ends what is
     * sent, and the peer may go on.
     */
    private void talk(Network.Connection connection) throws IOException {
        boolean atTerminal = fos.stream(0) instanceof Stream.Console;
        boolean inputEnded = false;
        boolean peerEnded = false;
        Bytes left = Bytes.EMPTY;
        long usedNanos = fos.nanoTime();
        while (true) {
            int printed = peerEnded ? 0 : print(connection);
            peerEnded |= printed < 0;
            if (peerEnded && left.isEmpty() && (inputEnded || atTerminal)) {
                return;
            }
            int sent = send(connection, left);
            left = left.slice(sent, left.length() - sent);
            boolean wantsInput = left.isEmpty() && !inputEnded;
            Optional<Bytes> piece = wantsInput ? fos.inputNow() : Optional.empty();
            if (piece.isPresent()) {
                left = piece.get();
                inputEnded = left.isEmpty();
                if (inputEnded) {
                    connection.endOutput();
                }
            }
            if (piece.isPresent() || sent > 0 || printed != 0) {
                usedNanos = fos.nanoTime();
                continue;
            }
            if (fos.nanoTime() - usedNanos >= patience.toNanos()) {
                throw new IOException("nothing has happened for " + patience.toSeconds() + " s");
            }
            Duration rest = patience.minusNanos(fos.nanoTime() - usedNanos);
            if (wantsInput) {
                fos.network().readyOrInput(rest);
            } else {
                fos.network().ready(rest);
            }
        }
    }

    private static int send(Network.Connection connection, Bytes data) throws IOException {
        if (data.isEmpty()) {
            return 0; // Its output may have ended, where even nothing is too much.
        }
        byte[] bytes = data.toArray();
        return connection.write(bytes, 0, bytes.length);
    }

    /** All that has come; -1 at the peer's end. */
    private int print(Network.Connection connection) throws IOException {
        int printed = 0;
        int count = connection.read(buffer, 0, buffer.length);
        while (count > 0) {
            fos.out().write(buffer, 0, count);
            printed += count;
            count = connection.read(buffer, 0, buffer.length);
        }
        if (printed > 0) {
            fos.out().flush();
        }
        return count < 0 ? -1 : printed;
    }

    // Datagrams

    /** Sends each line, and prints what comes, until nothing has come for so long behind the input's end. */
    private int ask(String host, int port) throws IOException {
        try (Network.Datagrams datagrams = fos.network().datagrams(0)) {
            Lines lines = new Lines();
            while (!lines.ended()) {
                printAll(datagrams);
                Optional<Bytes> piece = fos.inputNow();
                if (piece.isPresent()) {
                    for (Bytes line : lines.in(piece.get())) {
                        datagrams.send(new Network.Datagram(host, port, line));
                    }
                } else {
                    fos.network().readyOrInput(FOR_EVER);
                }
            }
            for (Optional<Network.Datagram> next = datagrams.receive(patience);
                    next.isPresent();
                    next = datagrams.receive(patience)) {
                print(next.get());
            }
        }
        return 0;
    }

    /** Prints what comes; each line of input goes to whom has sent last, and waits until somebody has. */
    private int answer(int port) throws IOException {
        try (Network.Datagrams datagrams = fos.network().datagrams(port)) {
            if (port == 0) {
                Text.complain(fos, "listens on port " + datagrams.port());
            }
            Lines lines = new Lines();
            Network.Datagram last = null;
            while (true) {
                Network.Datagram latest = printAll(datagrams);
                last = latest == null ? last : latest;
                boolean wantsInput = last != null && !lines.ended();
                Optional<Bytes> piece = wantsInput ? fos.inputNow() : Optional.empty();
                if (last != null && piece.isPresent()) {
                    for (Bytes line : lines.in(piece.get())) {
                        datagrams.send(new Network.Datagram(last.host(), last.port(), line));
                    }
                } else if (wantsInput) {
                    fos.network().readyOrInput(FOR_EVER);
                } else {
                    fos.network().ready(FOR_EVER);
                }
            }
        }
    }

    /** Returns the last one; null where none has come. */
    private Network.@Nullable Datagram printAll(Network.Datagrams datagrams) throws IOException {
        Network.Datagram last = null;
        for (Optional<Network.Datagram> next = datagrams.receive(Duration.ZERO);
                next.isPresent();
                next = datagrams.receive(Duration.ZERO)) {
            last = next.get();
            print(last);
        }
        return last;
    }

    private void print(Network.Datagram datagram) throws IOException {
        fos.out().write(datagram.data().toArray());
        fos.out().flush();
    }

    /** Input in pieces, as lines with their newlines; the last may have none. */
    static final class Lines {
        private final ByteArrayOutputStream line = new ByteArrayOutputStream();
        private boolean ended;

        boolean ended() {
            return ended;
        }

        /** The lines that end in {@code piece}, and with the end of the input, which is no bytes, what is left. */
        List<Bytes> in(Bytes piece) throws IOException {
            List<Bytes> lines = new ArrayList<>();
            for (byte each : piece.toArray()) {
                line.write(each);
                if (line.size() > NetworkProtocol.LARGEST_DATAGRAM_BYTES) {
                    throw new IOException("a line of more than " + NetworkProtocol.LARGEST_DATAGRAM_BYTES
                            + " bytes fits into no datagram");
                }
                if (each == '\n') {
                    lines.add(taken());
                }
            }
            ended = piece.isEmpty();
            if (ended && line.size() > 0) {
                lines.add(taken());
            }
            return lines;
        }

        private Bytes taken() {
            Bytes taken = Bytes.owning(line.toByteArray());
            line.reset();
            return taken;
        }
    }

    // Ports

    /** Fails unless all of them are open. */
    private static int scan(Fos fos, Options options, List<String> operands, Duration wait) throws IOException {
        String host = operands.getFirst();
        String[] ends = operands.getLast().split("-", 2);
        int first = Nets.port(options, ends[0], 1);
        int last = ends.length == 1 ? first : Nets.port(options, ends[1], first);
        if (last - first >= MOST_PORTS) {
            throw options.wrong("at most " + MOST_PORTS + " ports at a time");
        }
        boolean all = true;
        for (int port = first; port <= last; port++) {
            String said = "open";
            try {
                fos.network().connect(host, port, wait).close();
            } catch (FosException e) {
                if (!(e.error() instanceof NetworkError error) || !saysOfPort(error)) {
                    throw e;
                }
                said = error.sentence();
                all = false;
            }
            Text.printLine(fos, host + " " + port + ": " + said);
            fos.out().flush();
        }
        return all ? 0 : 1;
    }

    /** Whether other ports of the same host may be otherwise. */
    private static boolean saysOfPort(NetworkError error) {
        return error == NetworkError.CONNECTION_REFUSED
                || error == NetworkError.CONNECT_TIMED_OUT
                || error == NetworkError.CONNECTION_RESET
                || error == NetworkError.HOST_UNREACHABLE;
    }
}
