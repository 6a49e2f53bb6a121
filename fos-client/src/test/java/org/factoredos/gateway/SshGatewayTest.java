package org.factoredos.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.util.EnumSet;
import org.apache.sshd.client.channel.ChannelExec;
import org.apache.sshd.client.channel.ChannelShell;
import org.apache.sshd.client.channel.ClientChannelEvent;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.SshException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Shells in a whole node from outside, over a real connection. */
class SshGatewayTest {
    @TempDir
    Path folder;

    private OpenNode node;

    @BeforeEach
    void open() throws Exception {
        node = new OpenNode(folder);
    }

    @AfterEach
    void close() throws Exception {
        node.close();
    }

    private ClientSession session() throws IOException {
        return node.session();
    }

    @Test
    void aCommandHasItsThreeStreamsAndItsStatus() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream error = new ByteArrayOutputStream();
        try (ClientSession session = session();
                ChannelExec channel = session.createExecChannel("cat; cat /lost; exit 7")) {
            channel.setIn(new ByteArrayInputStream("one\ntwo\n".getBytes(StandardCharsets.UTF_8)));
            channel.setOut(out);
            channel.setErr(error);
            channel.open().verify(OpenNode.PATIENCE);
            channel.waitFor(EnumSet.of(ClientChannelEvent.CLOSED), OpenNode.PATIENCE);

            assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("one\ntwo\n");
            assertThat(error.toString(StandardCharsets.UTF_8)).isEqualTo("cat: /lost: no such file or directory\n");
            assertThat(channel.getExitStatus()).isEqualTo(7);
        }
    }

    @Test
    void whoeverHasAnotherKeyStaysOutside() {
        assertThatExceptionOfType(SshException.class)
                .isThrownBy(
                        () -> node.session(KeyPairGenerator.getInstance("EC").generateKeyPair()));
    }

    @Test
    void atATerminalCtrlCEndsWhatRunsAndCtrlDTheShell() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (ClientSession session = session();
                ChannelShell channel = session.createShellChannel()) {
            channel.setOut(out);
            channel.open().verify(OpenNode.PATIENCE);
            OutputStream keys = channel.getInvertedIn();
            shows(out, "fos:/$ ");
            type(keys, "sleep 1000\r");
            await().atMost(OpenNode.PATIENCE).until(() -> node.running("sleep 1000"));
            type(keys, "\003");
            type(keys, "echo status $?\r");
            shows(out, "status 130");
            type(keys, "\004");
            channel.waitFor(EnumSet.of(ClientChannelEvent.CLOSED), OpenNode.PATIENCE);

            assertThat(channel.getExitStatus()).isZero();
        }
        await("the session's tiles are free again")
                .atMost(OpenNode.PATIENCE)
                .until(() -> !node.running("terminal 1") && !node.running("sh"));
    }

    @Test
    @Tag("O2")
    void aLoopOfNothingButBuiltinsTakesSignals() throws Exception {
        String loop = node.shell("spawn sh -c 'while X=1; do X=2; done'").strip();

        node.shell("kill " + loop);

        await().atMost(OpenNode.PATIENCE).until(() -> !node.running("sh -c while.*"));
    }

    private static void type(OutputStream keys, String text) throws IOException {
        keys.write(text.getBytes(StandardCharsets.UTF_8));
        keys.flush();
    }

    private static void shows(ByteArrayOutputStream out, String text) {
        await().atMost(OpenNode.PATIENCE)
                .until(() -> out.toString(StandardCharsets.UTF_8).contains(text));
    }
}
