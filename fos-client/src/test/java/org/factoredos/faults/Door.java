package org.factoredos.faults;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.channel.ChannelExec;
import org.apache.sshd.client.channel.ChannelShell;
import org.apache.sshd.client.channel.ClientChannelEvent;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.keyprovider.FileKeyPairProvider;
import org.jspecify.annotations.Nullable;

/** A connection to the gateway of one node, over which commands run in its shell. */
final class Door implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final SshClient CLIENT = client();

    private final NetworkSpace space;
    private final ClientSession session;

    private Door(NetworkSpace space, ClientSession session) {
        this.space = space;
        this.session = session;
    }

    /**
     * What a command did, and when, by {@link System#nanoTime}.
     *
     * @param status null where nobody knows: the connection was lost, or it took too long
     */
    record Answer(@Nullable Integer status, String out, String error, long calledNanos, long returnedNanos) {
        boolean succeeded() {
            return status != null && status == 0;
        }
    }

    private static SshClient client() {
        SshClient client = SshClient.setUpDefaultClient();
        client.setServerKeyVerifier((session, address, key) -> true);
        client.start();
        return client;
    }

    static Door open(NetworkSpace space, String host, int port, Path key) throws Exception {
        return open(space, host, port, "operator", key(key));
    }

    static Door open(NetworkSpace space, String host, int port, String user, KeyPair key) throws Exception {
        return space.inside(() -> {
            ClientSession session =
                    CLIENT.connect(user, host, port).verify(PATIENCE).getSession();
            try {
                session.addPublicKeyIdentity(key);
                session.auth().verify(PATIENCE);
                return new Door(space, session);
            } catch (IOException | RuntimeException e) {
                session.close(true);
                throw e;
            }
        });
    }

    private static KeyPair key(Path file) throws IOException {
        try {
            return new FileKeyPairProvider(file).loadKeys(null).iterator().next();
        } catch (RuntimeException e) {
            throw new IOException("no key in " + file, e);
        }
    }

    boolean isOpen() {
        return session.isOpen();
    }

    /** Runs {@code commands} and waits for their end, at most for {@code patience}. */
    Answer run(String commands, Duration patience) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream error = new ByteArrayOutputStream();
        long called = System.nanoTime();
        ChannelExec channel = channel(commands);
        try {
            channel.setOut(out);
            channel.setErr(error);
            channel.open().verify(patience);
            Set<ClientChannelEvent> events = channel.waitFor(EnumSet.of(ClientChannelEvent.CLOSED), patience);
            Integer status = events.contains(ClientChannelEvent.TIMEOUT) ? null : channel.getExitStatus();
            return new Answer(status, text(out), text(error), called, System.nanoTime());
        } finally {
            channel.close(true);
        }
    }

    private ChannelExec channel(String commands) throws IOException {
        try {
            return session.createExecChannel(commands);
        } catch (IllegalStateException e) {
            throw new IOException("the connection has just ended", e);
        }
    }

    /** A shell to type lines into. What it shows goes to {@code screen}. */
    Typist shell(OutputStream screen) throws IOException {
        ChannelShell channel = session.createShellChannel();
        channel.setOut(screen);
        channel.setErr(screen);
        channel.setPtyType("dumb");
        channel.setPtyColumns(200);
        channel.open().verify(PATIENCE);
        return new Typist(channel);
    }

    /** Types ahead of the shell, as fast as anyone can. */
    static final class Typist implements AutoCloseable {
        private final ChannelShell channel;

        private Typist(ChannelShell channel) {
            this.channel = channel;
        }

        void type(String line) throws IOException {
            OutputStream keys = channel.getInvertedIn();
            keys.write((line + "\r").getBytes(StandardCharsets.UTF_8));
            keys.flush();
        }

        @Override
        public void close() {
            channel.close(true);
        }
    }

    private static String text(ByteArrayOutputStream bytes) {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return session.getConnectAddress() + " in " + space.name();
    }

    @Override
    public void close() {
        session.close(true);
    }
}
