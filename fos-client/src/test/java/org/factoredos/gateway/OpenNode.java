package org.factoredos.gateway;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.factoredos.lib.Program;
import org.factoredos.node.Equipment;
import org.factoredos.node.Node;
import org.factoredos.node.Settings;
import org.factoredos.shell.Commands;
import org.factoredos.terminal.StreamConsole;
import org.jspecify.annotations.Nullable;

/** A whole node with its door open, and somebody outside who has a key to it. */
final class OpenNode implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(30);

    private final SshGateway gateway = new SshGateway();
    private final SshClient client = SshClient.setUpDefaultClient();
    private final Path folder;
    private final KeyPair key;
    private final Node node;

    OpenNode(Path folder) throws Exception {
        this.folder = folder;
        key = KeyPairGenerator.getInstance("EC").generateKeyPair();
        Path authorized = folder.resolve("authorized_keys");
        try (OutputStream out = Files.newOutputStream(authorized)) {
            OpenSSHKeyPairResourceWriter.INSTANCE.writePublicKey(key, "tester", out);
        }
        Files.createFile(keyFile(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try (OutputStream out = Files.newOutputStream(keyFile())) {
            OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(key, "tester", null, out);
        }
        StreamConsole nobody = new StreamConsole(
                InputStream.nullInputStream(),
                OutputStream.nullOutputStream(),
                OutputStream.nullOutputStream(),
                e -> {});
        Settings settings = Settings.of(
                ConfigFactory.parseMap(Map.of("fos.data", folder.resolve("data").toString(), "fos.grid.tiles", "6x6")));
        node = Node.start(settings, new Equipment(nobody, this::program, Optional.empty(), "test"));
        gateway.open(
                new SshGateway.Door("127.0.0.1", 0, folder.resolve("host-key"), authorized, folder.resolve("history")),
                node.running());
        client.setServerKeyVerifier((session, address, hostKey) -> true);
        client.start();
    }

    private @Nullable Program program(String name) {
        Program ofGateway = gateway.program(name);
        return ofGateway == null ? Commands.programs().get(name) : ofGateway;
    }

    Path keyFile() {
        return folder.resolve("key");
    }

    int port() {
        return gateway.port();
    }

    ClientSession session() throws IOException {
        return session(key);
    }

    ClientSession session(KeyPair with) throws IOException {
        return session("tester", with);
    }

    ClientSession session(String name, KeyPair with) throws IOException {
        ClientSession session = client.connect(name, "127.0.0.1", gateway.port())
                .verify(PATIENCE)
                .getSession();
        session.addPublicKeyIdentity(with);
        session.auth().verify(PATIENCE);
        return session;
    }

    /** What commands of the shell print. */
    String shell(String commands) throws IOException {
        try (ClientSession session = session()) {
            return session.executeRemoteCommand(commands);
        }
    }

    boolean running(String command) throws IOException {
        return !processes(command).isEmpty();
    }

    /** The ids of processes whose command matches the pattern {@code command}, for {@code kill}. */
    List<String> processes(String command) throws IOException {
        return shell("ps")
                .lines()
                .filter(line -> line.matches(".* " + command))
                .map(line -> line.split(" +", 2)[0])
                .toList();
    }

    @Override
    public void close() throws IOException {
        client.stop();
        gateway.close();
        node.close();
    }
}
