package org.factoredos.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.ConfigFactory;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.channel.ChannelExec;
import org.apache.sshd.client.channel.ChannelShell;
import org.apache.sshd.client.channel.ClientChannelEvent;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.SshException;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.factoredos.lib.Program;
import org.factoredos.node.Equipment;
import org.factoredos.node.Node;
import org.factoredos.node.Settings;
import org.factoredos.shell.Commands;
import org.factoredos.terminal.StreamConsole;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Shells in a whole node from outside, over a real connection. */
class SshGatewayTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    Path folder;

    private final SshGateway gateway = new SshGateway();
    private final SshClient client = SshClient.setUpDefaultClient();
    private Node node;
    private KeyPair key;

    @BeforeEach
    void open() throws Exception {
        key = KeyPairGenerator.getInstance("EC").generateKeyPair();
        Path authorized = folder.resolve("authorized_keys");
        try (OutputStream out = Files.newOutputStream(authorized)) {
            OpenSSHKeyPairResourceWriter.INSTANCE.writePublicKey(key, "tester", out);
        }
        StreamConsole nobody = new StreamConsole(
                InputStream.nullInputStream(),
                OutputStream.nullOutputStream(),
                OutputStream.nullOutputStream(),
                e -> {});
        Settings settings = Settings.of(
                ConfigFactory.parseMap(Map.of("fos.data", folder.resolve("data").toString(), "fos.grid.tiles", "5x5")));
        node = Node.start(settings, new Equipment(nobody, this::program, Optional.empty(), "test"));
        gateway.open(
                new SshGateway.Door("127.0.0.1", 0, folder.resolve("host-key"), authorized, folder.resolve("history")),
                node.running());
        client.setServerKeyVerifier((session, address, hostKey) -> true);
        client.start();
    }

    private @Nullable Program program(String name) {
        Program terminal = gateway.program(name);
        return terminal == null ? Commands.programs().get(name) : terminal;
    }

    @AfterEach
    void close() throws Exception {
        client.stop();
        gateway.close();
        node.close();
    }

    private ClientSession session(KeyPair with) throws IOException {
        ClientSession session = client.connect("tester", "127.0.0.1", gateway.port())
                .verify(PATIENCE)
                .getSession();
        session.addPublicKeyIdentity(with);
        session.auth().verify(PATIENCE);
        return session;
    }

    @Test
    void aCommandHasItsThreeStreamsAndItsStatus() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream error = new ByteArrayOutputStream();
        try (ClientSession session = session(key);
                ChannelExec channel = session.createExecChannel("cat; cat /lost; exit 7")) {
            channel.setIn(new ByteArrayInputStream("one\ntwo\n".getBytes(StandardCharsets.UTF_8)));
            channel.setOut(out);
            channel.setErr(error);
            channel.open().verify(PATIENCE);
            channel.waitFor(EnumSet.of(ClientChannelEvent.CLOSED), PATIENCE);

            assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("one\ntwo\n");
            assertThat(error.toString(StandardCharsets.UTF_8)).isEqualTo("cat: /lost: no such file or directory\n");
            assertThat(channel.getExitStatus()).isEqualTo(7);
        }
    }

    @Test
    void whoeverHasAnotherKeyStaysOutside() {
        assertThatExceptionOfType(SshException.class)
                .isThrownBy(() -> session(KeyPairGenerator.getInstance("EC").generateKeyPair()));
    }

    @Test
    void atATerminalCtrlCEndsWhatRunsAndCtrlDTheShell() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ClientSession session = session(key);
                ChannelShell channel = session.createShellChannel()) {
            channel.setOut(out);
            channel.open().verify(PATIENCE);
            OutputStream keys = channel.getInvertedIn();
            shows(out, "fos:/$ ");
            type(keys, "sleep 1000\r");
            await().atMost(PATIENCE).until(() -> running("sleep"));
            type(keys, "\003");
            type(keys, "echo status $?\r");
            shows(out, "status 130");
            type(keys, "\004");
            channel.waitFor(EnumSet.of(ClientChannelEvent.CLOSED), PATIENCE);

            assertThat(channel.getExitStatus()).isZero();
        }
        await("the session's tiles are free again")
                .atMost(PATIENCE)
                .until(() -> !running("terminal") && !running("sh"));
    }

    private boolean running(String program) throws IOException {
        try (ClientSession session = session(key)) {
            return session.executeRemoteCommand("ps")
                    .lines()
                    .anyMatch(line -> line.matches(".* " + program + "( 1.*)?"));
        }
    }

    private static void type(OutputStream keys, String text) throws IOException {
        keys.write(text.getBytes(StandardCharsets.UTF_8));
        keys.flush();
    }

    private static void shows(ByteArrayOutputStream out, String text) {
        await().atMost(PATIENCE)
                .until(() -> out.toString(StandardCharsets.UTF_8).contains(text));
    }
}
