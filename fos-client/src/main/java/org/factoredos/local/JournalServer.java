package org.factoredos.local;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The journal of a grid on this machine that has no PostgreSQL: H2's own server, a process of its own, kept running by a
 * shell that starts it again whenever it dies.
 */
final class JournalServer {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
    private static final String HOST = LOOPBACK.getHostAddress();
    private static final String USER = "fos";
    private static final Pattern PORT = Pattern.compile(HOST + ":(\\d+)/");
    private static final int PASSWORD_BYTES = 24;
    private static final long READY_MILLIS = 20_000;
    private static final long LOOK_MILLIS = 50;

    private static final String KEEP_RUNNING = """
            stop() { trap - TERM; kill "$server" 2>/dev/null; wait "$server"; exit 0; }
            trap stop TERM INT
            while :; do
                "$@" &
                server=$!
                wait "$server"
                echo "the journal's server ended with status $?: starting it again"
                sleep 0.2
            done""";

    private JournalServer() {}

    /**
     * Starts it and returns when it takes connections.
     *
     * @param before where it was reached when it last ran, for nodes that live look for it there; empty for nowhere
     */
    static LocalGrid.Journal start(Path folder, String before) throws IOException, InterruptedException {
        Files.createDirectories(folder);
        Matcher known = PORT.matcher(before);
        int port = known.find() ? Integer.parseInt(known.group(1)) : freePort();
        List<String> server = Jvm.command(
                List.of("-Dh2.bindAddress=" + HOST),
                "org.h2.tools.Server",
                List.of("-tcp", "-tcpPort", Integer.toString(port), "-baseDir", folder.toString(), "-ifNotExists"));
        List<String> kept = new ArrayList<>(List.of("/bin/sh", "-c", KEEP_RUNNING, "fos-journal"));
        kept.addAll(server);
        Process process = Jvm.start(kept, Map.of(), folder.resolve("server.log"));
        awaitReady(process, port, folder);
        return new LocalGrid.Journal(
                "jdbc:h2:tcp://" + HOST + ":" + port + "/./journal;WRITE_DELAY=0;DB_CLOSE_DELAY=-1",
                USER,
                password(folder.resolve("password")),
                ProcessRef.of(process.toHandle()));
    }

    private static void awaitReady(Process process, int port, Path folder) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + READY_MILLIS * 1_000_000;
        while (true) {
            try (Socket _ = new Socket(LOOPBACK, port)) {
                return;
            } catch (ConnectException e) {
                if (!process.isAlive() || System.nanoTime() - deadline >= 0) {
                    process.destroy();
                    throw new IOException(
                            "the journal's server does not start: see " + folder.resolve("server.log"), e);
                }
                Thread.sleep(LOOK_MILLIS); // A port tells nobody that it is open.
            }
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket any = new ServerSocket(0, 1, LOOPBACK)) {
            return any.getLocalPort();
        }
    }

    /** The database's own, made up with it. */
    private static String password(Path file) throws IOException {
        try {
            return Files.readString(file).strip();
        } catch (NoSuchFileException e) {
            byte[] random = new byte[PASSWORD_BYTES];
            new SecureRandom().nextBytes(random);
            String password = HexFormat.of().formatHex(random);
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(file, password);
            return password;
        }
    }
}
