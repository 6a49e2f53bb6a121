package org.factoredos.gateway;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.channel.ChannelExec;
import org.apache.sshd.client.channel.ChannelShell;
import org.apache.sshd.client.channel.ClientChannel;
import org.apache.sshd.client.channel.ClientChannelEvent;
import org.apache.sshd.client.keyverifier.AcceptAllServerKeyVerifier;
import org.apache.sshd.client.keyverifier.KnownHostsServerKeyVerifier;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.keyprovider.FileKeyPairProvider;
import org.apache.sshd.common.util.io.input.NoCloseInputStream;
import org.apache.sshd.core.CoreModuleProperties;
import org.jline.terminal.Attributes;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/** A session at some node's {@link SshGateway}: what {@code ssh} does, without an {@code ssh}. */
public final class GatewayClient implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration HEARTBEAT = Duration.ofSeconds(5);
    private static final int MOST_UNANSWERED = 3;
    /** As where a session is lost: what OpenSSH says then. */
    private static final int LOST = 255;

    private final SshClient client;
    private final ClientSession session;

    private GatewayClient(SshClient client, ClientSession session) {
        this.client = client;
        this.session = session;
    }

    /**
     * Connects with the operator's key.
     *
     * @param knownHosts hosts' keys as they were first seen; one that changes is refused
     */
    public static GatewayClient connect(String host, int port, Path key, Path knownHosts) throws IOException {
        if (!Files.isReadable(key)) {
            throw new IOException("there is no key " + key + " to come in with: ./fos up makes one");
        }
        SshClient client = SshClient.setUpDefaultClient();
        client.setKeyIdentityProvider(new FileKeyPairProvider(key));
        KnownHostsServerKeyVerifier verifier =
                new KnownHostsServerKeyVerifier(AcceptAllServerKeyVerifier.INSTANCE, knownHosts);
        AtomicBoolean changed = new AtomicBoolean();
        verifier.setModifiedServerKeyAcceptor((tried, address, known, expected, actual) -> {
            changed.set(true);
            return false;
        });
        client.setServerKeyVerifier(verifier);
        // A node that has stopped to answer is given up, though its machine keeps the connection.
        CoreModuleProperties.HEARTBEAT_INTERVAL.set(client, HEARTBEAT);
        CoreModuleProperties.TCP_NODELAY.set(client, true);
        CoreModuleProperties.HEARTBEAT_NO_REPLY_MAX.set(client, MOST_UNANSWERED);
        client.start();
        try {
            ClientSession session =
                    client.connect("operator", host, port).verify(PATIENCE).getSession();
            session.auth().verify(PATIENCE);
            return new GatewayClient(client, session);
        } catch (IOException e) {
            client.stop();
            if (changed.get()) {
                throw new IOException(
                        host + ":" + port
                                + " is not who it was (its host key has changed): if a grid was made anew there,"
                                + " take its line out of " + knownHosts,
                        e);
            }
            throw new IOException(
                    "no way in at " + host + ":" + port + " (" + why(e) + "): is it a node of a grid?", e);
        }
    }

    /** The system's own word, where there is one below what was tried. */
    private static String why(Throwable failure) {
        if (failure instanceof UnresolvedAddressException) {
            return "there is no such host"; // It has no words of its own.
        }
        Throwable cause = failure.getCause();
        return cause == null ? String.valueOf(failure.getMessage()) : why(cause);
    }

    /** Runs {@code commands} with this process's standard streams; their exit status. */
    @SuppressWarnings("resource") // Standard streams are not ours to close.
    public int run(String commands) throws IOException {
        try (ChannelExec channel = session.createExecChannel(commands)) {
            channel.setIn(new NoCloseInputStream(new FileInputStream(FileDescriptor.in)));
            channel.setOut(new FileOutputStream(FileDescriptor.out));
            channel.setErr(new FileOutputStream(FileDescriptor.err));
            return untilClosed(channel);
        }
    }

    /** A shell at this process's terminal; its exit status. */
    @SuppressWarnings("resource") // Standard streams are not ours to close.
    public int shell() throws IOException {
        try (Terminal terminal = TerminalBuilder.builder()
                        .system(true)
                        .dumb(true)
                        .nativeSignals(true)
                        .build();
                ChannelShell channel = session.createShellChannel()) {
            Attributes before = terminal.enterRawMode();
            Attributes raw = terminal.getAttributes();
            raw.setOutputFlag(Attributes.OutputFlag.OPOST, false); // The other end has done that.
            terminal.setAttributes(raw);
            try {
                channel.setPtyType(terminal.getType());
                channel.setPtyColumns(terminal.getSize().getColumns());
                channel.setPtyLines(terminal.getSize().getRows());
                terminal.handle(Terminal.Signal.WINCH, signal -> resize(channel, terminal));
                // Past the terminal's own reader, whose close would wait for a key.
                channel.setIn(new NoCloseInputStream(new FileInputStream(FileDescriptor.in)));
                channel.setOut(terminal.output());
                channel.setErr(terminal.output());
                return untilClosed(channel);
            } finally {
                terminal.setAttributes(before);
            }
        }
    }

    private static void resize(ChannelShell channel, Terminal terminal) {
        try {
            channel.sendWindowChange(
                    terminal.getSize().getColumns(), terminal.getSize().getRows());
        } catch (IOException e) {
            // The session has ended: nobody cares how large the terminal is.
        }
    }

    /** The files of its grid; at an end with this. */
    public RemoteTree files() throws IOException {
        try {
            return RemoteTree.open(session);
        } catch (IOException e) {
            throw new IOException("no files at " + session.getRemoteAddress() + ": " + e.getMessage(), e);
        }
    }

    private static int untilClosed(ClientChannel channel) throws IOException {
        channel.open().verify(PATIENCE);
        // The channel's close would wait for our side's input: for a person who types nothing more.
        channel.waitFor(EnumSet.of(ClientChannelEvent.CLOSED, ClientChannelEvent.EXIT_STATUS), 0L);
        Integer status = channel.getExitStatus();
        channel.close(true);
        return status == null ? LOST : status;
    }

    @Override
    public void close() {
        client.stop();
    }
}
