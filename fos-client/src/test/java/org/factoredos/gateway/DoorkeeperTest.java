package org.factoredos.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.SshException;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.AbstractCommandSupport;
import org.apache.sshd.server.keyprovider.SimpleGeneratorHostKeyProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who comes in as whom, over real connections, to a door behind which there is nothing. */
class DoorkeeperTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    Path folder;

    private final Map<String, List<String>> users = new HashMap<>();
    private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
    private final SshServer server = SshServer.setUpDefaultServer();
    private final SshClient client = SshClient.setUpDefaultClient();
    private KeyPair operator;
    private KeyPair alice;
    private boolean silent;

    @BeforeEach
    void open() throws Exception {
        operator = KeyPairGenerator.getInstance("EC").generateKeyPair();
        alice = KeyPairGenerator.getInstance("EC").generateKeyPair();
        Path authorized = folder.resolve("authorized_keys");
        Files.writeString(authorized, line(operator));
        users.put("alice", List.of("ssh-unheard-of AAAA", line(alice)));
        server.setHost("127.0.0.1");
        server.setKeyPairProvider(new SimpleGeneratorHostKeyProvider(folder.resolve("host")));
        server.setUserAuthFactories(List.of(UserAuthPublicKeyFactory.INSTANCE));
        server.setPublickeyAuthenticator(new Doorkeeper(authorized, this::keysOf));
        server.setCommandFactory((channel, command) -> new Answer(channel));
        server.start();
        client.setServerKeyVerifier((session, address, key) -> true);
        client.start();
    }

    @AfterEach
    void close() throws IOException {
        client.stop();
        server.stop(true);
    }

    private CompletableFuture<List<String>> keysOf(String name) {
        asked.add(name);
        return silent
                ? CompletableFuture.failedFuture(new IOException("no answer"))
                : CompletableFuture.completedFuture(users.getOrDefault(name, List.of()));
    }

    private static String line(KeyPair key) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        OpenSSHKeyPairResourceWriter.INSTANCE.writePublicKey(key, "somebody", out);
        return out.toString(StandardCharsets.UTF_8).strip();
    }

    /** The domain that somebody comes in as. */
    private String domain(String name, KeyPair... keys) throws IOException {
        try (ClientSession session = client.connect(name, "127.0.0.1", server.getPort())
                .verify(PATIENCE)
                .getSession()) {
            for (KeyPair key : keys) {
                session.addPublicKeyIdentity(key);
            }
            session.auth().verify(PATIENCE);
            return session.executeRemoteCommand("whoami");
        }
    }

    private void staysOutside(String name, KeyPair key) {
        assertThatExceptionOfType(SshException.class).isThrownBy(() -> domain(name, key));
    }

    @Test
    void aUserComesInWithTheirOwnKeyAndNobodyElseUnderTheirName() throws Exception {
        assertThat(domain("alice", alice)).isEqualTo("alice");
        staysOutside("alice", operator);
        staysOutside("bob", alice);
        staysOutside("operator", alice);
    }

    @Test
    void theOperatorComesInUnderAnyNameThatIsNobodyElses() throws Exception {
        assertThat(domain("operator", operator)).isEqualTo("operator");
        assertThat(domain("root", operator)).isEqualTo("operator");
        assertThat(domain("sys:fs", operator)).isEqualTo("operator");
    }

    @Test
    void aKeyThatWasOfferedBeforeDoesNotDecideWhoComesIn() throws Exception {
        assertThat(domain("alice", operator, alice)).isEqualTo("alice");
        assertThat(domain("root", alice, operator)).isEqualTo("operator");
    }

    @Test
    void whoIsUnknownIsTreatedAsWhoIsKnown() {
        staysOutside("alice", operator);
        staysOutside("nobody", stranger());

        assertThat(asked).containsExactly("alice", "nobody");
    }

    @Test
    void namesOfNoUserAreAskedAboutAtNoFleet() {
        staysOutside("sys:kernel", stranger());
        staysOutside("operator", stranger());
        staysOutside("../alice", stranger());

        assertThat(asked).isEmpty();
    }

    @Test
    void whileTheFleetIsSilentTheOperatorAloneComesIn() throws Exception {
        silent = true;

        staysOutside("alice", alice);
        assertThat(domain("root", operator)).isEqualTo("operator");
    }

    private static KeyPair stranger() {
        try {
            return KeyPairGenerator.getInstance("EC").generateKeyPair();
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /** Says who has come in. */
    private static final class Answer extends AbstractCommandSupport {
        private final ChannelSession channel;

        Answer(ChannelSession channel) {
            super("", null);
            this.channel = channel;
        }

        @Override
        public void run() {
            try (OutputStream out = getOutputStream()) {
                out.write(Guest.of(channel.getServerSession()).domain().getBytes(StandardCharsets.UTF_8));
                out.flush();
                onExit(0);
            } catch (IOException e) {
                onExit(1);
            }
        }
    }
}
