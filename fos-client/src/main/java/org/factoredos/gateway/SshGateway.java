package org.factoredos.gateway;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.sshd.common.file.nonefs.NoneFileSystemFactory;
import org.apache.sshd.common.session.SessionHeartbeatController;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.server.keyprovider.SimpleGeneratorHostKeyProvider;
import org.factoredos.boot.RunningNode;
import org.factoredos.kernel.Name;
import org.factoredos.lib.FosException;
import org.factoredos.lib.Program;
import org.factoredos.privilege.KeyError;
import org.factoredos.privilege.KeyProtocol;
import org.jspecify.annotations.Nullable;

/**
 * A node's door for people: SSH with keys alone, the operator's and those of users ({@link Doorkeeper}). A session without a command is an interactive shell, one with a command
 * runs it as {@code sh -c} does, and SFTP shows the files.
 */
public final class SshGateway implements AutoCloseable {
    private static final Duration HEARTBEAT = Duration.ofSeconds(30);

    /** More than cores: one that asks who somebody is waits for the answer. */
    private static final int WORKERS = 16;

    private static final Name PRIVILEGES = new Name("sys:privileges");

    private final TerminalProgram terminals = new TerminalProgram();
    private final FilesProgram files = new FilesProgram();
    private @Nullable SshServer server;

    /**
     * Where people come in.
     *
     * @param port 0 for any free one
     * @param hostKey kept across restarts; made where it is missing
     * @param authorizedKeys the operator's: public keys as OpenSSH writes them, a line each, read anew whenever it changes
     * @param history what the operator typed; what users typed is kept in files beside it
     */
    public record Door(String host, int port, Path hostKey, Path authorizedKeys, Path history) {}

    /** What the node's catalog of programs must have for sessions to begin. */
    public @Nullable Program program(String name) {
        return switch (name) {
            case TerminalProgram.NAME -> terminals;
            case FilesProgram.NAME -> files;
            default -> null;
        };
    }

    /** Opens the door to {@code node}; of another life of the same node it is opened again. */
    public void open(Door door, RunningNode node) throws IOException {
        close();
        SshServer opened = SshServer.setUpDefaultServer();
        opened.setHost(door.host());
        opened.setPort(door.port());
        SimpleGeneratorHostKeyProvider hostKey = new SimpleGeneratorHostKeyProvider(door.hostKey());
        hostKey.setAlgorithm("EC");
        hostKey.setKeySize(256);
        opened.setKeyPairProvider(hostKey);
        opened.setUserAuthFactories(List.of(UserAuthPublicKeyFactory.INSTANCE));
        opened.setPublickeyAuthenticator(new Doorkeeper(door.authorizedKeys(), name -> keysOf(name, node)));
        opened.setShellFactory(channel -> new Session(node, terminals, door.history(), null));
        opened.setCommandFactory((channel, command) -> new Session(node, terminals, door.history(), command));
        opened.setSubsystemFactories(List.of(new FilesSubsystem(node, files)));
        opened.setFileSystemFactory(
                NoneFileSystemFactory.INSTANCE); // The host's files are none of a session's business.
        FilesSubsystem.configure(opened);
        CoreModuleProperties.NIO_WORKERS.set(opened, WORKERS);
        CoreModuleProperties.TCP_NODELAY.set(opened, true); // An answer behind another waits for no acknowledgement.
        // People sit at a prompt for as long as they like; whether they are there at all is asked by heartbeats.
        CoreModuleProperties.IDLE_TIMEOUT.set(opened, Duration.ZERO);
        opened.setSessionHeartbeat(SessionHeartbeatController.HeartbeatType.IGNORE, HEARTBEAT);
        opened.start();
        server = opened;
    }

    private static CompletableFuture<List<String>> keysOf(String name, RunningNode node) {
        return node.ask(PRIVILEGES, new KeyProtocol.ListKeys(name)).thenApply(reply -> switch (reply) {
            case KeyProtocol.KeysListed(List<String> keys) -> keys;
            case KeyProtocol.Refused(KeyError error) ->
                throw new CompletionException(new FosException(error, error.sentence()));
        });
    }

    /** Where the open door is. */
    public int port() {
        SshServer open = server;
        if (open == null) {
            throw new IllegalStateException("the door is closed");
        }
        return open.getPort();
    }

    /** Ends all sessions. */
    @Override
    public void close() throws IOException {
        SshServer open = server;
        server = null;
        if (open != null) {
            open.stop(true);
        }
    }
}
